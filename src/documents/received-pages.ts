import { constants, deflateSync, inflateSync } from 'node:zlib';
import {
  decodePDFRawStream,
  PDFArray,
  type PDFContext,
  PDFDict,
  PDFDocument,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFObjectCopier,
  type PDFPageLeaf,
  PDFRawStream,
  type PDFRef,
} from '@cantoo/pdf-lib';

const name = PDFName.of;

/** What stands on a page that somebody handed in, as one picture that may be put on a page of ours. */
export interface ReceivedPage {
  /** To be drawn in this order; each with its own place within the page as it was. */
  readonly forms: readonly { readonly ref: PDFRef; readonly matrix: Matrix }[];
  /** How the page as it was lies in a box whose lower left corner is the origin, with its turn. */
  readonly matrix: Matrix;
  readonly width: number;
  readonly height: number;
}

export type Matrix = readonly [number, number, number, number, number, number];

const MOST_PAGES = 300;
/** More than any page says, and little enough to hold. */
const LARGEST_CONTENT = 48 * 1024 * 1024;
const LARGEST_PAGE = 14_400;

/**
 * Takes the pages of a PDF from outside as pictures: nothing of it but what is drawn comes along, no action, no script, no
 * attached file, no link. Notes and filled-in fields are drawn where they were.
 * @throws Error when it cannot be read
 */
export async function receivedPages(bytes: Uint8Array, into: PDFContext): Promise<ReceivedPage[]> {
  const source = await PDFDocument.load(bytes, { updateMetadata: false, throwOnInvalidObject: false });
  const copier = PDFObjectCopier.for(source.context, into);
  const pages = source.getPages();
  if (pages.length === 0) throw new Error('it has no pages');
  if (pages.length > MOST_PAGES) throw new Error(`it has more than ${MOST_PAGES} pages`);
  return pages.map(({ node }) => receivedPage(node, copier, into));
}

function receivedPage(page: PDFPageLeaf, copier: PDFObjectCopier, into: PDFContext): ReceivedPage {
  const box = visibleBox(page);
  const content = copyContent(page, copier, into);
  const { dict } = content;
  const resources = page.Resources();
  dict.set(name('Type'), name('XObject'));
  dict.set(name('Subtype'), name('Form'));
  dict.set(name('BBox'), into.obj([box.left, box.bottom, box.right, box.top]));
  dict.set(name('Resources'), resources === undefined ? into.obj({}) : copier.copy(resources));
  const main = { ref: into.register(content), matrix: [1, 0, 0, 1, 0, 0] as const };
  const notes = annotationsOf(page).flatMap((annotation) => {
    const drawn = drawnAnnotation(annotation, copier, into);
    return drawn === null ? [] : [drawn];
  });
  return { forms: [main, ...notes], ...turned(page, box) };
}

interface Box {
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly top: number;
}

/** What a reader shows of the page: its crop box within its media box. */
function visibleBox(page: PDFPageLeaf): Box {
  const media = boxOf(page.MediaBox());
  const crop = page.CropBox();
  const shown = crop === undefined ? media : within(boxOf(crop), media);
  const [width, height] = [shown.right - shown.left, shown.top - shown.bottom];
  if (!(width > 0 && height > 0 && width <= LARGEST_PAGE && height <= LARGEST_PAGE))
    throw new Error('a page has no usable size');
  return shown;
}

function boxOf(array: PDFArray): Box {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = numbersOf(array);
  return { left: Math.min(x1, x2), bottom: Math.min(y1, y2), right: Math.max(x1, x2), top: Math.max(y1, y2) };
}

function within(box: Box, outer: Box): Box {
  const inner = {
    left: Math.max(box.left, outer.left),
    bottom: Math.max(box.bottom, outer.bottom),
    right: Math.min(box.right, outer.right),
    top: Math.min(box.top, outer.top),
  };
  return inner.right > inner.left && inner.top > inner.bottom ? inner : outer;
}

function numbersOf(array: PDFArray): number[] {
  return array.asArray().map((_, index) => {
    const value = array.lookup(index);
    return value instanceof PDFNumber ? value.asNumber() : 0;
  });
}

/** A page that is turned stays turned (ISO 32000-1, table 30, `Rotate`: clockwise). */
function turned(page: PDFPageLeaf, { left, bottom, right, top }: Box): Omit<ReceivedPage, 'forms'> {
  const quarter = ((Math.round((page.Rotate()?.asNumber() ?? 0) / 90) % 4) + 4) % 4;
  const [width, height] = [right - left, top - bottom];
  switch (quarter) {
    case 1:
      return { matrix: [0, -1, 1, 0, -bottom, right], width: height, height: width };
    case 2:
      return { matrix: [-1, 0, 0, -1, right, top], width, height };
    case 3:
      return { matrix: [0, 1, -1, 0, top, -left], width: height, height: width };
    default:
      return { matrix: [1, 0, 0, 1, -left, -bottom], width, height };
  }
}

/** One stream is taken over as it is packed; several are one only when they are unpacked. */
function copyContent(page: PDFPageLeaf, copier: PDFObjectCopier, into: PDFContext): PDFRawStream {
  const contents = page.Contents();
  const streams = (
    contents instanceof PDFArray ? contents.asArray().map((_, index) => contents.lookup(index)) : [contents]
  ).filter((stream) => stream instanceof PDFRawStream);
  const [only, second] = streams;
  if (only === undefined) return PDFRawStream.of(into.obj({}), new Uint8Array());
  if (second === undefined) {
    const copy = copier.copy(only);
    // Pages may share one stream, and each becomes a picture of its own.
    return PDFRawStream.of(copy.dict.clone(into), copy.contents);
  }
  let size = 0;
  const pieces = streams.flatMap((stream) => {
    const piece = unpacked(stream);
    size += piece.length;
    if (size > LARGEST_CONTENT) throw new Error('a page is too large');
    return [piece, Buffer.from('\n')];
  });
  return PDFRawStream.of(into.obj({ Filter: 'FlateDecode' }), deflateSync(Buffer.concat(pieces)));
}

function unpacked(stream: PDFRawStream): Uint8Array {
  const filter = stream.dict.lookup(name('Filter'));
  const only = filter instanceof PDFArray && filter.size() === 1 ? filter.lookup(0) : filter;
  if (only === name('FlateDecode') && stream.dict.lookup(name('DecodeParms')) === undefined) {
    // What was cut off says what it says up to there, as in every reader.
    return inflateSync(stream.contents, {
      maxOutputLength: LARGEST_CONTENT,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
  }
  return filter === undefined ? stream.contents : decodePDFRawStream(stream).decode();
}

function annotationsOf(page: PDFPageLeaf): PDFDict[] {
  const annotations = page.lookup(name('Annots'));
  if (!(annotations instanceof PDFArray)) return [];
  return annotations
    .asArray()
    .map((_, index) => annotations.lookup(index))
    .filter((one) => one instanceof PDFDict);
}

/** Hidden, or shown on no screen (ISO 32000-1, table 165). */
const UNSEEN = 0b10_0010;

/** A note, a stamp or a filled-in field as the page showed it; null for what shows nothing. */
function drawnAnnotation(
  annotation: PDFDict,
  copier: PDFObjectCopier,
  into: PDFContext,
): ReceivedPage['forms'][number] | null {
  const flags = annotation.lookup(name('F'));
  if (flags instanceof PDFNumber && (flags.asNumber() & UNSEEN) !== 0) return null;
  if (annotation.lookup(name('Subtype')) === name('Popup')) return null;
  const appearance = appearanceOf(annotation);
  const rect = annotation.lookup(name('Rect'));
  if (appearance === null || !(rect instanceof PDFArray)) return null;
  const box = appearance.dict.lookup(name('BBox'));
  if (!(box instanceof PDFArray)) return null;
  const target = boxOf(rect);
  const own = appearance.dict.lookup(name('Matrix'));
  const shown = transformedBox(boxOf(box), own instanceof PDFArray ? numbersOf(own) : [1, 0, 0, 1, 0, 0]);
  const [width, height] = [shown.right - shown.left, shown.top - shown.bottom];
  if (width <= 0 || height <= 0) return null;
  const [sx, sy] = [(target.right - target.left) / width, (target.top - target.bottom) / height];
  const copy = copier.copy(appearance);
  copy.dict.set(name('Type'), name('XObject'));
  copy.dict.set(name('Subtype'), name('Form'));
  return {
    ref: into.register(copy),
    matrix: [sx, 0, 0, sy, target.left - shown.left * sx, target.bottom - shown.bottom * sy],
  };
}

function appearanceOf(annotation: PDFDict): PDFRawStream | null {
  const all = annotation.lookup(name('AP'));
  const normal: PDFObject | undefined = all instanceof PDFDict ? all.lookup(name('N')) : undefined;
  if (normal instanceof PDFRawStream) return normal;
  const state = annotation.lookup(name('AS'));
  const chosen = normal instanceof PDFDict && state instanceof PDFName ? normal.lookup(state) : undefined;
  return chosen instanceof PDFRawStream ? chosen : null;
}

function transformedBox(
  { left, bottom, right, top }: Box,
  [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0]: number[],
): Box {
  const corners = [
    [left, bottom],
    [right, bottom],
    [left, top],
    [right, top],
  ].map(([x = 0, y = 0]) => [a * x + c * y + e, b * x + d * y + f] as const);
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  return { left: Math.min(...xs), bottom: Math.min(...ys), right: Math.max(...xs), top: Math.max(...ys) };
}
