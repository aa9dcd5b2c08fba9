import type { Config } from '../config/config-types.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { lastSnoozeDay } from '../domain/task-time.ts';
import { addToFile } from '../store/attendance-files.ts';
import type { Tx } from '../store/database.ts';
import { openTasksForMail, type TaskForMail } from '../store/open-tasks.ts';
import { snoozeTask } from '../store/task-told.ts';
import { APPROVE_BATCH, SENDING_STOPPED } from './batch-task.ts';
import type { Moment, Procedure } from './procedure.ts';
import { KILL_SWITCH } from './tell-of-kill-switch.ts';

export type SnoozeOutcome =
  | { readonly kind: 'snoozed'; readonly until: SchoolDate; readonly studentId: number | null }
  | { readonly kind: 'not-open' }
  /** It is about safety, or everything waits for it. */
  | { readonly kind: 'cannot-wait' }
  /** `last`: the last day that can be named; null: it cannot be put off any more. */
  | { readonly kind: 'bad-day'; readonly last: SchoolDate | null; readonly byLaw: boolean };

/** Something is wrong in the world outside for as long as these are open. */
const CANNOT_WAIT: ReadonlySet<string> = new Set([
  APPROVE_BATCH,
  SENDING_STOPPED,
  KILL_SWITCH,
  'pull-letter',
  'remove-packet',
  'packet-not-dropped',
  'officer-not-reached',
  'sent-by-mistake',
  'packet-taken',
  'tell-officer',
  'hold-flag-gone',
  'hold-flag-unread',
  'resolve-letter',
  'program-error',
]);

/** Whether a task of this kind can be put off at all. */
function canBeSnoozed(kind: string): boolean {
  return !CANNOT_WAIT.has(kind);
}

/** The last day until which a task can be put off; null: not at all. */
export function snoozeLimit(
  { staffMail }: Pick<Config, 'staffMail'>,
  procedure: Procedure,
  task: Pick<TaskForMail, 'kind' | 'deadline' | 'schoolSourcedId'>,
  today: SchoolDate,
): SchoolDate | null {
  if (!canBeSnoozed(task.kind)) return null;
  return lastSnoozeDay(task, staffMail.snoozeDays, procedure.calendarOf(task.schoolSourcedId), today);
}

/**
 * A person puts a task off until a day, with a reason: nobody is told of it before, and it counts anew from there. The
 * law leaves no more time by that.
 */
export async function putTaskOff(
  tx: Tx,
  config: Pick<Config, 'staffMail'>,
  procedure: Procedure,
  wish: { readonly ref: string; readonly until: SchoolDate; readonly by: string; readonly because: string },
  moment: Moment,
): Promise<SnoozeOutcome> {
  const [task] = await openTasksForMail(tx, { ref: wish.ref.toUpperCase() });
  if (task === undefined) return { kind: 'not-open' };
  if (!canBeSnoozed(task.kind)) return { kind: 'cannot-wait' };
  const last = snoozeLimit(config, procedure, task, moment.today);
  if (last === null || wish.until > last || wish.until <= moment.today)
    return {
      kind: 'bad-day',
      last,
      byLaw: task.deadline !== null && (last === null || last === task.deadline),
    };
  const { until, by, because } = wish;
  if (!(await snoozeTask(tx, { id: task.id, until, by, because, now: moment.now })))
    return { kind: 'not-open' };
  if (task.student !== null) {
    const student = { studentId: task.student.id, schoolYear: procedure.schoolYear.id, now: moment.now };
    await addToFile(tx, student, {
      onDate: moment.today,
      kind: 'task',
      title: `Task ${task.kind} put off until ${until} by ${by}`,
      detail: because,
    });
  }
  return { kind: 'snoozed', until, studentId: task.student?.id ?? null };
}
