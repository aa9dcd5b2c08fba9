import type { SchoolDate } from '../domain/school-date.ts';
import { plainSpan } from './content.ts';
import { longDate } from './dates.ts';
import { mergePdfs } from './merge.ts';
import { writeBlocks } from './pdf-blocks.ts';
import { closePdf, letterhead, openPdf, section } from './pdf-page.ts';

export interface PrintRunFacts {
  readonly reference: string;
  readonly schoolName: string;
  readonly districtName: string;
  readonly date: SchoolDate;
  /** In envelope order. */
  readonly letters: readonly { readonly reference: string; readonly pages: number; readonly pdf: Buffer }[];
}

/**
 * One PDF for the printer: the control sheet, then the letters in envelope order. Each begins on the front of a sheet:
 * on a printer that is set to both sides, one family's letter must never stand on the back of another's.
 */
export async function renderPrintRun(facts: PrintRunFacts): Promise<{ pdf: Buffer; pages: number }> {
  const created = new Date(`${facts.date}T12:00:00Z`);
  const title = `Print run ${facts.reference}`;
  const sheet = await controlSheet(facts, title, created);
  const letters = facts.letters.map(({ reference, pdf }) => ({ pdf, title: reference, stamp: null }));
  const merged = await mergePdfs([{ pdf: sheet, title: 'Control sheet', stamp: null }, ...letters], {
    title,
    author: facts.districtName,
    language: 'en',
    created,
    wholeSheets: true,
  });
  return { pdf: merged.bytes, pages: merged.pages };
}

/** What the clerk checks before the envelopes are closed. References only: the sheet may lie about. */
async function controlSheet(facts: PrintRunFacts, title: string, created: Date): Promise<Buffer> {
  const canvas = openPdf({ title, author: facts.districtName, language: 'en', created });
  canvas.pdf.addPage();
  const pages = facts.letters.reduce((sum, letter) => sum + letter.pages, 0);
  const sheets = facts.letters.reduce((sum, letter) => sum + Math.ceil(letter.pages / 2), 0);
  const first = facts.letters[0]?.reference ?? '';
  const last = facts.letters.at(-1)?.reference ?? '';
  section(canvas, 'Sect', 'en', (sect) => {
    letterhead(sect, facts.schoolName, [facts.districtName, longDate(facts.date, 'en')]);
    canvas.pdf.y += 26;
    writeBlocks(sect, [
      { kind: 'heading', level: 1, spans: [plainSpan(`Control sheet for print run ${facts.reference}`)] },
      {
        kind: 'paragraph',
        spans: [
          plainSpan(
            `${counted(facts.letters.length, 'letter')} on ${counted(pages, 'page')} (${counted(sheets, 'sheet')} of paper), from ${first} to ${last}. This sheet stays at the school.`,
          ),
        ],
      },
      {
        kind: 'list',
        ordered: true,
        items: [
          'Print the whole file on both sides. Each letter begins on a sheet of its own; the blank backs belong there.',
          'Count the letters against the list and put each into a window envelope.',
          'Leave out what you are told to pull. Post the others, then record the task as posted.',
        ].map((text) => [plainSpan(text)]),
      },
      {
        kind: 'table',
        head: ['Place', 'Letter', 'Pages', 'Posted'],
        rows: facts.letters.map((letter, index) => [
          String(index + 1),
          letter.reference,
          String(letter.pages),
          '',
        ]),
      },
    ]);
  });
  const closed = await closePdf(canvas, {
    footer: (page, all) => ({ left: facts.reference, right: `${page} / ${all}` }),
  });
  return closed.bytes;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
