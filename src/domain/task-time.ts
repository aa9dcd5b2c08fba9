import type { SchoolCalendar } from './calendar.ts';
import { addDays, earlierOf, type SchoolDate, weekday } from './school-date.ts';

/** Where a task stands in a list: the worst deadline first. */
export type DueGroup = 'overdue' | 'today' | 'this-week' | 'later';

export interface TaskTimes {
  readonly openedOn: SchoolDate;
  readonly dueOn: SchoolDate;
  /** The day on which it comes back; null: nobody has put it off. */
  readonly snoozedUntil: SchoolDate | null;
}

export interface TaskPatience {
  /** School days. */
  readonly remindAfterDays: number;
  readonly escalateAfterDays: number;
}

export interface TaskPressure {
  readonly group: DueGroup;
  /** It was told of before, long enough ago. */
  readonly reminder: boolean;
  /** Somebody above is told as well. */
  readonly escalated: boolean;
}

/** A week ends on its Sunday. */
export function dueGroup(dueOn: SchoolDate, today: SchoolDate): DueGroup {
  if (dueOn < today) return 'overdue';
  if (dueOn === today) return 'today';
  return dueOn <= addDays(today, 7 - weekday(today)) ? 'this-week' : 'later';
}

/** A task that is put off is nobody's until it comes back: it counts from that day then. */
export function isSnoozed({ snoozedUntil }: Pick<TaskTimes, 'snoozedUntil'>, today: SchoolDate): boolean {
  return snoozedUntil !== null && snoozedUntil > today;
}

/** Nobody above is told of a task before its own day is over, however long it has been open. */
export function pressureOf(
  task: TaskTimes,
  { remindAfterDays, escalateAfterDays }: TaskPatience,
  calendar: SchoolCalendar,
  today: SchoolDate,
): TaskPressure {
  const group = dueGroup(task.dueOn, today);
  if (isSnoozed(task, today)) return { group, reminder: false, escalated: false };
  const { openedOn, snoozedUntil } = task;
  const since = snoozedUntil !== null && snoozedUntil > openedOn ? snoozedUntil : openedOn;
  const waited = calendar.schoolDaysAfter(since, today);
  return {
    group,
    reminder: waited >= remindAfterDays,
    escalated: waited >= escalateAfterDays && group === 'overdue',
  };
}

/**
 * The last day until which a task can be put off: on it the law still leaves the time to do it. Null where it cannot be
 * put off at all.
 * @param task `deadline`: the last day that the law leaves; null: no law sets any
 */
export function lastSnoozeDay(
  task: { readonly deadline: SchoolDate | null },
  snoozeDays: number,
  calendar: SchoolCalendar,
  today: SchoolDate,
): SchoolDate | null {
  const longest = calendar.addSchoolDays(today, snoozeDays) ?? calendar.lastDay;
  const last = earlierOf(longest, task.deadline ?? longest);
  return last > today ? last : null;
}
