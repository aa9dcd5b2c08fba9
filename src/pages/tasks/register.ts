import type { Site } from '../site.ts';
import { registerTaskList } from './task-list-page.ts';
import { registerTaskPage } from './task-page.ts';

export function registerTaskPages(site: Site): void {
  site.navigation({ path: '/tasks', label: 'My tasks', shows: ({ kind }) => kind === 'staff' });
  registerTaskList(site);
  registerTaskPage(site);
}
