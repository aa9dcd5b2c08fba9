import type { SchoolDate } from '../domain/school-date.ts';
import type { PostalAddress } from '../domain/sis-records.ts';
import { type Block, plainSpan, textsOf } from './content.ts';
import { longDate, longDates, plainSpaces, shortDate } from './dates.ts';
import { missingGlyphs } from './fonts.ts';
import { letterPdf } from './letter-pdf.ts';
import { fillTree } from './markdown.ts';
import { fillText } from './placeholders.ts';
import type { LanguageWords, Template, Templates } from './template.ts';
import { toHtml } from './to-html.ts';
import { toText } from './to-text.ts';

/** Everything a letter says. Dates of confidential codes are not among `dates`; they count in `count`. */
export interface LetterFacts {
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
}

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

/** A line of text in a language that is not the one around it. */
interface Line {
  readonly language: string;
  readonly text: string;
}

interface Part {
  readonly template: Template;
  /** How to get help in the guardian's language. */
  readonly help: Line | null;
  readonly blocks: readonly Block[];
}

/**
 * Writes one letter as PDF, HTML and text from one source. A reviewed translation comes first with an English copy
 * behind it; without one the letter is English and says, in the guardian's language, how to get help.
 */
export async function renderLetter(templates: Templates, facts: LetterFacts): Promise<RenderedLetter> {
  const parts = chooseParts(templates, facts);
  const first = parts[0];
  if (first === undefined) throw new Error(`there is no English letter called ${facts.template}`);
  const head = [facts.school.name, facts.district.name, ...facts.school.addressLines, facts.school.phone];
  const characters = missingGlyphs(printedTexts(facts, parts, head));
  if (characters.length > 0) return { kind: 'missing-glyph', characters };
  const subject = fillText(first.template.subject, letterValues(templates, facts, first.template.language));
  const pdf = await letterPdf({
    title: subject,
    author: facts.district.name,
    reference: facts.reference,
    schoolYear: facts.schoolYear,
    date: facts.date,
    letterhead: head,
    names: facts.addressees.map(fullName),
    postalAddress: facts.postalAddress,
    parts: parts.map((part) => ({
      language: part.template.language,
      help: printableHelp(templates, facts, part.help),
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
    untranslated: first.template.language === 'en' && !readsEnglish(facts),
    templateVersion: parts
      .map(
        (part) =>
          `${part.template.name}.${part.template.language} v${part.template.version} (${part.template.hash})`,
      )
      .join(' + '),
  };
}

function chooseParts(templates: Templates, facts: LetterFacts): Part[] {
  const english = templates.letter(facts.template, 'en');
  if (english === null) return [];
  const own = readsEnglish(facts) ? null : templates.letter(facts.template, facts.language);
  if (own !== null && own.reviewed !== null) {
    const copy = templates.words(own.language)?.copy ?? 'English copy';
    const heading: Block = { kind: 'paragraph', spans: [{ ...plainSpan(copy), bold: true }] };
    return [
      { template: own, help: null, blocks: fillLetter(templates, facts, own) },
      { template: english, help: null, blocks: [heading, ...fillLetter(templates, facts, english)] },
    ];
  }
  const help = readsEnglish(facts) ? null : helpFor(templates, facts);
  return [{ template: english, help, blocks: fillLetter(templates, facts, english) }];
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

/** The line of the guardian's language; for a language that has none, the English line, which names the language. */
function helpFor(templates: Templates, facts: LetterFacts): Line | null {
  const own = templates.words(facts.language)?.helpLine ?? null;
  if (own === null) return englishHelp(templates, facts);
  return { language: facts.language, text: fillText(own, letterValues(templates, facts, 'en')) };
}

function englishHelp(templates: Templates, facts: LetterFacts): Line | null {
  const line = templates.words('en')?.helpLine ?? null;
  return line === null
    ? null
    : { language: 'en', text: fillText(line, letterValues(templates, facts, 'en')) };
}

/** On paper a line in a script that the fonts lack gives way to the English one; mails show it as it is. */
function printableHelp(templates: Templates, facts: LetterFacts, help: Line | null): Line | null {
  if (help === null || missingGlyphs([help.text]).length === 0) return help;
  return englishHelp(templates, facts);
}

function letterValues(templates: Templates, facts: LetterFacts, language: string): Record<string, string> {
  return {
    addressees: inOneLine(facts.addressees.map(fullName), language),
    'student.name': fullName(facts.student),
    'student.givenName': facts.student.givenName,
    'student.grade': facts.student.grade ?? '',
    'absence.count': countInWords(facts.count, templates.words(language)),
    'absence.asOf': longDate(facts.asOf, language),
    'absence.window': longDates(facts.countedFrom, facts.asOf, language),
    // Without a value, a letter that names the share of days is not written rather than written without it.
    ...(facts.percent === null ? {} : { 'absence.percent': percentInWords(facts.percent, language) }),
    'letter.date': longDate(facts.date, language),
    'letter.reference': facts.reference,
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

function fullName(person: { readonly givenName: string; readonly familyName: string }): string {
  return `${person.givenName} ${person.familyName}`.trim();
}

/** `Ana and Ben`, `Ana y Ben`. */
function inOneLine(names: readonly string[], language: string): string {
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(names);
}

function countInWords(count: string, words: LanguageWords | null): string {
  const noun = count === '1' ? (words?.day ?? 'day') : (words?.days ?? 'days');
  return `${count} ${noun}`;
}

/** `12.5%`, `12,5 %`. */
function percentInWords(percent: string, language: string): string {
  const format = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 2 });
  return plainSpaces(format.format(Number(percent) / 100));
}

function textVersion(facts: LetterFacts, parts: readonly Part[], head: readonly string[]): string {
  const bodies = parts.map((part) => {
    const help = part.help === null ? '' : `${part.help.text}\n\n`;
    return `${help}${toText(part.blocks)}`;
  });
  return `${head.join('\n')}\n\n${bodies.join(`\n${'-'.repeat(74)}\n\n`)}\n${facts.reference}\n`;
}

function readsEnglish(facts: LetterFacts): boolean {
  return /^en(-|$)/i.test(facts.language);
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
