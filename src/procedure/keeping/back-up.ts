import { backupKeyOf } from '../../config/backup-keys.ts';
import type { Config } from '../../config/config-types.ts';
import type { WriteProgress } from '../../store/backup/write-database.ts';
import type { Database } from '../../store/database.ts';
import { keepSendEpoch } from '../keep-send-epoch.ts';
import { pruneBackups } from './backup-files.ts';
import { type MadeBackup, makeBackup } from './make-backup.ts';

/**
 * A backup as the configuration says: into its folder, where those that are too many then go, or into another folder,
 * where nothing is deleted.
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
): Promise<MadeBackup & { readonly pruned: number }> {
  const epoch = keepSendEpoch(db, config.dataDir, how.now);
  const district = config.district.id;
  const made = await makeBackup({
    db,
    url,
    district,
    version: how.version,
    folder: how.folder ?? config.backup.folder,
    key: backupKeyOf(config),
    now: how.now,
    taken: epoch.raise,
    ...(how.progress && { progress: how.progress }),
  });
  const pruned =
    how.folder === undefined ? await pruneBackups(config.backup.folder, district, config.backup.keep) : 0;
  return { ...made, pruned };
}
