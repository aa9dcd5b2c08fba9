import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from '../store/database.ts';
import { evaluationOn } from '../store/evaluations.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { replayEvaluation } from './replay.ts';

/** What was decided about a student, and whether it still comes out the same. */
export interface DecisionOnRecord {
  readonly decidedOn: SchoolDate;
  readonly policyVersion: string;
  /** The hash of its inputs; empty for one that was stored before inputs were. */
  readonly inputs: string;
  readonly result: string;
  readonly recomputed: string;
}

const recomputedWords = {
  same: 'the same result',
  another: 'another result',
  inputs: 'not possible, its inputs were not kept',
  policy: 'not possible, its policy was not kept',
  calendars: 'not possible, its calendars were not kept',
  records: 'not possible, its rows were not kept',
} as const;

/** The evaluation that was in force on the date, and whether it can still be worked out from what was stored with it. */
export async function decisionOnRecord(
  db: Db,
  student: StudentYear,
  date: SchoolDate,
): Promise<DecisionOnRecord | null> {
  const id = await evaluationOn(db, student, date);
  const replayed = id === null ? null : await replayEvaluation(db, id);
  if (replayed === null) return null;
  const { stored, replay } = replayed;
  return {
    decidedOn: stored.asOf,
    policyVersion: stored.policyVersion,
    inputs: stored.inputHash,
    result: stored.resultHash,
    recomputed: recomputedWords[replay.kind === 'not-kept' ? replay.missing : replay.kind],
  };
}

export function decisionInWords(decision: DecisionOnRecord | null): string {
  if (decision === null) return 'Nothing was decided up to this day.';
  const rests = decision.inputs === '' ? '' : ` from inputs ${decision.inputs}`;
  return (
    `Decided on ${decision.decidedOn} under policy ${decision.policyVersion}${rests}, with result ${decision.result}. ` +
    `Recomputed from what was stored with it: ${decision.recomputed}.`
  );
}
