import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorCode } from '../ops/describe-error.ts';
import { UsageError } from './output.ts';

/** What the help of an option says that takes such a file. */
export const NEVER_REPLACED = 'a file that is there is never replaced';

/**
 * Asked before anything is done: what a command has put on record must not fail for a name.
 * @returns the whole path
 * @throws UsageError where something is there already
 */
export function newFile(option: string, path: string): string {
  const whole = resolve(path);
  if (existsSync(whole)) throw isThere(option, whole);
  return whole;
}

/**
 * Only its owner may read it.
 * @throws UsageError where something is there already, or nothing can be written
 */
export function writeNewFile(option: string, path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const code = String(errorCode(error) ?? 'unknown');
    throw code === 'EEXIST'
      ? isThere(option, path)
      : new UsageError(`${option}: ${path} cannot be written (${code}).`);
  }
}

function isThere(option: string, path: string): UsageError {
  return new UsageError(`${option}: ${path} is there already; name a new file.`);
}
