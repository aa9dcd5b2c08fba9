import { sql } from 'kysely';
import type { Step } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Db, PREPARED, type Tx } from './database.ts';
import { MAX_ATTEMPTS } from './due-work.ts';
import type { BaselineTable } from './tables/ladders.ts';

export interface Baseline {
  readonly state: BaselineTable['state'];
  readonly asOf: SchoolDate;
  readonly takenAt: Date | null;
  readonly students: number | null;
  readonly steps: number | null;
}

/**
 * The first read of a school year that comes into force opens its baseline, in the transaction that brings it there; or
 * notes that there is none.
 */
export async function openBaseline(
  tx: Tx,
  run: { readonly id: string; readonly asOf: SchoolDate; readonly schoolYear: { readonly id: string } },
  isNeeded: boolean,
): Promise<void> {
  await tx
    .insertInto('baseline')
    .values({
      school_year: run.schoolYear.id,
      run_id: run.id,
      as_of: run.asOf,
      state: isNeeded ? 'open' : 'not-needed',
    })
    .onConflict((conflict) => conflict.column('school_year').doNothing())
    .execute();
}

/** @returns null for a school year of which nothing was read. */
export async function readBaseline(db: Db, schoolYear: string): Promise<Baseline | null> {
  const row = await db
    .selectFrom('baseline')
    .modifyFront(PREPARED)
    .select(['state', 'as_of as asOf', 'taken_at as takenAt', 'students', 'steps'])
    .where('school_year', '=', schoolYear)
    .executeTakeFirst();
  return row ?? null;
}

/** Students of the baseline that were not looked at yet, and those whose evaluation has failed for good. */
export async function leftOfBaseline(
  tx: Tx,
  schoolYear: string,
): Promise<{ readonly toCome: number; readonly givenUp: readonly number[] }> {
  const { rows } = await sql<{ studentId: number; attempts: number }>`
    select d.student_id as "studentId", d.attempts from evaluation_due d
    where not exists (select from ladder l where l.student_id = d.student_id and l.school_year = ${schoolYear})
      and exists (select from absence_record r where r.student_id = d.student_id and r.school_year = ${schoolYear})`.execute(
    tx,
  );
  const givenUp = rows.filter(({ attempts }) => attempts >= MAX_ATTEMPTS).map(({ studentId }) => studentId);
  return { toCome: rows.length - givenUp.length, givenUp };
}

/** Every step of these students is left to the school: nobody could see where they stand. */
export async function leaveToSchool(
  tx: Tx,
  studentIds: readonly number[],
  at: {
    readonly schoolYear: string;
    readonly steps: readonly Pick<Step, 'id'>[];
    readonly policyVersion: string;
    readonly on: SchoolDate;
    readonly now: Date;
  },
): Promise<void> {
  await sql`
    insert into ladder_step (student_id, school_year, step, state, count, owed_on, superseded, acted, blocks, reason,
      policy_version, changed_at)
    select student_id, ${at.schoolYear}, step, 'pre-existing', 0, ${at.on}, false, false, '[]', 'baseline',
      ${at.policyVersion}, ${at.now}
    from unnest(${[...studentIds]}::int[]) student_id, unnest(${at.steps.map(({ id }) => id)}::text[]) step
    on conflict do nothing`.execute(tx);
}

/** @returns false when it was not open any more. */
export async function closeBaseline(tx: Tx, schoolYear: string, now: Date): Promise<boolean> {
  const result = await sql`
    update baseline set state = 'taken', taken_at = ${now},
      students = (select count(*) from ladder where school_year = ${schoolYear}),
      steps = (select count(*) from ladder_step where school_year = ${schoolYear} and state = 'pre-existing')
    where school_year = ${schoolYear} and state = 'open'`.execute(tx);
  return Number(result.numAffectedRows ?? 0) === 1;
}
