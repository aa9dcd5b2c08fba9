import type pg from 'pg';
import type { BackupTable } from './records.ts';

/** What a sync has read and not applied: it is read again. */
const LEFT_OUT = /^stage_/;

/** Every table whose rows make up the database, by name. */
export async function tablesOf(client: pg.ClientBase): Promise<BackupTable[]> {
  const { rows } = await client.query<{ name: string; columns: string[]; bytes: boolean }>(`
    select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns,
      bool_or(a.atttypid = 'bytea'::regtype) as bytes
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where n.nspname = 'public' and c.relkind = 'r' and not c.relispartition
    group by c.relname order by c.relname`);
  return rows
    .filter(({ name }) => !LEFT_OUT.test(name))
    .map(({ name, columns, bytes }) => ({ name, columns, format: bytes ? 'binary' : 'text' }));
}

/** `"table" ("column", "column")`, for COPY. */
export function copyTarget(client: pg.ClientBase, { name, columns }: BackupTable): string {
  const list = columns.map((column) => client.escapeIdentifier(column)).join(', ');
  return `public.${client.escapeIdentifier(name)} (${list})`;
}

export async function serverVersion(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  return (rows[0]?.server_version ?? '').split(' ')[0] ?? '';
}
