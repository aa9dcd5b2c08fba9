import { sql } from 'kysely';
import type { Tx } from '../database.ts';

const WORTH_WHILE = 20_000;

/**
 * Fills a table that may still be empty, as on the first read of a district: indexes are then built once, behind the
 * rows, instead of row by row. The transaction has the table to itself, since nothing was ever in it.
 * @param rows about how many come; for a few it is not worth while
 */
export async function fillFirst<T>(tx: Tx, table: string, rows: number, fill: () => Promise<T>): Promise<T> {
  if (rows < WORTH_WHILE) return fill();
  const filled = await sql<{ any: boolean }>`select exists (select from ${sql.table(table)}) as any`.execute(
    tx,
  );
  if (filled.rows[0]?.any === true) return fill();
  const indexes = await sql<{ indexname: string; indexdef: string }>`
    select i.indexname, i.indexdef from pg_indexes i
    where i.schemaname = current_schema() and i.tablename = ${table} and not exists (
      select from pg_constraint c join pg_namespace n on n.oid = c.connamespace
      where c.conname = i.indexname and n.nspname = i.schemaname)`.execute(tx);
  for (const { indexname } of indexes.rows) await sql`drop index ${sql.table(indexname)}`.execute(tx);
  const result = await fill();
  for (const { indexdef } of indexes.rows) await sql.raw(indexdef).execute(tx);
  return result;
}
