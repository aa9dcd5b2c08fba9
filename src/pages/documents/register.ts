import type { Site } from '../site.ts';
import { registerDocumentPage } from './document-page.ts';
import { registerFileDocumentsPage } from './file-documents-page.ts';

export function registerDocumentPages(site: Site): void {
  registerFileDocumentsPage(site);
  registerDocumentPage(site);
}
