import { PDFDocument } from '@cantoo/pdf-lib';

/**
 * Puts PDFs behind each other, pages as they are. The same inputs give the same bytes.
 * @param created stands as the date of the result
 */
export async function mergePdfs(
  files: readonly Buffer[],
  about: { readonly title: string; readonly language: string; readonly created: Date },
): Promise<{ bytes: Buffer; pages: number }> {
  const merged = await PDFDocument.create({ updateMetadata: false });
  for (const file of files) {
    const source = await PDFDocument.load(file, { updateMetadata: false });
    for (const page of await merged.copyPages(source, source.getPageIndices())) merged.addPage(page);
  }
  merged.setTitle(about.title, { showInWindowTitleBar: true });
  merged.setLanguage(about.language);
  merged.setProducer('Rollcall');
  merged.setCreator('Rollcall');
  merged.setCreationDate(about.created);
  merged.setModificationDate(about.created);
  return { bytes: Buffer.from(await merged.save({ useObjectStreams: false })), pages: merged.getPageCount() };
}
