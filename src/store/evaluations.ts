import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { isOwedAfresh } from '../domain/apply-evaluation.ts';
import { formatDays } from '../domain/days.ts';
import type { Evaluation, StepRecord, StepState, StepVerdict } from '../domain/ladder-facts.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Db, PREPARED, type Tx } from './database.ts';
import type { StoredFacts } from './student-facts.ts';

export interface StudentYear {
  readonly studentId: number;
  readonly schoolYear: string;
}

/** Serialises everything that decides about one student, until the transaction ends. */
export async function lockStudent(tx: Db, studentId: number): Promise<void> {
  await sql`${PREPARED} select pg_advisory_xact_lock(hashtext('rollcall student'), ${studentId}::int)`.execute(
    tx,
  );
}

/** The same for several, in the order in which everybody takes them. */
export async function lockStudents(tx: Db, studentIds: readonly number[]): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(hashtext('rollcall student'), id)
    from (select id from unnest(${studentIds}::int[]) id order by id) ordered`.execute(tx);
}

/** Locks those of the students whom nobody else is deciding about, and waits for none. @returns their ids */
export async function tryLockStudents(tx: Db, studentIds: readonly number[]): Promise<number[]> {
  const result = await sql<{ id: number }>`
    select id from unnest(${studentIds}::int[]) id
    where pg_try_advisory_xact_lock(hashtext('rollcall student'), id)`.execute(tx);
  return result.rows.map((row) => row.id);
}

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

/** Marks that letters of a step were planned or its referral opened, so that the next evaluation does not ask again. */
export async function markActed(tx: Db, student: StudentYear, step: string, now: Date): Promise<void> {
  await stepOf(tx, student, step).set({ acted: true, changed_at: now }).execute();
}

/** The letters of an owed step are gone: the next evaluation plans anew, or says that nobody may be written to. */
export async function clearActed(tx: Db, student: StudentYear, step: string, now: Date): Promise<void> {
  await stepOf(tx, student, step)
    .where('state', '=', 'owed')
    .set({ acted: false, changed_at: now })
    .execute();
  await markEvaluationDue(tx, [student.studentId], 'letters-cancelled', now);
}

/**
 * Records that a round of a step was taken: its first letter was handed over or posted, or its packet has left.
 * @returns false when it was taken before, or has begun another round since.
 */
export async function takeStep(
  tx: Db,
  student: StudentYear,
  taken: {
    step: string;
    round: number;
    on: SchoolDate;
    reason: string;
    now: Date;
    /** Not set: `owed` only. Others where it had been stopped, and has left all the same. */
    from?: readonly StepState[];
  },
): Promise<boolean> {
  const { studentId, schoolYear } = student;
  const { rows } = await sql<{ id: number }>`
    ${PREPARED} with was as (
      select state from ladder_step
      where student_id = ${studentId}::int and school_year = ${schoolYear} and step = ${taken.step}
        and state = any(${[...(taken.from ?? ['owed'])]}::text[]) and round = ${taken.round}::int
      for update
    ), taken as (
      update ladder_step set state = 'taken', taken_on = ${taken.on}::date, acted = true, blocks = '[]',
        reason = ${taken.reason}, changed_at = ${taken.now}
      where student_id = ${studentId}::int and school_year = ${schoolYear} and step = ${taken.step}
        and exists (select from was)
      returning student_id, school_year, step, evaluation_id
    ), told as (
      insert into ladder_event (student_id, school_year, step, from_state, to_state, reason, as_of, at, evaluation_id)
      select taken.student_id, taken.school_year, taken.step, was.state, 'taken', ${taken.reason}, ${taken.on}::date,
        ${taken.now}, taken.evaluation_id
      from was, taken
    ), due as (
      insert into evaluation_due (student_id, reason, since) select student_id, 'step-taken', ${taken.now} from taken
      on conflict (student_id) do update set reason = excluded.reason, since = excluded.since, attempts = 0
    )
    select student_id as id from taken`.execute(tx);
  return rows.length > 0;
}

/**
 * Takes a step by what the school has sent by itself. Of several letters of a step the latest one counts: it took the
 * round that stands, and what would be owed once more is measured from it. What Rollcall has taken stays as it is; only
 * a letter that is younger than the correction by which Rollcall's was superseded is none of Rollcall's own, and of a
 * later round.
 * @param taken `on`: the day on which it was sent
 * @returns `taken`: by this one; `earlier`: the school had taken it, with a later one; `by-rollcall`: it stays so
 */
export async function takeOutside(
  tx: Tx,
  student: StudentYear,
  taken: { step: string; on: SchoolDate; policyVersion: string; now: Date },
): Promise<'taken' | 'earlier' | 'by-rollcall'> {
  const known = await tx
    .selectFrom('ladder_step')
    .select(['state', 'outside'])
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('step', '=', taken.step)
    .executeTakeFirst();
  const result = await sql`
    insert into ladder_step (student_id, school_year, step, state, count, owed_on, taken_on, superseded, acted, blocks,
      reason, policy_version, outside, changed_at)
    values (${student.studentId}, ${student.schoolYear}, ${taken.step}, 'taken', 0, ${taken.on}, ${taken.on}, false,
      true, '[]', 'sent-by-school', ${taken.policyVersion}, true, ${taken.now})
    on conflict (student_id, school_year, step) do update set state = 'taken', taken_on = excluded.taken_on,
      owed_on = case when ladder_step.outside then excluded.owed_on else ladder_step.owed_on end,
      superseded = false, skipped_for = null, acted = true, blocks = '[]', reason = excluded.reason, outside = true,
      shadow = false, changed_at = excluded.changed_at
    where ladder_step.state <> 'taken' or ladder_step.shadow
      or ladder_step.outside and excluded.taken_on > ladder_step.taken_on
      or ladder_step.superseded and excluded.taken_on > (
        select max(e.as_of) from ladder_event e
        where e.student_id = ladder_step.student_id and e.school_year = ladder_step.school_year
          and e.step = ladder_step.step and e.to_state = 'superseded')`.execute(tx);
  if (Number(result.numAffectedRows ?? 0) === 0) return known?.outside ? 'earlier' : 'by-rollcall';
  await tx
    .insertInto('ladder_event')
    .values({
      student_id: student.studentId,
      school_year: student.schoolYear,
      step: taken.step,
      from_state: known?.state ?? null,
      to_state: 'taken',
      reason: 'sent-by-school',
      as_of: taken.on,
      at: taken.now,
    })
    .execute();
  await markEvaluationDue(tx, [student.studentId], 'step-taken', taken.now);
  return 'taken';
}

/**
 * A letter that had taken a step was never sent: the step rests on the latest one that is left, or is what it was before
 * the first of them. Where it was left to the school or skipped, it is the school's until a person releases it.
 * @param left the day of the latest letter that is left; null: none is
 * @returns `forgotten`: it was never owed before, and nothing is on record of it now.
 */
export async function releaseOutside(
  tx: Tx,
  student: StudentYear,
  { step, left, now }: { step: string; left: SchoolDate | null; now: Date },
): Promise<'kept' | 'restored' | 'forgotten'> {
  await markEvaluationDue(tx, [student.studentId], 'import-removed', now);
  const taken = () => stepOf(tx, student, step).where('state', '=', 'taken').where('outside', '=', true);
  const lastOwn = await eventsOf(tx, student, step)
    .select(['id', 'as_of'])
    .where('to_state', 'in', ['taken', 'superseded'])
    .where('reason', '<>', 'sent-by-school')
    .orderBy('id', 'desc')
    .executeTakeFirst();
  const first = await eventsOf(tx, student, step)
    .select('from_state')
    .where('id', '>', lastOwn?.id ?? '0')
    .where('reason', '=', 'sent-by-school')
    .where(({ eb, or }) => or([eb('from_state', 'is', null), eb('from_state', '<>', 'taken')]))
    .orderBy('id', 'desc')
    .executeTakeFirst();
  const isYounger = left !== null && (lastOwn === undefined || left > lastOwn.as_of);
  if (first === undefined && !isYounger && (await restoreOwn(tx, student, step, now))) return 'restored';
  if (left !== null) {
    await taken().set({ owed_on: left, taken_on: left, changed_at: now }).execute();
    return 'kept';
  }
  const before = first === undefined ? 'taken' : first.from_state;
  if (before === null || before === 'withdrawn') {
    const { numDeletedRows } = await tx
      .deleteFrom('ladder_step')
      .where('student_id', '=', student.studentId)
      .where('school_year', '=', student.schoolYear)
      .where('step', '=', step)
      .where('state', '=', 'taken')
      .where('outside', '=', true)
      .executeTakeFirst();
    return numDeletedRows === 0n ? 'kept' : 'forgotten';
  }
  const state = before === 'owed' ? 'owed' : 'pre-existing';
  const { numUpdatedRows } = await taken()
    .set({
      state,
      taken_on: null,
      outside: false,
      acted: false,
      reason: state === 'owed' ? 'reached' : state,
      changed_at: now,
    })
    .executeTakeFirst();
  return numUpdatedRows === 0n ? 'kept' : 'restored';
}

/**
 * What Rollcall had taken with a letter of its own is Rollcall's again. It was superseded then, and whether it still is
 * the next evaluation says.
 */
async function restoreOwn(tx: Tx, student: StudentYear, step: string, now: Date): Promise<boolean> {
  const own = await tx
    .selectFrom('letter')
    .innerJoin('ladder_step', (join) =>
      join
        .onRef('ladder_step.student_id', '=', 'letter.student_id')
        .onRef('ladder_step.school_year', '=', 'letter.school_year')
        .onRef('ladder_step.step', '=', 'letter.step')
        .onRef('ladder_step.round', '=', 'letter.round'),
    )
    .select((eb) => eb.fn.min('letter.handed_over_on').as('on'))
    .where('letter.student_id', '=', student.studentId)
    .where('letter.school_year', '=', student.schoolYear)
    .where('letter.step', '=', step)
    .executeTakeFirst();
  if (!own?.on) return false;
  const owed = await eventsOf(tx, student, step)
    .select('as_of')
    .where('to_state', '=', 'owed')
    .orderBy('id', 'desc')
    .executeTakeFirst();
  const { numUpdatedRows } = await stepOf(tx, student, step)
    .where('state', '=', 'taken')
    .where('outside', '=', true)
    .set({
      owed_on: owed?.as_of ?? own.on,
      taken_on: own.on,
      outside: false,
      superseded: true,
      reason: 'fell-after-hand-over',
      changed_at: now,
    })
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** These students are decided about anew, whatever was known of them. */
export async function markEvaluationDue(
  tx: Db,
  studentIds: readonly number[],
  reason: string,
  now: Date,
): Promise<void> {
  if (studentIds.length === 0) return;
  await sql`
    ${PREPARED} insert into evaluation_due (student_id, reason, since)
    select id, ${reason}, ${now} from unnest(${[...studentIds]}::int[]) id
    on conflict (student_id) do update set reason = excluded.reason, since = excluded.since, attempts = 0`.execute(
    tx,
  );
}

/** Takes students off the list of due evaluations; what became due after the locks were taken stays. */
export async function clearEvaluationDue(tx: Db, studentIds: readonly number[]): Promise<void> {
  await sql`delete from evaluation_due where student_id = any(${studentIds}::int[])`.execute(tx);
}

export async function readEvaluation(db: Db, id: string): Promise<Evaluation | null> {
  return (await readKeptEvaluation(db, id))?.result ?? null;
}

/** An evaluation as it was stored. */
export interface KeptEvaluation {
  readonly asOf: SchoolDate;
  readonly evaluatedAt: Date;
  readonly policyVersion: string;
  /** Empty for one that was stored before inputs were. */
  readonly inputHash: string;
  readonly inputs: object | null;
  readonly resultHash: string;
  readonly result: Evaluation;
}

/** @returns the id of the evaluation that was in force at the end of a day; null before the first one. */
export async function evaluationOn(db: Db, student: StudentYear, date: SchoolDate): Promise<string | null> {
  const row = await db
    .selectFrom('evaluation')
    .select('id')
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('as_of', '<=', date)
    .orderBy('as_of', 'desc')
    .orderBy('evaluated_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}

export async function readKeptEvaluation(db: Db, id: string): Promise<KeptEvaluation | null> {
  const row = await db.selectFrom('evaluation').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return null;
  return {
    asOf: row.as_of,
    evaluatedAt: row.evaluated_at,
    policyVersion: row.policy_version,
    inputHash: row.input_hash,
    inputs: row.inputs,
    resultHash: row.result_hash,
    result: row.result as Evaluation,
  };
}

export async function hasOwedStep(db: Db, student: StudentYear): Promise<boolean> {
  const row = await db
    .selectFrom('ladder_step')
    .select('step')
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('state', '=', 'owed')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

function eventsOf(tx: Tx, student: StudentYear, step: string) {
  return tx
    .selectFrom('ladder_event')
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('step', '=', step);
}

function stepOf(tx: Db, student: StudentYear, step: string) {
  return tx
    .updateTable('ladder_step')
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('step', '=', step);
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
