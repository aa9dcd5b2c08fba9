import { hasBeenReached } from '../domain/written-before.ts';
import { cancelLetters } from '../store/cancel-letters.ts';
import type { Tx } from '../store/database.ts';
import { forgetRecipients, keepRecipients } from '../store/letter-recipients.ts';
import { planLetter, type Reissue, reachedBefore } from '../store/plan-letter.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import type { Assessment } from './assess.ts';
import type { Moment, Procedure } from './procedure.ts';

/** An evaluation as it was stored, with what it rests on. */
export interface Decision {
  readonly facts: StoredFacts;
  readonly assessment: Assessment;
  readonly evaluationId: string;
}

/**
 * Plans one letter per recipient, or joint ones, for a round of a step. A guardian who has a live letter for it gets no
 * second, nor does another record of the same person; one that an earlier round has not sent never leaves.
 * @param onlyFor replaces letters of these guardians, or with none that of the student; everybody else gets nothing new
 * @param reissue the letter that these go instead of, who asked for it, and why; `onPaper`: whatever the address is
 * @returns the ids of the letters planned now
 */
export async function planLetters(
  tx: Tx,
  procedure: Procedure,
  decision: Decision,
  action: { readonly step: string; readonly template: string },
  moment: Moment,
  onlyFor: readonly number[] | null = null,
  reissue: (Reissue & { readonly onPaper?: boolean }) | null = null,
): Promise<string[]> {
  const { facts, assessment } = decision;
  const verdict = assessment.evaluation.steps.find((step) => step.step === action.step);
  if (verdict === undefined)
    throw new Error(`the evaluation plans letters for ${action.step} without a verdict on it`);
  const { evaluationId } = decision;
  const student = { studentId: facts.studentId, schoolYear: procedure.schoolYear.id };
  const round = { ...student, step: action.step, round: verdict.round };
  await cancelLetters(tx, { ...student, step: action.step, beforeRound: verdict.round }, 'new-round');
  const letters = assessment.recipients.letters.filter(
    ({ guardianIds, toStudent }) =>
      onlyFor === null || (toStudent ? onlyFor.length === 0 : guardianIds.some((id) => onlyFor.includes(id))),
  );
  if (letters.length === 0) return [];
  // Who has a letter replaced is meant by that very record.
  const reached = onlyFor === null ? await reachedBefore(tx, round, evaluationId) : [];
  const people = new Map(facts.guardians.map((guardian) => [guardian.id, guardian]));
  const recipientsId = await keepRecipients(tx, {
    ...round,
    evaluationId,
    people: assessment.recipients.people,
    on: moment.today,
    now: moment.now,
  });
  const planned: string[] = [];
  for (const letter of letters) {
    const id = await planLetter(
      tx,
      {
        ...round,
        districtId: procedure.districtId,
        studentSourcedId: facts.sourcedId,
        schoolId: requireSchool(decision),
        template: action.template,
        channel: reissue?.onPaper ? 'paper' : letter.channel,
        channelReason: reissue?.onPaper ? 'reissued-on-paper' : letter.channelReason,
        language: letter.language,
        email: letter.email,
        address: letter.address,
        asOf: verdict.settledThrough ?? moment.today,
        count: verdict.count,
        policyVersion: procedure.policy.version,
        evaluationId,
        shadow: verdict.shadow,
        toStudent: letter.toStudent,
        recipientsId,
        reissue,
        guardians: letter.guardianIds
          .flatMap((id) => people.get(id) ?? [])
          .filter(({ id }) => onlyFor === null || onlyFor.includes(id))
          .filter((person) => !hasBeenReached(person, reached))
          .map(({ id, sourcedId }) => ({ id, sourcedId })),
      },
      moment.now,
    );
    if (id !== null) planned.push(id);
  }
  if (planned.length === 0) await forgetRecipients(tx, recipientsId);
  return planned;
}

/** @throws Error for a student who is enrolled nowhere: the ladder blocks every action for those */
export function requireSchool(decision: Decision): number {
  if (decision.assessment.primarySchoolId === null) {
    throw new Error(
      'a student who is enrolled nowhere cannot be acted on: the ladder should have blocked this',
    );
  }
  return decision.assessment.primarySchoolId;
}
