import { OURSELVES } from '../domain/audit.ts';
import type { PersonDecision } from '../domain/recipients.ts';
import { hasItAlready } from '../domain/same-person.ts';
import { cancelLetters } from '../store/cancel-letters.ts';
import type { Tx } from '../store/database.ts';
import { forgetRecipients, keepRecipients } from '../store/letter-recipients.ts';
import { planLetter, type Reissue } from '../store/plan-letter.ts';
import { roundAddressees } from '../store/round-addressees.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import type { Assessment } from './assess.ts';
import { meantNow } from './meant-now.ts';
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
  const meant = onlyFor === null ? null : await meantNow(tx, decision, round, onlyFor);
  const letters = assessment.recipients.letters.filter(
    ({ guardianIds, toStudent }) =>
      meant === null || (toStudent ? meant.length === 0 : guardianIds.some((id) => meant.includes(id))),
  );
  if (letters.length === 0) return [];
  // A person who issues a letter once more means that very record.
  const isAsked = reissue !== null && reissue.by !== OURSELVES;
  const addressees = isAsked ? [] : await roundAddressees(tx, round);
  const leftOut = new Set(
    facts.guardians.filter((record) => hasItAlready(record, addressees)).map(({ id }) => id),
  );
  const sourcedIds = new Map(facts.guardians.map(({ id, sourcedId }) => [id, sourcedId]));
  const recipientsId = await keepRecipients(tx, {
    ...round,
    evaluationId,
    people: withoutThose(assessment.recipients.people, leftOut),
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
          .filter((id) => (meant === null || meant.includes(id)) && !leftOut.has(id))
          .map((id) => ({ id, sourcedId: sourcedIds.get(id) ?? String(id) })),
      },
      moment.now,
    );
    if (id !== null) planned.push(id);
  }
  if (planned.length === 0) await forgetRecipients(tx, recipientsId);
  return planned;
}

/** What is kept of the choice says of those who have the letter under another record that they get none. */
function withoutThose(people: readonly PersonDecision[], leftOut: ReadonlySet<number>): PersonDecision[] {
  return people.map((person) => {
    const { outcome } = person;
    if (outcome.kind === 'no-letter') return person;
    if (leftOut.has(person.personId))
      return { ...person, outcome: { kind: 'no-letter', reason: 'has-it-already' } };
    return {
      ...person,
      outcome: { ...outcome, jointWith: outcome.jointWith.filter((id) => !leftOut.has(id)) },
    };
  });
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
