import { statfs } from 'node:fs/promises';
import { basename } from 'node:path';
import { sql } from 'kysely';
import { backupKeysOf } from '../../config/backup-keys.ts';
import type { Config } from '../../config/config-types.ts';
import { errorCode } from '../../ops/describe-error.ts';
import { BackupFileError } from '../../store/backup/sealed-stream.ts';
import { recordDrill } from '../../store/backup-runs.ts';
import type { Database, Db } from '../../store/database.ts';
import { keptAnchors } from '../keep-audit.ts';
import { listBackups } from './backup-files.ts';
import { type DrillReport, drill } from './drill.ts';
import { DrillUnderWayError } from './drill-database.ts';

/**
 * A drill as the configuration says, of the newest backup or of the one that is named. Whatever comes of it is on record,
 * also that it could not be tried.
 * @throws DrillUnderWayError with nothing on record
 * @param how `embedded`: the database lies on the disk of the data folder, and has to fit on it once more
 * @returns null: there is no backup
 */
export async function proveBackup(
  { db, url }: Pick<Database, 'db' | 'url'>,
  config: Pick<Config, 'backup' | 'district' | 'dataDir' | 'environment'>,
  how: {
    readonly file?: string;
    readonly documentKey: string | null;
    readonly embedded: boolean;
    readonly now: () => Date;
    readonly progress?: (stage: string, count: number) => void;
  },
): Promise<DrillReport | null> {
  const file = how.file ?? (await listBackups(config.backup.folder, config.district.id)).at(-1);
  if (file === undefined) return null;
  const record = (report: { good: boolean; madeAt: string | null }) =>
    recordDrill(db, {
      at: how.now(),
      backupMadeAt: report.madeAt === null ? null : new Date(report.madeAt),
      fileName: basename(file),
      good: report.good,
      report,
    });
  try {
    const report = await drill({
      file,
      keys: backupKeysOf(config),
      documentKey: how.documentKey,
      district: config.district.id,
      url,
      dataDir: config.dataDir,
      anchors: await keptAnchors(config.dataDir),
      ...(how.embedded && { hasRoom: () => refuseWithoutRoom(db, config.dataDir) }),
      ...(how.progress && { progress: how.progress }),
    });
    await record(report);
    return report;
  } catch (error) {
    // Says nothing of the backup; the other one goes on record itself.
    if (error instanceof DrillUnderWayError) throw error;
    const failed = { good: false, madeAt: null, failure: String(errorCode(error) ?? 'not-tried') };
    await record(failed).catch(() => undefined);
    throw error;
  }
}

/** Indexes and the log of the server are in its size already. */
const ROOM = 1.2;

async function refuseWithoutRoom(db: Db, dataDir: string): Promise<void> {
  const { rows } = await sql<{ bytes: string }>`
    select pg_database_size(current_database())::text as bytes`.execute(db);
  const needed = ROOM * Number(rows[0]?.bytes ?? 0);
  const { bavail, bsize } = await statfs(dataDir);
  if (bavail * bsize >= needed) return;
  throw new BackupFileError(
    `The disk of ${dataDir} has ${megabytes(bavail * bsize)} MB left; a drill needs about ${megabytes(needed)} MB there for a while. Make room, or try the backup on another machine.`,
  );
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
