import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { formatDays } from '../domain/days.ts';
import type { Evaluation, StepVerdict } from '../domain/ladder-facts.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { StoredFacts } from './student-facts.ts';

export interface StudentYear {
  readonly studentId: number;
  readonly schoolYear: string;
}

/** Serialises everything that decides about one student, until the transaction ends. */
export async function lockStudent(tx: Db, studentId: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('rollcall student'), ${studentId}::int)`.execute(tx);
}

/**
 * Stores an evaluation with the rows, rules and policy version behind it. One that decides nothing new and rests
 * on the same rows stores nothing: only the day of the next look moves.
 * @param at the moment, and the version of the calendars it was worked out with.
 * @returns the id of the evaluation that is in force.
 */
export async function saveEvaluation(
  tx: Db,
  student: StudentYear,
  facts: StoredFacts,
  evaluation: Evaluation,
  at: { readonly now: Date; readonly calendarVersion: string },
): Promise<string> {
  const { now, calendarVersion } = at;
  const hash = resultHash(evaluation);
  const unchanged =
    hash === facts.lastResultHash && facts.lastEvaluationId !== null && evaluation.actions.length === 0;
  const evaluationId =
    unchanged && facts.lastEvaluationId !== null
      ? facts.lastEvaluationId
      : await insertEvaluation(tx, student, evaluation, hash, now);
  await tx
    .insertInto('ladder')
    .values({
      student_id: student.studentId,
      school_year: student.schoolYear,
      evaluation_id: evaluationId,
      evaluated_as_of: evaluation.asOf,
      next_look_on: evaluation.nextLookOn,
      policy_version: evaluation.policyVersion,
      calendar_version: calendarVersion,
      result_hash: hash,
      total: formatDays(evaluation.total),
    })
    .onConflict((conflict) =>
      conflict.columns(['student_id', 'school_year']).doUpdateSet({
        evaluation_id: evaluationId,
        evaluated_as_of: evaluation.asOf,
        next_look_on: evaluation.nextLookOn,
        policy_version: evaluation.policyVersion,
        calendar_version: calendarVersion,
        result_hash: hash,
        total: formatDays(evaluation.total),
      }),
    )
    .execute();
  if (!unchanged) await saveSteps(tx, student, facts, evaluation, evaluationId, now);
  return evaluationId;
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
 * Records that a step was taken: its first letter was handed over or posted, or its packet has left.
 * @returns false when it was taken before.
 */
export async function takeStep(
  tx: Db,
  student: StudentYear,
  taken: { step: string; on: SchoolDate; reason: string; now: Date },
): Promise<boolean> {
  const row = await stepOf(tx, student, taken.step)
    .where('state', '=', 'owed')
    .set({
      state: 'taken',
      taken_on: taken.on,
      acted: true,
      blocks: '[]',
      reason: taken.reason,
      changed_at: taken.now,
    })
    .returning('evaluation_id')
    .executeTakeFirst();
  if (row === undefined) return false;
  await tx
    .insertInto('ladder_event')
    .values({
      student_id: student.studentId,
      school_year: student.schoolYear,
      step: taken.step,
      from_state: 'owed',
      to_state: 'taken',
      reason: taken.reason,
      as_of: taken.on,
      at: taken.now,
      evaluation_id: row.evaluation_id,
    })
    .execute();
  await markEvaluationDue(tx, [student.studentId], 'step-taken', taken.now);
  return true;
}

/** These students are decided about anew, whatever was known of them. */
export async function markEvaluationDue(
  tx: Db,
  studentIds: readonly number[],
  reason: string,
  now: Date,
): Promise<void> {
  if (studentIds.length === 0) return;
  await tx
    .insertInto('evaluation_due')
    .values(studentIds.map((id) => ({ student_id: id, reason, since: now })))
    .onConflict((conflict) => conflict.column('student_id').doUpdateSet({ reason, since: now, attempts: 0 }))
    .execute();
}

/** Takes the student off the list of due evaluations; what became due after the lock was taken stays. */
export async function clearEvaluationDue(tx: Db, studentId: number): Promise<void> {
  await tx.deleteFrom('evaluation_due').where('student_id', '=', studentId).execute();
}

export async function readEvaluation(db: Db, id: string): Promise<Evaluation | null> {
  const row = await db.selectFrom('evaluation').select('result').where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : (row.result as Evaluation);
}

function stepOf(tx: Db, student: StudentYear, step: string) {
  return tx
    .updateTable('ladder_step')
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('step', '=', step);
}

/** Two evaluations with the same hash count the same rows and leave every step where it was. */
function resultHash(evaluation: Evaluation): string {
  const { asOf: _asOf, nextLookOn: _nextLookOn, actions: _actions, steps, ...rest } = evaluation;
  const verdicts = steps.map(({ settledThrough: _settledThrough, reason: _reason, ...verdict }) => verdict);
  return createHash('sha256')
    .update(JSON.stringify({ ...rest, verdicts }))
    .digest('hex')
    .slice(0, 32);
}

async function insertEvaluation(
  tx: Db,
  student: StudentYear,
  evaluation: Evaluation,
  hash: string,
  now: Date,
): Promise<string> {
  const row = await tx
    .insertInto('evaluation')
    .values({
      student_id: student.studentId,
      school_year: student.schoolYear,
      as_of: evaluation.asOf,
      evaluated_at: now,
      policy_version: evaluation.policyVersion,
      mode: evaluation.mode,
      result_hash: hash,
      result: JSON.stringify(evaluation),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

async function saveSteps(
  tx: Db,
  student: StudentYear,
  facts: StoredFacts,
  evaluation: Evaluation,
  evaluationId: string,
  now: Date,
): Promise<void> {
  const before = new Map(facts.steps.map((step) => [step.step, step]));
  const standing = evaluation.steps.filter((verdict) => verdict.state !== null);
  if (standing.length === 0) return;
  await tx
    .insertInto('ladder_step')
    .values(
      standing.map((verdict) => {
        const known = before.get(verdict.step);
        const owedAfresh = verdict.state === 'owed' && known?.state !== 'owed';
        return {
          student_id: student.studentId,
          school_year: student.schoolYear,
          step: verdict.step,
          state: verdict.state ?? 'owed',
          count: formatDays(verdict.count),
          owed_on: known === undefined || owedAfresh ? evaluation.asOf : known.owedOn,
          taken_on: takenOn(verdict, known?.takenOn ?? null, evaluation.asOf),
          superseded: verdict.superseded,
          skipped_for: verdict.skippedFor,
          acted: owedAfresh ? false : (known?.acted ?? false),
          blocks: JSON.stringify(verdict.blocks),
          reason: verdict.reason,
          round: verdict.round,
          shadow: verdict.shadow,
          reached_by: verdict.reachedBy,
          policy_version: verdict.policyVersion,
          evaluation_id: evaluationId,
          changed_at: now,
        };
      }),
    )
    .onConflict((conflict) =>
      conflict.columns(['student_id', 'school_year', 'step']).doUpdateSet((excluded) => ({
        state: excluded.ref('excluded.state'),
        count: excluded.ref('excluded.count'),
        owed_on: excluded.ref('excluded.owed_on'),
        taken_on: excluded.ref('excluded.taken_on'),
        superseded: excluded.ref('excluded.superseded'),
        skipped_for: excluded.ref('excluded.skipped_for'),
        acted: excluded.ref('excluded.acted'),
        blocks: excluded.ref('excluded.blocks'),
        reason: excluded.ref('excluded.reason'),
        round: excluded.ref('excluded.round'),
        shadow: excluded.ref('excluded.shadow'),
        reached_by: excluded.ref('excluded.reached_by'),
        policy_version: excluded.ref('excluded.policy_version'),
        evaluation_id: excluded.ref('excluded.evaluation_id'),
        changed_at: excluded.ref('excluded.changed_at'),
      })),
    )
    .execute();
  const moved = standing.filter((verdict) => {
    const known = before.get(verdict.step);
    return known?.state !== verdict.state || known.superseded !== verdict.superseded;
  });
  if (moved.length === 0) return;
  await tx
    .insertInto('ladder_event')
    .values(
      moved.map((verdict) => ({
        student_id: student.studentId,
        school_year: student.schoolYear,
        step: verdict.step,
        from_state: before.get(verdict.step)?.state ?? null,
        to_state: verdict.superseded ? 'superseded' : (verdict.state ?? 'owed'),
        reason: verdict.reason,
        as_of: evaluation.asOf,
        at: now,
        evaluation_id: evaluationId,
      })),
    )
    .execute();
}

/** A contact step is taken by the evaluation itself; a letter or referral only when something has left. */
function takenOn(verdict: StepVerdict, known: SchoolDate | null, asOf: SchoolDate): SchoolDate | null {
  return verdict.state === 'taken' ? (known ?? asOf) : null;
}
