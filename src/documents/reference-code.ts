import { encode } from 'uqr';
import type { ScriptPdf } from './script-pdf.ts';

/** 21 modules of 0.47 mm: what a phone or a hand scanner reads from paper that was folded. */
export const CODE_SIZE = 28;

/** The dark modules of one row that stand beside each other. */
interface Bar {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** A QR code of a reference, as bars of modules. It names no person and opens nothing. */
export interface ReferenceCode {
  readonly modules: number;
  readonly bars: readonly Bar[];
}

export function referenceCode(reference: string): ReferenceCode {
  // To weigh all eight masks takes longer than to set a page; readers undo whichever it is (ISO/IEC 18004, 7.8).
  const { data, size } = encode(reference, { ecc: 'M', border: 0, maskPattern: 3 });
  const bars: Bar[] = [];
  data.forEach((row, y) => {
    for (let x = 0; x < size; x += 1) {
      if (row[x] !== true) continue;
      let width = 1;
      while (row[x + width] === true) width += 1;
      bars.push({ x, y, width });
      x += width;
    }
  });
  return { modules: size, bars };
}

/** Drawn as one path: sharp at every size, and of few bytes. */
export function drawCode(pdf: ScriptPdf, { modules, bars }: ReferenceCode, left: number, top: number): void {
  const scale = CODE_SIZE / modules;
  for (const { x, y, width } of bars) pdf.rect(left + x * scale, top + y * scale, width * scale, scale);
  pdf.fill('#000000');
}
