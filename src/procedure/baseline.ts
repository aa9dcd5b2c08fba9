import { earlierOf } from '../domain/school-date.ts';
import { closeBaseline, leaveToSchool, leftOfBaseline, readBaseline } from '../store/baseline.ts';
import type { Db } from '../store/database.ts';
import type { Look } from './assess.ts';
import type { Moment, Procedure } from './procedure.ts';

/**
 * How students are looked at now. While the baseline is open, every look is one of it: on the day of the first read,
 * whatever the day is by now, and what is reached then is left to the school. So nothing can leave before every student
 * was looked at in this way, wherever a process has died.
 */
export async function lookNow(db: Db, procedure: Procedure, { now, today }: Moment): Promise<Look> {
  const baseline = await readBaseline(db, procedure.schoolYear.id);
  if (baseline?.state !== 'open') return { now, today, baseline: false };
  return { now, today: earlierOf(baseline.asOf, today), baseline: true };
}

/**
 * Closes the baseline once every student was looked at. Who could not be evaluated is left to the school on every step,
 * so that one student neither holds up a district nor is written to because nobody could see.
 * @returns whether it was closed now.
 */
export async function settleBaseline(db: Db, procedure: Procedure, moment: Moment): Promise<boolean> {
  const { schoolYear, policy } = procedure;
  if ((await readBaseline(db, schoolYear.id))?.state !== 'open') return false;
  return db.transaction().execute(async (tx) => {
    const { toCome, givenUp } = await leftOfBaseline(tx, schoolYear.id);
    if (toCome > 0) return false;
    await leaveToSchool(tx, givenUp, {
      schoolYear: schoolYear.id,
      steps: policy.steps,
      policyVersion: policy.version,
      on: moment.today,
      now: moment.now,
    });
    return closeBaseline(tx, schoolYear.id, moment.now);
  });
}
