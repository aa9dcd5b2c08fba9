import { type Db, inTransaction } from '../store/database.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import { type PreExistingFilter, releasePreExisting } from '../store/pre-existing.ts';
import { stopOwnWork } from './own-work.ts';
import type { Moment, Procedure } from './procedure.ts';

/**
 * A person says that steps which were left to the school are to be acted on: they are owed from the next look on.
 * @returns the steps that were released now
 */
export async function releaseSteps(
  db: Db,
  procedure: Procedure,
  filter: PreExistingFilter,
  release: { readonly by: string; readonly because: string },
  moment: Moment,
): Promise<readonly { readonly studentId: number; readonly step: string }[]> {
  const schoolYear = procedure.schoolYear.id;
  return inTransaction(db, async (tx) => {
    const released = await releasePreExisting(tx, schoolYear, filter, { ...release, now: moment.now });
    for (const { studentId, step } of released) {
      // Two would otherwise send the same.
      await stopOwnWork(tx, { studentId, schoolYear, step }, 'released', moment);
    }
    const students = [...new Set(released.map(({ studentId }) => studentId))];
    await markEvaluationDue(tx, students, 'released', moment.now);
    return released;
  });
}
