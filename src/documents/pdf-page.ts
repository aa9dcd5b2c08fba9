import type { Picture } from '../domain/picture.ts';
import { readsRightToLeft } from './language-tags.ts';
import { ScriptPdf } from './script-pdf.ts';
import type { Direction } from './text-runs.ts';

/** US Letter, in points of 1/72 inch. */
export const PAGE = { width: 612, height: 792, left: 63, right: 63, top: 54, bottom: 64 } as const;
export const TEXT_WIDTH = PAGE.width - PAGE.left - PAGE.right;

/** Each has a contrast of at least 4.5 to 1 on white. */
export const INK = '#1f2933';
export const SOFT = '#55616d';
export const ACCENT = '#2f6f6d';
/** For lines and grounds, never for text. */
export const LINE = '#c9ced3';
export const GROUND = '#f1f5f4';

export type Pdf = ScriptPdf;
type Structure = PDFKit.PDFStructureElement;

/** A document under construction: pdfkit, and the structure element that what is written now belongs to. */
export interface Canvas {
  readonly pdf: Pdf;
  readonly parent: Structure;
  /** In which the language of the text runs. */
  readonly direction: Direction;
}

/** What pdfkit knows of structure elements; its typings leave some of it out. */
interface ElementOptions {
  readonly lang?: string;
  readonly scope?: 'Column' | 'Row';
  readonly alt?: string;
  readonly placement?: string;
  /** Left, top, right and bottom on the page. */
  readonly bbox?: readonly number[];
}

/**
 * Opens a tagged PDF/UA document. The same title, date and content give the same bytes.
 * @param language BCP 47 of the first part.
 */
export function openPdf(options: { title: string; author: string; language: string; created: Date }): Canvas {
  const pdf = new ScriptPdf({
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
    // Otherwise Helvetica is read from disk for each document, and never used.
    font: '',
    info: {
      Title: options.title,
      Author: options.author,
      Creator: 'Rollcall',
      Producer: 'Rollcall',
      CreationDate: options.created,
    },
  });
  const root = pdf.struct('Document');
  pdf.addStructure(root);
  return { pdf, parent: root, direction: directionOf(options.language) };
}

/** What stands on each page for the eye only; screen readers pass over it. */
export interface Margins {
  readonly footer: (page: number, pages: number) => { readonly left: string; readonly right: string };
  /** On top of pages that begin in the middle of something; null for the others. */
  readonly header?: (page: number) => string | null;
}

/** Writes the margins of every page and ends the document. */
export async function closePdf(canvas: Canvas, margins: Margins): Promise<{ bytes: Buffer; pages: number }> {
  const { pdf } = canvas;
  const { start, count } = pdf.bufferedPageRange();
  for (let index = 0; index < count; index += 1) {
    pdf.switchToPage(start + index);
    const footer = margins.footer(index + 1, count);
    const header = margins.header?.(index + 1) ?? null;
    artifact(pdf, () => {
      // Text below the margin would otherwise begin a new page.
      const { bottom } = pdf.page.margins;
      pdf.page.margins.bottom = 0;
      horizontalLine(pdf, PAGE.height - 46, 0.5, LINE);
      pdf.font('regular').fontSize(8).fillColor(SOFT);
      pdf.text(footer.left, PAGE.left, PAGE.height - 40, { width: TEXT_WIDTH, lineBreak: false });
      pdf.text(footer.right, PAGE.left, PAGE.height - 40, {
        width: TEXT_WIDTH,
        align: 'right',
        lineBreak: false,
      });
      if (header !== null)
        pdf.text(header, PAGE.left, PAGE.top - 14, { width: TEXT_WIDTH, lineBreak: false });
      pdf.page.margins.bottom = bottom;
    });
  }
  canvas.parent.end();
  return { bytes: await bytesOf(pdf), pages: count };
}

/** Ends a document and collects what it wrote. */
export async function bytesOf(pdf: Pdf): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', resolve);
    pdf.on('error', reject);
  });
  pdf.end();
  await ended;
  return Buffer.concat(chunks);
}

/** Something for the eye only. */
export function artifact(pdf: Pdf, draw: () => void): void {
  pdf.markContent('Artifact', { type: 'Layout' });
  draw();
  pdf.endMarkedContent();
}

/** A line across the text, inside an artifact. */
export function horizontalLine(pdf: Pdf, y: number, width: number, color: string): void {
  pdf
    .moveTo(PAGE.left, y)
    .lineTo(PAGE.width - PAGE.right, y)
    .lineWidth(width)
    .stroke(color);
}

/** Writes under a structure element of its own, in another language if need be. */
export function section(
  canvas: Canvas,
  type: string,
  language: string | null,
  write: (inner: Canvas) => void,
): void {
  const inner = canvas.pdf.struct(type, language === null ? {} : { lang: language });
  canvas.parent.add(inner);
  const direction = language === null ? canvas.direction : directionOf(language);
  write({ pdf: canvas.pdf, parent: inner, direction });
  inner.end();
}

function directionOf(language: string): Direction {
  return readsRightToLeft(language) ? 'rtl' : 'ltr';
}

/** How text of the language is aligned and ordered. */
export function flow({ direction }: Canvas): PDFKit.Mixins.TextOptions {
  // The library hands what it does not know to the function that draws a line.
  return direction === 'rtl' ? ({ align: 'right', direction } as PDFKit.Mixins.TextOptions) : {};
}

/** One structure element with text in it. */
export function element(canvas: Canvas, type: string, draw: () => void, options: ElementOptions = {}): void {
  const { pdf, parent } = canvas;
  const made: { dictionary: { data: Record<string, unknown> } } & Structure = pdf.struct(
    type,
    options,
    () => {
      const text = pdf.actualText(draw);
      // pdfkit writes a text of more than bytes as UTF-16 when it comes as an object.
      if (text !== null) made.dictionary.data.ActualText = Object(text);
    },
  ) as never;
  parent.add(made);
}

/** Room for a logo to the right of the letterhead: what is larger is made smaller. */
const LOGO = { width: 130, height: 38 } as const;

/** Who writes, on top of the first page: the school, with its district and how to reach it. */
export function letterhead(
  canvas: Canvas,
  name: string,
  lines: readonly string[],
  logo: Picture | null = null,
): void {
  const { pdf } = canvas;
  const width = TEXT_WIDTH - (logo === null ? 0 : LOGO.width + 14);
  element(canvas, 'P', () => {
    pdf.font('bold').fontSize(15).fillColor(ACCENT).text(name, PAGE.left, PAGE.top, { width });
    pdf.font('regular').fontSize(8.5).fillColor(SOFT).text(lines.join('  ·  '), { width });
  });
  if (logo !== null) {
    const { y } = pdf;
    const size = fitInto(logo, LOGO);
    figure(canvas, logo, { x: PAGE.width - PAGE.right - size.width, y: PAGE.top - 4, ...size });
    pdf.y = Math.max(y, PAGE.top - 4 + size.height);
  }
  pdf.y += 6;
  artifact(pdf, () => horizontalLine(pdf, pdf.y, 1.4, ACCENT));
}

/** The size of a picture inside a room, never larger than 72 pixels to the inch. */
export function fitInto(
  picture: Picture,
  room: { readonly width: number; readonly height: number },
): { width: number; height: number } {
  const scale = Math.min(1, room.width / picture.width, room.height / picture.height);
  return { width: picture.width * scale, height: picture.height * scale };
}

/** A picture with what a screen reader says of it, and where it stands (ISO 14289-1, 7.3). */
export function figure(
  canvas: Canvas,
  picture: Picture,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
): void {
  const { pdf } = canvas;
  const options = { alt: picture.alt, placement: 'Block', bbox: [x, y, x + width, y + height] };
  element(canvas, 'Figure', () => pdf.image(picture.bytes, x, y, { width, height }), options);
}

/** Starts a new page when less than this is left of the current one. */
export function keepTogether(pdf: Pdf, height: number): void {
  if (pdf.y + height > PAGE.height - PAGE.bottom) pdf.addPage();
}
