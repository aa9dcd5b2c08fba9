import { readFileSync } from 'node:fs';
import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { ConfigProblem } from './config-error.ts';
import { suggest } from './suggest.ts';

/** A YAML file that was read and can still say where each of its keys stands. */
export interface YamlFile {
  readonly path: string;
  readonly text: string;
  /** A problem at a key; a key that is missing is placed at the nearest one above it. */
  problem(key: readonly PropertyKey[], message: string): ConfigProblem;
}

export type Validated<T> =
  | { readonly kind: 'valid'; readonly value: T; readonly file: YamlFile }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] };

/** Reads a YAML file and validates it strictly, with the place of everything that is wrong. */
export function readYamlFile<Schema extends z.ZodType>(path: string, schema: Schema): Validated<z.output<Schema>> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    const message = `cannot be read (${code}); a commented example is in the project's config folder`;
    return { kind: 'invalid', problems: [{ file: path, line: null, column: null, key: '', message }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const place = lines.linePos(error.pos[0]);
      return { file: path, line: place.line, column: place.col, key: '', message: `not valid YAML: ${error.message}` };
    });
    return { kind: 'invalid', problems };
  }
  const root = document.contents as Node | null;
  const file: YamlFile = {
    path,
    text,
    problem(key, message) {
      const place = lines.linePos(offsetOf(root, key));
      return { file: path, line: place.line, column: place.col, key: written(key), message };
    },
  };
  const value: unknown = document.toJS() ?? {};
  const secrets = secretKeys(value, []).map((key) =>
    file.problem(key, 'secrets do not belong into this file; set them by environment variable or *_FILE'),
  );
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success && secrets.length === 0) return { kind: 'valid', value: result.data, file };
  const issues = result.success ? [] : result.error.issues.flatMap((issue) => problemsOf(issue, file, schema));
  return { kind: 'invalid', problems: [...secrets, ...issues.filter((issue) => !isAmong(issue, secrets))] };
}

function isAmong(problem: ConfigProblem, others: readonly ConfigProblem[]): boolean {
  return others.some((other) => other.line === problem.line && other.key === problem.key);
}

function problemsOf(issue: z.core.$ZodIssue, file: YamlFile, schema: z.ZodType): ConfigProblem[] {
  if (issue.code !== 'unrecognized_keys') return [file.problem(issue.path, wordsOf(issue))];
  const known = knownKeys(schema, issue.path);
  return issue.keys.map((key) => {
    const guess = suggest(key, known);
    const hint = guess === null ? '' : `; did you mean "${guess}"?`;
    const expected = known.length === 0 ? '' : ` Known here: ${known.join(', ')}.`;
    return file.problem([...issue.path, key], `unknown key${hint}${expected}`);
  });
}

function wordsOf(issue: z.core.$ZodIssue): string {
  const found = issue.input === undefined ? 'nothing' : shown(issue.input);
  switch (issue.code) {
    case 'invalid_type':
      return `found ${found}, expected ${issue.expected === 'int' ? 'a whole number' : article(issue.expected)}`;
    case 'invalid_value': {
      const choices = issue.values.map(String);
      const guess = typeof issue.input === 'string' ? suggest(issue.input, choices) : null;
      const hint = guess === null ? '' : `; did you mean "${guess}"?`;
      return `found ${found}, expected ${choices.length === 1 ? '' : 'one of '}${choices.join(', ')}${hint}`;
    }
    case 'too_small':
      return `found ${found}, expected ${sized(issue.origin, issue.minimum, 'at least')}`;
    case 'too_big':
      return `found ${found}, expected ${sized(issue.origin, issue.maximum, 'at most')}`;
    default:
      return `found ${found}, expected ${issue.message}`;
  }
}

function sized(origin: string, limit: number | bigint, word: string): string {
  if (origin === 'string') return limit === 1 ? 'some text' : `${word} ${limit} characters`;
  if (origin === 'array') return `${word} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  return `${word} ${limit}`;
}

function article(type: string): string {
  if (type === 'array') return 'a list';
  if (type === 'object') return 'a group of keys';
  if (type === 'string') return 'text';
  return `a ${type}`;
}

const LONGEST_SHOWN = 60;

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value !== null && typeof value === 'object') return 'a group of keys';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

/** Follows the path through the schema to the object whose key was unknown. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  let current = unwrapped(schema);
  for (const part of path) {
    if (typeof part === 'number') current = unwrapped(current?.element);
    else current = unwrapped(current?.shape?.[String(part)] ?? current?.valueType);
  }
  return current?.shape === undefined ? [] : Object.keys(current.shape);
}

interface SchemaNode {
  readonly shape?: Record<string, unknown>;
  readonly element?: unknown;
  readonly valueType?: unknown;
  readonly def?: { readonly innerType?: unknown; readonly in?: unknown; readonly options?: readonly unknown[] };
}

function unwrapped(schema: unknown): SchemaNode | undefined {
  let current = schema as SchemaNode | undefined;
  for (;;) {
    const inner = current?.def?.innerType ?? current?.def?.in ?? current?.def?.options?.at(-1);
    if (inner === undefined) return current;
    current = inner as SchemaNode;
  }
}

function offsetOf(root: Node | null, key: readonly PropertyKey[]): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const part of key) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === part);
      if (pair === undefined) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else {
      const items = (node as { items?: unknown[] } | null)?.items;
      node = typeof part === 'number' ? items?.[part] : undefined;
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    }
  }
  return offset;
}

function written(key: readonly PropertyKey[]): string {
  return key
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

const SECRET_KEY = /password|passwd|secret|token$|apikey|api_key|privatekey|private_key/i;

function secretKeys(value: unknown, path: readonly PropertyKey[]): PropertyKey[][] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    const secret = !Array.isArray(value) && SECRET_KEY.test(key) && typeof inner === 'string';
    return secret ? [here] : secretKeys(inner, here);
  });
}
