import { sql } from 'kysely';
import type pg from 'pg';
import { type Db, unlessLocked } from '../database.ts';
import { partitionOf, type StageTable, stageTables } from './stage-names.ts';

/**
 * Unlogged: after a crash of the database the run is read again. Attached, not created as partitions: that would wait
 * for a backup that is reading the database just now. A run that begins anew finds its tables, and empties them.
 */
export async function createStage(client: pg.ClientBase, runId: string): Promise<void> {
  const id = client.escapeLiteral(runId);
  const there = await client.query('select to_regclass($1) is not null as there', [
    partitionOf('stage_school', runId),
  ]);
  const statements = stageTables.map((table) => {
    const partition = partitionOf(table, runId);
    return there.rows[0]?.there === true
      ? `delete from ${partition}`
      : `create unlogged table ${partition} (like ${table} including all);
        alter table ${table} attach partition ${partition} for values in (${id})`;
  });
  await client.query(statements.join(';'));
}

/** How long another session's lock on the stage is waited for before it is left to the next run. */
const PATIENCE = '2s';

async function dropStage(db: Db, runId: string): Promise<void> {
  const partitions = stageTables.map((table) => sql.table(partitionOf(table, runId)));
  await db
    .transaction()
    .execute(async (tx) => {
      await sql`select set_config('lock_timeout', ${PATIENCE}, true)`.execute(tx);
      await sql`drop table if exists ${sql.join(partitions)}`.execute(tx);
    })
    .catch(unlessLocked);
}

export async function emptyStage(db: Db, runId: string, tables: readonly StageTable[]): Promise<void> {
  for (const table of tables) await sql`delete from ${sql.table(partitionOf(table, runId))}`.execute(db);
}

/** What waits for a person outlives a crash of the database, unless a backup holds it just now. */
export async function keepStage(db: Db, runId: string): Promise<void> {
  for (const table of stageTables) {
    await sql`alter table ${sql.table(partitionOf(table, runId))} set logged`.execute(db).catch(unlessLocked);
  }
}

/** Fresh statistics: the planner would otherwise join the just-copied rows as if there were none. */
export async function analyzeStage(db: Db, runId: string): Promise<void> {
  const partitions = stageTables.map((table) => sql.table(partitionOf(table, runId)));
  await sql`analyze ${sql.join(partitions)}`.execute(db);
}

/** Rows per table; null: the stage is no longer there. */
export async function countStage(db: Db, runId: string): Promise<Record<StageTable, number> | null> {
  const first = partitionOf('stage_school', runId);
  const found = await sql<{ there: boolean }>`select to_regclass(${first}) is not null as there`.execute(db);
  if (found.rows[0]?.there !== true) return null;
  const counts = stageTables.map(
    (table) => sql`(select count(*)::int from ${sql.table(partitionOf(table, runId))}) as ${sql.ref(table)}`,
  );
  const rows = await sql<Record<StageTable, number>>`select ${sql.join(counts)}`.execute(db);
  return rows.rows[0] ?? null;
}

/**
 * Drops what runs have left that are neither under way nor kept for a person. What somebody else holds, such as a
 * backup, is left to the next time.
 */
export async function dropStaleStages(db: Db): Promise<void> {
  const stale = await sql<{ run_id: string }>`
    select distinct right(c.relname, 32)::uuid as run_id
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = current_schema() and c.relkind = 'r' and c.relname ~ '^stage_[a-z]+_[0-9a-f]{32}$'
      and not exists (
        select from sync_run r
        where r.id = right(c.relname, 32)::uuid and (r.state = 'running' or r.plan is not null))`.execute(db);
  for (const { run_id } of stale.rows) await dropStage(db, run_id);
}
