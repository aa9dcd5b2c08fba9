import { PDFDict, PDFDocument, PDFHexString, PDFName, PDFString } from '@cantoo/pdf-lib';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';

export interface PdfText {
  readonly text: string;
  readonly x: number;
  readonly right: number;
  /** From the top edge, in points. */
  readonly top: number;
  readonly bottom: number;
}

export interface ReadPdf {
  readonly pages: readonly { readonly texts: readonly PdfText[]; readonly roles: readonly string[] }[];
  readonly title: string;
  readonly language: string | null;
  readonly tagged: boolean;
  /** Addresses that a click opens. */
  readonly links: readonly string[];
  readonly bookmarks: readonly string[];
  readonly text: string;
}

/** Reads a PDF as a reader does: text with its place, the structure tree, title and language. */
export async function readPdf(bytes: Buffer): Promise<ReadPdf> {
  const document = await getDocument({ data: new Uint8Array(bytes), useSystemFonts: false, verbosity: 0 })
    .promise;
  const metadata = await document.getMetadata();
  const marks = await document.getMarkInfo();
  const pages: ReadPdf['pages'][number][] = [];
  const links: string[] = [];
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number);
    const height = page.view[3] ?? 792;
    const content = await page.getTextContent();
    const texts = content.items.flatMap((item) => {
      if (!('str' in item) || item.str.trim() === '') return [];
      const [, , , size, x, y] = item.transform as number[];
      const left = x ?? 0;
      const bottom = height - (y ?? 0);
      return [{ text: item.str, x: left, right: left + item.width, top: bottom - (size ?? 0), bottom }];
    });
    for (const annotation of await page.getAnnotations()) {
      if (typeof annotation.url === 'string') links.push(annotation.url);
    }
    pages.push({ texts, roles: rolesOf(await page.getStructTree()) });
  }
  const info = metadata.info as { Title?: string; Language?: string };
  const read = {
    pages,
    title: info.Title ?? '',
    language: info.Language ?? null,
    tagged: marks?.Marked === true,
    links,
    bookmarks: ((await document.getOutline()) ?? []).map((entry) => entry.title),
    text: pages.map((page) => page.texts.map((text) => text.text).join(' ')).join('\n'),
  };
  await document.destroy();
  return read;
}

function rolesOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { role, children } = node as { role?: string; children?: unknown[] };
  return [...(role === undefined ? [] : [role]), ...(children ?? []).flatMap(rolesOf)];
}

/** What screen readers say in the place of what structure elements show. */
export async function actualTexts(bytes: Buffer): Promise<string[]> {
  return entriesOf(bytes, 'ActualText');
}

/** What screen readers say of pictures. */
export async function altTexts(bytes: Buffer): Promise<string[]> {
  return entriesOf(bytes, 'Alt');
}

async function entriesOf(bytes: Buffer, key: string): Promise<string[]> {
  const { context } = await PDFDocument.load(bytes, { updateMetadata: false });
  return context.enumerateIndirectObjects().flatMap(([, object]) => {
    const text = object instanceof PDFDict ? object.get(PDFName.of(key)) : undefined;
    return text instanceof PDFString || text instanceof PDFHexString ? [text.decodeText()] : [];
  });
}
