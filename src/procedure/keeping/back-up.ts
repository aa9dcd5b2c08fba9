import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { backupKeyOf } from '../../config/backup-keys.ts';
import type { Config } from '../../config/config-types.ts';
import type { WriteProgress } from '../../store/backup/write-database.ts';
import { type BackupPlace, lastOwnBackup } from '../../store/backup-runs.ts';
import type { Database } from '../../store/database.ts';
import { keepSendEpoch } from '../keep-send-epoch.ts';
import { pruneBackups } from './backup-files.ts';
import { type MadeBackup, makeBackup } from './make-backup.ts';

/**
 * A backup as the configuration says: into its folder, where those that are too many then go, or into another folder,
 * where nothing is deleted.
 * @returns `elsewhere`: where the one before lies, when it is not in this folder: backups are scattered over several
 */
export async function backUp(
  { db, url }: Pick<Database, 'db' | 'url'>,
  config: Pick<Config, 'backup' | 'district' | 'dataDir' | 'environment'>,
  how: {
    readonly version: string;
    readonly now: () => Date;
    readonly folder?: string;
    readonly progress?: (now: WriteProgress) => void;
  },
): Promise<MadeBackup & { readonly pruned: number; readonly elsewhere: BackupPlace | null }> {
  const epoch = keepSendEpoch(db, config.dataDir, how.now);
  const district = config.district.id;
  const own = how.folder === undefined;
  const before = own ? await lastOwnBackup(db) : null;
  const folder = how.folder ?? config.backup.folder;
  const made = await makeBackup({
    db,
    url,
    district,
    version: how.version,
    folder,
    place: own ? { host: hostname(), folder } : null,
    key: backupKeyOf(config),
    now: how.now,
    taken: epoch.raise,
    ...(how.progress && { progress: how.progress }),
  });
  const found = before?.fileName == null || existsSync(join(folder, before.fileName));
  const pruned = own ? await pruneBackups(folder, district, config.backup.keep, how.now()) : 0;
  return { ...made, pruned, elsewhere: found ? null : (before?.place ?? null) };
}
