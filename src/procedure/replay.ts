import { primaryEnrolment } from '../domain/counting.ts';
import { evaluateLadder } from '../domain/ladder.ts';
import type { Evaluation } from '../domain/ladder-facts.ts';
import { readCalendars } from '../store/calendars.ts';
import type { Db } from '../store/database.ts';
import { type KeptEvaluation, readKeptEvaluation } from '../store/evaluations.ts';
import { bookOf, listPolicies } from '../store/policies.ts';
import { loadRecords } from '../store/student-facts.ts';
import { resultHash, type StoredInputs } from './inputs.ts';
import { buildCalendars } from './procedure-book.ts';

export type Replay =
  /** Worked out again from its inputs, a stored evaluation has the result that was stored. */
  | { readonly kind: 'same' }
  | { readonly kind: 'another'; readonly evaluation: Evaluation }
  /** Something that it rests on is not kept: it is older than the keeping, or was purged. */
  | { readonly kind: 'not-kept'; readonly missing: 'inputs' | 'policy' | 'calendars' | 'records' };

/** Works a stored evaluation out again, from what was stored with it and nothing else. */
export async function replayEvaluation(
  db: Db,
  evaluationId: string,
): Promise<{ readonly stored: KeptEvaluation; readonly replay: Replay } | null> {
  const stored = await readKeptEvaluation(db, evaluationId);
  if (stored === null) return null;
  if (stored.inputs === null) return { stored, replay: { kind: 'not-kept', missing: 'inputs' } };
  return { stored, replay: await replay(db, stored.inputs as StoredInputs, stored.resultHash) };
}

async function replay(db: Db, inputs: StoredInputs, expected: string): Promise<Replay> {
  const kept = await listPolicies(db);
  const policyOf = (version: string | null) => kept.find((policy) => policy.version === version) ?? null;
  const [policy, previous] = [policyOf(inputs.policy), policyOf(inputs.previousPolicy)];
  if (policy === null || (inputs.previousPolicy !== null && previous === null))
    return { kind: 'not-kept', missing: 'policy' };
  const calendars = await readCalendars(db, inputs.calendars);
  if (calendars === null) return { kind: 'not-kept', missing: 'calendars' };
  const { records: ids, codes, ...outside } = inputs.outside;
  const records = await loadRecords(db, ids);
  if (records.length < ids.length) return { kind: 'not-kept', missing: 'records' };
  const calendarOf = buildCalendars(calendars);
  const primary = primaryEnrolment(outside.enrolments, inputs.today);
  const evaluation = evaluateLadder(
    {
      ...outside,
      records,
      codes: new Map(codes.map((code) => [code.sourcedId, code])),
      steps: inputs.steps,
      lettersOut: inputs.lettersOut,
    },
    {
      policies: bookOf({ policy, from: inputs.since, previous }, kept),
      calendar: calendarOf(primary?.schoolSourcedId ?? null),
      calendarOf,
      mode: inputs.mode,
      baseline: inputs.baseline,
    },
    inputs.today,
  );
  return resultHash(evaluation) === expected ? { kind: 'same' } : { kind: 'another', evaluation };
}
