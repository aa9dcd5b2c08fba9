import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../ops/describe-error.ts';
import { BackupFileError } from '../../store/backup/sealed-stream.ts';

/** The backups of a district in a folder, the oldest first. */
export async function listBackups(folder: string, district: string): Promise<string[]> {
  const name = new RegExp(`^rollcall-${district}-\\d{8}-\\d{6}\\.backup$`);
  try {
    const names = await readdir(folder);
    return names
      .filter((one) => name.test(one))
      .sort()
      .map((one) => join(folder, one));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** So long does what was there before a restore stay, in which everything else that was there is gone. */
const BEFORE_RESTORE_DAYS = 30;
const DAY_MS = 86_400_000;

/** Deletes all but the newest, and what restores have put aside once it is old. @returns how many are gone */
export async function pruneBackups(
  folder: string,
  district: string,
  keep: number,
  now: Date,
): Promise<number> {
  const old = [
    ...(await listBackups(folder, district)).slice(0, -keep),
    ...(await setAsideBefore(folder, district, new Date(now.getTime() - BEFORE_RESTORE_DAYS * DAY_MS))),
  ];
  for (const path of old) {
    await rm(path, { force: true });
    await rm(`${path}.sha256`, { force: true });
  }
  return old.length;
}

async function setAsideBefore(folder: string, district: string, before: Date): Promise<string[]> {
  const name = new RegExp(`^rollcall-${district}-(\\d{8}-\\d{6})-before-restore\\.backup$`);
  const names = await readdir(folder);
  return names
    .filter((one) => (name.exec(one)?.[1] ?? '9') < stampOf(before))
    .map((one) => join(folder, one));
}

/** `20261126-130500`, in UTC: as names they lie in the order of time. */
export function stampOf(at: Date): string {
  return at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
}

/** @throws BackupFileError when it cannot be read */
export async function* readBackupFile(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 512 * 1024 }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new BackupFileError(`${path} cannot be read (${errorCode(error) ?? 'unreadable'}).`);
  }
}
