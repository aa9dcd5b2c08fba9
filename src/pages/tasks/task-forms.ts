import type { TaskForMail } from '../../store/open-tasks.ts';
import type { Html } from '../html.ts';
import type { PageRequest, Site } from '../site.ts';

/** What a task’s page offers to answer it with. A part registers one for each kind of task that it knows. */
export type TaskForm = (task: TaskForMail, request: PageRequest, site: Site) => Promise<Html>;

/** Of each site its own: a form works with what its site was opened with. */
const formsOf = new WeakMap<Site, Map<string, TaskForm>>();

/** @throws Error when two parts claim one kind */
export function registerTaskForm(site: Site, kinds: readonly string[], form: TaskForm): void {
  const forms = formsOf.get(site) ?? new Map<string, TaskForm>();
  formsOf.set(site, forms);
  for (const kind of kinds) {
    const before = forms.get(kind);
    if (before !== undefined && before !== form) throw new Error(`two forms for tasks of kind ${kind}`);
    forms.set(kind, form);
  }
}

/** @returns null: the general form answers it */
export function taskFormOf(site: Site, kind: string): TaskForm | null {
  return formsOf.get(site)?.get(kind) ?? null;
}
