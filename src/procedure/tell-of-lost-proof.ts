import type { Tx } from '../store/database.ts';
import { homeSchoolOf } from '../store/home-school.ts';
import type { Letter } from '../store/letters.ts';
import { referralsResting } from '../store/referrals.ts';
import { openTask } from '../store/tasks.ts';
import type { Moment } from './procedure.ts';

const TELL_OFFICER = 'tell-officer';

/**
 * A letter that has come back stands in a delivered attendance file as one that was sent: the administrator tells the
 * officer, the same day.
 */
export async function tellOfLostProof(tx: Tx, letter: Letter, moment: Moment): Promise<void> {
  for (const referral of await referralsResting(tx, letter.id)) {
    await openTask(
      tx,
      {
        key: `${TELL_OFFICER}:${referral.id}:${letter.id}`,
        kind: TELL_OFFICER,
        role: 'administrator',
        openedOn: moment.today,
        dueOn: moment.today,
        studentId: letter.studentId,
        schoolId: (await homeSchoolOf(tx, letter.studentId, moment.today))?.id ?? referral.schoolId,
        schoolYear: letter.schoolYear,
        step: referral.step,
        referralId: referral.id,
        letterId: letter.id,
        detail: `case ${referral.ref}, letter ${letter.ref}`,
      },
      moment.now,
    );
  }
}
