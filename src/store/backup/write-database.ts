import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { type BackupRecord, encodeRecord } from './records.ts';
import { copyTarget, serverVersion, tablesOf } from './tables-of.ts';

export interface WriteProgress {
  readonly table: string;
  /** Tables that are written, of how many. */
  readonly done: number;
  readonly of: number;
  readonly bytes: number;
}

/** The whole database as it was at one moment, as the records of a backup. Whoever works on goes on. */
export async function* writeDatabase(
  client: pg.ClientBase,
  rollcall: string,
  progress: (now: WriteProgress) => void,
  ended: (rows: number) => void,
): AsyncGenerator<Buffer> {
  for await (const record of recordsOf(client, rollcall, progress)) {
    if (record.kind === 'end') ended(record.end.rows);
    yield* encodeRecord(record);
  }
}

async function* recordsOf(
  client: pg.ClientBase,
  rollcall: string,
  progress: (now: WriteProgress) => void,
): AsyncGenerator<BackupRecord> {
  await client.query('begin isolation level repeatable read read only');
  const tables = await tablesOf(client);
  const { rows: applied } = await client.query<{ name: string }>(
    'select name from kysely_migration order by name',
  );
  yield {
    kind: 'begin',
    begin: {
      rollcall,
      postgres: await serverVersion(client),
      migrations: applied.map(({ name }) => name),
    },
  };
  let [all, bytes] = [0, 0];
  for (const [done, table] of tables.entries()) {
    yield { kind: 'table', table };
    const format = table.format === 'binary' ? ' (format binary)' : '';
    const copy = client.query(copyTo(`copy ${copyTarget(client, table)} to stdout${format}`));
    for await (const part of copy as AsyncIterable<Buffer>) {
      bytes += part.length;
      progress({ table: table.name, done, of: tables.length, bytes });
      yield { kind: 'data', bytes: part };
    }
    all += copy.rowCount;
    yield { kind: 'table-end', rows: copy.rowCount };
  }
  yield { kind: 'end', end: { sequences: await sequencesOf(client), tables: tables.length, rows: all } };
  // Whoever breaks off before this closes the connection.
  await client.query('rollback');
}

async function sequencesOf(client: pg.ClientBase): Promise<{ name: string; value: string }[]> {
  const { rows } = await client.query<{ name: string; value: string }>(`
    select sequencename as name, last_value::text as value from pg_sequences
    where schemaname = 'public' and last_value is not null order by sequencename`);
  return rows;
}
