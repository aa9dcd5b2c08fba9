import { once } from 'node:events';
import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { migrateAs } from '../migrate.ts';
import type { BackupBegin, BackupRecord } from './records.ts';
import { BackupFileError } from './sealed-stream.ts';
import { copyTarget } from './tables-of.ts';

export interface LoadProgress {
  readonly table: string;
  readonly rows: number;
}

export interface Loaded {
  readonly begin: BackupBegin;
  /** Rows of each table, as they were written and as they were taken. */
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Makes the database what the backup holds: in the caller's transaction, so that a failure leaves what was there. What
 * was in the schema `public`, and the queue, goes.
 * @throws BackupFileError when the backup does not hold what it says, or comes from a later version
 */
export async function loadDatabase(
  client: pg.ClientBase,
  records: AsyncGenerator<BackupRecord>,
  progress: (now: LoadProgress) => void = () => {},
): Promise<Loaded> {
  const first = await records.next();
  if (first.done === true || first.value.kind !== 'begin') throw unexpected();
  const { begin } = first.value;
  await dropEverything(client);
  const unknown = await migrateAs(onClient(client), begin.migrations);
  if (unknown.length > 0)
    throw new BackupFileError(
      `The backup was made by a later version of Rollcall (${begin.rollcall}): it has ${unknown.join(', ')}, which this version does not know. Restore it with the version that made it.`,
    );
  const restraints = await liftRestraints(client);
  const rows: Record<string, number> = {};
  let ended = false;
  for await (const record of records) {
    if (record.kind === 'table') {
      rows[record.table.name] = await loadTable(client, record.table, records);
      progress({ table: record.table.name, rows: rows[record.table.name] ?? 0 });
    } else if (record.kind === 'end') {
      const { sequences, tables, rows: all } = record.end;
      const sum = Object.values(rows).reduce((total, count) => total + count, 0);
      if (Object.keys(rows).length !== tables || sum !== all) throw unexpected();
      for (const { name, value } of sequences)
        await client.query('select setval($1::text::regclass, $2::bigint)', [
          `public.${client.escapeIdentifier(name)}`,
          value,
        ]);
      ended = true;
    } else throw unexpected();
  }
  if (!ended) throw unexpected();
  // What does not fit together fails here.
  for (const statement of restraints) await client.query(statement);
  return { begin, rows };
}

async function loadTable(
  client: pg.ClientBase,
  table: Extract<BackupRecord, { kind: 'table' }>['table'],
  records: AsyncGenerator<BackupRecord>,
): Promise<number> {
  const name = client.escapeIdentifier(table.name);
  // What a migration has put in comes with the backup again.
  const there = await client.query(`select from public.${name} limit 1`);
  if (there.rowCount !== 0) await client.query(`delete from public.${name}`);
  const format = table.format === 'binary' ? ' (format binary)' : '';
  const stream = client.query(copyFrom(`copy ${copyTarget(client, table)} from stdin${format}`));
  const finished = once(stream, 'finish');
  // A failure may surface while we wait for a drain; it is reported by the await below.
  finished.catch(() => undefined);
  for (;;) {
    const next = await records.next();
    if (next.done === true) throw unexpected();
    if (next.value.kind === 'data') {
      if (!stream.write(next.value.bytes)) await Promise.race([once(stream, 'drain'), finished]);
      continue;
    }
    if (next.value.kind !== 'table-end') throw unexpected();
    stream.end();
    await finished;
    if (stream.rowCount !== next.value.rows) throw unexpected();
    return next.value.rows;
  }
}

function unexpected(): BackupFileError {
  return new BackupFileError('The backup does not hold what it says that it holds. Take another one.');
}

/** Also what belongs to the queue: its jobs are found anew from the database. */
async function dropEverything(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(`
    select format('drop table public.%I cascade', c.relname) as statement
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    union all
    select format('drop function if exists public.%I(%s) cascade', p.proname, pg_get_function_identity_arguments(p.oid))
    from pg_proc p where p.pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    union all
    select format('drop sequence if exists public.%I cascade', c.relname)
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'S'
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('a', 'i'))`);
  for (const { statement } of rows) await client.query(statement);
  await client.query('drop schema if exists bullmq cascade');
}

/**
 * Takes away what would hinder rows from coming in any order: foreign keys and triggers.
 * @returns statements that put everything back as it was
 */
async function liftRestraints(client: pg.ClientBase): Promise<string[]> {
  const { rows: keys } = await client.query<{ off: string; on: string }>(`
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) as off,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as on
    from pg_constraint
    where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0
    order by conrelid::regclass::text, conname`);
  const { rows: triggers } = await client.query<{ off: string; on: string }>(`
    select format('alter table %s disable trigger %I', tgrelid::regclass, tgname) as off,
      format('alter table %s enable %s trigger %I', tgrelid::regclass,
        case tgenabled when 'A' then 'always' when 'R' then 'replica' else '' end, tgname) as on
    from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not tgisinternal and tgenabled <> 'D' and c.relnamespace = 'public'::regnamespace
    order by tgrelid::regclass::text, tgname`);
  for (const { off } of [...keys, ...triggers]) await client.query(off);
  return [...keys, ...triggers].map(({ on }) => on);
}

/** Migrations, in the transaction of this very connection. */
export function onClient(client: pg.ClientBase): Kysely<unknown> {
  const connection = { query: client.query.bind(client), release: () => undefined };
  const pool = { connect: async () => connection, end: async () => undefined };
  return new Kysely({ dialect: new PostgresDialect({ pool: pool as never }) });
}
