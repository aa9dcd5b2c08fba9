import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Tx } from './database.ts';
import { markEvaluationDue } from './evaluation-due.ts';
import { type StudentYear, stepOf } from './ladder-steps.ts';

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

function eventsOf(tx: Tx, student: StudentYear, step: string) {
  return tx
    .selectFrom('ladder_event')
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('step', '=', step);
}
