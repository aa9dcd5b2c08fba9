import { type Block, plainSpan } from './content.ts';
import { missingGlyphs } from './fonts.ts';
import { fillText } from './placeholders.ts';
import type { Templates } from './template.ts';
import type { Template } from './template-files.ts';

/** A line of text in a language that is not the one around it. */
interface Line {
  readonly language: string;
  readonly text: string;
}

/** What is written in one language. */
export interface Part {
  readonly template: Template;
  /** How to get help in the guardian's language. */
  readonly help: Line | null;
  readonly blocks: readonly Block[];
}

/**
 * A reviewed translation of the current version comes first with an English copy behind it; without one there is
 * English alone, with a line that says, in the guardian's language, how to get help. Nothing without an English version.
 */
export function chooseParts(
  templates: Templates,
  letter: {
    /** BCP 47: the guardian's. */
    readonly language: string;
    readonly find: (language: string) => Template | null;
    readonly fill: (template: Template) => Block[];
    /** Values that a help line may name. */
    readonly help: Readonly<Record<string, string>>;
  },
): Part[] {
  const { language, find, fill } = letter;
  const english = find('en');
  if (english === null) return [];
  const own = isEnglish(language) ? null : find(language);
  if (own !== null && mayBeSent(own, english)) {
    const copy = templates.words(own.language)?.copy ?? 'English copy';
    const heading: Block = { kind: 'paragraph', spans: [{ ...plainSpan(copy), bold: true }] };
    return [
      { template: own, help: null, blocks: fill(own) },
      { template: english, help: null, blocks: [heading, ...fill(english)] },
    ];
  }
  const help = isEnglish(language) ? null : helpFor(templates, language, letter.help);
  return [{ template: english, help, blocks: fill(english) }];
}

/** Reviewed, and of what the English wording says by now: one of an older version may name other numbers or laws. */
function mayBeSent(own: Template, english: Template): boolean {
  return own.reviewed !== null && own.version >= english.version;
}

export function isEnglish(language: string): boolean {
  return /^en(-|$)/i.test(language);
}

type Values = Readonly<Record<string, string>>;

/** The line of the guardian's language; for a language that has none, the English line, which names the language. */
function helpFor(templates: Templates, language: string, values: Values): Line | null {
  const own = templates.words(language)?.helpLine ?? null;
  return own === null ? englishHelp(templates, values) : { language, text: fillText(own, values) };
}

function englishHelp(templates: Templates, values: Values): Line | null {
  const line = templates.words('en')?.helpLine ?? null;
  return line === null ? null : { language: 'en', text: fillText(line, values) };
}

/** On paper a line in a script that the fonts lack gives way to the English one; mails show it as it is. */
export function printableHelp(templates: Templates, help: Line | null, values: Values): Line | null {
  if (help === null || missingGlyphs([help.text]).length === 0) return help;
  return englishHelp(templates, values);
}
