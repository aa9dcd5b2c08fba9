import { PDFDocument, PDFName, PDFString } from '@cantoo/pdf-lib';

/** A PDF of some pages, as a scanner makes one. @param change what is done to it before it is written */
export async function aPdf(
  pages = 1,
  change: (pdf: PDFDocument) => void | Promise<void> = () => {},
): Promise<Buffer> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  for (let page = 0; page < pages; page += 1) pdf.addPage([612, 792]);
  await change(pdf);
  return Buffer.from(await pdf.save({ useObjectStreams: false, addDefaultPage: false }));
}

/** The same with its objects inside compressed streams, where nothing can be read without unpacking them. */
export async function aPackedPdf(change: (pdf: PDFDocument) => void): Promise<Buffer> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  pdf.addPage([612, 792]);
  change(pdf);
  return Buffer.from(await pdf.save({ useObjectStreams: true, addDefaultPage: false }));
}

export type Literal = Parameters<PDFDocument['context']['obj']>[0];

/** Puts something under a key of the catalog. */
export const inCatalog =
  (key: string, value: Literal) =>
  (pdf: PDFDocument): void => {
    pdf.catalog.set(PDFName.of(key), pdf.context.obj(value));
  };

/** An annotation on the first page. */
export const onPage =
  (annotation: Literal) =>
  (pdf: PDFDocument): void => {
    pdf.getPage(0).node.set(PDFName.of('Annots'), pdf.context.obj([annotation]));
  };

export const script = { S: 'JavaScript', JS: PDFString.of('app.alert(1)') } as unknown as Literal;
