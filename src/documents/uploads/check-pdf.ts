import {
  PDFArray,
  type PDFContext,
  PDFDict,
  PDFDocument,
  PDFName,
  type PDFObject,
  PDFRef,
  PDFStream,
} from '@cantoo/pdf-lib';
import type { RefusalReason, UploadRefusal } from '../../domain/uploads.ts';

export type PdfCheck = { readonly kind: 'accepted'; readonly pages: number } | UploadRefusal;

/**
 * Looks through every object of a PDF that somebody has brought: nothing in it may act by itself, and each page must be
 * one that can be put into a packet. Runs in a process of its own: a hostile file may take all the time and memory there is.
 */
export async function checkPdf(bytes: Buffer, limits: { maxPages: number }): Promise<PdfCheck> {
  const outside = outsideOf(bytes);
  if (outside !== null) return refused(outside);
  let pdf: PDFDocument;
  try {
    pdf = await PDFDocument.load(bytes, {
      updateMetadata: false,
      ignoreEncryption: true,
      throwOnInvalidObject: true,
      warnOnInvalidObjects: false,
    });
  } catch {
    return refused('unreadable');
  }
  if (pdf.isEncrypted || pdf.context.trailerInfo.Encrypt !== undefined) return refused('encrypted');
  const active = activeIn(pdf.context);
  if (active !== null) return refused(active);
  return checkPages(pdf, limits.maxPages);
}

async function checkPages(pdf: PDFDocument, maxPages: number): Promise<PdfCheck> {
  try {
    const pages = pdf.getPageCount();
    if (pages === 0) return refused('no-pages');
    if (pages > maxPages) return refused('too-many-pages', `${pages} pages`);
    const packet = await PDFDocument.create({ updateMetadata: false });
    for (const page of await packet.copyPages(pdf, pdf.getPageIndices())) {
      packet.addPage(page);
      const { width, height } = page.getSize();
      if (!(width > 0 && height > 0 && width < LONGEST_SIDE && height < LONGEST_SIDE))
        return refused('unreadable');
    }
    return { kind: 'accepted', pages };
  } catch {
    return refused('unreadable');
  }
}

/** In points: what PDF allows. */
const LONGEST_SIDE = 14_400;
const END = '%%EOF';
/** Signs of another file that hides behind a PDF's end, or of what a reader of another make might still find. */
const ZIP_END = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
/** A ZIP file is found from its end, with at most so much behind it. */
const ZIP_TAIL = 65_557;

/** Where this reader finds nothing, one of another make may: what would act counts wherever it stands. */
const hidden: readonly (readonly [RegExp, RefusalReason])[] = [
  [/\/JavaScript[\s/(<[\]>]/, 'script'],
  [/\/Launch[\s/(<[\]>]/, 'launch'],
  [/\/EmbeddedFiles?[\s/(<[\]>]/, 'attachments'],
];

function outsideOf(bytes: Buffer): RefusalReason | null {
  const end = bytes.lastIndexOf(END);
  if (end === -1) return 'unreadable';
  const rest = bytes.subarray(end + END.length);
  if (rest.some((byte) => byte !== 0x0a && byte !== 0x0d && byte !== 0x20 && byte !== 0x09 && byte !== 0))
    return 'two-in-one';
  if (bytes.subarray(-ZIP_TAIL).includes(ZIP_END)) return 'two-in-one';
  const text = bytes.toString('latin1');
  return hidden.find(([sign]) => sign.test(text))?.[1] ?? null;
}

type Look = (value: PDFObject | undefined, context: PDFContext) => boolean;
const always: Look = () => true;
/** A font or picture may bear any short name: what makes the key is what it leads to. */
const leadsTo =
  (keys: readonly string[]): Look =>
  (value) =>
    value instanceof PDFDict && keys.some((key) => value.has(PDFName.of(key)));

/** By the names of keys, wherever they stand. */
const activeKeys: ReadonlyMap<string, readonly [RefusalReason, Look]> = new Map<
  string,
  readonly [RefusalReason, Look]
>([
  ['JS', ['script', (value) => !(value instanceof PDFDict)]],
  ['JavaScript', ['script', always]],
  ['AA', ['launch', (value, context) => value instanceof PDFDict && actsOn(value, context)]],
  ['EmbeddedFiles', ['attachments', always]],
  ['EF', ['attachments', leadsTo(['F', 'UF', 'DOS', 'Mac', 'Unix'])]],
  ['XFA', ['xfa-form', always]],
  ['RichMediaContent', ['media', always]],
]);

/** Whether one of the occasions in a dictionary has an action. */
function actsOn(occasions: PDFDict, context: PDFContext): boolean {
  return occasions.values().some((value) => leadsTo(['S'])(context.lookup(value), context));
}

/** By what an object says that it is: kinds of actions and annotations. */
const activeKinds: ReadonlyMap<string, RefusalReason> = new Map([
  ['JavaScript', 'script'],
  ['Launch', 'launch'],
  ['GoToR', 'launch'],
  ['GoToE', 'launch'],
  ['SubmitForm', 'launch'],
  ['ImportData', 'launch'],
  ['Rendition', 'media'],
  ['Movie', 'media'],
  ['Sound', 'media'],
  ['Screen', 'media'],
  ['RichMedia', 'media'],
  ['3D', 'media'],
  ['FileAttachment', 'attachments'],
  ['EmbeddedFile', 'attachments'],
]);

/** What a viewer does when the file is opened: to show a place in it is harmless. */
const harmlessOpening = new Set(['GoTo', 'Named']);

/** @returns the first thing that would act by itself; null: nothing */
function activeIn(context: PDFContext): RefusalReason | null {
  const seen = new Set<PDFObject>();
  const waiting: PDFObject[] = context.enumerateIndirectObjects().map(([, object]) => object);
  for (let object = waiting.pop(); object !== undefined; object = waiting.pop()) {
    if (seen.has(object)) continue;
    seen.add(object);
    if (object instanceof PDFArray) waiting.push(...object.asArray());
    const dict = object instanceof PDFStream ? object.dict : object;
    if (!(dict instanceof PDFDict)) continue;
    const found = activeDict(context, dict);
    if (found !== null) return found;
    for (const [, value] of dict.entries()) if (!(value instanceof PDFRef)) waiting.push(value);
  }
  return null;
}

function activeDict(context: PDFContext, dict: PDFDict): RefusalReason | null {
  for (const [key, value] of dict.entries()) {
    const name = key.decodeText();
    const [reason, looksActive] = activeKeys.get(name) ?? [];
    if (reason !== undefined && looksActive?.(context.lookup(value), context) === true) return reason;
    if (name === 'S' || name === 'Type' || name === 'Subtype') {
      const kind = context.lookup(value);
      const byKind = kind instanceof PDFName ? activeKinds.get(kind.decodeText()) : undefined;
      if (byKind !== undefined) return byKind;
    }
    if (name === 'OpenAction') {
      const opening = context.lookup(value);
      if (!(opening instanceof PDFDict)) continue;
      const kind = context.lookup(opening.get(PDFName.of('S')));
      const named = kind instanceof PDFName ? kind.decodeText() : '';
      if (!harmlessOpening.has(named)) return activeKinds.get(named) ?? 'launch';
    }
  }
  return null;
}

function refused(reason: RefusalReason, found?: string): UploadRefusal {
  return { kind: 'refused', reason, ...(found !== undefined && { found }) };
}
