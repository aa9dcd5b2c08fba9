import type { SchoolDate } from '../domain/school-date.ts';
import { type Block, bullets, paragraph, textsOf } from './content.ts';
import { longDate } from './dates.ts';
import { missingGlyphs } from './fonts.ts';
import { fullName, inOneLine, lettersHead, type WriterFacts, writerValues } from './letter.ts';
import { chooseParts, type Part, printableHelp } from './letter-parts.ts';
import { letterPdf } from './letter-pdf.ts';
import { fillTree } from './markdown.ts';
import { fillText } from './placeholders.ts';
import type { LanguageWords, Templates } from './template.ts';
import type { Template } from './template-files.ts';

/** What a contract form says; who writes is told as in a letter. */
export interface ContractFormFacts extends WriterFacts {
  /** Names of those who sign for the family. */
  readonly guardians: readonly string[];
  readonly begins: SchoolDate;
  readonly ends: SchoolDate;
  /** Decimal text. */
  readonly allowedDays: string;
  readonly unexcusedOnly: boolean;
  readonly graceDays: number;
  /** Titles of codes whose days do not count. */
  readonly exceptCodes: readonly string[];
}

export type RenderedForm =
  | {
      readonly kind: 'rendered';
      readonly pdf: Buffer;
      readonly pages: number;
      readonly languages: readonly string[];
    }
  /** The templates are a copy that was made before there was such a form. */
  | { readonly kind: 'no-template' }
  | { readonly kind: 'missing-glyph'; readonly characters: readonly string[] };

type Words = NonNullable<LanguageWords['contract']>;

/** An attendance contract to be signed: in the family's language where a translation is reviewed, and in English. */
export async function renderContractForm(
  templates: Templates,
  facts: ContractFormFacts,
): Promise<RenderedForm> {
  if (templates.form('contract-form', 'en') === null) return { kind: 'no-template' };
  const values = formValues(templates, facts, 'en');
  const parts = chooseParts(templates, {
    language: facts.language,
    find: (language) => templates.form('contract-form', language),
    fill: (template) => fillForm(templates, facts, template),
    help: values,
  });
  const [first] = parts;
  if (first === undefined) return { kind: 'no-template' };
  const letterhead = lettersHead(facts);
  const characters = missingGlyphs([
    ...letterhead,
    ...parts.flatMap(({ blocks }) => blocks.flatMap(textsOf)),
  ]);
  if (characters.length > 0) return { kind: 'missing-glyph', characters };
  const { bytes, pages } = await letterPdf({
    title: fillText(first.template.subject, formValues(templates, facts, first.template.language)),
    author: facts.district.name,
    reference: facts.reference,
    schoolYear: facts.schoolYear,
    date: facts.date,
    letterhead,
    logo: facts.pictures?.logo ?? null,
    signature: null,
    addressee: null,
    parts: parts.map(({ template, help, blocks }: Part) => ({
      language: template.language,
      help: printableHelp(templates, help, values),
      blocks,
    })),
  });
  return { kind: 'rendered', pdf: bytes, pages, languages: parts.map(({ template }) => template.language) };
}

function fillForm(templates: Templates, facts: ContractFormFacts, template: Template): Block[] {
  const words = wordsFor(templates, template.language);
  const { exceptCodes, guardians, student, signature } = facts;
  const exceptions: Block[] =
    exceptCodes.length === 0 ? [] : [paragraph(words.exceptions), bullets(exceptCodes)];
  const people = [
    ...(guardians.length === 0 ? [words.guardian] : guardians.map((name) => `${words.guardian}: ${name}`)),
    `${words.student}: ${fullName(student)}`,
    `${words.school}: ${signature.name}, ${signature.title}`,
  ];
  return fillTree(template.tree, formValues(templates, facts, template.language), {
    'contract.exceptions': exceptions,
    signatures: [{ kind: 'signatures', people, date: words.date }],
  });
}

function formValues(
  templates: Templates,
  facts: ContractFormFacts,
  language: string,
): Record<string, string> {
  const words = wordsFor(templates, language);
  const { allowedDays, unexcusedOnly, graceDays } = facts;
  const [one, many] = unexcusedOnly ? [words.unexcusedDay, words.unexcusedDays] : [words.day, words.days];
  const grace = `${graceDays} ${graceDays === 1 ? words.schoolDay : words.schoolDays}`;
  return {
    guardians: inOneLine(facts.guardians, language),
    'contract.reference': facts.reference,
    'contract.begins': longDate(facts.begins, language),
    'contract.ends': longDate(facts.ends, language),
    'contract.allowed': `${allowedDays} ${allowedDays === '1' ? one : many}`,
    'contract.grace': graceDays === 0 ? words.none : grace,
    ...writerValues(templates, facts, language),
  };
}

/** The templates are refused where a form has no words in its language. */
function wordsFor(templates: Templates, language: string): Words {
  const words = templates.words(language)?.contract ?? templates.words('en')?.contract ?? null;
  if (words === null) throw new Error(`languages.yaml lacks "contract" for ${language}`);
  return words;
}
