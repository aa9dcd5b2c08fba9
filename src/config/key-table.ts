/** As much of a JSON Schema as ours use. */
export interface JsonSchema {
  readonly format?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly items?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A Markdown table with every key of a file: what it means, what may stand there, and what holds without it. */
export function keyTable(schema: JsonSchema): string {
  const rows = [['key', 'meaning', 'value', 'without it'], ...rowsOf(schema, '')];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const [head, ...body] = rows.map((row) =>
    line(row.map((cell, column) => cell.padEnd(widths[column] ?? 0))),
  );
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body, ''].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function rowsOf(schema: JsonSchema, path: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const one = property as JsonSchema;
    const key = path === '' ? name : `${path}.${name}`;
    const cells = [
      `\`${key}\``,
      one.description ?? '',
      allowed(one),
      withoutIt(one, schema.required?.includes(name) === true),
    ];
    const own = cells.map((cell) => cell.replaceAll('|', '\\|'));
    return [
      own,
      ...rowsOf(one, key),
      ...forms(one).flatMap((form) => rowsOf(form, `${key}[]`)),
      ...kinds(one).flatMap((kind) => rowsOfKind(kind, key)),
    ];
  });
}

/** Groups that differ by one word in them, each with keys of its own. */
function kinds(schema: JsonSchema): JsonSchema[] {
  return (schema.oneOf ?? []) as JsonSchema[];
}

function rowsOfKind(kind: JsonSchema, path: string): string[][] {
  const name = kindName(kind);
  return rowsOf(kind, path).map(([key = '', meaning = '', ...rest]) => [
    key,
    `_${name}:_ ${meaning}`,
    ...rest,
  ]);
}

function kindName(kind: JsonSchema): string {
  const words = Object.values(kind.properties ?? {}).flatMap(
    (property) => (property as JsonSchema).const ?? [],
  );
  return String(words[0] ?? '');
}

/** What an entry of a list may be. */
function forms(list: JsonSchema): JsonSchema[] {
  if (list.items === undefined) return [];
  const entry = list.items as JsonSchema;
  return (entry.anyOf as JsonSchema[] | undefined) ?? [entry];
}

function allowed(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.oneOf !== undefined) return `one group of keys: ${kinds(schema).map(kindName).join(', ')}`;
  if (schema.anyOf !== undefined) return schema.anyOf.map((form) => allowed(form as JsonSchema)).join(' or ');
  if (schema.items !== undefined) {
    const entries = forms(schema).map((form) =>
      form.properties === undefined ? allowed(form) : 'group of keys',
    );
    return `list: ${entries.join(' or ')}`;
  }
  if (schema.format === 'date') return 'date `YYYY-MM-DD`';
  if (schema.type === 'object') return 'group of keys';
  if (schema.type === 'boolean') return '`true` or `false`';
  if (schema.type === 'integer') return `whole number, ${schema.minimum ?? 0} to ${schema.maximum ?? 0}`;
  if (schema.type === 'number') return `number, ${schema.minimum ?? 0} to ${schema.maximum ?? 0}`;
  return Array.isArray(schema.type) ? 'number' : 'text';
}

function withoutIt(schema: JsonSchema, required: boolean): string {
  if (required) return '**must be set**';
  const value = schema.default;
  if (value === undefined || isEmptyGroup(value)) return '';
  if (Array.isArray(value))
    return value.length === 0 ? 'empty' : value.map((one) => `\`${String(one)}\``).join(', ');
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function isEmptyGroup(value: unknown): boolean {
  return (
    value !== null && typeof value === 'object' && Object.keys(value).length === 0 && !Array.isArray(value)
  );
}
