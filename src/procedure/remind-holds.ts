import { reminderDay } from '../domain/hold-kinds.ts';
import { addDays } from '../domain/school-date.ts';
import type { Db } from '../store/database.ts';
import { closeRemindersOfPast, holdsToRemind, holdTaskKey, markReminded } from '../store/holds.ts';
import { openTask } from '../store/tasks.ts';
import type { Moment, Procedure } from './procedure.ts';

/** Longer than any break with the most school days before it. */
const LOOK_AHEAD_DAYS = 200;

/**
 * Opens a task for the owner of each hold that ends soon, once, on a school day: the person, else the role, else the
 * administrators.
 * @param roleOf of a member of staff by the e-mail address; null for somebody who is not on the staff any more
 * @returns how many owners were reminded now
 */
export async function remindOfHolds(
  db: Db,
  procedure: Procedure,
  roleOf: (email: string) => string | null,
  moment: Moment,
): Promise<number> {
  const { today, now } = moment;
  const calendar = procedure.calendarOf(null);
  const { remindSchoolDays } = procedure.policy.holds;
  return db.transaction().execute(async (tx) => {
    await closeRemindersOfPast(tx, { on: today, now });
    const ending = await holdsToRemind(tx, { from: today, to: addDays(today, LOOK_AHEAD_DAYS) });
    let reminded = 0;
    for (const hold of ending) {
      if (reminderDay(hold, remindSchoolDays, calendar, today) !== today) continue;
      if (!(await markReminded(tx, hold.id, today))) continue;
      const isPerson = hold.owner.includes('@');
      await openTask(
        tx,
        {
          key: holdTaskKey('hold-ends', hold.id),
          kind: 'hold-ends',
          role: (isPerson ? roleOf(hold.owner) : hold.owner) ?? 'administrator',
          person: isPerson ? hold.owner : null,
          openedOn: today,
          // The last day on which the owner can still decide.
          dueOn: calendar.backSchoolDays(hold.ends ?? today, 1) ?? today,
          studentId: hold.studentId,
          schoolId: hold.schoolId,
          schoolYear: procedure.schoolYear.id,
          detail: `${hold.ref}, ${hold.kind}, until ${hold.ends}`,
        },
        now,
      );
      reminded += 1;
    }
    return reminded;
  });
}
