import { counted } from '../domain/plain-words.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Block, heading, paragraph, plainSpan } from './content.ts';
import { longDate } from './dates.ts';
import { sheetPdf } from './sheet-pdf.ts';

export interface ControlSheetFacts {
  /** Of the print run. */
  readonly reference: string;
  readonly schoolName: string;
  readonly districtName: string;
  readonly printedOn: SchoolDate;
  /** A sheet made after the run, which tells how it stood on that day; null: the one that is printed with the run. */
  readonly asOf: SchoolDate | null;
  /** In the order of the file. */
  readonly letters: readonly {
    readonly reference: string;
    readonly pages: number;
    readonly envelope: number;
    readonly hasAddress: boolean;
    readonly state: 'to-post' | 'posted' | 'pull' | 'pulled' | 'returned';
  }[];
}

/** What the clerk checks before the envelopes are closed. References only: the sheet may lie about. */
export async function controlSheet(facts: ControlSheetFacts): Promise<Buffer> {
  const made = facts.asOf ?? facts.printedOn;
  return sheetPdf(
    {
      title: `Control sheet of print run ${facts.reference}`,
      author: facts.districtName,
      from: facts.schoolName,
      lines: [facts.districtName, longDate(made, 'en')],
      date: made,
      running: facts.reference,
    },
    [
      heading(1, `Control sheet for print run ${facts.reference}`),
      ...(facts.asOf === null ? [] : [paragraph(newSheetWords(facts))]),
      paragraph(countWords(facts)),
      ...pullList(facts),
      ...(facts.asOf === null ? [steps()] : []),
      listOf(facts),
    ],
  );
}

function newSheetWords({ printedOn }: ControlSheetFacts): string {
  return `This sheet takes the place of the one that was printed with the run on ${longDate(printedOn, 'en')}. The letters themselves are as they were.`;
}

function countWords({ letters }: ControlSheetFacts): string {
  const pages = letters.reduce((sum, letter) => sum + letter.pages, 0);
  const sheets = letters.reduce((sum, letter) => sum + Math.ceil(letter.pages / 2), 0);
  const envelopes = new Set(letters.map(({ envelope }) => envelope)).size;
  const first = letters[0]?.reference ?? '';
  const last = letters.at(-1)?.reference ?? '';
  const inEnvelopes = envelopes === letters.length ? '' : ` in ${counted(envelopes, 'envelope')}`;
  return `${counted(letters.length, 'letter')}${inEnvelopes} on ${counted(pages, 'page')} (${counted(sheets, 'sheet')} of paper), from ${first} to ${last}. This sheet stays at the school.`;
}

/** Nothing is easier to miss than one envelope in a pile: what must come out stands above the list, too. */
function pullList({ letters }: ControlSheetFacts): Block[] {
  const pull = letters
    .map((letter, index) => ({ ...letter, place: index + 1 }))
    .filter(({ state }) => state === 'pull' || state === 'pulled');
  if (pull.length === 0) return [];
  return [
    heading(2, 'Pull from the pile: do not post'),
    {
      kind: 'table',
      head: ['Place', 'Envelope', 'Letter', 'State'],
      rows: pull.map(({ place, envelope, reference, state }) => [
        String(place),
        String(envelope),
        reference,
        stateWords[state],
      ]),
    },
  ];
}

function steps(): Block {
  return {
    kind: 'list',
    ordered: true,
    items: [
      'Print the whole file on both sides. Each letter begins on a sheet of its own; the blank backs belong there.',
      'Count the letters against the list and put each into a window envelope. Letters with the same envelope number go into one.',
      'Hand over what has no address. Leave out what you are told to pull.',
      'Post the others, then record the run as posted.',
    ].map((text) => [plainSpan(text)]),
  };
}

function listOf({ asOf, letters }: ControlSheetFacts): Block {
  const sizes = new Map<number, number>();
  for (const { envelope } of letters) sizes.set(envelope, (sizes.get(envelope) ?? 0) + 1);
  return {
    kind: 'table',
    head: ['Place', 'Envelope', 'Letter', 'Pages', 'Note', asOf === null ? 'Posted' : 'State'],
    rows: letters.map((letter, index) => [
      String(index + 1),
      String(letter.envelope),
      letter.reference,
      String(letter.pages),
      noteOf(letter, sizes.get(letter.envelope) ?? 1),
      asOf === null ? '' : stateWords[letter.state],
    ]),
  };
}

function noteOf({ hasAddress }: { hasAddress: boolean }, inEnvelope: number): string {
  if (!hasAddress) return 'no address: hand over';
  return inEnvelope === 1 ? '' : `${inEnvelope} letters in one envelope`;
}

const stateWords = {
  'to-post': 'to be posted',
  posted: 'posted',
  pull: 'PULL: do not post',
  pulled: 'pulled',
  returned: 'posted, came back',
} as const;
