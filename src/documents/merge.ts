import {
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFObjectCopier,
  PDFOperator,
  PDFOperatorNames,
  PDFPage,
  PDFPageLeaf,
  type PDFRef,
} from '@cantoo/pdf-lib';
import { describePdf } from './describe-pdf.ts';
import { PAGE } from './pdf-page.ts';
import { renderStamps, type Stamp } from './stamps.ts';
import { type TagBook, tagBook } from './structure-tree.ts';

/** One PDF of the result, with the name that its bookmark bears. */
export interface MergePart {
  readonly pdf: Buffer;
  readonly title: string;
  /** Bookmarks inside this part, in order; pages count from 1 within the part. */
  readonly sections?: readonly { readonly title: string; readonly page: number }[];
  /** What is written into the margin above each of its pages, for the eye only; null for nothing. */
  readonly stamp: ((page: number, pages: number) => string) | null;
  /** The stamp is a warning: large, and in a colour of its own. */
  readonly loud?: boolean;
}

/**
 * Puts PDFs behind each other: pages as they are, with their tags, and a bookmark for each. The same inputs give
 * the same bytes. Only for PDFs of our own making: nothing here defends against a hostile file.
 * @param about `created` stands as the date of the result
 */
export async function mergePdfs(
  parts: readonly MergePart[],
  about: {
    readonly title: string;
    readonly author: string;
    readonly language: string;
    readonly created: Date;
    /** Each part begins on the front of a sheet, also when the printer prints on both sides. */
    readonly wholeSheets: boolean;
  },
): Promise<{ bytes: Buffer; pages: number }> {
  const merged = await PDFDocument.create({ updateMetadata: false });
  const tags = tagBook(merged.context);
  const bookmarks: { title: string; page: PDFRef }[] = [];
  const stamps: { page: PDFPage; number: number; stamp: NonNullable<MergePart['stamp']>; loud: boolean }[] =
    [];
  for (const part of parts) {
    const pages = await appendPages(merged, tags, part);
    for (const page of pages) merged.addPage(page);
    for (const section of part.sections ?? [{ title: part.title, page: 1 }]) {
      const page = pages[section.page - 1];
      if (page !== undefined) bookmarks.push({ title: section.title, page: page.ref });
    }
    const { stamp } = part;
    const first = merged.getPageCount() - pages.length + 1;
    const { loud = false } = part;
    if (stamp !== null) {
      stamps.push(...pages.map((page, index) => ({ page, number: first + index, stamp, loud })));
    }
    if (about.wholeSheets && pages.length % 2 === 1) merged.addPage([PAGE.width, PAGE.height]);
  }
  const pages = merged.getPageCount();
  await drawStamps(
    merged,
    stamps.map(({ page, number, stamp, loud }) => ({ page, text: stamp(number, pages), loud })),
  );
  addBookmarks(merged, bookmarks);
  tags.finish(merged.catalog);
  describePdf(merged, about, { conforms: true });
  return { bytes: Buffer.from(await merged.save({ useObjectStreams: false })), pages };
}

/** A page is copied by its reference, so that the tags which point to it find the same page again. */
export async function appendPages(
  merged: PDFDocument,
  tags: TagBook,
  part: Pick<MergePart, 'pdf' | 'title'>,
): Promise<PDFPage[]> {
  const source = await PDFDocument.load(part.pdf, { updateMetadata: false });
  const copier = PDFObjectCopier.for(source.context, merged.context);
  const pages = source.getPages().map((page) => {
    const ref = copier.copy(page.ref);
    const leaf = merged.context.lookup(ref);
    if (!(leaf instanceof PDFPageLeaf)) throw new Error(`a page of "${part.title}" could not be copied`);
    return PDFPage.of(leaf, ref, merged);
  });
  tags.append(
    source.catalog,
    copier,
    pages.map((page) => page.node),
    part.title,
  );
  return pages;
}

/** Margin text comes from pages that pdfkit has set, so that it has the embedded fonts. */
export async function drawStamps(
  merged: PDFDocument,
  stamps: readonly (Stamp & { readonly page: PDFPage })[],
): Promise<void> {
  if (stamps.length === 0) return;
  const set = await PDFDocument.load(await renderStamps(stamps), {
    updateMetadata: false,
  });
  const margins = await merged.embedPages(set.getPages());
  stamps.forEach(({ page }, index) => {
    const margin = margins[index];
    if (margin === undefined) return;
    page.pushOperators(PDFOperator.of(PDFOperatorNames.BeginMarkedContent, [PDFName.of('Artifact')]));
    page.drawPage(margin, { x: page.getWidth() - margin.width, y: page.getHeight() - margin.height });
    page.pushOperators(PDFOperator.of(PDFOperatorNames.EndMarkedContent));
  });
}

export function addBookmarks(
  merged: PDFDocument,
  bookmarks: readonly { title: string; page: PDFRef }[],
): void {
  if (bookmarks.length === 0) return;
  const { context, catalog } = merged;
  const root = context.nextRef();
  const refs = bookmarks.map(() => context.nextRef());
  bookmarks.forEach(({ title, page }, index) => {
    const [own, before, after] = [refs[index], refs[index - 1], refs[index + 1]];
    if (own === undefined) return;
    const item = context.obj({ Parent: root, Dest: [page, 'XYZ', null, null, null] });
    item.set(PDFName.of('Title'), PDFHexString.fromText(title));
    if (before !== undefined) item.set(PDFName.of('Prev'), before);
    if (after !== undefined) item.set(PDFName.of('Next'), after);
    context.assign(own, item);
  });
  const outline = PDFDict.withContext(context);
  outline.set(PDFName.of('Type'), PDFName.of('Outlines'));
  outline.set(PDFName.of('Count'), context.obj(refs.length));
  const [first, last] = [refs[0], refs.at(-1)];
  if (first !== undefined) outline.set(PDFName.of('First'), first);
  if (last !== undefined) outline.set(PDFName.of('Last'), last);
  context.assign(root, outline);
  catalog.set(PDFName.of('Outlines'), root);
}
