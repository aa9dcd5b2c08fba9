import { chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { onServer } from './postgres.ts';
import { mayMountDisks, mountSmallDisk } from './small-disk.ts';

export interface FullDisk {
  /** There is room again. */
  makeRoom(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Puts tables of a database on a disk of their own that is full: what changes them fails, as soon as it needs room, with
 * PostgreSQL's own error. Where no disk can be mounted, or the server is elsewhere, they fail with its code alone.
 * @param url of the database, by its owner; nobody else is connected to it
 */
export async function fillDiskOf(url: string, tables: readonly string[]): Promise<FullDisk> {
  const statement = (text: string) => onServer(text, url);
  if (!mayMountDisks()) return failByCode(statement, tables);
  const disk = await mountSmallDisk(4);
  const location = join(disk.folder, 'space');
  const space = `full_${process.pid}_${Date.now()}`;
  await mkdir(location, { mode: 0o700 });
  const { uid, gid } = await stat(await dataFolder(url));
  await chown(location, uid, gid);
  await onServer(`create tablespace ${space} location '${location}'`);
  for (const table of tables) {
    // Without what is free between its rows.
    await statement(`vacuum full ${table}`);
    await statement(`alter table ${table} set tablespace ${space}`);
  }
  await statement(`create table filler (bytes text) tablespace ${space}`);
  await statement('alter table filler alter bytes set storage plain');
  for (const size of [7_000, 500, 1]) {
    const full = await statement(
      `insert into filler select repeat('x', ${size}) from generate_series(1, 100000)`,
    ).catch((error: unknown) => error);
    if ((full as { code?: string } | undefined)?.code !== DISK_FULL) throw full;
  }
  return {
    async makeRoom() {
      await statement('drop table filler');
    },
    /** Once the database is gone. */
    async remove() {
      await onServer(`drop tablespace ${space}`);
      await disk.remove();
    },
  };
}

const DISK_FULL = '53100';

async function failByCode(
  statement: (text: string) => Promise<unknown>,
  tables: readonly string[],
): Promise<FullDisk> {
  await statement(
    `create function disk_is_full() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file' using errcode = '${DISK_FULL}'; end $$`,
  );
  for (const table of tables)
    await statement(
      `create trigger disk_is_full before insert or update on ${table} execute function disk_is_full()`,
    );
  return {
    async makeRoom() {
      await statement('drop function disk_is_full() cascade');
    },
    remove: async () => undefined,
  };
}

async function dataFolder(url: string): Promise<string> {
  const [row] = await onServer<{ folder: string }>(`select current_setting('data_directory') as folder`, url);
  return row?.folder ?? '';
}
