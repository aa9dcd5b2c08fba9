import { registerFileSection } from '../files/file-sections.ts';
import type { Site } from '../site.ts';
import { registerDocumentPage } from './document-page.ts';
import { documentsSection } from './documents-section.ts';
import { registerFileDocumentsPage } from './file-documents-page.ts';

export function registerDocumentPages(site: Site): void {
  registerFileSection(site, 'documents', documentsSection);
  registerFileDocumentsPage(site);
  registerDocumentPage(site);
}
