import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { RunToApply } from './run-to-apply.ts';

/**
 * A row that a complete read no longer shows is missing; only after the second such read on another day is it gone.
 * @returns the ids of the rows that became inactive now.
 */
export async function markMissing(
  tx: Tx,
  table: 'school' | 'student' | 'guardian',
  stage: string,
  run: RunToApply,
): Promise<number[]> {
  const gone = await sql<{ id: number }>`
    update ${sql.table(table)} t set active = false
    where t.active and t.missing_since < ${run.asOf}
      and not exists (select from ${sql.table(stage)} s where s.run_id = ${run.id} and s.sourced_id = t.sourced_id)
    returning t.id`.execute(tx);
  await sql`
    update ${sql.table(table)} t set missing_since = ${run.asOf}
    where t.missing_since is null
      and not exists (select from ${sql.table(stage)} s where s.run_id = ${run.id} and s.sourced_id = t.sourced_id)
  `.execute(tx);
  return gone.rows.map((row) => row.id);
}
