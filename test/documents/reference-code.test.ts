import { decodePDFRawStream, PDFArray, PDFDocument, PDFRawStream } from '@cantoo/pdf-lib';
import { expect, test } from '@jest/globals';
import { renderLetter } from '../../src/documents/letter.ts';
import { CODE_SIZE, referenceCode } from '../../src/documents/reference-code.ts';
import { loadTemplates } from '../../src/documents/template.ts';
import { aLetter, datesOf } from '../support/letters.ts';
import { decodeCode } from '../support/qr-code.ts';

test.each(['L-7F3K-2Q9M', 'L-2222-2222', 'C-ZZZZ-9999', 'P-A'])(
  '%s is read back from its code',
  (reference) => {
    expect(decodeCode(matrixOf(referenceCode(reference).bars))).toBe(reference);
  },
);

test('each page of a letter bears its reference as a code, in the lower margin', async () => {
  const letter = await renderLetter(await loadTemplates('templates'), aLetter({ dates: datesOf(30) }));
  if (letter.kind !== 'rendered') throw new Error(letter.kind);
  const pages = await rectanglesOf(letter.pdf);
  expect(pages).toHaveLength(2);
  const scale = CODE_SIZE / 21;
  for (const all of pages) {
    const rectangles = all.filter(([, , , height]) => Math.abs(height - scale) < 0.001);
    const [left, top] = [0, 1].map((side) => Math.min(...rectangles.map((one) => one[side] ?? 0))) as [
      number,
      number,
    ];
    expect(left).toBeGreaterThanOrEqual(36);
    expect(top).toBeGreaterThan(792 - 46);
    const bars = rectangles.map(([x, y, width]) => ({
      x: Math.round((x - left) / scale),
      y: Math.round((y - top) / scale),
      width: Math.round(width / scale),
    }));
    expect(decodeCode(matrixOf(bars))).toBe('L-7F3K-2Q9M');
  }
});

function matrixOf(bars: readonly { x: number; y: number; width: number }[]): boolean[][] {
  const rows = Array.from({ length: 21 }, () => new Array<boolean>(21).fill(false));
  for (const { x, y, width } of bars) rows[y]?.fill(true, x, x + width);
  return rows;
}

/** Left, top, width and height of every rectangle, in the coordinates that pdfkit writes: from the upper edge. */
async function rectanglesOf(bytes: Buffer): Promise<[number, number, number, number][][]> {
  const document = await PDFDocument.load(bytes, { updateMetadata: false });
  return document.getPages().map((page) => {
    const contents = page.node.Contents();
    const streams =
      contents instanceof PDFArray
        ? contents.asArray().map((ref) => document.context.lookup(ref))
        : [contents];
    const text = streams
      .map((stream) =>
        stream instanceof PDFRawStream
          ? Buffer.from(decodePDFRawStream(stream).decode()).toString('latin1')
          : '',
      )
      .join('\n');
    return [...text.matchAll(/^(\S+) (\S+) (\S+) (\S+) re$/gm)].map((found) => [
      Number(found[1]),
      Number(found[2]),
      Number(found[3]),
      Number(found[4]),
    ]);
  });
}
