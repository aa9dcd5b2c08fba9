import {
  PDFArray,
  type PDFCatalog,
  type PDFContext,
  PDFDict,
  PDFHexString,
  PDFName,
  PDFNumber,
  type PDFObject,
  type PDFObjectCopier,
  type PDFPageLeaf,
  PDFRef,
} from '@cantoo/pdf-lib';

const name = PDFName.of;

/** The structure tree of a merged document, that a screen reader follows: one part per document that went in. */
export interface TagBook {
  /**
   * Takes over the tags of a document whose pages have been copied.
   * @param copier the one that copied the pages: it knows where each object went
   * @throws Error when the document has no tags
   */
  append(source: PDFCatalog, copier: PDFObjectCopier, pages: readonly PDFPageLeaf[], title: string): void;
  /** One figure per page, for pages that have no tags and are shown as pictures. */
  appendFigures(
    pages: readonly { readonly ref: PDFRef; readonly node: PDFPageLeaf; readonly alt: string }[],
    title: string,
  ): void;
  /** Hangs the tree into the merged document. */
  finish(catalog: PDFCatalog): void;
}

/** ISO 32000-1, 14.7: pages and annotations name their entry in the parent tree by number, so numbers are shifted. */
export function tagBook(context: PDFContext): TagBook {
  const root = context.nextRef();
  const document = context.nextRef();
  const parts: PDFRef[] = [];
  const parents: [number, PDFObject][] = [];
  let next = 0;
  return {
    append(source, copier, pages, title) {
      const original = source.get(name('StructTreeRoot'));
      if (!(original instanceof PDFRef)) throw new Error(`"${title}" has no tags and cannot be merged`);
      const treeRef = copier.copy(original);
      const tree = context.lookup(treeRef, PDFDict);
      for (const kid of kidsOf(tree, context)) {
        const element = context.lookup(kid, PDFDict);
        element.set(name('S'), name('Part'));
        element.set(name('P'), document);
        element.set(name('T'), PDFHexString.fromText(title));
        const language = source.get(name('Lang'));
        if (language !== undefined) element.set(name('Lang'), copier.copy(language));
        parts.push(kid);
      }
      const first = next;
      for (const [key, value] of numbersOf(tree)) {
        parents.push([first + key, value]);
        next = Math.max(next, first + key + 1);
      }
      for (const page of pages) {
        shift(page, 'StructParents', first);
        for (const annotation of annotationsOf(page, context)) shift(annotation, 'StructParent', first);
      }
      context.delete(treeRef);
    },
    appendFigures(pages, title) {
      const part = context.nextRef();
      const figures = pages.map(({ ref, node, alt }) => {
        const figure = context.obj({ S: 'Figure', P: part, Pg: ref, K: 0 });
        figure.set(name('Alt'), PDFHexString.fromText(alt));
        const figureRef = context.register(figure);
        node.set(name('StructParents'), PDFNumber.of(next));
        parents.push([next, context.obj([figureRef])]);
        next += 1;
        return figureRef;
      });
      const element = context.obj({ S: 'Part', P: document, K: figures });
      element.set(name('T'), PDFHexString.fromText(title));
      context.assign(part, element);
      parts.push(part);
    },
    finish(catalog) {
      context.assign(document, context.obj({ S: 'Document', P: root, K: parts }));
      const numbers = context.obj(parents.flatMap(([key, value]) => [PDFNumber.of(key), value]));
      context.assign(
        root,
        context.obj({
          Type: 'StructTreeRoot',
          K: [document],
          ParentTree: context.obj({ Nums: numbers }),
          ParentTreeNextKey: next,
        }),
      );
      catalog.set(name('StructTreeRoot'), root);
      catalog.set(name('MarkInfo'), context.obj({ Marked: true }));
    },
  };
}

function kidsOf(tree: PDFDict, context: PDFContext): PDFRef[] {
  const kids = context.lookup(tree.get(name('K')));
  if (kids instanceof PDFArray) return kids.asArray().filter((kid) => kid instanceof PDFRef);
  const only = tree.get(name('K'));
  return only instanceof PDFRef ? [only] : [];
}

function numbersOf(tree: PDFDict): [number, PDFObject][] {
  const numbers = tree.lookup(name('ParentTree'), PDFDict).lookup(name('Nums'), PDFArray).asArray();
  const pairs: [number, PDFObject][] = [];
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    const [key, value] = [numbers[index], numbers[index + 1]];
    if (key instanceof PDFNumber && value !== undefined) pairs.push([key.asNumber(), value]);
  }
  return pairs;
}

function annotationsOf(page: PDFPageLeaf, context: PDFContext): PDFDict[] {
  const annotations = page.Annots()?.asArray() ?? [];
  return annotations.map((one) => context.lookup(one, PDFDict));
}

function shift(dict: PDFDict, key: 'StructParents' | 'StructParent', by: number): void {
  const number = dict.lookupMaybe(name(key), PDFNumber);
  if (number !== undefined) dict.set(name(key), PDFNumber.of(number.asNumber() + by));
}
