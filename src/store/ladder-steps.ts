import { sql } from 'kysely';
import type { StepState } from '../domain/ladder-facts.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Db, PREPARED } from './database.ts';
import { markEvaluationDue } from './evaluation-due.ts';

export interface StudentYear {
  readonly studentId: number;
  readonly schoolYear: string;
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

export function stepOf(tx: Db, student: StudentYear, step: string) {
  return tx
    .updateTable('ladder_step')
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('step', '=', step);
}
