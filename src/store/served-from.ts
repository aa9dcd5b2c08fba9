import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import type pg from 'pg';
import type { Db } from './database.ts';

const TABLE_SINCE = '0033-watching';

/**
 * The migration that a version must know at least to work on this database.
 * @param applied the migrations of the database, where they are known already
 * @returns null: from before that was kept
 */
export async function servedFrom(db: Db, applied?: readonly string[]): Promise<string | null> {
  if (applied !== undefined && !applied.includes(TABLE_SINCE)) return null;
  const row = await db.selectFrom('served_from').select('migration').executeTakeFirst();
  return row?.migration ?? null;
}

export async function raiseServedFrom(db: Db, migration: string): Promise<void> {
  await db.updateTable('served_from').set({ migration }).where('migration', '<', migration).execute();
}

/** Shows every other session which version works here, for as long as this one lasts. */
export async function showVersion(client: pg.ClientBase, schema: number): Promise<void> {
  await client.query(`select pg_advisory_lock_shared(hashtext('rollcall schema'), $1)`, [schema]);
}

export async function leaveVersion(client: pg.ClientBase, schema: number): Promise<void> {
  await client.query(`select pg_advisory_unlock_shared(hashtext('rollcall schema'), $1)`, [schema]);
}

/** They look every quarter of a minute whether they are still served, and then end what is under way. */
const PATIENCE_MS = 90_000;
const LOOK_MS = 500;

/** Older versions still work on the database, which would change under them. */
class OlderVersionRunsError extends Error {
  override readonly name = 'OlderVersionRunsError';
}

/** Waits until no process works here whose version knows less than `schema`. @throws OlderVersionRunsError */
export async function awaitOlderVersions(db: Db, schema: number, patienceMs = PATIENCE_MS): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const running = await countOlderVersions(db, schema);
    if (running === 0) return;
    if (performance.now() > deadline) {
      throw new OlderVersionRunsError(
        `${running} processes of an older version still work on the database, which this version has to change in a way that they cannot follow. Stop them and start again.`,
      );
    }
    await wait(LOOK_MS);
  }
}

async function countOlderVersions(db: Db, schema: number): Promise<number> {
  const { rows } = await sql<{ running: number }>`
    select count(distinct pid)::int as running from pg_locks
    where locktype = 'advisory' and classid = hashtext('rollcall schema')::oid and objsubid = 2
      and database = (select oid from pg_database where datname = current_database())
      and objid::bigint < ${schema}`.execute(db);
  return rows[0]?.running ?? 0;
}
