import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseMarkdown, type TemplateTree } from './markdown.ts';
import { letterPlaceholders, type PlaceholderSet, unknownPlaceholders } from './placeholders.ts';
import { readYaml } from './template-head.ts';

/** One letter, form or mail in one language, parsed and checked. */
export interface Template {
  readonly name: string;
  readonly language: string;
  readonly path: string;
  readonly subject: string;
  readonly version: number;
  /** Of the file: another wording under the same version is another template. */
  readonly hash: string;
  /** Who of the district has read this translation, and when; null for a draft. */
  readonly reviewed: { readonly by: string; readonly on: string } | null;
  readonly requiredSentences: readonly string[];
  /** The Markdown below the head, and the line of the file in which it begins. */
  readonly body: string;
  readonly bodyLine: number;
  readonly tree: TemplateTree;
}

/** One mistake, where a person finds it. */
export interface TemplateProblem {
  readonly path: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}

export type Complain = (message: string, line?: number, column?: number) => void;

export function problemLine({ path, line, column, message }: TemplateProblem): string {
  if (line === null) return `${path}: ${message}`;
  return `${path}:${line}${column === null ? '' : `:${column}`}  ${message}`;
}

export function complainAbout(path: string, problems: TemplateProblem[]): Complain {
  return (message, line, column) =>
    problems.push({ path, line: line ?? null, column: column ?? null, message });
}

const reviewed = z.strictObject({ by: z.string().min(1), on: z.string().regex(/^\d{4}-\d{2}-\d{2}$/) });

const frontMatter = z.strictObject({
  subject: z.string().min(1).max(200),
  version: z.int().min(1),
  effectiveFrom: z.string().optional(),
  description: z.string().optional(),
  reviewed: reviewed.nullish(),
  requiredSentences: z.array(z.string().min(1)).optional(),
});

const contractWords = z.strictObject({
  day: z.string(),
  days: z.string(),
  unexcusedDay: z.string(),
  unexcusedDays: z.string(),
  schoolDay: z.string(),
  schoolDays: z.string(),
  none: z.string(),
  exceptions: z.string(),
  guardian: z.string(),
  student: z.string(),
  school: z.string(),
  date: z.string(),
});

const languages = z.record(
  z.string().regex(/^[a-z]{2,3}(-[a-z]{2,4})?$/),
  z.strictObject({
    name: z.string().min(1),
    day: z.string().optional(),
    days: z.string().optional(),
    part: z.string().optional(),
    copy: z.string().optional(),
    helpLine: z.string().optional(),
    contract: contractWords.optional(),
    reviewed: reviewed.nullish(),
  }),
);

export type LanguageEntry = z.output<typeof languages>[string];

/**
 * Every template of a folder, by `name.language`.
 * @param known what they may name; a function where that differs by the name of the template
 * @param optional a copy of the templates that was made before there was such a folder goes on without it
 */
export async function readFolder(
  dir: string,
  known: PlaceholderSet | ((name: string) => PlaceholderSet),
  problems: TemplateProblem[],
  optional = false,
): Promise<Map<string, Template>> {
  const templates = new Map<string, Template>();
  const names = await readdir(dir).catch(() => {
    if (!optional) complainAbout(dir, problems)('is missing');
    return [];
  });
  for (const file of names.filter((name) => name.endsWith('.md')).sort()) {
    const match = /^([a-z][a-z0-9-]*)\.([a-z]{2,3}(?:-[a-z]{2,4})?)\.md$/.exec(file);
    const path = join(dir, file);
    const complain = complainAbout(path, problems);
    if (match === null) {
      complain('expected a name such as first-letter.en.md');
      continue;
    }
    const [, name = '', language = ''] = match;
    const placeholders = typeof known === 'function' ? known(name) : known;
    const text = await readFile(path, 'utf8');
    const template = parseTemplate(text, { name, language, path }, placeholders, complain);
    if (template !== null) templates.set(`${name}.${language}`, template);
  }
  return templates;
}

function parseTemplate(
  text: string,
  file: { name: string; language: string; path: string },
  known: PlaceholderSet,
  complain: Complain,
): Template | null {
  const match = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/.exec(text);
  if (match === null) {
    complain('found no front matter, expected it between two lines of ---', 1);
    return null;
  }
  const head = readYaml(match[1] ?? '', frontMatter, 2);
  if ('problems' in head) {
    for (const { line, message } of head.problems) complain(message, line);
    return null;
  }
  const { subject, version, reviewed = null, requiredSentences = [] } = head.value;
  for (const message of unknownPlaceholders(subject, known)) complain(`subject: ${message}`, 2);
  const body = text.slice(match[0].length);
  const bodyLine = match[0].split('\n').length;
  const parsed = parseMarkdown(body, bodyLine, known);
  for (const { line, column, message } of parsed.problems) complain(message, line, column);
  const plain = inOneLine(body);
  for (const sentence of requiredSentences) {
    if (!plain.includes(inOneLine(sentence)))
      complain(`the required sentence "${sentence}" is not in the text`);
  }
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return { ...file, subject, version, hash, reviewed, requiredSentences, body, bodyLine, tree: parsed.tree };
}

function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

export async function readLanguages(
  path: string,
  problems: TemplateProblem[],
): Promise<Map<string, LanguageEntry>> {
  const complain = complainAbout(path, problems);
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) complain('is missing');
  const read = readYaml(text ?? '', languages, 1);
  if ('problems' in read) {
    for (const { line, message } of read.problems) complain(message, line);
    return new Map();
  }
  const entries = Object.entries(read.value);
  for (const [language, entry] of entries) {
    for (const message of unknownPlaceholders(entry.helpLine ?? '', letterPlaceholders)) {
      complain(`${language}.helpLine: ${message}`);
    }
  }
  return new Map(entries);
}
