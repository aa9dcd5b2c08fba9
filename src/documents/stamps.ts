import { bytesOf, PAGE, SOFT } from './pdf-page.ts';
import { ScriptPdf } from './script-pdf.ts';

/** Height of the strip along the upper edge that a stamp may use: no document of ours prints there. */
const STRIP = 40;

/** One strip per text, as wide as the page, to be laid over the upper margin of a page. */
export async function renderStamps(texts: readonly string[]): Promise<Buffer> {
  const pdf = new ScriptPdf({
    size: [PAGE.width, STRIP],
    margin: 0,
    autoFirstPage: false,
    font: '',
    // The strips are taken apart again; their own date is never seen.
    info: { CreationDate: new Date(0) },
  });
  for (const text of texts) {
    pdf.addPage();
    pdf.font('regular').fontSize(7.5).fillColor(SOFT);
    const width = PAGE.width - PAGE.left - PAGE.right;
    pdf.text(text, PAGE.left, STRIP - 16, { width, align: 'right', lineBreak: false });
  }
  return bytesOf(pdf);
}
