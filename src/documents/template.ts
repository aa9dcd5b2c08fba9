import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { languageInEnglish, languageKeys } from './language-tags.ts';
import { parseMarkdown, type TemplateTree } from './markdown.ts';
import {
  letterPlaceholders,
  mailPlaceholders,
  type PlaceholderSet,
  unknownPlaceholders,
} from './placeholders.ts';
import { readYaml } from './template-head.ts';

/** One letter or mail in one language, parsed and checked. */
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
  readonly tree: TemplateTree;
}

export interface LanguageWords {
  readonly name: string;
  readonly day: string | null;
  readonly days: string | null;
  readonly part: string | null;
  readonly copy: string | null;
  readonly helpLine: string | null;
}

export interface Templates {
  /** The letter in the language, or in the nearest one: `es-MX` is served by `es`. */
  letter(name: string, language: string): Template | null;
  mail(name: string): Template;
  words(language: string): LanguageWords | null;
  /** In English, for staff and for families without a line of their own. */
  languageName(language: string): string;
  readonly letterNames: readonly string[];
}

/** Templates that cannot be used, with file and line of each mistake. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly exitCode = 78;
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      ['The templates cannot be used:', ...problems.slice(0, 20).map((problem) => `  ${problem}`)].join('\n'),
    );
    this.problems = problems;
  }
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

const languages = z.record(
  z.string().regex(/^[a-z]{2,3}(-[a-z]{2,4})?$/),
  z.strictObject({
    name: z.string().min(1),
    day: z.string().optional(),
    days: z.string().optional(),
    part: z.string().optional(),
    copy: z.string().optional(),
    helpLine: z.string().optional(),
    reviewed: reviewed.nullish(),
  }),
);

/** Reads every template of the folder. @throws TemplateError with everything that is wrong */
export async function loadTemplates(dir: string): Promise<Templates> {
  const problems: string[] = [];
  const letters = await loadFolder(join(dir, 'letters'), letterPlaceholders, problems);
  const mails = await loadFolder(join(dir, 'mails'), mailPlaceholders, problems);
  const words = await loadLanguages(join(dir, 'languages.yaml'), problems);
  for (const { name, language, path } of letters.values()) {
    if (!letters.has(`${name}.en`)) problems.push(`${path}: has no English version ${name}.en.md beside it`);
    if (words.get(language)?.days === undefined) {
      problems.push(
        `${path}: languages.yaml lacks "days" for ${language}, expected it for every language with letters`,
      );
    }
  }
  for (const name of ['digest', 'packet', 'correction', 'student-left', 'alert']) {
    if (!mails.has(`${name}.en`)) problems.push(`${join(dir, 'mails')}: ${name}.en.md is missing`);
  }
  if (problems.length > 0) throw new TemplateError(problems);
  const wordsOf = (language: string) => asWords(nearestOf(language, (key) => words.get(key)));
  return {
    letter: (name, language) => nearestOf(language, (key) => letters.get(`${name}.${key}`)) ?? null,
    mail(name) {
      const template = mails.get(`${name}.en`);
      if (template === undefined) throw new Error(`there is no mail template called ${name}`);
      return template;
    },
    words: wordsOf,
    languageName: (language) => wordsOf(language)?.name ?? languageInEnglish(language),
    letterNames: [...new Set([...letters.values()].map((template) => template.name))].sort(),
  };
}

type LanguageEntry = z.output<typeof languages>[string];

function nearestOf<T>(language: string, find: (key: string) => T | undefined): T | undefined {
  for (const key of languageKeys(language)) {
    const found = find(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

function asWords(entry: LanguageEntry | undefined): LanguageWords | null {
  if (entry === undefined) return null;
  const { name, day = null, days = null, part = null, copy = null, helpLine = null } = entry;
  return { name, day, days, part, copy, helpLine };
}

async function loadFolder(
  dir: string,
  known: PlaceholderSet,
  problems: string[],
): Promise<Map<string, Template>> {
  const templates = new Map<string, Template>();
  const names = await readdir(dir).catch(() => {
    problems.push(`${dir}: is missing`);
    return [];
  });
  for (const file of names.filter((name) => name.endsWith('.md')).sort()) {
    const match = /^([a-z][a-z0-9-]*)\.([a-z]{2,3}(?:-[a-z]{2,4})?)\.md$/.exec(file);
    const path = join(dir, file);
    if (match === null) {
      problems.push(`${path}: expected a name such as first-letter.en.md`);
      continue;
    }
    const [, name = '', language = ''] = match;
    const template = parseTemplate(await readFile(path, 'utf8'), { name, language, path }, known, problems);
    if (template !== null) templates.set(`${name}.${language}`, template);
  }
  return templates;
}

function parseTemplate(
  text: string,
  file: { name: string; language: string; path: string },
  known: PlaceholderSet,
  problems: string[],
): Template | null {
  const match = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/.exec(text);
  if (match === null) {
    problems.push(`${file.path}:1  found no front matter, expected it between two lines of ---`);
    return null;
  }
  const head = readYaml(match[1] ?? '', frontMatter, 2);
  if ('problems' in head) {
    problems.push(...head.problems.map(({ line, message }) => `${file.path}:${line}  ${message}`));
    return null;
  }
  const { subject, version, reviewed, requiredSentences } = head.value;
  for (const message of unknownPlaceholders(subject, known)) {
    problems.push(`${file.path}:2  subject: ${message}`);
  }
  const body = text.slice(match[0].length);
  const parsed = parseMarkdown(body, match[0].split('\n').length, known);
  problems.push(
    ...parsed.problems.map(({ line, column, message }) => `${file.path}:${line}:${column}  ${message}`),
  );
  const plain = inOneLine(body);
  for (const sentence of requiredSentences ?? []) {
    if (plain.includes(inOneLine(sentence))) continue;
    problems.push(`${file.path}: the required sentence "${sentence}" is not in the text`);
  }
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return { ...file, subject, version, hash, reviewed: reviewed ?? null, tree: parsed.tree };
}

function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

async function loadLanguages(path: string, problems: string[]): Promise<Map<string, LanguageEntry>> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) problems.push(`${path}: is missing`);
  const read = readYaml(text ?? '', languages, 1);
  if ('problems' in read) {
    problems.push(...read.problems.map(({ line, message }) => `${path}:${line}  ${message}`));
    return new Map();
  }
  const entries = Object.entries(read.value);
  for (const [language, entry] of entries) {
    for (const message of unknownPlaceholders(entry.helpLine ?? '', letterPlaceholders)) {
      problems.push(`${path}: ${language}.helpLine: ${message}`);
    }
  }
  return new Map(entries);
}
