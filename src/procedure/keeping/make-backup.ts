import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import pg from 'pg';
import { errorCode } from '../../ops/describe-error.ts';
import { KEEP_ALIVE_MS } from '../../ops/silent-server.ts';
import { compressed } from '../../store/backup/compressed.ts';
import { BackupFileError, markOfKey, seal } from '../../store/backup/sealed-stream.ts';
import { type WriteProgress, writeDatabase } from '../../store/backup/write-database.ts';
import { beginBackupRun, endBackupRun, failBackupRun } from '../../store/backup-runs.ts';
import type { Db } from '../../store/database.ts';

export interface BackupOptions {
  readonly db: Db;
  /** Of the same database. */
  readonly url: string;
  readonly district: string;
  readonly version: string;
  readonly folder: string;
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
    const run = await beginBackupRun(db, madeAt);
    const name = `rollcall-${district}-${stamp(madeAt)}.backup`;
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
  options: Omit<BackupOptions, 'db' | 'taken'>,
): Promise<string | null> {
  const { district, folder } = options;
  const client = await connectForLong(options.url, 'rollcall backup');
  try {
    const { rows } = await client.query(`select to_regclass('public.kysely_migration') is not null as there`);
    if (rows[0]?.there !== true) return null;
    await prepareFolder(folder, district);
    const madeAt = options.now();
    const path = join(folder, `rollcall-${district}-${stamp(madeAt)}-before-restore.backup`);
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
  options: Omit<BackupOptions, 'db' | 'taken'> & { readonly madeAt: Date },
): Promise<{ bytes: number; sha256: string; rows: number }> {
  const head = {
    format: 'rollcall-backup',
    version: 1,
    madeAt: options.madeAt.toISOString(),
    district: options.district,
    key: markOfKey(options.key),
    documentKey: await documentMark(client),
  } as const;
  const hash = createHash('sha256');
  let [bytes, rows] = [0, 0];
  const content = writeDatabase(
    client,
    options.version,
    (now) => options.progress?.(now),
    (all) => {
      rows = all;
    },
  );
  const file = await open(`${path}.part`, 'wx', 0o600);
  const begun = [`${path}.part`];
  try {
    try {
      for await (const piece of seal(compressed(content), head, options.key)) {
        hash.update(piece);
        bytes += piece.length;
        await file.writeFile(piece);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    const sha256 = hash.digest('hex');
    begun.push(`${path}.sha256`);
    await writeFile(`${path}.sha256`, `${sha256}  ${basename(path)}\n`, { mode: 0o600 });
    await rename(`${path}.part`, path);
    await syncFolder(path);
    return { bytes, sha256, rows };
  } catch (error) {
    // Of what is not whole nothing stays, not even its sum.
    for (const left of begun) await rm(left, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function documentMark(client: pg.Client): Promise<string | null> {
  const there = await client.query(`select to_regclass('public.document_vault') is not null as there`);
  if (there.rows[0]?.there !== true) return null;
  const { rows } = await client.query<{ mark: string }>('select mark from document_vault');
  return rows[0]?.mark ?? null;
}

/** What a power cut must not take back: the name of the file. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(join(path, '..'), 'r').catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
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

/** `20261126-130500`, in UTC: as names they lie in the order of time. */
function stamp(at: Date): string {
  return at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
}
