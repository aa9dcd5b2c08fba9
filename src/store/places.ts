import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import { underAbsoluteHold } from './absolute-hold.ts';
import { type Db, PREPARED, type Tx } from './database.ts';

export interface StudentPlace {
  readonly studentId: number;
  readonly schoolId: number;
}

/** Frozen and in line, and no mail server has been asked yet. */
const untried = sql`(l.attempts = 0 and l.state in ('queued', 'held') and l.due_at is not null)`;

/**
 * What waits follows students to the school that is theirs now: open tasks, letters that were not handed over, referrals
 * that still gather. A letter of which no mail server has heard yet is rendered anew, in the name of the new school; one
 * that was tried keeps its bytes. A printed one stays in its envelope.
 */
export async function moveToSchools(tx: Db, places: readonly StudentPlace[], now: Date): Promise<void> {
  if (places.length === 0) return;
  await sql`
    ${PREPARED} with place as (
      select * from unnest(${places.map((one) => one.studentId)}::int[], ${places.map((one) => one.schoolId)}::int[])
        p (student_id, school_id)
    ), moved_task as (
      update task t set school_id = p.school_id, changed_at = ${now}
      from place p where t.student_id = p.student_id and t.state = 'open' and t.school_id <> p.school_id
    ), moved_referral as (
      update referral r set school_id = p.school_id, changed_at = ${now}
      from place p where r.student_id = p.student_id and r.state = 'gathering' and r.school_id <> p.school_id
    ), back as (
      update referral r set left_on = null
      from place p where r.student_id = p.student_id and r.left_on is not null and r.left_told_on is null
    )
    update letter l set school_id = p.school_id,
      state = case when ${untried} then 'planned' else l.state end,
      due_at = case when ${untried} then null else l.due_at end,
      reason = case when ${untried} then null else l.reason end
    from place p
    where l.student_id = p.student_id and l.state in ('planned', 'held', 'queued') and l.school_id <> p.school_id`.execute(
    tx,
  );
}

/** Why a task has closed by itself when its student left. */
export const LEFT = 'left';

/**
 * Students who are back go on where they were: what a step that stands as taken had asked of staff, and what closed
 * because they left, is open again. It is nobody's delay that they were away: none is due before today. What a person
 * has done since, or was asked for anew, is not asked again.
 */
export async function resumeTasksOfReturned(
  tx: Tx,
  studentIds: readonly number[],
  { schoolYear, on, now }: { schoolYear: string; on: SchoolDate; now: Date },
): Promise<void> {
  if (studentIds.length === 0) return;
  await sql`
    ${PREPARED} update task set state = 'open', closed_on = null, reason = null, due_on = greatest(due_on, ${on}::date),
      changed_at = ${now}
    where id in (
      select distinct on (t.key) t.id
      from task t
      join ladder_step s on (s.student_id, s.school_year, s.step) = (t.student_id, t.school_year, t.step)
      where t.student_id = any(${[...studentIds]}::int[]) and t.school_year = ${schoolYear}
        and t.state = 'closed' and t.reason = ${LEFT} and s.state = 'taken' and not s.superseded
        and not ${underAbsoluteHold(sql.ref('t.student_id'))}
        and not exists (
          select from task later
          where later.student_id = t.student_id and later.key = t.key and later.id <> t.id
            and (later.state = 'open' or later.changed_at > t.changed_at))
      order by t.key, t.opened_on desc)`.execute(tx);
}

/**
 * Students who have left: the officer is to hear of it where a referral lies with him or her. A record that was made one
 * with another has ended, and nobody has left by that.
 */
export async function markLeft(tx: Db, studentIds: readonly number[], on: SchoolDate): Promise<void> {
  await sql`
    update referral set left_on = ${on}
    where student_id = any(${studentIds}::int[]) and state = 'delivered' and left_on is null
      and not exists (select from student st where st.id = referral.student_id and st.merged_into is not null)`.execute(
    tx,
  );
}

/** Delivered referrals of students who have left, whose officer has not been told yet. */
export async function referralsOfLeavers(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('referral')
    .select('id')
    .where('state', '=', 'delivered')
    .where('left_on', 'is not', null)
    .where('left_told_on', 'is', null)
    .orderBy('ref')
    .execute();
  return rows.map((row) => row.id);
}

/** @returns the day on which the student left; null when that was told before, or is not so. */
export async function takeLeftToTell(tx: Db, referralId: string, on: SchoolDate): Promise<SchoolDate | null> {
  const row = await tx
    .updateTable('referral')
    .set({ left_told_on: on })
    .where('id', '=', referralId)
    .where('state', '=', 'delivered')
    .where('left_on', 'is not', null)
    .where('left_told_on', 'is', null)
    .returning('left_on')
    .executeTakeFirst();
  return row?.left_on ?? null;
}
