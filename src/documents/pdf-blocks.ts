import type { Block, Span } from './content.ts';
import type { Look } from './fonts.ts';
import {
  ACCENT,
  artifact,
  type Canvas,
  element,
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

/** Writes blocks below each other from where the document stands. */
export function writeBlocks(canvas: Canvas, blocks: readonly Block[]): void {
  blocks.forEach((block, index) => {
    const next = blocks[index + 1];
    // A list of dates or a short table goes to the next page with its heading when it does not fit below the text.
    if (block.kind === 'heading' && next !== undefined) {
      const height = 40 + heightOf(canvas.pdf, next);
      const page = PAGE.height - PAGE.top - PAGE.bottom;
      keepTogether(canvas.pdf, height <= page ? height : 110);
    }
    writeBlock(canvas, block);
  });
}

/** Of what has to stay with its heading; text may part from it after a few lines. */
function heightOf(pdf: Pdf, block: Block): number {
  if (block.kind === 'grid') return gridHeight(pdf, block.items);
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
