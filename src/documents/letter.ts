import type { Pictures } from '../domain/picture.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { PostalAddress } from '../domain/sis-records.ts';
import { type Block, textsOf } from './content.ts';
import { countInWords } from './count-in-words.ts';
import { longDate, longDates, plainSpaces, shortDate } from './dates.ts';
import { missingGlyphs } from './fonts.ts';
import { chooseParts, isEnglish, type Part, printableHelp } from './letter-parts.ts';
import { letterPdf } from './letter-pdf.ts';
import { letterVersion } from './letter-version.ts';
import { fillTree } from './markdown.ts';
import { type NoticeFacts, noticeOf, noticeValues } from './notices.ts';
import { fillText } from './placeholders.ts';
import type { Templates } from './template.ts';
import type { Template } from './template-files.ts';
import { toHtml } from './to-html.ts';
import { toText } from './to-text.ts';

/** Everything a letter says. Dates of confidential codes are not among `dates`; they count in `count`. */
export interface LetterFacts extends NoticeFacts {
  readonly template: string;
  readonly reference: string;
  /** BCP 47: the guardian's. */
  readonly language: string;
  readonly date: SchoolDate;
  readonly asOf: SchoolDate;
  /** `2026–27`. */
  readonly schoolYear: string;
  readonly district: {
    readonly name: string;
    readonly phone: string;
    readonly website: string | null;
    readonly addressLines: readonly string[];
  };
  readonly school: {
    readonly name: string;
    readonly phone: string;
    readonly addressLines: readonly string[];
  };
  readonly student: {
    readonly givenName: string;
    readonly familyName: string;
    readonly grade: string | null;
  };
  readonly addressees: readonly { readonly givenName: string; readonly familyName: string }[];
  readonly postalAddress: PostalAddress | null;
  /** Decimal text: `7`, `7.5`. */
  readonly count: string;
  /** The first date that the step looks at; the last one is `asOf`. */
  readonly countedFrom: SchoolDate;
  /** Decimal text of the percent of the school days enrolled; null: the step counts days. */
  readonly percent: string | null;
  readonly dates: readonly { readonly date: SchoolDate; readonly whole: boolean }[];
  readonly signature: { readonly name: string; readonly title: string };
  readonly contact: { readonly name: string; readonly phone: string; readonly email: string | null };
  /** On paper only; missing: none. */
  readonly pictures?: Pictures;
}

/** What a letter and a form have in common. */
export type WriterFacts = Pick<
  LetterFacts,
  | 'reference'
  | 'language'
  | 'date'
  | 'schoolYear'
  | 'district'
  | 'school'
  | 'student'
  | 'signature'
  | 'contact'
  | 'pictures'
>;

export type RenderedLetter =
  | {
      readonly kind: 'rendered';
      readonly subject: string;
      readonly pdf: Buffer;
      readonly pages: number;
      readonly html: string;
      readonly text: string;
      /** Languages the letter is written in, the guardian's first. */
      readonly languages: readonly string[];
      /** No reviewed translation in the guardian's language: English, with a line that says how to get help. */
      readonly untranslated: boolean;
      readonly templateVersion: string;
    }
  /** Printing would show a wrong character. */
  | { readonly kind: 'missing-glyph'; readonly characters: readonly string[] };

/**
 * Writes one letter as PDF, HTML and text from one source. A reviewed translation comes first with an English copy
 * behind it; without one the letter is English and says, in the guardian's language, how to get help.
 */
export async function renderLetter(templates: Templates, facts: LetterFacts): Promise<RenderedLetter> {
  const parts = partsOf(templates, facts);
  const first = parts[0];
  if (first === undefined) throw new Error(`there is no English letter called ${facts.template}`);
  const head = lettersHead(facts);
  const characters = missingGlyphs(printedTexts(facts, parts, head));
  if (characters.length > 0) return { kind: 'missing-glyph', characters };
  const values = letterValues(templates, facts, 'en');
  const subject = fillText(first.template.subject, letterValues(templates, facts, first.template.language));
  const pdf = await letterPdf({
    title: subject,
    author: facts.district.name,
    reference: facts.reference,
    schoolYear: facts.schoolYear,
    date: facts.date,
    letterhead: head,
    logo: facts.pictures?.logo ?? null,
    signature: facts.pictures?.signature ?? null,
    addressee: { names: facts.addressees.map(fullName), postalAddress: facts.postalAddress },
    parts: parts.map((part) => ({
      language: part.template.language,
      help: printableHelp(templates, part.help, values),
      blocks: part.blocks,
    })),
  });
  return {
    kind: 'rendered',
    subject,
    pdf: pdf.bytes,
    pages: pdf.pages,
    html: toHtml({
      title: subject,
      letterhead: head,
      parts: parts.map(({ template, help, blocks }) => ({ language: template.language, help, blocks })),
      footer: `${facts.reference} · ${facts.district.name}`,
    }),
    text: textVersion(facts, parts, head),
    languages: parts.map((part) => part.template.language),
    untranslated: first.template.language === 'en' && !isEnglish(facts.language),
    templateVersion: letterVersion(templates, parts, {
      letterhead: head,
      signature: facts.signature,
      pictures: facts.pictures,
    }),
  };
}

function partsOf(templates: Templates, facts: LetterFacts): Part[] {
  const notice = noticeOf(facts);
  return chooseParts(templates, {
    language: facts.language,
    find: (language) =>
      notice === null ? templates.letter(facts.template, language) : templates.notice(notice, language),
    fill: (one) => fillLetter(templates, facts, one),
    help: letterValues(templates, facts, 'en'),
  });
}

function fillLetter(templates: Templates, facts: LetterFacts, template: Template): Block[] {
  const { language } = template;
  const half = templates.words(language)?.part ?? 'half day';
  const dates = facts.dates.map(({ date, whole }) => {
    const written = shortDate(date, language);
    return whole ? written : `${written} (${half})`;
  });
  const grid: Block[] = dates.length === 0 ? [] : [{ kind: 'grid', items: dates }];
  return fillTree(template.tree, letterValues(templates, facts, language), { 'absence.dates': grid });
}

function letterValues(templates: Templates, facts: LetterFacts, language: string): Record<string, string> {
  return {
    addressees: inOneLine(facts.addressees.map(fullName), language),
    'absence.count': countInWords(facts.count, templates.words(language)),
    ...noticeValues(facts, templates.words(language), language),
    'absence.asOf': longDate(facts.asOf, language),
    'absence.window': longDates(facts.countedFrom, facts.asOf, language),
    // Without a value, a letter that names the share of days is not written rather than written without it.
    ...(facts.percent === null ? {} : { 'absence.percent': percentInWords(facts.percent, language) }),
    'letter.reference': facts.reference,
    ...writerValues(templates, facts, language),
  };
}

/** About whom it is, who writes it and when: the same in every letter and form. */
export function writerValues(
  templates: Templates,
  facts: WriterFacts,
  language: string,
): Record<string, string> {
  return {
    'student.name': fullName(facts.student),
    'student.givenName': facts.student.givenName,
    'student.grade': facts.student.grade ?? '',
    'letter.date': longDate(facts.date, language),
    'school.name': facts.school.name,
    'school.phone': facts.school.phone,
    'school.year': facts.schoolYear,
    'district.name': facts.district.name,
    'district.phone': facts.district.phone,
    'contact.name': facts.contact.name,
    'contact.phone': facts.contact.phone,
    'contact.email': facts.contact.email ?? '',
    'signature.name': facts.signature.name,
    'signature.title': facts.signature.title,
    'language.name': templates.languageName(facts.language),
  };
}

export function fullName(person: { readonly givenName: string; readonly familyName: string }): string {
  return `${person.givenName} ${person.familyName}`.trim();
}

/** `Ana and Ben`, `Ana y Ben`. */
export function inOneLine(names: readonly string[], language: string): string {
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(names);
}

/** `12.5%`, `12,5 %`. */
function percentInWords(percent: string, language: string): string {
  const format = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 2 });
  return plainSpaces(format.format(Number(percent) / 100));
}

function textVersion(
  { reference }: { readonly reference: string },
  parts: readonly Part[],
  head: readonly string[],
): string {
  const bodies = parts.map((part) => {
    const help = part.help === null ? '' : `${part.help.text}\n\n`;
    return `${help}${toText(part.blocks)}`;
  });
  return `${head.join('\n')}\n\n${bodies.join(`\n${'-'.repeat(74)}\n\n`)}\n${reference}\n`;
}

/** Who writes: the school's name, then how to reach it. */
export function lettersHead({ school, district }: Pick<LetterFacts, 'school' | 'district'>): string[] {
  return [school.name, district.name, ...school.addressLines, school.phone];
}

/** Everything that paper has to show, but for the help line, which has a substitute. */
function printedTexts(facts: LetterFacts, parts: readonly Part[], head: readonly string[]): string[] {
  const address = facts.postalAddress;
  return [
    ...head,
    ...facts.addressees.map(fullName),
    ...(address === null ? [] : [...address.lines, address.city, address.state, address.postalCode]),
    facts.reference,
    facts.schoolYear,
    ...parts.flatMap((part) => part.blocks.flatMap(textsOf)),
  ];
}
