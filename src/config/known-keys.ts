/** The keys that a schema knows at a path; none where any key may stand, or no key at all. */
export function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  let current = unwrapped(schema);
  for (const part of path) {
    const next = typeof part === 'number' ? current?.element : current?.shape?.[String(part)];
    current = unwrapped(next);
  }
  if (current?.shape !== undefined) return Object.keys(current.shape);
  return [...(current?.keyType?.options ?? [])];
}

/** As far as we look into zod's schemas: objects, lists, records, and what wraps them. */
interface SchemaNode {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly keyType?: { readonly options?: readonly string[] };
  readonly def?: {
    readonly innerType?: unknown;
    readonly in?: unknown;
    readonly options?: readonly unknown[];
  };
}

/** Of the forms of a union, those with keys, as one. */
function unwrapped(schema: unknown): SchemaNode | undefined {
  const node = schema as SchemaNode | undefined;
  const options = node?.def?.options?.map(unwrapped);
  if (options !== undefined) {
    const shapes = options.flatMap((option) => option?.shape ?? []);
    return shapes.length === 0 ? undefined : { shape: Object.assign({}, ...shapes) };
  }
  const inner = node?.def?.innerType ?? node?.def?.in;
  return inner === undefined ? node : unwrapped(inner);
}
