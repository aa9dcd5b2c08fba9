import type { Block } from './content.ts';
import type { Look } from './fonts.ts';
import {
  artifact,
  type Canvas,
  element,
  horizontalLine,
  INK,
  keepTogether,
  LINE,
  PAGE,
  type Pdf,
  SOFT,
  section,
  TEXT_WIDTH,
} from './pdf-page.ts';

type Table = Extract<Block, { kind: 'table' }>;

const SIZE = 9;
/** Above and below the text of a row. */
const PADDING = 4;
const GUTTER = 10;

/** A table whose rows stay whole where they fit on a page. Its head is repeated on each page, for the eye. */
export function writeTable(canvas: Canvas, table: Table): void {
  const { pdf } = canvas;
  const widths = columnWidths(pdf, table);
  const hasHead = table.head.length > 0;
  const drawHead = (wrap: Wrap) => drawRow(pdf, widths, table.head, () => HEAD, wrap);
  section(canvas, 'Table', null, (body) => {
    keepTogether(pdf, 60);
    if (hasHead) {
      section(body, 'TR', null, (row) => drawHead((draw) => element(row, 'TH', draw, { scope: 'Column' })));
      artifact(pdf, () => horizontalLine(pdf, pdf.y, 0.8, SOFT));
    }
    for (const cells of table.rows) {
      for (const piece of fitRows(pdf, widths, cells.map(breakable))) {
        if (piece.onNewPage) {
          pdf.addPage();
          if (hasHead) artifact(pdf, () => drawHead((draw) => draw()));
        }
        section(body, 'TR', null, (row) => writeRow(row, widths, piece.cells, !hasHead));
        artifact(pdf, () => horizontalLine(pdf, pdf.y, 0.4, LINE));
      }
    }
  });
  pdf.y += 12;
}

type Wrap = (draw: () => void, column: number) => void;
interface Style {
  readonly look: Look;
  readonly color: string;
}
const HEAD: Style = { look: 'bold', color: SOFT };
const BODY: Style = { look: 'regular', color: INK };

/** @param named the first cell names what the others say: the table has no head */
function writeRow(row: Canvas, widths: readonly number[], cells: readonly string[], named: boolean): void {
  const isName = (column: number) => named && column === 0;
  drawRow(
    row.pdf,
    widths,
    cells,
    (column) => (isName(column) ? HEAD : BODY),
    (draw, column) => {
      if (isName(column)) element(row, 'TH', draw, { scope: 'Row' });
      else element(row, 'TD', draw);
    },
  );
}

function drawRow(
  pdf: Pdf,
  widths: readonly number[],
  cells: readonly string[],
  styleOf: (column: number) => Style,
  wrap: Wrap,
): void {
  const height = rowHeight(pdf, widths, cells);
  const { y } = pdf;
  let x: number = PAGE.left;
  cells.forEach((text, column) => {
    const { look, color } = styleOf(column);
    const left = x;
    wrap(() => {
      pdf.font(look).fontSize(SIZE).fillColor(color);
      pdf.text(text === '' ? ' ' : text, left, y + PADDING, { width: inner(widths, column) });
    }, column);
    x += widths[column] ?? 0;
  });
  pdf.x = PAGE.left;
  pdf.y = y + height;
}

function inner(widths: readonly number[], column: number): number {
  return Math.max((widths[column] ?? 0) - GUTTER, 20);
}

/** Measured in bold, the wider look. */
function rowHeight(pdf: Pdf, widths: readonly number[], cells: readonly string[]): number {
  pdf.font('bold').fontSize(SIZE);
  const heights = cells.map((cell, column) => pdf.heightOfString(cell, { width: inner(widths, column) }));
  return Math.max(...heights, SIZE) + 2 * PADDING;
}

/** How high the table would be on a page without end. */
export function tableHeight(pdf: Pdf, table: Table): number {
  const widths = columnWidths(pdf, table);
  return [table.head, ...table.rows].reduce((sum, cells) => sum + rowHeight(pdf, widths, cells), 0);
}

/**
 * A row as it is set: whole, on a new page if need be. Only a row higher than half a page, such as a long note, is
 * cut where the page ends and goes on as further rows.
 */
function* fitRows(
  pdf: Pdf,
  widths: readonly number[],
  cells: readonly string[],
): Generator<{ cells: readonly string[]; onNewPage: boolean }> {
  let rest = cells;
  let onNewPage = false;
  for (;;) {
    const room = onNewPage ? PAGE.height - PAGE.top - PAGE.bottom - 30 : PAGE.height - PAGE.bottom - pdf.y;
    const height = rowHeight(pdf, widths, rest);
    if (height <= room) {
      yield { cells: rest, onNewPage };
      return;
    }
    if (!onNewPage && (height <= PAGE.height / 2 || room < 100)) {
      onNewPage = true;
      continue;
    }
    const cut = rest.map((cell, column) => cutText(pdf, inner(widths, column), cell, room - 2 * PADDING));
    yield { cells: cut.map(([first]) => first), onNewPage };
    rest = cut.map(([, second]) => second);
    onNewPage = true;
  }
}

/** pdfkit needs seconds to break a word of some thousand letters; a zero-width space tells it where it may. */
function breakable(text: string): string {
  return text.replace(/\S{80}(?=\S)/g, '$&\u200b');
}

/** What fits into the height, and the rest: between words where there are any. */
function cutText(pdf: Pdf, width: number, text: string, height: number): [string, string] {
  pdf.font('bold').fontSize(SIZE);
  const fits = (length: number) => pdf.heightOfString(text.slice(0, length), { width }) <= height;
  if (fits(text.length)) return [text, ''];
  let [low, high] = [1, text.length];
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  const space = Math.max(text.lastIndexOf(' ', low), text.lastIndexOf('\u200b', low));
  const end = space > low / 2 ? space : low;
  return [text.slice(0, end), text.slice(end).replace(/^[\s\u200b]+/, '')];
}

/** Each column gets room by its longest cell; what is too much is taken from the wide ones. */
function columnWidths(pdf: Pdf, table: Table): number[] {
  pdf.font('bold').fontSize(SIZE);
  const columns = table.head.length > 0 ? table.head : (table.rows[0] ?? []);
  const wanted = columns.map((_, column) => {
    const cells = [table.head[column] ?? '', ...table.rows.map((row) => row[column] ?? '')];
    const lines = cells.flatMap((cell) => cell.split('\n'));
    return Math.max(...lines.map((line) => pdf.widthOfString(line)), 20) + GUTTER + 4;
  });
  const sum = (widths: readonly number[]) => widths.reduce((total, width) => total + width, 0);
  if (sum(wanted) <= TEXT_WIDTH) {
    // What is left over widens the last column: figures stay near what they belong to.
    return wanted.map((width, column) =>
      column === wanted.length - 1 ? width + TEXT_WIDTH - sum(wanted) : width,
    );
  }
  const fair = TEXT_WIDTH / wanted.length;
  const narrow = sum(wanted.filter((width) => width <= fair));
  const wide = sum(wanted.filter((width) => width > fair));
  return wanted.map((width) => (width <= fair ? width : (width / wide) * (TEXT_WIDTH - narrow)));
}
