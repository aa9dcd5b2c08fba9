import type { Evaluation } from '../domain/ladder-facts.ts';
import type { Db, Tx } from '../store/database.ts';
import { clearEvaluationDue } from '../store/evaluation-due.ts';
import { loadStudentFacts } from '../store/student-facts.ts';
import { lockStudent } from '../store/student-locks.ts';
import { applyActions } from './apply-actions.ts';
import { assess } from './assess.ts';
import { lookNow } from './baseline.ts';
import { inputHash } from './inputs.ts';
import type { Decision } from './plan-letters.ts';
import type { Moment, Procedure } from './procedure.ts';
import { saveAssessed } from './save-assessed.ts';

/** Rows that a decision has made and that now wait for their job. */
export interface Decided {
  readonly kind: 'decided';
  readonly evaluation: Evaluation;
  readonly letters: readonly string[];
  readonly referrals: readonly string[];
}

export type DecideOutcome = Decided | { readonly kind: 'unknown-student' };

/** Decides about one student from state, in one transaction: running it twice changes nothing. */
export async function decideStudent(
  db: Db,
  procedure: Procedure,
  studentId: number,
  moment: Moment,
): Promise<DecideOutcome> {
  return db.transaction().execute(async (tx) => {
    await lockStudent(tx, studentId);
    // Before the facts are read: what becomes due from here on is not lost.
    await clearEvaluationDue(tx, [studentId]);
    const decided = await decideLocked(tx, procedure, studentId, moment);
    if (decided === null) return { kind: 'unknown-student' };
    return {
      kind: 'decided',
      evaluation: decided.assessment.evaluation,
      letters: decided.letters,
      referrals: decided.referrals,
    };
  });
}

export interface DecidedLocked extends Decision {
  readonly letters: readonly string[];
  readonly referrals: readonly string[];
}

/** The same inside a transaction that already holds the student's lock. */
export async function decideLocked(
  tx: Tx,
  procedure: Procedure,
  studentId: number,
  moment: Moment,
): Promise<DecidedLocked | null> {
  const decision = await look(tx, procedure, studentId, moment);
  if (decision === null) return null;
  return { ...decision, ...(await applyActions(tx, procedure, decision, moment)) };
}

/**
 * For a re-check before hand-over: on the same records, but what follows from them (tasks, schools, contracts) is not
 * gone through once more where an evaluation of the same day has done so and nothing has come from outside since.
 */
export async function decideAgain(
  tx: Tx,
  procedure: Procedure,
  studentId: number,
  moment: Moment,
): Promise<DecidedLocked | null> {
  const decision = await look(tx, procedure, studentId, moment);
  if (decision === null) return null;
  const { last } = decision.facts;
  const { evaluation, inputs } = decision.assessment;
  const isFollowed = last?.asOf === evaluation.asOf && last.inputHash === inputHash(inputs);
  if (isFollowed && evaluation.actions.length === 0) return { ...decision, letters: [], referrals: [] };
  return { ...decision, ...(await applyActions(tx, procedure, decision, moment)) };
}

async function look(
  tx: Tx,
  procedure: Procedure,
  studentId: number,
  moment: Moment,
): Promise<Decision | null> {
  const facts = await loadStudentFacts(tx, { id: studentId, schoolYear: procedure.schoolYear.id });
  if (facts === null) return null;
  const assessment = assess(facts, procedure, await lookNow(tx, procedure, moment));
  const evaluationIds = await saveAssessed(tx, procedure, [{ facts, assessment }], moment);
  return { facts, assessment, evaluationId: evaluationIds.get(studentId) ?? '' };
}
