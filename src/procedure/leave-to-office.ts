import { cancelLetters } from '../store/cancel-letters.ts';
import type { Tx } from '../store/database.ts';
import type { Letter } from '../store/letters.ts';
import type { Referral } from '../store/referrals.ts';
import { turnIntoShadow } from '../store/shadows.ts';
import { closeTasks } from '../store/tasks.ts';
import { withdrawReferral } from '../store/withdraw-referral.ts';
import { type DecidedLocked, decideLocked } from './decide.ts';
import { openReferralOf } from './open-referral.ts';
import { askForOwnWork } from './own-work.ts';
import { gapsTaskKey } from './packet-delivery.ts';
import { planLetters } from './plan-letters.ts';
import type { Moment, Procedure } from './procedure.ts';

/** Planned while the school was live, and by now the office sends its own. */
export const LEFT_TO_SCHOOL = 'left-to-school';

/**
 * A letter that was planned for real has not left, and the school has its tasks only by now: it is cancelled, and the
 * office is asked to send its own. A step that is still owed goes on as a shadow; one that another of its letters has
 * taken stays taken.
 */
export async function leaveLetterToOffice(
  tx: Tx,
  procedure: Procedure,
  letter: Letter,
  decided: DecidedLocked,
  moment: Moment,
): Promise<void> {
  await cancelLetters(tx, { letterId: letter.id }, LEFT_TO_SCHOOL);
  const { studentId, schoolYear, step, schoolId } = letter;
  await askForOwnWork(tx, procedure, { studentId, schoolYear, step, what: 'letter', schoolId }, moment);
  if (decided.assessment.evaluation.steps.find((one) => one.step === step)?.state !== 'owed') return;
  const shadow = await decideAsShadow(tx, procedure, letter, moment);
  if (shadow !== null) await planLetters(tx, procedure, shadow, letter, moment, letter.guardianIds);
}

/** The same for a referral whose packet has not left. */
export async function leaveReferralToOffice(
  tx: Tx,
  procedure: Procedure,
  referral: Referral,
  moment: Moment,
): Promise<void> {
  await withdrawReferral(tx, referral, moment.now);
  const closed = { reason: LEFT_TO_SCHOOL, on: moment.today, now: moment.now };
  await closeTasks(tx, { keys: [gapsTaskKey(referral.id)] }, closed);
  const shadow = await decideAsShadow(tx, procedure, referral, moment);
  if (shadow !== null) await openReferralOf(tx, procedure, shadow, referral.step, moment);
}

async function decideAsShadow(
  tx: Tx,
  procedure: Procedure,
  { studentId, schoolYear, step }: { studentId: number; schoolYear: string; step: string },
  moment: Moment,
): Promise<DecidedLocked | null> {
  await turnIntoShadow(tx, { studentId, schoolYear }, step, moment.now);
  return decideLocked(tx, procedure, studentId, moment);
}
