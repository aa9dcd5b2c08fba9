import { registerCasePages } from './cases/register.ts';
import { registerDocumentPages } from './documents/register.ts';
import { registerFilesPages } from './files/register.ts';
import { registerHelpPage } from './help/help-page.ts';
import { registerMeetingPages } from './meetings/register.ts';
import { registerOfficePages } from './office/register.ts';
import type { Site } from './site.ts';
import { registerTaskPages } from './tasks/register.ts';

/** Every part of the pages, in the order of the navigation. */
export const allPages: readonly ((site: Site) => void)[] = [
  registerTaskPages,
  registerFilesPages,
  registerMeetingPages,
  registerOfficePages,
  registerCasePages,
  registerDocumentPages,
  registerHelpPage,
];
