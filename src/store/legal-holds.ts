import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';
import { newReference } from './references.ts';

export interface LegalHold {
  readonly ref: string;
  readonly studentId: number;
  readonly student: string;
  readonly reason: string;
  readonly placedAt: Date;
  readonly placedBy: string;
}

/** Until the transaction ends no hold is placed while something is destroyed, and nothing destroyed meanwhile. */
export async function lockRetention(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('rollcall retention'))`.execute(tx);
}

/** Nothing about the student is destroyed from now on. @returns its reference */
export async function placeLegalHold(
  tx: Tx,
  hold: { studentId: number; reason: string; by: string; now: Date },
): Promise<string> {
  await lockRetention(tx);
  const ref = newReference('H');
  await tx
    .insertInto('legal_hold')
    .values({
      ref,
      student_id: hold.studentId,
      reason: hold.reason,
      placed_at: hold.now,
      placed_by: hold.by,
    })
    .execute();
  return ref;
}

/** @returns whose it was; null: none that is open has the reference */
export async function endLegalHold(
  tx: Tx,
  hold: { ref: string; by: string; because: string; now: Date },
): Promise<number | null> {
  const row = await tx
    .updateTable('legal_hold')
    .set({ ended_at: hold.now, ended_by: hold.by, ended_because: hold.because })
    .where('ref', '=', hold.ref.toUpperCase())
    .where('ended_at', 'is', null)
    .returning('student_id')
    .executeTakeFirst();
  return row?.student_id ?? null;
}

export async function listLegalHolds(db: Db): Promise<LegalHold[]> {
  const rows = await db
    .selectFrom('legal_hold as h')
    .innerJoin('student as s', 's.id', 'h.student_id')
    .select(['h.ref', 'h.student_id', 's.sourced_id', 'h.reason', 'h.placed_at', 'h.placed_by'])
    .where('h.ended_at', 'is', null)
    .orderBy('h.id')
    .execute();
  return rows.map((row) => ({
    ref: row.ref,
    studentId: row.student_id,
    student: row.sourced_id,
    reason: row.reason,
    placedAt: row.placed_at,
    placedBy: row.placed_by,
  }));
}

/** Everybody whom an open hold is about, under each of the ids that the person has had. */
export async function heldStudents(db: Db): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with recursive same as (
      select student_id as id from legal_hold where ended_at is null
      union
      select case when s.merged_into = same.id then s.id else s.merged_into end
      from student s join same on s.merged_into = same.id or s.id = same.id and s.merged_into is not null)
    select distinct id from same where id is not null order by id`.execute(db);
  return rows.map(({ id }) => id);
}
