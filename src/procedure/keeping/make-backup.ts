import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { errorCode } from '../../ops/describe-error.ts';
import { KEEP_ALIVE_MS } from '../../ops/silent-server.ts';
import { BackupFileError } from '../../store/backup/sealed-stream.ts';
import { type WriteProgress, writeDatabase } from '../../store/backup/write-database.ts';
import { type BackupPlace, beginBackupRun, endBackupRun, failBackupRun } from '../../store/backup-runs.ts';
import type { Db } from '../../store/database.ts';
import { stampOf } from './backup-files.ts';
import { writeSealed } from './write-sealed.ts';

export interface BackupOptions {
  readonly db: Db;
  /** Of the same database. */
  readonly url: string;
  readonly district: string;
  readonly version: string;
  readonly folder: string;
  /** Kept with it; null: a folder that somebody has chosen for once. */
  readonly place: BackupPlace | null;
  readonly key: string;
  readonly now: () => Date;
  readonly progress?: (now: WriteProgress) => void;
  /** Once it is whole: from here on what leaves is not in it. */
  readonly taken: () => Promise<void>;
}

export interface MadeBackup {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  readonly sha256: string;
  readonly madeAt: Date;
  readonly milliseconds: number;
}

/** Another process makes one just now. */
class BackupUnderWayError extends Error {
  override readonly name = 'BackupUnderWayError';
}

/**
 * Writes the whole database, as it was at one moment, into one encrypted file. It appears under its name only when it is
 * whole and on the disk; beside it lies its SHA-256, as `sha256sum -c` reads it.
 * @throws BackupUnderWayError @throws BackupFileError when the folder cannot be written
 */
export async function makeBackup(options: BackupOptions): Promise<MadeBackup> {
  const { db, district, folder, key } = options;
  const began = performance.now();
  const madeAt = options.now();
  const client = await connectForLong(options.url, 'rollcall backup');
  try {
    const lock = await client.query(`select pg_try_advisory_lock(hashtext('rollcall backup')) as ours`);
    if (lock.rows[0]?.ours !== true) throw new BackupUnderWayError('Another backup is under way.');
    const run = await beginBackupRun(db, madeAt, options.place);
    const name = `rollcall-${district}-${stampOf(madeAt)}.backup`;
    const path = join(folder, name);
    try {
      await prepareFolder(folder, district);
      const { bytes, sha256, rows } = await writeBackupFile(client, path, { ...options, key, madeAt });
      await options.taken();
      await endBackupRun(db, run, { endedAt: options.now(), fileName: name, bytes, rows, sha256 });
      return { path, bytes, rows, sha256, madeAt, milliseconds: Math.round(performance.now() - began) };
    } catch (error) {
      await failBackupRun(db, run, { endedAt: options.now(), failure: String(errorCode(error) ?? 'failed') });
      throw asFolderError(error, folder);
    }
  } finally {
    await client.end();
  }
}

/**
 * What is in a database before another one takes its place, whatever version of Rollcall it is of.
 * @returns the file; null: there is nothing to keep
 */
export async function keepBeforeRestore(
  options: Omit<BackupOptions, 'db' | 'taken' | 'place'>,
): Promise<string | null> {
  const { district, folder } = options;
  const client = await connectForLong(options.url, 'rollcall backup');
  try {
    const { rows } = await client.query(`select to_regclass('public.kysely_migration') is not null as there`);
    if (rows[0]?.there !== true) return null;
    await prepareFolder(folder, district);
    const madeAt = options.now();
    const path = join(folder, `rollcall-${district}-${stampOf(madeAt)}-before-restore.backup`);
    await writeBackupFile(client, path, { ...options, madeAt });
    return path;
  } catch (error) {
    throw asFolderError(error, folder);
  } finally {
    await client.end();
  }
}

/** A large table takes longer than any statement of the service may. */
export async function connectForLong(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    statement_timeout: 0,
    lock_timeout: 60_000,
  });
  // Whoever uses it learns of a lost connection from the query that fails.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function writeBackupFile(
  client: pg.Client,
  path: string,
  options: Omit<BackupOptions, 'db' | 'taken' | 'place'> & { readonly madeAt: Date },
): Promise<{ bytes: number; sha256: string; rows: number }> {
  let rows = 0;
  const content = writeDatabase(
    client,
    options.version,
    (now) => options.progress?.(now),
    (all) => {
      rows = all;
    },
  );
  const { madeAt, district, key } = options;
  const documentKey = await documentMark(client);
  const sealing = { format: 'rollcall-backup', madeAt, district, key, documentKey, content } as const;
  const written = await writeSealed(path, sealing, { sum: true });
  return { ...written, rows };
}

async function documentMark(client: pg.Client): Promise<string | null> {
  const there = await client.query(`select to_regclass('public.document_vault') is not null as there`);
  if (there.rows[0]?.there !== true) return null;
  const { rows } = await client.query<{ mark: string }>('select mark from document_vault');
  return rows[0]?.mark ?? null;
}

/** We are the only one: what was left of a backup that was cut off goes. */
async function prepareFolder(folder: string, district: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    if (name.startsWith(`rollcall-${district}-`) && name.endsWith('.backup.part'))
      await rm(join(folder, name), { force: true });
  }
}

function asFolderError(error: unknown, folder: string): unknown {
  const code = errorCode(error);
  if (code === 'ENOSPC') return new BackupFileError(`The disk of ${folder} is full: no backup was made.`);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR')
    return new BackupFileError(`The folder ${folder} cannot be written (${code}): no backup was made.`);
  return error;
}
