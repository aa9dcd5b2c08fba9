import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseMarkdown, type TemplateTree } from './markdown.ts';
import { letterPlaceholders, mailPlaceholders, type PlaceholderSet } from './placeholders.ts';

/** One letter or mail in one language, parsed and checked. */
export interface Template {
  readonly name: string;
  readonly language: string;
  readonly path: string;
  readonly subject: string;
  readonly version: number;
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
  letter(name: string, language: string): Template | null;
  mail(name: string): Template;
  words(language: string): LanguageWords | null;
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

const frontMatter = z.strictObject({
  subject: z.string().min(1).max(200),
  version: z.int().min(1),
  effectiveFrom: z.string().optional(),
  description: z.string().optional(),
  reviewed: z.strictObject({ by: z.string().min(1), on: z.string().regex(/^\d{4}-\d{2}-\d{2}$/) }).nullish(),
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
    reviewed: z.strictObject({ by: z.string(), on: z.string() }).optional(),
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
    if (words[language]?.days === undefined) {
      problems.push(
        `${path}: languages.yaml lacks "days" for ${language}, expected it for every language with letters`,
      );
    }
  }
  for (const name of ['digest', 'packet', 'correction', 'alert']) {
    if (!mails.has(`${name}.en`)) problems.push(`${join(dir, 'mails')}: ${name}.en.md is missing`);
  }
  if (problems.length > 0) throw new TemplateError(problems);
  return {
    letter: (name, language) => letters.get(`${name}.${language}`) ?? null,
    mail(name) {
      const template = mails.get(`${name}.en`);
      if (template === undefined) throw new Error(`there is no mail template called ${name}`);
      return template;
    },
    words: (language) => asWords(words[language] ?? words[language.split('-')[0] ?? language]),
    letterNames: [...new Set([...letters.values()].map((template) => template.name))].sort(),
  };
}

type LanguageFile = z.output<typeof languages>;

function asWords(entry: LanguageFile[string] | undefined): LanguageWords | null {
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
  const head = frontMatter.safeParse(safeYaml(match[1] ?? ''), { reportInput: false });
  if (!head.success) {
    for (const issue of head.error.issues)
      problems.push(`${file.path}:2  ${issue.path.join('.')}: ${issue.message}`);
    return null;
  }
  const firstLine = match[0].split('\n').length;
  const body = parseMarkdown(text.slice(match[0].length), firstLine, known);
  problems.push(...body.problems.map(({ line, message }) => `${file.path}:${line}  ${message}`));
  const plain = text.replace(/\s+/g, ' ');
  for (const sentence of head.data.requiredSentences ?? []) {
    const occurrences = plain.split(sentence.replace(/\s+/g, ' ')).length - 1;
    if (occurrences < 2)
      problems.push(`${file.path}: the required sentence "${sentence}" is not in the text`);
  }
  const { subject, version, reviewed } = head.data;
  return { ...file, subject, version, reviewed: reviewed ?? null, tree: body.tree };
}

async function loadLanguages(path: string, problems: string[]): Promise<LanguageFile> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const result = languages.safeParse(safeYaml(text) ?? {});
  if (result.success) return result.data;
  for (const issue of result.error.issues)
    problems.push(`${path}  ${issue.path.join('.')}: ${issue.message}`);
  return {};
}

function safeYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}
