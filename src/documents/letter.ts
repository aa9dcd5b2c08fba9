import type { SchoolDate } from '../domain/school-date.ts';
import type { PostalAddress } from '../domain/sis-records.ts';
import type { Block } from './content.ts';
import { longDate, shortDate } from './dates.ts';
import { missingGlyphs } from './fonts.ts';
import { fillTree } from './markdown.ts';
import {
  closePdf,
  element,
  keepTogether,
  letterhead,
  openPdf,
  PAGE,
  type Pdf,
  section,
  TEXT_WIDTH,
  writeBlocks,
} from './pdf-page.ts';
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
      /** No reviewed translation: English with a line that says how to get help, or with none at all. */
      readonly untranslated: boolean;
      readonly templateVersion: string;
    }
  /** Printing would show a wrong character. */
  | { readonly kind: 'missing-glyph'; readonly characters: readonly string[] };

interface Part {
  readonly template: Template;
  readonly help: { readonly language: string; readonly text: string } | null;
  readonly blocks: readonly Block[];
  readonly copyHeading: string | null;
}

/**
 * Writes one letter as PDF, HTML and text from one source. A reviewed translation comes first with an English copy
 * behind it; without one the letter is English and says, in the guardian's language, how to get help.
 */
export async function renderLetter(templates: Templates, facts: LetterFacts): Promise<RenderedLetter> {
  const parts = chooseParts(templates, facts);
  const first = parts[0];
  if (first === undefined) throw new Error(`there is no English letter called ${facts.template}`);
  const characters = missingGlyphs(textsOf(parts, facts));
  if (characters.length > 0) return { kind: 'missing-glyph', characters };
  const subject = fillText(first.template.subject, letterValues(templates, facts, first.template.language));
  const pdf = await letterPdf(facts, parts, subject);
  const head = [facts.school.name, facts.district.name, ...facts.school.addressLines, facts.school.phone];
  return {
    kind: 'rendered',
    subject,
    pdf: pdf.bytes,
    pages: pdf.pages,
    html: toHtml({
      title: subject,
      letterhead: head,
      parts: parts.map((part) => ({
        language: part.template.language,
        help: part.help,
        blocks: [...copyHeading(part), ...part.blocks],
      })),
      footer: `${facts.reference} · ${facts.district.name}`,
    }),
    text: textVersion(facts, parts, head),
    languages: parts.map((part) => part.template.language),
    untranslated: first.template.language === 'en' && languageOf(facts) !== 'en',
    templateVersion: parts
      .map((part) => `${part.template.name}.${part.template.language} v${part.template.version}`)
      .join(' + '),
  };
}

function chooseParts(templates: Templates, facts: LetterFacts): Part[] {
  const english = templates.letter(facts.template, 'en');
  if (english === null) return [];
  const language = languageOf(facts);
  const own = language === 'en' ? null : templates.letter(facts.template, language);
  const words = templates.words(facts.language);
  if (own !== null && own.reviewed !== null) {
    return [
      makePart(templates, facts, own, null, null),
      makePart(templates, facts, english, null, words?.copy ?? 'English copy'),
    ];
  }
  const line = language === 'en' ? null : (words?.helpLine ?? null);
  const help =
    line === null
      ? null
      : { language: facts.language, text: fillText(line, letterValues(templates, facts, 'en')) };
  return [makePart(templates, facts, english, help, null)];
}

function makePart(
  templates: Templates,
  facts: LetterFacts,
  template: Template,
  help: Part['help'],
  copyHeading: string | null,
): Part {
  const words = templates.words(template.language);
  const dates = facts.dates.map(({ date, whole }) => {
    const written = shortDate(date, template.language);
    return whole ? written : `${written} (${words?.part ?? 'half day'})`;
  });
  const grid: Block[] = dates.length === 0 ? [] : [{ kind: 'grid', items: dates }];
  const blocks = fillTree(template.tree, letterValues(templates, facts, template.language), {
    'absence.dates': grid,
  });
  return { template, help, blocks, copyHeading };
}

function letterValues(templates: Templates, facts: LetterFacts, language: string): Record<string, string> {
  const words = templates.words(language);
  return {
    addressees: facts.addressees.map((person) => `${person.givenName} ${person.familyName}`).join(', '),
    'student.name': `${facts.student.givenName} ${facts.student.familyName}`,
    'student.givenName': facts.student.givenName,
    'student.grade': facts.student.grade ?? '',
    'absence.count': countInWords(facts.count, words),
    'absence.asOf': longDate(facts.asOf, language),
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
  };
}

function countInWords(count: string, words: LanguageWords | null): string {
  const noun = count === '1' ? (words?.day ?? 'day') : (words?.days ?? 'days');
  return `${count} ${noun}`;
}

function copyHeading(part: Part): Block[] {
  if (part.copyHeading === null) return [];
  return [{ kind: 'paragraph', spans: [{ text: part.copyHeading, bold: true, italic: false, href: null }] }];
}

/**
 * What a #10 window envelope shows of the top third of a sheet folded in three: the window is 4½" wide and 1⅛" high,
 * 7/8" from the left and ½" from the bottom edge, and the folded sheet is 3⅔" high.
 */
export const WINDOW = { x: 63, y: 147, width: 324, height: 81 } as const;
const ADDRESS = { x: 72, y: 153, width: 306, height: 70, size: 10.5 } as const;
/** Height of a line in font sizes. */
const LEADING = 1.37;
const BODY_TOP = 252;

async function letterPdf(
  facts: LetterFacts,
  parts: readonly Part[],
  title: string,
): Promise<{ bytes: Buffer; pages: number }> {
  const language = parts[0]?.template.language ?? 'en';
  const created = new Date(`${facts.date}T12:00:00Z`);
  const canvas = openPdf({ title, author: facts.district.name, language, created });
  const { pdf } = canvas;
  for (const part of parts) {
    pdf.addPage();
    section(canvas, 'Sect', part.template.language, (sect) => {
      letterhead(sect, facts.school.name, [
        facts.district.name,
        ...facts.school.addressLines,
        facts.school.phone,
      ]);
      element(sect, 'P', () => writeAddress(pdf, facts));
      element(sect, 'P', () => {
        pdf.font('regular').fontSize(9.5).fillColor('#55616d');
        const right = WINDOW.x + WINDOW.width;
        const width = PAGE.width - PAGE.right - right;
        pdf.text(longDate(facts.date, part.template.language), right, ADDRESS.y, { width, align: 'right' });
      });
      pdf.x = PAGE.left;
      pdf.y = BODY_TOP;
      if (part.help !== null) writeHelp(sect, part.help);
      writeBlocks(sect, copyHeading(part));
      writeBody(sect, part.blocks);
    });
  }
  return closePdf(canvas, (page, pages) => `${facts.reference}    ${facts.schoolYear}    ${page} / ${pages}`);
}

function writeAddress(pdf: Pdf, facts: LetterFacts): void {
  const names = [...new Set(facts.addressees.map((person) => `${person.givenName} ${person.familyName}`))];
  const { postalAddress: address } = facts;
  const place =
    address === null ? [] : [...address.lines, `${address.city}, ${address.state} ${address.postalCode}`];
  const lines = [...names, ...place];
  // A long address is set smaller rather than cut: the post needs its last line.
  const size = Math.min(ADDRESS.size, ADDRESS.height / (lines.length * LEADING));
  pdf.font('regular').fontSize(size).fillColor('#1f2933');
  lines.forEach((line, index) => {
    const y = ADDRESS.y + index * size * LEADING;
    pdf.text(line, ADDRESS.x, y, { width: ADDRESS.width, height: size * LEADING, ellipsis: true });
  });
}

function writeHelp(sect: Parameters<typeof section>[0], help: NonNullable<Part['help']>): void {
  section(sect, 'P', help.language, (inner) => {
    const { pdf } = inner;
    element(inner, 'Span', () => {
      pdf
        .font('bold')
        .fontSize(10.5)
        .fillColor('#8a5a00')
        .text(help.text, PAGE.left, pdf.y, { width: TEXT_WIDTH });
    });
    pdf.y += 10;
  });
}

/** The list of dates goes to the next page, with its heading, when it does not fit below the letter. */
function writeBody(sect: Parameters<typeof section>[0], blocks: readonly Block[]): void {
  blocks.forEach((block, index) => {
    const next = blocks[index + 1];
    if (block.kind === 'heading' && next?.kind === 'grid') {
      keepTogether(sect.pdf, 40 + Math.ceil(next.items.length / 3) * 15);
    }
    writeBlocks(sect, [block]);
  });
}

function textVersion(facts: LetterFacts, parts: readonly Part[], head: readonly string[]): string {
  const bodies = parts.map((part) => {
    const help = part.help === null ? '' : `${part.help.text}\n\n`;
    return `${help}${toText([...copyHeading(part), ...part.blocks])}`;
  });
  return `${head.join('\n')}\n\n${bodies.join(`\n${'-'.repeat(74)}\n\n`)}\n${facts.reference}\n`;
}

function languageOf(facts: LetterFacts): string {
  return facts.language.toLowerCase().split('-')[0] ?? 'en';
}

function textsOf(parts: readonly Part[], facts: LetterFacts): string[] {
  const address = facts.postalAddress;
  return [
    ...(address === null ? [] : [...address.lines, address.city, address.state, address.postalCode]),
    facts.school.name,
    facts.district.name,
    ...facts.school.addressLines,
    facts.school.phone,
    ...facts.addressees.flatMap((person) => [person.givenName, person.familyName]),
    ...parts.flatMap((part) => [part.help?.text ?? '', part.copyHeading ?? '', toText(part.blocks)]),
  ];
}
