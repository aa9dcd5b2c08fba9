import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { RunToApply } from './run-to-apply.ts';

/**
 * Absences that the source says are removed, among the rows in force: by their own id, since what they once said may be
 * gone, and whose they were may no longer be known. Goes after the rows were compared (`difference`). An id that comes
 * both deleted and not is contradictory, which the comparison has told.
 */
export async function findDeleted(tx: Tx, run: RunToApply): Promise<void> {
  await sql`
    create temp table deleted_absence on commit drop as
    select distinct r.id, r.sourced_id, r.student_id, r.school_id, r.date
    from stage_absence a
    join absence_record r on r.sourced_id = a.sourced_id and r.ended_at is null
    where a.run_id = ${run.id} and a.deleted and not exists (
      select from stage_absence other
      where other.run_id = a.run_id and other.sourced_id = a.sourced_id and not other.deleted)`.execute(tx);
  await sql`delete from difference d using deleted_absence a where d.record_id = a.id`.execute(tx);
  await sql`
    insert into difference (what, record_id, sourced_id, old_student_id, old_school_id, old_date)
    select 'deleted', id, sourced_id, student_id, school_id, date from deleted_absence`.execute(tx);
}

/**
 * Persons of whom the source says nothing but that they are removed: they end at once, and what is known of them stays.
 * @returns their ids
 */
export async function endDeletedPersons(
  tx: Tx,
  kind: 'student' | 'guardian',
  run: RunToApply,
): Promise<number[]> {
  const ended = await sql<{ id: number }>`
    update ${sql.table(kind)} t set active = false, missing_since = null, digest = null
    from stage_deleted_person d
    where d.run_id = ${run.id} and d.kind = ${kind} and d.sourced_id = t.sourced_id and t.active
      and not exists (
        select from ${sql.table(`stage_${kind}`)} s where s.run_id = ${run.id} and s.sourced_id = t.sourced_id)
    returning t.id`.execute(tx);
  return ended.rows.map((row) => row.id);
}
