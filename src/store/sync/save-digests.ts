import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { RunToApply } from './run-to-apply.ts';

/**
 * Keeps the digests of rows that were read and brought nothing new. A row that came twice with different texts has
 * none: the next read has to see both again.
 */
export async function saveDigests(
  tx: Tx,
  run: RunToApply,
  table: 'student' | 'guardian' | 'demographics',
): Promise<void> {
  const kept = sql.table(table);
  const stage = sql.table(`stage_${table}`);
  await sql`
    update ${kept} t set digest = s.digest
    from ${stage} s
    where s.run_id = ${run.id} and s.sourced_id = t.sourced_id and s.digest is distinct from t.digest`.execute(
    tx,
  );
  await readAgain(
    tx,
    table,
    sql`select sourced_id from ${stage} where run_id = ${run.id}
      group by sourced_id having count(distinct digest) > 1`,
  );
}

/** Not everything that these rows say is in force: they are read again, also when they come as they were. */
export async function readAgain(
  tx: Tx,
  table: 'student' | 'guardian' | 'demographics',
  ids: RawBuilder<unknown>,
): Promise<void> {
  await sql`update ${sql.table(table)} set digest = null where digest is not null and sourced_id in (${ids})`.execute(
    tx,
  );
}
