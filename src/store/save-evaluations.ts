import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { isOwedAfresh } from '../domain/apply-evaluation.ts';
import { formatDays } from '../domain/days.ts';
import type { Evaluation, StepRecord, StepVerdict } from '../domain/ladder-facts.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Db, PREPARED } from './database.ts';
import type { StoredFacts } from './student-facts.ts';

/** One student's evaluation on its way into the database. */
export interface Evaluated {
  readonly facts: StoredFacts;
  readonly evaluation: Evaluation;
  /** The school whose mode it went by. */
  readonly homeSchoolId: number | null;
  /** What it was worked out from. */
  readonly inputs: object;
  readonly inputHash: string;
  readonly resultHash: string;
}

/** A new input, a new result or something to do: anything else is the evaluation that is in force already. */
export function isNews({ facts: { last }, evaluation, inputHash, resultHash }: Evaluated): boolean {
  return (
    last === null ||
    last.inputHash !== inputHash ||
    last.resultHash !== resultHash ||
    evaluation.actions.length > 0
  );
}

/**
 * Stores evaluations with the inputs, rules and policy version behind them. One that rests on the same inputs and
 * decides nothing new stores nothing: only the day of the next look moves. In a constant number of statements.
 * @param at the moment, and the version of the calendars they were worked out with.
 * @returns the id of the evaluation that is in force, by student.
 */
export async function saveEvaluations(
  tx: Db,
  schoolYear: string,
  evaluated: readonly Evaluated[],
  at: { readonly now: Date; readonly calendarVersion: string },
): Promise<ReadonlyMap<number, string>> {
  const news = evaluated.filter(isNews).map((one) => ({ ...one, id: randomUUID() }));
  const ids = new Map([
    ...evaluated.flatMap(({ facts }) =>
      facts.last === null ? [] : [[facts.studentId, facts.last.id] as const],
    ),
    ...news.map(({ facts, id }) => [facts.studentId, id] as const),
  ]);
  await insertEvaluations(tx, schoolYear, news, at.now);
  await saveLadders(tx, schoolYear, evaluated, ids, at.calendarVersion);
  await saveSteps(tx, schoolYear, news, at.now);
  await insertEvents(tx, schoolYear, news, at.now);
  return ids;
}

/** The rows go as one value: the statement has the same text for any number of them. */
async function insertEvaluations(
  tx: Db,
  schoolYear: string,
  news: readonly (Evaluated & { readonly id: string })[],
  now: Date,
): Promise<void> {
  if (news.length === 0) return;
  const rows = news.map(({ id, facts, evaluation, inputs, inputHash, resultHash }) => ({
    id,
    student_id: facts.studentId,
    as_of: evaluation.asOf,
    policy_version: evaluation.policyVersion,
    mode: evaluation.mode,
    input_hash: inputHash,
    inputs,
    result_hash: resultHash,
    result: evaluation,
  }));
  await sql`
    ${PREPARED} insert into evaluation (id, student_id, school_year, as_of, evaluated_at, policy_version, mode, input_hash, inputs,
      result_hash, result)
    select id, student_id, ${schoolYear}, as_of, ${now}, policy_version, mode, input_hash, inputs, result_hash, result
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row (id uuid, student_id int, as_of date,
      policy_version text, mode text, input_hash text, inputs jsonb, result_hash text, result jsonb)`.execute(
    tx,
  );
}

async function saveLadders(
  tx: Db,
  schoolYear: string,
  evaluated: readonly Evaluated[],
  ids: ReadonlyMap<number, string>,
  calendarVersion: string,
): Promise<void> {
  if (evaluated.length === 0) return;
  const rows = evaluated.map(({ facts, evaluation, homeSchoolId, inputHash, resultHash }) => ({
    student_id: facts.studentId,
    evaluation_id: ids.get(facts.studentId),
    evaluated_as_of: evaluation.asOf,
    next_look_on: evaluation.nextLookOn,
    policy_version: evaluation.policyVersion,
    input_hash: inputHash,
    result_hash: resultHash,
    total: formatDays(evaluation.total),
    mode: evaluation.mode,
    home_school_id: homeSchoolId,
  }));
  await sql`
    ${PREPARED} insert into ladder (student_id, school_year, evaluation_id, evaluated_as_of, next_look_on, policy_version,
      calendar_version, input_hash, result_hash, total, mode, home_school_id)
    select student_id, ${schoolYear}, evaluation_id, evaluated_as_of, next_look_on, policy_version,
      ${calendarVersion}, input_hash, result_hash, total, mode, home_school_id
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row (student_id int, evaluation_id uuid,
      evaluated_as_of date, next_look_on date, policy_version text, input_hash text, result_hash text, total numeric,
      mode text, home_school_id int)
    on conflict (student_id, school_year) do update set evaluation_id = excluded.evaluation_id,
      evaluated_as_of = excluded.evaluated_as_of, next_look_on = excluded.next_look_on,
      policy_version = excluded.policy_version, calendar_version = excluded.calendar_version,
      input_hash = excluded.input_hash, result_hash = excluded.result_hash, total = excluded.total,
      mode = excluded.mode, home_school_id = excluded.home_school_id`.execute(tx);
}

async function saveSteps(
  tx: Db,
  schoolYear: string,
  news: readonly (Evaluated & { readonly id: string })[],
  now: Date,
): Promise<void> {
  const rows = news.flatMap(({ id, facts, evaluation }) =>
    evaluation.steps.flatMap((verdict) => {
      if (verdict.state === null) return [];
      const known = facts.steps.find((step) => step.step === verdict.step);
      const owedAfresh = isOwedAfresh(verdict, known);
      return {
        student_id: facts.studentId,
        step: verdict.step,
        state: verdict.state,
        count: formatDays(verdict.count),
        owed_on: known === undefined || owedAfresh ? evaluation.asOf : known.owedOn,
        taken_on: takenOn(verdict, owedAfresh ? null : (known?.takenOn ?? null), evaluation.asOf),
        superseded: verdict.superseded,
        skipped_for: verdict.skippedFor,
        acted: owedAfresh ? false : (known?.acted ?? false),
        blocks: verdict.blocks,
        reason: verdict.reason,
        round: verdict.round,
        shadow: verdict.shadow,
        reached_by: verdict.reachedBy,
        policy_version: keepsItsPolicy(verdict, known) ? known?.policyVersion : verdict.policyVersion,
        // What was approved is not what is owed afresh.
        approval: owedAfresh ? null : (known?.approval ?? null),
        evaluation_id: id,
      };
    }),
  );
  if (rows.length === 0) return;
  await sql`
    ${PREPARED} insert into ladder_step (student_id, school_year, step, state, count, owed_on, taken_on, superseded, skipped_for,
      acted, blocks, reason, round, shadow, reached_by, policy_version, approval, evaluation_id, changed_at)
    select student_id, ${schoolYear}, step, state, count, owed_on, taken_on, superseded, skipped_for,
      acted, blocks, reason, round, shadow, reached_by, policy_version, approval, evaluation_id, ${now}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row (student_id int, step text, state text,
      count numeric, owed_on date, taken_on date, superseded boolean, skipped_for text, acted boolean, blocks jsonb,
      reason text, round int, shadow boolean, reached_by text, policy_version text,
      approval text, evaluation_id uuid)
    on conflict (student_id, school_year, step) do update set state = excluded.state, count = excluded.count,
      owed_on = excluded.owed_on, taken_on = excluded.taken_on, superseded = excluded.superseded,
      skipped_for = excluded.skipped_for, acted = excluded.acted, blocks = excluded.blocks, reason = excluded.reason,
      round = excluded.round, shadow = excluded.shadow, reached_by = excluded.reached_by,
      policy_version = excluded.policy_version, approval = excluded.approval,
      approval_ref = case when excluded.approval is not null then ladder_step.approval_ref end,
      approval_by = case when excluded.approval is not null then ladder_step.approval_by end,
      approval_because = case when excluded.approval is not null then ladder_step.approval_because end,
      approval_at = case when excluded.approval is not null then ladder_step.approval_at end,
      outside = ladder_step.outside and excluded.state = 'taken' and excluded.round = ladder_step.round,
      released_by = case when excluded.reason <> 'shadow-ended' then ladder_step.released_by end,
      released_because = case when excluded.reason <> 'shadow-ended' then ladder_step.released_because end,
      released_at = case when excluded.reason <> 'shadow-ended' then ladder_step.released_at end,
      evaluation_id = excluded.evaluation_id, changed_at = excluded.changed_at`.execute(tx);
}

/** What was taken, withdrawn or left to the school stays under the policy that owed it; what waits goes by the new one. */
function keepsItsPolicy(verdict: StepVerdict, known: StepRecord | undefined): boolean {
  if (known === undefined) return false;
  if (verdict.state === 'withdrawn') return true;
  const stays = verdict.state === known.state && verdict.round === known.round;
  return stays && (verdict.state === 'taken' || verdict.state === 'pre-existing');
}

async function insertEvents(
  tx: Db,
  schoolYear: string,
  news: readonly (Evaluated & { readonly id: string })[],
  now: Date,
): Promise<void> {
  const rows = news.flatMap(({ id, facts, evaluation }) =>
    evaluation.steps.flatMap((verdict) => {
      const known = facts.steps.find((step) => step.step === verdict.step);
      const moved =
        known?.state !== verdict.state ||
        known.superseded !== verdict.superseded ||
        known.round !== verdict.round;
      if (verdict.state === null || !moved) return [];
      return {
        student_id: facts.studentId,
        school_year: schoolYear,
        step: verdict.step,
        from_state: known?.state ?? null,
        to_state: verdict.superseded ? 'superseded' : verdict.state,
        reason: verdict.reason,
        as_of: evaluation.asOf,
        at: now,
        evaluation_id: id,
      };
    }),
  );
  if (rows.length > 0) await tx.insertInto('ladder_event').values(rows).execute();
}

/** A contact step is taken by the evaluation itself; a letter or referral only when something has left. */
function takenOn(verdict: StepVerdict, known: SchoolDate | null, asOf: SchoolDate): SchoolDate | null {
  return verdict.state === 'taken' ? (known ?? asOf) : null;
}
