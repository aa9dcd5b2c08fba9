import { mayAnywhere } from '../../domain/rights.ts';
import type { Site } from '../site.ts';
import { registerContactPages } from './contact-pages.ts';
import { registerContactTask } from './contact-task.ts';
import { registerExplanationPage } from './explanation-page.ts';
import { registerFilePage } from './file-page.ts';
import { registerHoldPages } from './hold-pages.ts';
import { registerLetterPages } from './letter-page.ts';
import { registerListPage } from './list-page.ts';

/** A school's attendance files, one student's file, contacts and holds. */
export function registerFilesPages(site: Site): void {
  site.navigation({ path: '/files', label: 'Files', shows: (person) => mayAnywhere(person, 'view-file') });
  registerListPage(site);
  registerFilePage(site);
  registerContactPages(site);
  registerContactTask(site);
  registerHoldPages(site);
  registerLetterPages(site);
  registerExplanationPage(site);
}
