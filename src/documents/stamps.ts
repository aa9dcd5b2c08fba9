import { bytesOf, PAGE, SOFT } from './pdf-page.ts';
import { ScriptPdf } from './script-pdf.ts';

/** Height of the strip along the upper edge that a stamp may use: no document of ours prints there. */
const STRIP = 40;

const ALARM = '#a3341f';

/** What a strip says; `loud`: nobody who holds the page can miss it. */
export interface Stamp {
  readonly text: string;
  readonly loud: boolean;
  /** What the whole document is, on every page of it, such as a copy. */
  readonly mark?: string | null;
}

/** One strip per stamp, as wide as the page, to be laid over the upper margin of a page. */
export async function renderStamps(stamps: readonly Stamp[]): Promise<Buffer> {
  const pdf = new ScriptPdf({
    size: [PAGE.width, STRIP],
    margin: 0,
    autoFirstPage: false,
    font: '',
    // The strips are taken apart again; their own date is never seen.
    info: { CreationDate: new Date(0) },
  });
  const width = PAGE.width - PAGE.left - PAGE.right;
  for (const { text, loud, mark = null } of stamps) {
    pdf.addPage();
    if (loud) {
      pdf.rect(PAGE.left, 10, width, STRIP - 12).fill(ALARM);
      pdf.font('bold').fontSize(13).fillColor('#ffffff');
      pdf.text(text, PAGE.left, 15, { width, align: 'center', lineBreak: false });
      continue;
    }
    if (mark !== null) {
      pdf.font('bold').fontSize(9).fillColor(ALARM);
      pdf.text(mark, PAGE.left, 8, { width, align: 'right', lineBreak: false });
    }
    pdf.font('regular').fontSize(7.5).fillColor(SOFT);
    pdf.text(text, PAGE.left, STRIP - 16, { width, align: 'right', lineBreak: false });
  }
  return bytesOf(pdf);
}
