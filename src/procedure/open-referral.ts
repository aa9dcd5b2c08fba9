import type { Tx } from '../store/database.ts';
import { openReferral } from '../store/referrals.ts';
import { askForOwnWork } from './own-work.ts';
import { type Decision, requireSchool } from './plan-letters.ts';
import type { Moment, Procedure } from './procedure.ts';

/**
 * Opens the referral of a step as it was judged. Where the school sends its own, the office is asked for it.
 * @returns its id, or null when one is under way or delivered
 */
export async function openReferralOf(
  tx: Tx,
  procedure: Procedure,
  decision: Decision,
  step: string,
  moment: Moment,
): Promise<string | null> {
  const { evaluation } = decision.assessment;
  const verdict = evaluation.steps.find((one) => one.step === step);
  const shadow = verdict?.shadow ?? false;
  const schoolId = requireSchool(decision);
  const atStep = { studentId: decision.facts.studentId, schoolYear: procedure.schoolYear.id, step };
  if (shadow && evaluation.mode === 'tasks')
    await askForOwnWork(
      tx,
      procedure,
      { ...atStep, what: 'referral', schoolId, deadline: verdict?.deadline ?? null },
      moment,
    );
  return openReferral(tx, {
    ...atStep,
    round: verdict?.round ?? 1,
    schoolId,
    evaluationId: decision.evaluationId,
    policyVersion: procedure.policy.version,
    shadow,
    on: moment.today,
    now: moment.now,
  });
}
