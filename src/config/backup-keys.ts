import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../ops/describe-error.ts';
import type { Config } from './config-types.ts';
import { makeKeyFile, readKeyFile } from './key-file.ts';

type KeySource = Pick<Config, 'dataDir'> & {
  readonly environment: Pick<Config['environment'], 'backupKey' | 'backupKeyBefore'>;
};

/**
 * What backups are encrypted with: `ROLLCALL_BACKUP_KEY`, else `backup.key` in the data folder, which is made on first
 * use (mode 0600). Whoever loses both loses every backup.
 * @throws ConfigError when the file can be read by everybody, or holds no key
 */
export function backupKeyOf(source: KeySource): string {
  const path = backupKeyFile(source);
  return source.environment.backupKey ?? readKeyFile(path) ?? makeKeyFile(path);
}

/** Every key that may have encrypted a backup, the one in use first; none is made. */
export function backupKeysOf(source: KeySource): string[] {
  const { backupKey, backupKeyBefore } = source.environment;
  const inUse = backupKey ?? readKeyFile(backupKeyFile(source));
  const before = formerFiles(source).map((path) => readKeyFile(path));
  return [inUse, backupKeyBefore, readKeyFile(backupKeyFile(source)), ...before].flatMap((key) => key ?? []);
}

export function backupKeyFile({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'backup.key');
}

/** Where the key lies that was in use before: it opens what it has encrypted. */
export function formerBackupKeyFile(source: Pick<Config, 'dataDir'>, mark: string): string {
  return `${backupKeyFile(source)}.${mark}`;
}

function formerFiles(source: KeySource): string[] {
  try {
    return readdirSync(source.dataDir)
      .filter((name) => /^backup\.key\.[0-9a-f]{16}$/.test(name))
      .map((name) => join(source.dataDir, name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
