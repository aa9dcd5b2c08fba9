import { addDays } from '../domain/school-date.ts';
import { contractsToRemind, markReminded } from '../store/contract-drafts.ts';
import type { Db } from '../store/database.ts';
import { openTask } from '../store/tasks.ts';
import { contractWork, endsTaskKey } from './follow-contracts.ts';
import { type Moment, modeOf, type Procedure } from './procedure.ts';

/** Longer than any break with the most school days before it. */
const LOOK_AHEAD_DAYS = 200;

/**
 * Reminds staff once of each attendance contract that ends soon, so that they can renew it in time.
 * @param schoolDays before its last day; 0: nobody is reminded
 * @returns how many are told of now
 */
export async function remindOfContracts(
  db: Db,
  procedure: Procedure,
  schoolDays: number,
  { today, now }: Moment,
): Promise<number> {
  if (schoolDays === 0) return 0;
  const at = { schoolYear: procedure.schoolYear.id, from: today, to: addDays(today, LOOK_AHEAD_DAYS) };
  return db.transaction().execute(async (tx) => {
    let reminded = 0;
    for (const contract of await contractsToRemind(tx, at)) {
      const calendar = procedure.calendarOf(contract.schoolSourcedId);
      const day = calendar.backSchoolDays(contract.ends, schoolDays + 1) ?? calendar.firstDay;
      if (today < day || modeOf(procedure.modes, contract.schoolSourcedId) === 'shadow') continue;
      await markReminded(tx, contract.id, today);
      const { studentId, schoolYear, schoolId, ref, ends } = contract;
      await openTask(
        tx,
        {
          key: endsTaskKey(contract.id),
          kind: 'contract-ends',
          role: contractWork(procedure.policy).role,
          openedOn: today,
          dueOn: ends,
          studentId,
          schoolId,
          schoolYear,
          detail: `${ref}, until ${ends}`,
        },
        now,
      );
      reminded += 1;
    }
    return reminded;
  });
}
