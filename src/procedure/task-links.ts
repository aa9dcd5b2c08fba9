import type { Tx } from '../store/database.ts';
import type { Letterbox } from './letterbox.ts';
import { linkFor } from './links.ts';
import type { Moment } from './procedure.ts';
import type { TaskBox } from './whose-tasks.ts';

/** Where one person answers tasks; null where no pages are served. */
export interface TaskLinks {
  /** By the reference of the task. */
  readonly links: ReadonlyMap<string, string> | null;
  readonly allTasks: string | null;
}

/** Links for the tasks of one person: each begins a sign-in of that person and shows that task. */
export async function taskLinks(
  tx: Tx,
  letterbox: Letterbox,
  box: Pick<TaskBox, 'email' | 'tasks'>,
  moment: Moment,
): Promise<TaskLinks> {
  const { config } = letterbox;
  if (config.pages === null) return { links: null, allTasks: null };
  const links = new Map<string, string>();
  // Those behind the longest list are found by the link to all.
  for (const { task } of box.tasks.slice(0, config.staffMail.longestList)) {
    const link = await linkFor(tx, config, box, { task: task.ref }, moment);
    if (link !== null) links.set(task.ref, link);
  }
  return { links, allTasks: await pageLink(tx, letterbox, box, '/tasks', moment) };
}

/** A link to a page for one person; null where no pages are served. */
export async function pageLink(
  tx: Tx,
  { config }: Letterbox,
  person: { readonly email: string },
  page: string,
  moment: Moment,
): Promise<string | null> {
  return linkFor(tx, config, person, { page }, moment);
}
