import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { UndoneByRestore } from './tables/keeping.ts';

/** The database is older than what has left: nothing leaves before a person has settled what that was. */
export interface SafeMode {
  readonly id: number;
  readonly why: 'restored' | 'older-than-file';
  /** The moment up to which the database knows what has left; null: nobody knows. */
  readonly knowsUntil: Date | null;
  readonly since: Date;
  readonly by: string;
  /** Where the audit log ended when the backup came back; null: put back by other means than ours. */
  readonly auditSeq: number | null;
  /** What the restored database did not know; null: no newer database was at hand, and nobody knows. */
  readonly undone: UndoneByRestore | null;
}

/** Part of every statement that lets a mail go on its way. */
export const safeModeOn = sql<boolean>`exists (select from safe_mode where settled_at is null)`;

/**
 * Of `staff_mail`: what IT is told about the service itself leaves, so that somebody hears of it. It was composed since,
 * so that it has not left before, and is about no student.
 */
export const passesSafeMode = sql<boolean>`(staff_mail.kind = 'alert' and starts_with(staff_mail.key, 'alert:')
  and staff_mail.composed_at >= (select max(since) from safe_mode where settled_at is null))`;

/** @returns null: nothing is to be settled */
export async function readSafeMode(db: Db): Promise<SafeMode | null> {
  const row = await db
    .selectFrom('safe_mode')
    .select(['id', 'why', 'knows_until', 'since', 'by_name', 'audit_seq', 'undone'])
    .where('settled_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    why: row.why,
    knowsUntil: row.knows_until,
    since: row.since,
    by: row.by_name,
    auditSeq: row.audit_seq === null ? null : Number(row.audit_seq),
    undone: row.undone,
  };
}

/** Of two that come one after the other the older knowledge counts. */
export async function enterSafeMode(db: Db, mode: Omit<SafeMode, 'id' | 'undone'>): Promise<void> {
  await sql`
    insert into safe_mode (why, knows_until, since, by_name, audit_seq)
    values (${mode.why}, ${mode.knowsUntil}, ${mode.since}, ${mode.by}, ${mode.auditSeq})
    on conflict ((true)) where settled_at is null do update set
      why = excluded.why, since = excluded.since, by_name = excluded.by_name, audit_seq = excluded.audit_seq,
      undone = null,
      knows_until = case when safe_mode.knows_until is null then null
        else least(safe_mode.knows_until, excluded.knows_until) end`.execute(db);
}

/** Keeps beside the open safe mode what the restored database did not know. */
export async function noteUndone(tx: Db, undone: UndoneByRestore): Promise<void> {
  await tx
    .updateTable('safe_mode')
    .set({ undone: JSON.stringify(undone) })
    .where('settled_at', 'is', null)
    .execute();
}

/** @returns false when nothing was to be settled */
export async function endSafeMode(
  db: Db,
  settled: { by: string; because: string; found: Readonly<Record<string, number>>; now: Date },
): Promise<boolean> {
  const row = await db
    .updateTable('safe_mode')
    .set({
      settled_at: settled.now,
      settled_by: settled.by,
      settled_because: settled.because,
      found: JSON.stringify(settled.found),
    })
    .where('settled_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Whether what was decided on a day may have been decided before, and have left, in the time that a restored database
 * does not know: what is new up to the first read of the SIS after the restore was settled.
 */
export async function isSoonAfterRestore(db: Db, decidedOn: SchoolDate): Promise<boolean> {
  const { rows } = await sql<{ soon: boolean }>`
    select exists (
      select from safe_mode s
      where s.id = (select max(id) from safe_mode) and ${decidedOn}::date <= coalesce(
        (select min(r.as_of) from sync_run r where r.state = 'applied' and r.started_at > s.settled_at),
        'infinity'::date)) as soon`.execute(db);
  return rows[0]?.soon ?? false;
}
