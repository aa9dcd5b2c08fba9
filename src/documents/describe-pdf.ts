import { type PDFDocument, PDFName } from '@cantoo/pdf-lib';
import { uaMetadata } from './xmp.ts';

/**
 * What a bound PDF says of itself, and nothing of when or where it was bound.
 * @param conforms whether it is PDF/UA as a whole: nobody can say so where pages of others are in it
 */
export function describePdf(
  pdf: PDFDocument,
  about: {
    readonly title: string;
    readonly author: string;
    readonly language: string;
    readonly created: Date;
  },
  { conforms }: { readonly conforms: boolean },
): void {
  pdf.catalog.set(PDFName.of('Metadata'), uaMetadata(pdf.context, about, { conforms }));
  pdf.setTitle(about.title, { showInWindowTitleBar: true });
  pdf.setAuthor(about.author);
  pdf.setLanguage(about.language);
  pdf.setProducer('Rollcall');
  pdf.setCreator('Rollcall');
  pdf.setCreationDate(about.created);
  pdf.setModificationDate(about.created);
}
