import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { z } from 'zod';
import type { ConfigProblem, Place } from './config-error.ts';
import { SECRET_NAME } from './fields.ts';
import { problemsOf } from './problem-words.ts';
import { readTextFile, refusalWords, shownPath } from './text-file.ts';
import { offsetOf, writtenKey } from './yaml-place.ts';

export interface YamlFile<T> {
  /** null when anything in the file is wrong. */
  readonly value: T | null;
  /** The sections that are right by themselves, also when others are not. */
  readonly sections: Partial<T>;
  readonly at: Place;
  readonly problems: readonly ConfigProblem[];
}

const LARGEST_FILE = 1_000_000;

const REFUSALS: Readonly<Record<string, string>> = {
  TOO_LARGE: 'is larger than 1 MB, expected a short text file',
  ENOENT: 'does not exist; a commented example is in the project’s config folder',
};

/** Reads a YAML file and validates it strictly, with the place of everything that is wrong. */
export function readYamlFile<Shape extends z.ZodRawShape>(
  path: string,
  schema: z.ZodObject<Shape>,
): YamlFile<z.output<z.ZodObject<Shape>>> {
  const name = shownPath(path);
  const whole: Place = (_, message) => ({ file: name, line: null, column: null, key: '', message });
  const unusable = (problems: readonly ConfigProblem[]) => ({
    value: null,
    sections: {},
    at: whole,
    problems,
  });

  const read = readTextFile(path, LARGEST_FILE);
  if (read.kind === 'refused') return unusable([whole([], refusalWords(read.code, REFUSALS))]);
  const lines = new LineCounter();
  const document = parseDocument(read.text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number, key: string, message: string): ConfigProblem => {
    const { line, col } = lines.linePos(offset);
    return { file: name, line, column: col, key, message };
  };
  const faults = worthTelling([...document.errors, ...document.warnings]);
  if (faults.length > 0) {
    return unusable(faults.map((fault) => place(fault.pos[0], keyAt(fault, read.text), wordsFor(fault))));
  }
  const content = contentOf(document);
  if (content.kind === 'refused') return unusable([whole([], content.reason)]);

  const at: Place = (key, message) => place(offsetOf(document.contents, key), writtenKey(key), message);
  const secrets = secretKeys(content.value, []);
  const result = schema.safeParse(content.value, { reportInput: true });
  const problems = [
    ...secrets.map((key) => at(key, 'secrets do not belong into this file; set them in the environment')),
    ...(result.success ? [] : problemsOf(result.error.issues, schema, secrets, at)),
  ];
  return {
    value: result.success && problems.length === 0 ? result.data : null,
    sections: sectionsOf(schema, content.value),
    at,
    problems,
  };
}

type Outcome<T> = T | { readonly kind: 'refused'; readonly reason: string };

function contentOf(document: Document): Outcome<{ kind: 'read'; value: unknown }> {
  try {
    return { kind: 'read', value: document.toJS() ?? {} };
  } catch {
    return {
      kind: 'refused',
      reason: 'uses a *name that no &name defines before it, or uses them without end',
    };
  }
}

const FAULTS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands here twice, expected once',
  TAB_AS_INDENT: 'a tab indents this line, expected spaces',
  MULTIPLE_DOCS: 'a second document begins here with ---, expected one',
  TAG_RESOLVE_FAILED: 'found a !tag, expected a plain value',
};

function wordsFor(fault: YAMLError): string {
  return FAULTS[fault.code] ?? `not valid YAML: ${fault.message}`;
}

/** One fault of syntax makes the parser find many more behind it. */
function worthTelling(faults: readonly YAMLError[]): readonly YAMLError[] {
  const clear = faults.filter((fault) => fault.code in FAULTS);
  return clear.length > 0 ? clear : faults.slice(0, 1);
}

function keyAt(fault: YAMLError, text: string): string {
  return fault.code === 'DUPLICATE_KEY' ? (/^[\w-]+/.exec(text.slice(fault.pos[0]))?.[0] ?? '') : '';
}

/** Values under names of secrets, at any depth; what they hold is never repeated. */
function secretKeys(value: unknown, path: readonly PropertyKey[]): PropertyKey[][] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    const isSecret = !Array.isArray(value) && SECRET_NAME.test(key) && typeof inner !== 'object';
    return isSecret ? [here] : secretKeys(inner, here);
  });
}

function sectionsOf<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  value: unknown,
): Partial<z.output<z.ZodObject<Shape>>> {
  const sections: Record<string, unknown> = {};
  const content = (typeof value === 'object' ? value : {}) as Readonly<Record<string, unknown>>;
  for (const [key, section] of Object.entries(schema.shape)) {
    const result = (section as z.ZodType).safeParse(Object.hasOwn(content, key) ? content[key] : undefined);
    if (result.success) sections[key] = result.data;
  }
  return sections as Partial<z.output<z.ZodObject<Shape>>>;
}
