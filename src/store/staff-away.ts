import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

export interface StaffAway {
  readonly id: string;
  readonly email: string;
  readonly begins: SchoolDate;
  /** The last day. */
  readonly ends: SchoolDate;
  /** E-mail address of who gets the tasks; null: whoever else has the role. */
  readonly substitute: string | null;
  readonly recordedBy: string;
}

/** Absences of staff that are not over, the first to begin first. */
export async function listStaffAway(db: Db, today: SchoolDate): Promise<StaffAway[]> {
  const rows = await db
    .selectFrom('staff_away')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('ends', '>=', today)
    .orderBy('begins')
    .orderBy('email')
    .execute();
  return rows.map(({ id, email, begins, ends, substitute, recorded_by: recordedBy }) => ({
    id,
    email,
    begins,
    ends,
    substitute,
    recordedBy,
  }));
}

/** @returns the absence of the same person that it overlaps with: nothing was recorded then */
export async function recordStaffAway(
  tx: Db,
  away: Omit<StaffAway, 'id' | 'recordedBy'> & { readonly by: string; readonly now: Date },
): Promise<StaffAway | null> {
  const email = away.email.toLowerCase();
  await sql`select pg_advisory_xact_lock(hashtext('rollcall staff away'), hashtext(${email}))`.execute(tx);
  const others = await listStaffAway(tx, away.begins);
  const other = others.find((one) => one.email === email && one.begins <= away.ends);
  if (other !== undefined) return other;
  await tx
    .insertInto('staff_away')
    .values({
      email,
      begins: away.begins,
      ends: away.ends,
      substitute: away.substitute?.toLowerCase() ?? null,
      recorded_by: away.by,
      recorded_at: away.now,
    })
    .execute();
  return null;
}

/** The person is back, or does not go after all. @returns false when no absence of theirs is on record */
export async function endStaffAway(
  tx: Db,
  ended: { readonly email: string; readonly by: string; readonly today: SchoolDate; readonly now: Date },
): Promise<boolean> {
  const result = await tx
    .updateTable('staff_away')
    .set({ ended_by: ended.by, ended_at: ended.now })
    .where('email', '=', ended.email.toLowerCase())
    .where('ended_at', 'is', null)
    .where('ends', '>=', ended.today)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/**
 * Addresses of staff to which mail does not arrive: one came back or was refused, and the task that asks for another
 * address is open. In small letters.
 */
export async function unreachableStaff(db: Db): Promise<Set<string>> {
  const { rows } = await sql<{ email: string }>`
    select distinct lower(m.to_email) as email
    from task t join staff_mail m on t.key in ('mail-bounced:' || m.id, 'resolve-mail:' || m.id)
    where t.state = 'open' and t.kind in ('mail-bounced', 'resolve-mail')
      and m.state = 'rejected' and m.kind <> 'packet'`.execute(db);
  return new Set(rows.map(({ email }) => email));
}
