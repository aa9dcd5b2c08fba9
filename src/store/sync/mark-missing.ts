import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { RunToApply } from './run-to-apply.ts';

/**
 * A row that a whole read no longer shows is missing; only after the second such read on another day is it gone.
 * Between two school years, and where only changes were read, what does not come says nothing.
 * @returns the ids of the rows that became inactive now.
 */
export async function markMissing(
  tx: Tx,
  table: 'school' | 'student' | 'guardian',
  run: RunToApply,
): Promise<number[]> {
  if (run.phase === 'between' || (run.roster !== 'whole' && table !== 'school')) return [];
  const unseen = sql`not exists (
    select from ${sql.table(`stage_${table}`)} s where s.run_id = ${run.id} and s.sourced_id = t.sourced_id)
    ${table === 'school' ? sql`` : sql`and t.sourced_id in (select key from ${sql.table(`heard_${table}`)})`}`;
  const ofTheRoster = table === 'guardian' ? sql`and t.origin = 'roster'` : sql``;
  const gone = await sql<{ id: number }>`
    update ${sql.table(table)} t set active = false
    where t.active and t.missing_since < ${run.asOf} ${ofTheRoster} and ${unseen}
    returning t.id`.execute(tx);
  await sql`
    update ${sql.table(table)} t set missing_since = ${run.asOf}
    where t.active and t.missing_since is null ${ofTheRoster} and ${unseen}`.execute(tx);
  return gone.rows.map((row) => row.id);
}
