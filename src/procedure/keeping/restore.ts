import { basename, join } from 'node:path';
import { backupKeyOf } from '../../config/backup-keys.ts';
import type { Config } from '../../config/config-types.ts';
import { writeWhole } from '../../ops/durable-file.ts';
import type { LoadProgress } from '../../store/backup/load-database.ts';
import type { SealedHead } from '../../store/backup/sealed-stream.ts';
import { setAside } from '../../store/carried-over.ts';
import type { Database } from '../../store/database.ts';
import { noteUndone } from '../../store/safe-mode.ts';
import type { UndoneByRestore } from '../../store/tables/keeping.ts';
import { putAnchorsAside } from '../keep-audit.ts';
import { carryOverToRestored } from './carry-over.ts';
import { enterRestored } from './enter-restored.ts';
import { keepBeforeRestore } from './make-backup.ts';
import { type Restored, restoreBackup } from './restore-backup.ts';

export interface RestoreRequest {
  readonly file: string;
  readonly keys: readonly string[];
  readonly by: string;
  /** What is in the database may go. */
  readonly replace: boolean;
  /** It is backed up before it goes. */
  readonly keep: boolean;
  readonly version: string;
  readonly now: Date;
  readonly check?: (head: SealedHead) => void;
  readonly progress?: (now: LoadProgress) => void;
}

export interface RestoreOutcome extends Restored {
  /** The backup of what was there; null: nothing was kept. */
  readonly before: string | null;
  /** Ends of the audit log that went. */
  readonly anchorsAside: number;
  /** What the backup did not know; null: no database of the same line was at hand. */
  readonly undone: UndoneByRestore | null;
  /** Where that is written down, by references. */
  readonly undoneFile: string | null;
}

/**
 * Puts a backup back, and what the database that goes knows beyond it: in one transaction, so that nothing that was
 * stopped may leave and nothing that was destroyed can be read in between.
 */
export async function restore(
  { db, url }: Pick<Database, 'db' | 'url'>,
  config: Pick<Config, 'backup' | 'district' | 'dataDir' | 'environment'>,
  asked: RestoreRequest,
): Promise<RestoreOutcome> {
  const { file, keys, by, replace, version, now } = asked;
  const district = config.district.id;
  const before =
    replace && asked.keep
      ? await keepBeforeRestore({
          url,
          district,
          version,
          folder: config.backup.folder,
          key: backupKeyOf(config),
          now: () => now,
        })
      : null;
  let aside = false;
  let undone: UndoneByRestore | null = null;
  const restored = await restoreBackup({
    url,
    file,
    keys,
    district,
    replace,
    ...(asked.check && { check: asked.check }),
    ...(asked.progress && { progress: asked.progress }),
    before: async (tx) => {
      aside = replace && (await setAside(tx));
    },
    settle: async (tx, head) => {
      await enterRestored(tx, { madeAt: new Date(head.madeAt), by, file: basename(file), now });
      undone = aside ? await carryOverToRestored(tx, now) : null;
      if (undone !== null) await noteUndone(tx, undone);
    },
  });
  return {
    ...restored,
    before,
    undone,
    undoneFile: undone === null ? null : await writeUndone(config.dataDir, now, undone),
    anchorsAside: await putAnchorsAside(db, config.dataDir),
  };
}

async function writeUndone(dataDir: string, now: Date, undone: UndoneByRestore): Promise<string> {
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '');
  const path = join(dataDir, `not-in-the-backup-${stamp}.json`);
  await writeWhole(path, `${JSON.stringify(undone, null, 2)}\n`);
  return path;
}
