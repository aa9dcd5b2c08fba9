import type { SchoolDate } from '../domain/school-date.ts';
import type { Block } from './content.ts';
import { writeBlocks } from './pdf-blocks.ts';
import { closePdf, letterhead, openPdf, section } from './pdf-page.ts';

const BELOW_LETTERHEAD = 26;

/** A sheet of the office: in English, under a letterhead. The same facts give the same bytes. */
export async function sheetPdf(
  sheet: {
    readonly title: string;
    readonly author: string;
    /** Whose letterhead it has, and the lines below the name. */
    readonly from: string;
    readonly lines: readonly string[];
    readonly date: SchoolDate;
    /** At the foot of each page, before its number. */
    readonly running: string;
  },
  blocks: readonly Block[],
): Promise<Buffer> {
  const { title, author, date, running } = sheet;
  const created = new Date(`${date}T12:00:00Z`);
  const canvas = openPdf({ title, author, language: 'en', created });
  canvas.pdf.addPage();
  section(canvas, 'Sect', 'en', (sect) => {
    letterhead(sect, sheet.from, sheet.lines);
    canvas.pdf.y += BELOW_LETTERHEAD;
    writeBlocks(sect, blocks);
  });
  const { bytes } = await closePdf(canvas, {
    footer: (page, pages) => ({ left: running, right: `${page} / ${pages}` }),
  });
  return bytes;
}
