import type { Site } from '../site.ts';
import { registerAwayPage } from './away-page.ts';
import { registerBatchPages } from './batch-pages.ts';
import { registerBrakesPage } from './brakes-page.ts';
import { registerLetterPages } from './letter-pages.ts';
import { registerMedicalPage } from './medical-page.ts';
import { registerPrintPages } from './print-pages.ts';
import { registerReturnedPage } from './returned-page.ts';
import { registerSnoozeForm } from './snooze-form.ts';
import { registerStopPage } from './stop-page.ts';
import { registerSummaryPage } from './summary-page.ts';
import { registerTaskAnswers } from './task-answers.ts';

/** What an office does with letters: says yes, prints, looks after them; and the lists that it keeps. */
export function registerOfficePages(site: Site): void {
  registerBatchPages(site);
  registerPrintPages(site);
  registerReturnedPage(site);
  registerLetterPages(site);
  registerMedicalPage(site);
  registerSummaryPage(site);
  registerStopPage(site);
  registerBrakesPage(site);
  registerAwayPage(site);
  registerSnoozeForm(site);
  registerTaskAnswers(site);
}
