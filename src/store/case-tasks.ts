import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

/** Tasks about a case whose reason is gone. */
export async function closeTasksOfReferral(
  tx: Db,
  referralId: string,
  kinds: readonly string[],
  closed: { readonly reason: string; readonly on: SchoolDate; readonly now: Date },
): Promise<void> {
  await tx
    .updateTable('task')
    .set({ state: 'closed', closed_on: closed.on, reason: closed.reason, changed_at: closed.now })
    .where('state', '=', 'open')
    .where('referral_id', '=', referralId)
    .where('kind', 'in', [...kinds])
    .execute();
}

/** Nobody need call the officer about a packet that was fetched by now. */
export async function closeFetched(
  db: Db,
  closed: { readonly reason: string; readonly on: SchoolDate; readonly now: Date },
): Promise<void> {
  await sql`
    update task t set state = 'closed', closed_on = ${closed.on}, reason = ${closed.reason}, changed_at = ${closed.now}
    where t.state = 'open' and t.kind = 'packet-not-fetched' and exists (
      select from case_event e where e.kind = 'downloaded' and t.key = 'packet-not-fetched:' || e.packet_id)`.execute(
    db,
  );
}
