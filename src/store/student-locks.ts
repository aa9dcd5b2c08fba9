import { sql } from 'kysely';
import { type Db, PREPARED } from './database.ts';

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
