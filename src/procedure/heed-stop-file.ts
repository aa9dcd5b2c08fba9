import { statSync } from 'node:fs';
import { errorCode } from '../ops/describe-error.ts';
import type { Db } from '../store/database.ts';
import { stopSending } from '../store/kill-switch.ts';

/** Who has stopped sending, where it was the file. */
const STOP_FILE = 'stop file';

/**
 * Whether the file lies there by which sending is stopped without a command. One that cannot be looked for counts as
 * there: whoever has made it must not be passed over.
 */
export function stopFileLies(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

/**
 * Makes a stop of the file. It stands until a named person resumes sending, so that it holds for processes on other
 * machines too, which do not see the file, nor that it has gone.
 */
export async function heedStopFile(db: Db, path: string, now: Date): Promise<void> {
  if (!stopFileLies(path)) return;
  await stopSending(db, { by: STOP_FILE, because: 'the file was put there', now });
}
