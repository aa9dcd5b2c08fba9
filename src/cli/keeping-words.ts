import type { Config } from '../config/config-types.ts';
import { readKeepingState } from '../store/backup-runs.ts';
import type { Db } from '../store/database.ts';
import { whenIn } from './context.ts';

/** `12.3 MB`, in steps of 1,000. */
export function bytesInWords(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1_000 && unit < units.length - 1) [value, unit] = [value / 1_000, unit + 1];
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

export function durationInWords(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds < 90) return `${seconds.toFixed(1)} seconds`;
  return `${(seconds / 60).toFixed(1)} minutes`;
}

/** `3 letters`, `1 letter`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** How old the newest backup is, and when one was last proved good. */
export async function keepingLine(config: Config, db: Db): Promise<string> {
  const { lastBackup, lastFailure, lastDrill, lastGoodDrillAt } = await readKeepingState(db);
  const backup =
    lastBackup === null
      ? 'Last backup: none (rollcall backup)'
      : `Last backup: ${whenIn(config, lastBackup.begunAt)}, ${bytesInWords(lastBackup.bytes ?? 0)}`;
  const failed = lastFailure === null ? '' : `; THE LAST TRY FAILED (${lastFailure.failure})`;
  const bad = lastDrill?.good === false ? '; THE LAST DRILL FOUND FAULTS' : '';
  const drill =
    lastGoodDrillAt === null
      ? 'never proved by a drill'
      : `proved by a drill on ${whenIn(config, lastGoodDrillAt)}`;
  return lastBackup === null ? `${backup}${failed}` : `${backup}, ${drill}${failed}${bad}`;
}
