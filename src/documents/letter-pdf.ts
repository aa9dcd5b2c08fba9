import type { Picture } from '../domain/picture.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { PostalAddress } from '../domain/sis-records.ts';
import type { Block } from './content.ts';
import { longDate } from './dates.ts';
import { writeBlocks } from './pdf-blocks.ts';
import {
  ACCENT,
  artifact,
  type Canvas,
  closePdf,
  element,
  flow,
  GROUND,
  INK,
  letterhead,
  openPdf,
  PAGE,
  type Pdf,
  SOFT,
  section,
  TEXT_WIDTH,
} from './pdf-page.ts';

/** A letter ready to be set: the same text once per language. */
export interface LetterSheet {
  readonly title: string;
  readonly author: string;
  readonly reference: string;
  readonly schoolYear: string;
  readonly date: SchoolDate;
  /** Who writes: the school's name, then how to reach it. */
  readonly letterhead: readonly string[];
  readonly logo: Picture | null;
  /** Stands where the letter is signed. */
  readonly signature: Picture | null;
  /** Whom the window shows; null: a form that is handed over and has no window. */
  readonly addressee: {
    readonly names: readonly string[];
    readonly postalAddress: PostalAddress | null;
  } | null;
  readonly parts: readonly {
    /** BCP 47. */
    readonly language: string;
    readonly help: { readonly language: string; readonly text: string } | null;
    readonly blocks: readonly Block[];
  }[];
}

/**
 * What a #10 window envelope (4⅛" × 9½") shows of the top third of a sheet folded in three: the window is 4½" wide
 * and 1⅛" high, ⅞" from the left edge and ½" from the bottom one. The folded sheet is 3⅔" high and rests on the
 * bottom of the envelope, so the window begins 2.04" below the upper edge of the paper.
 */
export const WINDOW = { x: 63, y: 147, width: 324, height: 81 } as const;
/** ⅛" free on each side of the window, as the USPS asks (DMM 202.8.1), however the sheet slips. */
const CLEARANCE = 9;
const ADDRESS = {
  x: WINDOW.x + CLEARANCE,
  y: WINDOW.y + CLEARANCE,
  width: WINDOW.width - 2 * CLEARANCE,
  height: WINDOW.height - 2 * CLEARANCE,
  size: 10.5,
} as const;
/** Height of a line in font sizes. */
const LEADING = 1.37;
const BODY_TOP = 252;

/** Sets a letter: each part begins on a page of its own, with the address in the window. */
export async function letterPdf(sheet: LetterSheet): Promise<{ bytes: Buffer; pages: number }> {
  const language = sheet.parts[0]?.language ?? 'en';
  const created = new Date(`${sheet.date}T12:00:00Z`);
  const canvas = openPdf({ title: sheet.title, author: sheet.author, language, created });
  const firstPages = new Set<number>();
  for (const part of sheet.parts) {
    canvas.pdf.addPage();
    firstPages.add(canvas.pdf.bufferedPageRange().count);
    section(canvas, 'Sect', part.language, (sect) => writePart(sect, sheet, part));
  }
  const [school = ''] = sheet.letterhead;
  return closePdf(canvas, {
    header: (page) => (firstPages.has(page) ? null : school),
    footer: (page, pages) => ({
      left: `${sheet.reference}    ${sheet.schoolYear}`,
      right: `${page} / ${pages}`,
    }),
  });
}

function writePart(sect: Canvas, sheet: LetterSheet, part: LetterSheet['parts'][number]): void {
  const { pdf } = sect;
  const [school = '', ...lines] = sheet.letterhead;
  letterhead(sect, school, lines, sheet.logo);
  const { addressee } = sheet;
  if (addressee !== null) element(sect, 'P', () => writeAddress(pdf, addressee));
  const right = WINDOW.x + WINDOW.width;
  const top = addressee === null ? pdf.y + 8 : ADDRESS.y;
  element(sect, 'P', () => {
    pdf.font('regular').fontSize(9.5).fillColor(SOFT);
    const width = PAGE.width - PAGE.right - right;
    pdf.text(longDate(sheet.date, part.language), right, top, { width, align: 'right' });
  });
  pdf.x = PAGE.left;
  pdf.y = addressee === null ? pdf.y + 8 : BODY_TOP;
  if (part.help !== null) writeHelp(sect, part.help);
  writeBlocks(sect, part.blocks, { signature: sheet.signature });
}

function writeAddress(pdf: Pdf, addressee: NonNullable<LetterSheet['addressee']>): void {
  const { postalAddress: address } = addressee;
  const place =
    address === null ? [] : [...address.lines, `${address.city}, ${address.state} ${address.postalCode}`];
  const lines = [...new Set(addressee.names), ...place];
  // A long address is set smaller rather than cut: the post needs its last line.
  const size = Math.min(ADDRESS.size, ADDRESS.height / (lines.length * LEADING));
  pdf.font('regular').fontSize(size).fillColor(INK);
  lines.forEach((line, index) => {
    const y = ADDRESS.y + index * size * LEADING;
    pdf.text(line, ADDRESS.x, y, { width: ADDRESS.width, height: size * LEADING, ellipsis: true });
  });
}

/** How to get help, on a ground of its own so that it is found without reading the rest. */
function writeHelp(sect: Canvas, help: { readonly language: string; readonly text: string }): void {
  const { pdf } = sect;
  const width = TEXT_WIDTH - 28;
  pdf.font('bold').fontSize(10.5);
  const height = pdf.heightOfString(help.text, { width }) + 14;
  const { y } = pdf;
  artifact(pdf, () => {
    pdf.rect(PAGE.left, y, TEXT_WIDTH, height).fill(GROUND);
    pdf.rect(PAGE.left, y, 3.5, height).fill(ACCENT);
  });
  section(sect, 'P', help.language, (paragraph) => {
    element(paragraph, 'Span', () => {
      pdf.fillColor(INK).text(help.text, PAGE.left + 16, y + 7, { ...flow(paragraph), width });
    });
  });
  pdf.x = PAGE.left;
  pdf.y = y + height + 14;
}
