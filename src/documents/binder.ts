import {
  concatTransformationMatrix,
  drawObject,
  PDFOperator as Operator,
  PDFDocument,
  PDFName,
  type PDFOperator,
  PDFOperatorNames,
  PDFPage,
  PDFPageLeaf,
  popGraphicsState,
  pushGraphicsState,
} from '@cantoo/pdf-lib';
import type { AboutBound, PartToBind } from './bind-messages.ts';
import { describePdf } from './describe-pdf.ts';
import { addBookmarks, appendPages, drawStamps } from './merge.ts';
import { PAGE } from './pdf-page.ts';
import { PdfWriter, type Sink } from './pdf-writer.ts';
import { type Matrix, type ReceivedPage, receivedPages } from './received-pages.ts';
import { receivedPicture } from './received-picture.ts';
import { tagBook } from './structure-tree.ts';

export interface Binder {
  /** @returns how many pages the part has. @throws Error when it cannot be bound: nothing may be added after that. */
  add(part: PartToBind, bytes: Uint8Array): Promise<number>;
  /** @param order the numbers of the parts, from 0, in the order in which they lie */
  finish(order: readonly number[]): Promise<{ pages: number; bytes: number }>;
}

/**
 * Binds parts into one tagged PDF with bookmarks and running page numbers, and writes it while it does: the memory holds
 * one part at a time. The same parts give the same bytes.
 */
export async function openBinder(about: AboutBound, sink: Sink): Promise<Binder> {
  const merged = await PDFDocument.create({ updateMetadata: false });
  const { context } = merged;
  const writer = new PdfWriter(context, sink);
  const tags = tagBook(context);
  const parts: { part: PartToBind; pages: readonly PDFPage[] }[] = [];
  return {
    async add(part, bytes) {
      const pages = await addPart(merged, tags, part, bytes);
      // The margin is written later, when what the page says has left the memory.
      for (const page of pages) page.node.normalize();
      await writer.writeStreams();
      parts.push({ part, pages });
      return pages.length;
    },
    async finish(order) {
      const bound = order.flatMap((number) => parts[number] ?? []);
      const pages = bound.flatMap((one) => one.pages);
      for (const page of pages) merged.addPage(page);
      await stampPages(merged, bound, about);
      addBookmarks(
        merged,
        bound.flatMap(({ part, pages: own }) =>
          (part.sections ?? [{ title: part.title, page: 1 }]).flatMap(({ title, page }) => {
            const target = own[page - 1];
            return target === undefined ? [] : [{ title, page: target.ref }];
          }),
        ),
      );
      tags.finish(merged.catalog);
      describePdf(merged, about, { conforms: bound.every(({ part }) => part.source === 'own') });
      await merged.flush();
      return { pages: pages.length, bytes: await writer.finish() };
    },
  };
}

type Tags = ReturnType<typeof tagBook>;

async function addPart(
  merged: PDFDocument,
  tags: Tags,
  part: PartToBind,
  bytes: Uint8Array,
): Promise<PDFPage[]> {
  if (part.source === 'own') return appendPages(merged, tags, { pdf: Buffer.from(bytes), title: part.title });
  const received =
    part.mediaType === 'application/pdf'
      ? await receivedPages(bytes, merged.context)
      : [await asPage(bytes, merged)];
  const pages = received.map((one) => newPage(merged, one));
  tags.appendFigures(
    pages.map(({ ref, node }, index) => ({
      ref,
      node,
      alt: `${part.title}, page ${index + 1} of ${pages.length}, as it was handed in`,
    })),
    part.title,
  );
  return pages;
}

/** Prints at 96 dots per inch, or smaller where it is too large for the page. */
const POINTS_PER_PIXEL = 0.75;

async function asPage(bytes: Uint8Array, { context }: PDFDocument): Promise<ReceivedPage> {
  const { ref, width, height } = await receivedPicture(bytes, context);
  const size = { width: width * POINTS_PER_PIXEL, height: height * POINTS_PER_PIXEL };
  return {
    forms: [{ ref, matrix: [size.width, 0, 0, size.height, 0, 0] }],
    matrix: [1, 0, 0, 1, 0, 0],
    ...size,
  };
}

/** Room around what was handed in: the margin above it bears the page number. */
const ROOM = { side: 18, top: 46, bottom: 18 } as const;

/** A page of ours that shows one from outside, whole, upright and not larger than it was. */
function newPage(merged: PDFDocument, received: ReceivedPage): PDFPage {
  const { context } = merged;
  const lies = received.width > received.height;
  const [width, height] = lies ? [PAGE.height, PAGE.width] : [PAGE.width, PAGE.height];
  const room = { width: width - 2 * ROOM.side, height: height - ROOM.top - ROOM.bottom };
  const scale = Math.min(1, room.width / received.width, room.height / received.height);
  const x = (width - received.width * scale) / 2;
  const y = ROOM.bottom + room.height - received.height * scale;
  const leaf = PDFPageLeaf.fromMapWithContext(new Map(), context, false);
  const ref = context.register(leaf);
  leaf.set(PDFName.of('Type'), PDFName.of('Page'));
  leaf.set(PDFName.of('MediaBox'), context.obj([0, 0, width, height]));
  leaf.set(PDFName.of('Resources'), context.obj({ XObject: {} }));
  const operators: PDFOperator[] = [
    Operator.of(PDFOperatorNames.BeginMarkedContentSequence, [PDFName.of('Figure'), '<</MCID 0>>']),
    pushGraphicsState(),
    concat([scale, 0, 0, scale, x, y]),
    concat(received.matrix),
    ...received.forms.flatMap((form) => {
      const key = leaf.newXObject('P', form.ref);
      return [pushGraphicsState(), concat(form.matrix), drawObject(key), popGraphicsState()];
    }),
    popGraphicsState(),
    Operator.of(PDFOperatorNames.EndMarkedContent),
  ];
  leaf.set(PDFName.of('Contents'), context.obj([context.register(context.contentStream(operators))]));
  return PDFPage.of(leaf, ref, merged);
}

function concat([a, b, c, d, e, f]: Matrix): PDFOperator {
  return concatTransformationMatrix(a, b, c, d, e, f);
}

async function stampPages(
  merged: PDFDocument,
  bound: readonly { part: PartToBind; pages: readonly PDFPage[] }[],
  about: AboutBound,
): Promise<void> {
  const total = bound.reduce((sum, { pages }) => sum + pages.length, 0);
  let number = 0;
  const stamps = bound.flatMap(({ part, pages }) =>
    pages.flatMap((page) => {
      number += 1;
      const { mark } = about;
      const text = part.stamp === null ? '' : `${part.stamp}Page ${number} of ${total}, ${about.running}`;
      return text === '' && mark === null ? [] : [{ page, text, loud: false, mark }];
    }),
  );
  await drawStamps(merged, stamps);
}
