import { type StaffEntry, seesNoStudent } from '../domain/task-people.ts';

/** A task of which no more is said than that it waits, and that nobody can be reached for it. */
const NOBODY_REACHED = 'nobody-reached';

interface ShownTask {
  readonly kind: string;
  readonly role: string;
  readonly student: unknown;
  readonly detail?: string | null;
  readonly gaps?: readonly string[];
}

/**
 * A task as a person may hear of it. The IT contact is told of no student; of what others are asked, only that it waits
 * for somebody who can be reached.
 */
export function asToldTo<T extends ShownTask>(task: T, email: string, staff: readonly StaffEntry[]): T {
  if (!seesNoStudent(email, staff)) return task;
  if (task.role === 'it-contact') return { ...task, student: null };
  return {
    ...task,
    kind: NOBODY_REACHED,
    student: null,
    ...(task.detail === undefined ? {} : { detail: null }),
    ...(task.gaps === undefined ? {} : { gaps: [] }),
  };
}
