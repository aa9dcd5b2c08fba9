import { registerContractPage } from '../contracts/contract-page.ts';
import { contractSection } from '../contracts/contract-section.ts';
import { registerDraftPage } from '../contracts/draft-page.ts';
import { registerKeptPage } from '../contracts/kept-page.ts';
import { registerFileSection } from '../files/file-sections.ts';
import type { Site } from '../site.ts';
import { registerMeetingList } from './meeting-list.ts';
import { registerMeetingPage } from './meeting-page.ts';
import { meetingSection } from './meeting-section.ts';
import { registerMeetingTasks } from './meeting-task.ts';
import { registerSchedulePage } from './schedule-page.ts';

/** Meetings with families and attendance contracts. */
export function registerMeetingPages(site: Site): void {
  registerMeetingList(site);
  registerSchedulePage(site);
  registerMeetingPage(site);
  registerDraftPage(site);
  registerContractPage(site);
  registerKeptPage(site);
  registerMeetingTasks(site);
  registerFileSection(site, 'meetings', meetingSection);
  registerFileSection(site, 'contracts', contractSection);
}
