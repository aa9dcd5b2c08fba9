import { join } from 'node:path';
import { languageInEnglish, languageKeys } from './language-tags.ts';
import { type NoticeName, noticePlaceholders } from './notices.ts';
import {
  contractPlaceholders,
  invitationPlaceholders,
  letterPlaceholders,
  mailPlaceholders,
} from './placeholders.ts';
import { LATER_MAILS, shippedMails } from './shipped-mails.ts';
import {
  complainAbout,
  type LanguageEntry,
  problemLine,
  readFolder,
  readLanguages,
  type Template,
  type TemplateProblem,
} from './template-files.ts';

export interface LanguageWords {
  readonly name: string;
  readonly day: string | null;
  readonly days: string | null;
  readonly part: string | null;
  readonly copy: string | null;
  readonly helpLine: string | null;
  readonly contract: LanguageEntry['contract'] | null;
  readonly reviewed: { readonly by: string; readonly on: string } | null;
}

/** What a template is for: a step of the policy, a notice of what has changed, a form to sign, an invitation, or a mail to staff. */
export type TemplateKind = 'letter' | 'notice' | 'form' | 'invitation' | 'mail';

export interface Templates {
  readonly dir: string;
  /** The letter in the language, or in the nearest one: `es-MX` is served by `es`. */
  letter(name: string, language: string): Template | null;
  /** null also where the folder is a copy made before there were such. */
  notice(name: NoticeName, language: string): Template | null;
  form(name: 'contract-form', language: string): Template | null;
  invitation(
    name: 'meeting-invitation' | 'meeting-changed' | 'meeting-cancelled',
    language: string,
  ): Template | null;
  mail(name: string): Template;
  words(language: string): LanguageWords | null;
  /** In English, for staff and for families without a line of their own. */
  languageName(language: string): string;
  readonly letterNames: readonly string[];
  /** Languages with an entry in `languages.yaml`. */
  readonly languages: readonly string[];
  /** In all languages, by name. */
  all(kind: TemplateKind): readonly Template[];
}

/** Templates that cannot be used, with file and line of each mistake. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly exitCode = 78;
  readonly problems: readonly string[];

  constructor(problems: readonly TemplateProblem[]) {
    const lines = problems.map(problemLine);
    super(['The templates cannot be used:', ...lines.slice(0, 20).map((line) => `  ${line}`)].join('\n'));
    this.problems = lines;
  }
}

/**
 * Reads every template of the folder.
 * @param alsoNeeded mails that not every district sends
 * @throws TemplateError with everything that is wrong
 */
export async function loadTemplates(dir: string, alsoNeeded: readonly 'reply'[] = []): Promise<Templates> {
  const { templates, problems } = await readTemplates(dir, alsoNeeded);
  if (problems.length > 0) throw new TemplateError(problems);
  return templates;
}

/** What can be read of the folder, and everything that is wrong with it. */
export async function readTemplates(
  dir: string,
  alsoNeeded: readonly 'reply'[] = [],
): Promise<{ readonly templates: Templates; readonly problems: readonly TemplateProblem[] }> {
  const problems: TemplateProblem[] = [];
  const letters = await readFolder(join(dir, 'letters'), letterPlaceholders, problems);
  const notices = await readFolder(join(dir, 'notices'), noticePlaceholders, problems, true);
  const forms = await readFolder(join(dir, 'forms'), contractPlaceholders, problems, true);
  const invitations = await readFolder(join(dir, 'invitations'), invitationPlaceholders, problems, true);
  const mails = await readFolder(join(dir, 'mails'), mailPlaceholders, problems);
  if (LATER_MAILS.some((name) => !mails.has(`${name}.en`))) {
    const shipped = await readFolder(shippedMails(), mailPlaceholders, problems);
    for (const name of LATER_MAILS) {
      const template = mails.get(`${name}.en`) ?? shipped.get(`${name}.en`);
      if (template !== undefined) mails.set(`${name}.en`, template);
    }
  }
  const words = await readLanguages(join(dir, 'languages.yaml'), problems);
  for (const family of [letters, notices, forms, invitations]) checkFamily(family, words, problems);
  for (const { language, path } of forms.values()) {
    if (words.get(language)?.contract === undefined)
      complainAbout(
        path,
        problems,
      )(`languages.yaml lacks "contract" for ${language}, expected the words of the form`);
  }
  for (const name of ['digest', 'packet', 'correction', 'student-left', 'alert', ...alsoNeeded]) {
    if (!mails.has(`${name}.en`)) complainAbout(join(dir, 'mails'), problems)(`${name}.en.md is missing`);
  }
  const wordsOf = (language: string) => asWords(nearestOf(language, (key) => words.get(key)));
  const find = (family: ReadonlyMap<string, Template>) => (name: string, language: string) =>
    nearestOf(language, (key) => family.get(`${name}.${key}`)) ?? null;
  const families = { letter: letters, notice: notices, form: forms, invitation: invitations, mail: mails };
  const templates: Templates = {
    dir,
    letter: find(letters),
    notice: find(notices),
    form: find(forms),
    invitation: find(invitations),
    mail(name) {
      const template = mails.get(`${name}.en`);
      if (template === undefined) throw new Error(`there is no mail template called ${name}`);
      return template;
    },
    words: wordsOf,
    languageName: (language) => wordsOf(language)?.name ?? languageInEnglish(language),
    letterNames: [...new Set([...letters.values()].map((template) => template.name))].sort(),
    languages: [...words.keys()],
    all: (kind) => [...families[kind].values()],
  };
  return { templates, problems };
}

function checkFamily(
  family: ReadonlyMap<string, Template>,
  words: ReadonlyMap<string, LanguageEntry>,
  problems: TemplateProblem[],
): void {
  for (const { name, language, path } of family.values()) {
    const complain = complainAbout(path, problems);
    if (!family.has(`${name}.en`)) complain(`has no English version ${name}.en.md beside it`);
    if (words.get(language)?.days === undefined)
      complain(`languages.yaml lacks "days" for ${language}, expected it for every language with letters`);
  }
}

function nearestOf<T>(language: string, find: (key: string) => T | undefined): T | undefined {
  for (const key of languageKeys(language)) {
    const found = find(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

function asWords(entry: LanguageEntry | undefined): LanguageWords | null {
  if (entry === undefined) return null;
  const { name, day = null, days = null, part = null, copy = null } = entry;
  const { helpLine = null, contract = null, reviewed = null } = entry;
  return { name, day, days, part, copy, helpLine, contract, reviewed };
}
