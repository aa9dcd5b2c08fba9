import type { Tx } from '../store/database.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';
import type { TaskBox } from './whose-tasks.ts';

/** Where one person answers tasks; null where no pages are served. */
export interface TaskLinks {
  /** By the reference of the task. */
  readonly links: ReadonlyMap<string, string> | null;
  readonly allTasks: string | null;
}

/** Links for the tasks of one person: each begins a session of that person and shows that task. */
export async function taskLinks(
  _tx: Tx,
  _letterbox: Letterbox,
  _box: Pick<TaskBox, 'name' | 'email' | 'tasks'>,
  _moment: Moment,
): Promise<TaskLinks> {
  return { links: null, allTasks: null };
}

/** A link to a page for one person; null where no pages are served. */
export async function pageLink(
  _tx: Tx,
  _letterbox: Letterbox,
  _person: { readonly name: string; readonly email: string },
  _path: string,
  _moment: Moment,
): Promise<string | null> {
  return null;
}
