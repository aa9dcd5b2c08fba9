import type { Picture } from '../domain/picture.ts';
import type { Block, Span } from './content.ts';
import type { Look } from './fonts.ts';
import {
  ACCENT,
  artifact,
  type Canvas,
  element,
  figure,
  fitInto,
  flow,
  horizontalLine,
  INK,
  keepTogether,
  LINE,
  PAGE,
  type Pdf,
  section,
  TEXT_WIDTH,
} from './pdf-page.ts';
import { tableHeight, writeTable } from './pdf-table.ts';

const SIZES = { body: 10.5, heading1: 17, heading2: 12.5, heading3: 10.5, item: 9.5 } as const;
const GAP = 8;

const SIGNATURE_ROOM = { width: 160, height: 40 } as const;

/** Writes blocks below each other from where the document stands. */
export function writeBlocks(
  canvas: Canvas,
  blocks: readonly Block[],
  { signature = null }: { readonly signature?: Picture | null } = {},
): void {
  blocks.forEach((block, index) => {
    const next = blocks[index + 1];
    // A list of dates or a short table goes to the next page with its heading when it does not fit below the text.
    if (block.kind === 'heading' && next !== undefined) {
      const height = 40 + heightOf(canvas.pdf, next);
      const page = PAGE.height - PAGE.top - PAGE.bottom;
      keepTogether(canvas.pdf, height <= page ? height : 110);
    }
    if (signature !== null && block.kind === 'paragraph' && block.signed === true)
      writeSignature(canvas, signature);
    writeBlock(canvas, block);
  });
}

/** Together with the name below it. */
function writeSignature(canvas: Canvas, signature: Picture): void {
  const { pdf } = canvas;
  const size = fitInto(signature, SIGNATURE_ROOM);
  keepTogether(pdf, size.height + 40);
  const { y } = pdf;
  const x = canvas.direction === 'rtl' ? PAGE.width - PAGE.right - size.width : PAGE.left;
  figure(canvas, signature, { x, y, ...size });
  pdf.x = PAGE.left;
  pdf.y = y + size.height + 2;
}

/** Of what has to stay with its heading; text may part from it after a few lines. */
function heightOf(pdf: Pdf, block: Block): number {
  if (block.kind === 'grid') return gridHeight(pdf, block.items);
  if (block.kind === 'signatures')
    return Math.ceil(block.people.length / SIGNATURE.columns) * SIGNATURE.height;
  return block.kind === 'table' ? tableHeight(pdf, block) : 30;
}

function writeBlock(canvas: Canvas, block: Block): void {
  const { pdf } = canvas;
  switch (block.kind) {
    case 'heading':
      writeHeading(canvas, block);
      return;
    case 'paragraph':
      writeText(canvas, 'P', block.spans, SIZES.body, TEXT_WIDTH);
      pdf.y += GAP;
      return;
    case 'list':
      writeList(canvas, block);
      return;
    case 'rule':
      artifact(pdf, () => horizontalLine(pdf, pdf.y + 4, 0.5, LINE));
      pdf.y += 14;
      return;
    case 'grid':
      writeGrid(canvas, block.items);
      return;
    case 'signatures':
      writeSignatures(canvas, block);
      return;
    case 'table':
      writeTable(canvas, block);
  }
}

function writeHeading(canvas: Canvas, block: Extract<Block, { kind: 'heading' }>): void {
  const { pdf } = canvas;
  const size = SIZES[`heading${block.level}`];
  keepTogether(pdf, size * 4);
  if (block.level > 1) pdf.y += GAP * 0.75;
  const bold = block.spans.map((span) => ({ ...span, bold: true }));
  writeText(canvas, `H${block.level}`, bold, size, TEXT_WIDTH);
  pdf.y += block.level === 1 ? GAP : GAP / 2;
}

/** A text of several looks. With links in it each run is an element of its own, so that each link can be followed. */
function writeText(canvas: Canvas, type: string, all: readonly Span[], size: number, width: number): void {
  const spans = canvas.direction === 'rtl' ? inOneLook(all) : all;
  const last = spans.length - 1;
  if (spans.every((span) => span.href === null)) {
    element(canvas, type, () => {
      spans.forEach((span, index) => {
        writeSpan(canvas.pdf, span, size, { ...flow(canvas), width, continued: index < last });
      });
    });
    return;
  }
  section(canvas, type, null, (inner) => {
    spans.forEach((span, index) => {
      element(inner, span.href === null ? 'Span' : 'Link', () =>
        writeSpan(canvas.pdf, span, size, { ...flow(canvas), width, continued: index < last }),
      );
    });
  });
}

/**
 * Text of several looks is set run behind run, from left to right. In a language that runs the other way its order
 * would be wrong, so it is set in one look.
 */
function inOneLook(spans: readonly Span[]): readonly Span[] {
  const [first] = spans;
  if (first === undefined || spans.length === 1) return spans;
  const text = spans.map((span) => (span.href === null ? span.text : `${span.text} (${span.href})`)).join('');
  return [{ text, bold: spans.every(({ bold }) => bold), italic: false, href: null }];
}

function writeSpan(pdf: Pdf, span: Span, size: number, options: PDFKit.Mixins.TextOptions): void {
  const look: Look = span.bold ? 'bold' : span.italic ? 'italic' : 'regular';
  const { href } = span;
  pdf
    .font(look)
    .fontSize(size)
    .fillColor(href === null ? INK : ACCENT);
  // Both are named in every run: pdfkit would carry them on from a link to the run behind it.
  pdf.text(span.text, { lineGap: 2, link: href, underline: href !== null, ...options });
}

function writeList(canvas: Canvas, block: Extract<Block, { kind: 'list' }>): void {
  const { pdf } = canvas;
  section(canvas, 'L', null, (list) => {
    block.items.forEach((item, index) => {
      keepTogether(pdf, SIZES.body * 2);
      section(list, 'LI', null, (entry) => {
        const { y } = pdf;
        element(entry, 'Lbl', () => {
          pdf.font('regular').fontSize(SIZES.body).fillColor(ACCENT);
          const mark = block.ordered ? `${index + 1}.` : '•';
          if (list.direction === 'rtl')
            pdf.text(mark, PAGE.left, y, { ...flow(list), width: TEXT_WIDTH - 4 });
          else pdf.text(mark, PAGE.left + 4, y, { lineBreak: false });
        });
        pdf.x = list.direction === 'rtl' ? PAGE.left : PAGE.left + 20;
        pdf.y = y;
        writeText(entry, 'LBody', item, SIZES.body, TEXT_WIDTH - 20);
        pdf.x = PAGE.left;
        pdf.y += 3;
      });
    });
  });
  pdf.y += GAP / 2;
}

const SIGNATURE = { height: 50, line: 27, label: 22, sign: 152, date: 66, gap: 13, columns: 2 } as const;

/** Lines to sign on, two beside each other, each with one for the date; what they are for stands below them. */
function writeSignatures(canvas: Canvas, { people, date }: Extract<Block, { kind: 'signatures' }>): void {
  const { pdf, direction } = canvas;
  const column = (TEXT_WIDTH + SIGNATURE.gap * 2) / SIGNATURE.columns;
  for (let row = 0; row < people.length; row += SIGNATURE.columns) {
    keepTogether(pdf, SIGNATURE.height);
    const top = pdf.y;
    people.slice(row, row + SIGNATURE.columns).forEach((person, index) => {
      const places = [
        { text: person, x: index * column, width: SIGNATURE.sign },
        { text: date, x: index * column + SIGNATURE.sign + SIGNATURE.gap, width: SIGNATURE.date },
      ];
      for (const { text, x, width } of places) {
        const left = direction === 'rtl' ? PAGE.width - PAGE.right - x - width : PAGE.left + x;
        const y = top + SIGNATURE.line;
        artifact(pdf, () => {
          pdf
            .moveTo(left, y)
            .lineTo(left + width, y)
            .lineWidth(0.8)
            .stroke(INK);
        });
        element(canvas, 'P', () => {
          pdf.font('regular').fontSize(8).fillColor(INK);
          pdf.text(text, left, y + 2, { ...flow(canvas), width, height: SIGNATURE.label, ellipsis: true });
        });
      }
    });
    pdf.x = PAGE.left;
    pdf.y = top + SIGNATURE.height;
  }
  pdf.y += GAP;
}

const GRID_ROW = 16;

/** Dates in as many columns as the longest allows, at most three, read row by row. */
function writeGrid(canvas: Canvas, items: readonly string[]): void {
  const { pdf } = canvas;
  const columns = gridColumns(pdf, items);
  const width = TEXT_WIDTH / columns;
  section(canvas, 'L', null, (list) => {
    for (let row = 0; row < items.length; row += columns) {
      keepTogether(pdf, GRID_ROW);
      const { y } = pdf;
      items.slice(row, row + columns).forEach((item, column) => {
        section(list, 'LI', null, (entry) => {
          element(entry, 'LBody', () => {
            pdf.font('regular').fontSize(SIZES.item).fillColor(INK);
            if (list.direction === 'rtl')
              pdf.text(item, PAGE.left + (columns - 1 - column) * width, y, { ...flow(list), width });
            else pdf.text(item, PAGE.left + column * width, y, { lineBreak: false });
          });
        });
      });
      pdf.x = PAGE.left;
      pdf.y = y + GRID_ROW;
    }
  });
  pdf.y += GAP;
}

function gridColumns(pdf: Pdf, items: readonly string[]): number {
  pdf.font('regular').fontSize(SIZES.item);
  const longest = Math.max(...items.map((item) => pdf.widthOfString(item)));
  return Math.max(1, Math.min(3, Math.floor(TEXT_WIDTH / (longest + 10))));
}

function gridHeight(pdf: Pdf, items: readonly string[]): number {
  return Math.ceil(items.length / gridColumns(pdf, items)) * GRID_ROW;
}
