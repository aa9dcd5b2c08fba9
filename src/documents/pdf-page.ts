import PDFDocument from 'pdfkit';
import type { Block, Span } from './content.ts';
import { fonts, type Look } from './fonts.ts';

/** US Letter, in points of 1/72 inch. */
export const PAGE = { width: 612, height: 792, left: 63, right: 63, top: 54, bottom: 64 } as const;
export const TEXT_WIDTH = PAGE.width - PAGE.left - PAGE.right;

const INK = '#1f2933';
const SOFT = '#55616d';
const ACCENT = '#2f6f6d';
const LINE = '#c9ced3';

export type Pdf = PDFKit.PDFDocument;
type Structure = PDFKit.PDFStructureElement;

/** A document under construction: pdfkit, and the structure element that what is written now belongs to. */
export interface Canvas {
  readonly pdf: Pdf;
  parent: Structure;
}

/**
 * Opens a tagged PDF/UA document. The same title, date and content give the same bytes.
 * @param language BCP 47 of the first part.
 */
export function openPdf(options: { title: string; author: string; language: string; created: Date }): Canvas {
  const pdf = new PDFDocument({
    size: 'LETTER',
    margins: { left: PAGE.left, right: PAGE.right, top: PAGE.top, bottom: PAGE.bottom },
    pdfVersion: '1.7',
    // The library knows it; its typings do not yet.
    subset: 'PDF/UA' as PDFKit.Mixins.PDFSubsets,
    tagged: true,
    displayTitle: true,
    lang: options.language,
    bufferPages: true,
    autoFirstPage: false,
    info: {
      Title: options.title,
      Author: options.author,
      Creator: 'Rollcall',
      Producer: 'Rollcall',
      CreationDate: options.created,
    },
  });
  for (const [name, font] of Object.entries(fonts))
    pdf.registerFont(name, font as unknown as PDFKit.Mixins.PDFFontSource);
  const root = pdf.struct('Document');
  pdf.addStructure(root);
  return { pdf, parent: root };
}

/** Ends the document. @param footer what stands at the foot of each page, an artifact for screen readers */
export async function closePdf(
  canvas: Canvas,
  footer: (page: number, pages: number) => string,
): Promise<{ bytes: Buffer; pages: number }> {
  const { pdf } = canvas;
  const { start, count } = pdf.bufferedPageRange();
  for (let index = 0; index < count; index += 1) {
    pdf.switchToPage(start + index);
    artifact(pdf, () => {
      const { bottom } = pdf.page.margins;
      pdf.page.margins.bottom = 0;
      pdf
        .moveTo(PAGE.left, PAGE.height - 46)
        .lineTo(PAGE.width - PAGE.right, PAGE.height - 46)
        .lineWidth(0.5)
        .stroke(LINE);
      pdf.font('regular').fontSize(8).fillColor(SOFT);
      pdf.text(footer(index + 1, count), PAGE.left, PAGE.height - 40, {
        width: TEXT_WIDTH,
        lineBreak: false,
      });
      pdf.page.margins.bottom = bottom;
    });
  }
  const chunks: Buffer[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', resolve);
    pdf.on('error', reject);
  });
  canvas.parent.end();
  pdf.end();
  await ended;
  return { bytes: Buffer.concat(chunks), pages: count };
}

/** Something for the eye only. */
function artifact(pdf: Pdf, draw: () => void): void {
  pdf.markContent('Artifact', { type: 'Layout' });
  draw();
  pdf.endMarkedContent();
}

/** Writes under a structure element of its own, in another language if need be. */
export function section(
  canvas: Canvas,
  type: string,
  language: string | null,
  write: (inner: Canvas) => void,
): void {
  const element = canvas.pdf.struct(type, language === null ? {} : { lang: language });
  canvas.parent.add(element);
  write({ pdf: canvas.pdf, parent: element });
  element.end();
}

export function letterhead(canvas: Canvas, name: string, lines: readonly string[]): void {
  const { pdf } = canvas;
  element(canvas, 'P', () => {
    pdf.font('bold').fontSize(13).fillColor(ACCENT).text(name, PAGE.left, PAGE.top, { width: TEXT_WIDTH });
    pdf.font('regular').fontSize(8.5).fillColor(SOFT).text(lines.join('  ·  '), { width: TEXT_WIDTH });
  });
  artifact(pdf, () => {
    pdf
      .moveTo(PAGE.left, pdf.y + 5)
      .lineTo(PAGE.width - PAGE.right, pdf.y + 5)
      .lineWidth(1.2)
      .stroke(ACCENT);
  });
}

/** One structure element with text in it. */
export function element(canvas: Canvas, type: string, draw: () => void): void {
  canvas.parent.add(canvas.pdf.struct(type, {}, draw));
}

const SIZES = { body: 10.5, heading1: 16, heading2: 12, heading3: 10.5 } as const;
const GAP = 7;

/** Writes blocks below each other from where the document stands. */
export function writeBlocks(canvas: Canvas, blocks: readonly Block[]): void {
  for (const block of blocks) writeBlock(canvas, block);
}

function writeBlock(canvas: Canvas, block: Block): void {
  const { pdf } = canvas;
  switch (block.kind) {
    case 'heading': {
      const size = block.level === 1 ? SIZES.heading1 : block.level === 2 ? SIZES.heading2 : SIZES.heading3;
      keepTogether(pdf, size * 4);
      pdf.moveDown(block.level === 1 ? 0 : 0.4);
      element(canvas, `H${block.level}`, () =>
        writeSpans(
          pdf,
          block.spans.map((span) => ({ ...span, bold: true })),
          size,
          {},
        ),
      );
      pdf.y += block.level === 1 ? GAP : GAP / 2;
      return;
    }
    case 'paragraph':
      element(canvas, 'P', () => writeSpans(pdf, block.spans, SIZES.body, {}));
      pdf.y += GAP;
      return;
    case 'list':
      writeList(canvas, block);
      return;
    case 'rule':
      artifact(pdf, () => {
        pdf
          .moveTo(PAGE.left, pdf.y + 4)
          .lineTo(PAGE.width - PAGE.right, pdf.y + 4)
          .lineWidth(0.5)
          .stroke(LINE);
      });
      pdf.y += 14;
      return;
    case 'grid':
      writeGrid(canvas, block.items);
      return;
    case 'table':
      writeTable(canvas, block);
  }
}

function writeSpans(
  pdf: Pdf,
  spans: readonly Span[],
  size: number,
  options: PDFKit.Mixins.TextOptions,
): void {
  spans.forEach((span, index) => {
    const look: Look = span.bold ? 'bold' : span.italic ? 'italic' : 'regular';
    pdf.font(look).fontSize(size).fillColor(INK);
    pdf.text(span.text, { width: TEXT_WIDTH, lineGap: 1.5, continued: index < spans.length - 1, ...options });
  });
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
          pdf.text(block.ordered ? `${index + 1}.` : '•', PAGE.left + 4, y, { lineBreak: false });
        });
        pdf.x = PAGE.left + 18;
        pdf.y = y;
        element(entry, 'LBody', () => writeSpans(pdf, item, SIZES.body, { width: TEXT_WIDTH - 18 }));
        pdf.x = PAGE.left;
        pdf.y += 3;
      });
    });
  });
  pdf.y += GAP / 2;
}

const GRID_COLUMNS = 3;

/** Dates in three columns, read row by row. */
function writeGrid(canvas: Canvas, items: readonly string[]): void {
  const { pdf } = canvas;
  const width = TEXT_WIDTH / GRID_COLUMNS;
  section(canvas, 'L', null, (list) => {
    for (let row = 0; row < items.length; row += GRID_COLUMNS) {
      keepTogether(pdf, 16);
      const { y } = pdf;
      items.slice(row, row + GRID_COLUMNS).forEach((item, column) => {
        section(list, 'LI', null, (entry) => {
          element(entry, 'LBody', () => {
            pdf.font('regular').fontSize(9.5).fillColor(INK);
            pdf.text(item, PAGE.left + column * width, y, { width: width - 6, height: 13, ellipsis: true });
          });
        });
      });
      pdf.x = PAGE.left;
      pdf.y = y + 15;
    }
  });
  pdf.y += GAP;
}

/** A table whose rows stay whole; the head is repeated on each page for the eye. */
function writeTable(canvas: Canvas, block: Extract<Block, { kind: 'table' }>): void {
  const { pdf } = canvas;
  const widths = columnWidths(pdf, block);
  const heightOf = (cells: readonly string[], look: Look) =>
    Math.max(
      ...cells.map((cell, column) =>
        pdf
          .font(look)
          .fontSize(9)
          .heightOfString(cell, { width: (widths[column] ?? 60) - 8 }),
      ),
    );
  const drawRow = (row: Canvas, cells: readonly string[], look: Look, type: 'TH' | 'TD') => {
    const height = heightOf(cells, look) + 6;
    const { y } = pdf;
    let x = PAGE.left;
    cells.forEach((cell, column) => {
      element(row, type, () => {
        pdf
          .font(look)
          .fontSize(9)
          .fillColor(type === 'TH' ? SOFT : INK);
        pdf.text(cell === '' ? ' ' : cell, x, y + 3, { width: (widths[column] ?? 60) - 8 });
      });
      x += widths[column] ?? 60;
    });
    pdf.x = PAGE.left;
    pdf.y = y + height;
    artifact(pdf, () => {
      pdf
        .moveTo(PAGE.left, pdf.y)
        .lineTo(PAGE.width - PAGE.right, pdf.y)
        .lineWidth(0.4)
        .stroke(LINE);
    });
  };
  section(canvas, 'Table', null, (table) => {
    keepTogether(pdf, 60);
    section(table, 'TR', null, (row) => drawRow(row, block.head, 'bold', 'TH'));
    for (const cells of block.rows) {
      if (pdf.y + heightOf(cells, 'regular') + 6 > PAGE.height - PAGE.bottom) pdf.addPage();
      section(table, 'TR', null, (row) => drawRow(row, cells, 'regular', 'TD'));
    }
  });
  pdf.y += GAP * 1.5;
}

/** Each column gets room by its longest cell, within limits. */
function columnWidths(pdf: Pdf, block: Extract<Block, { kind: 'table' }>): number[] {
  pdf.font('bold').fontSize(9);
  const wanted = block.head.map((head, column) => {
    const cells = [head, ...block.rows.map((row) => row[column] ?? '')];
    const longest = Math.max(
      ...cells.map((cell) => Math.max(...cell.split('\n').map((line) => pdf.widthOfString(line)))),
    );
    return Math.min(Math.max(longest + 14, 34), TEXT_WIDTH * 0.5);
  });
  const sum = wanted.reduce((total, width) => total + width, 0);
  return wanted.map((width) => (width / sum) * TEXT_WIDTH);
}

/** Starts a new page when less than this is left of the current one. */
export function keepTogether(pdf: Pdf, height: number): void {
  if (pdf.y + height > PAGE.height - PAGE.bottom) pdf.addPage();
}
