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

/** Deletes all but the newest. @returns how many are gone */
export async function pruneBackups(folder: string, district: string, keep: number): Promise<number> {
  const old = (await listBackups(folder, district)).slice(0, -keep);
  for (const path of old) {
    await rm(path, { force: true });
    await rm(`${path}.sha256`, { force: true });
  }
  return old.length;
}

/** @throws BackupFileError when it cannot be read */
export async function* readBackupFile(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 512 * 1024 }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new BackupFileError(`${path} cannot be read (${errorCode(error) ?? 'unreadable'}).`);
  }
}
