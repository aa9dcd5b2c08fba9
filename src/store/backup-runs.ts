import type { Db } from './database.ts';

export interface BackupRun {
  readonly begunAt: Date;
  readonly endedAt: Date | null;
  readonly fileName: string | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly failure: string | null;
  /** null: into a folder that somebody has chosen for once, or before it was kept. */
  readonly place: BackupPlace | null;
}

/** Where backups lie: two machines with the same configuration may mean two folders. */
export interface BackupPlace {
  readonly host: string;
  readonly folder: string;
}

/** @returns its id */
export async function beginBackupRun(db: Db, begunAt: Date, place: BackupPlace | null): Promise<number> {
  const row = await db
    .insertInto('backup_run')
    .values({ begun_at: begunAt, host: place?.host ?? null, folder: place?.folder ?? null })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function endBackupRun(
  db: Db,
  id: number,
  made: { endedAt: Date; fileName: string; bytes: number; rows: number; sha256: string },
): Promise<void> {
  await db
    .updateTable('backup_run')
    .set({
      ended_at: made.endedAt,
      file_name: made.fileName,
      bytes: made.bytes,
      rows: made.rows,
      sha256: made.sha256,
    })
    .where('id', '=', id)
    .execute();
}

export async function failBackupRun(
  db: Db,
  id: number,
  failed: { endedAt: Date; failure: string },
): Promise<void> {
  await db
    .updateTable('backup_run')
    .set({ ended_at: failed.endedAt, failure: failed.failure })
    .where('id', '=', id)
    .execute();
}

/** What is known of keeping the data: for `status`, health and whoever watches the age of it. */
export interface KeepingState {
  /** The newest backup that is whole; null: none was ever made. */
  readonly lastBackup: BackupRun | null;
  /** The last try, where it was not that one. */
  readonly lastFailure: BackupRun | null;
  readonly lastDrill: {
    readonly at: Date;
    readonly good: boolean;
    readonly backupMadeAt: Date | null;
  } | null;
  readonly lastGoodDrillAt: Date | null;
  /** The first one into the configured folder, since that is kept. */
  readonly firstOwnBackupAt: Date | null;
}

/** The newest whole backup in the configured folder, wherever that was. */
export async function lastOwnBackup(db: Db): Promise<BackupRun | null> {
  const row = await db
    .selectFrom('backup_run')
    .select(RUN)
    .where('sha256', 'is not', null)
    .where('host', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : asRun(row);
}

const RUN = ['begun_at', 'ended_at', 'file_name', 'bytes', 'sha256', 'failure', 'host', 'folder'] as const;

export async function readKeepingState(db: Db): Promise<KeepingState> {
  const runs = db.selectFrom('backup_run').select(RUN).orderBy('id', 'desc');
  const last = await runs.where('sha256', 'is not', null).executeTakeFirst();
  const tried = await runs.executeTakeFirst();
  const drills = db.selectFrom('drill_run').select(['at', 'good', 'backup_made_at']).orderBy('id', 'desc');
  const drill = await drills.executeTakeFirst();
  const good = await drills.where('good', '=', true).executeTakeFirst();
  const first = await db
    .selectFrom('backup_run')
    .select(({ fn }) => fn.min<Date | null>('begun_at').as('at'))
    .where('sha256', 'is not', null)
    .where('host', 'is not', null)
    .executeTakeFirst();
  return {
    lastBackup: last === undefined ? null : asRun(last),
    lastFailure: tried?.failure == null ? null : asRun(tried),
    lastDrill:
      drill === undefined ? null : { at: drill.at, good: drill.good, backupMadeAt: drill.backup_made_at },
    lastGoodDrillAt: good?.at ?? null,
    firstOwnBackupAt: first?.at ?? null,
  };
}

function asRun(row: {
  begun_at: Date;
  ended_at: Date | null;
  file_name: string | null;
  bytes: string | null;
  sha256: string | null;
  failure: string | null;
  host: string | null;
  folder: string | null;
}): BackupRun {
  return {
    begunAt: row.begun_at,
    endedAt: row.ended_at,
    fileName: row.file_name,
    bytes: row.bytes === null ? null : Number(row.bytes),
    sha256: row.sha256,
    failure: row.failure,
    place: row.host === null || row.folder === null ? null : { host: row.host, folder: row.folder },
  };
}

export async function recordDrill(
  db: Db,
  drill: { at: Date; backupMadeAt: Date | null; fileName: string; good: boolean; report: object },
): Promise<void> {
  await db
    .insertInto('drill_run')
    .values({
      at: drill.at,
      backup_made_at: drill.backupMadeAt,
      file_name: drill.fileName,
      good: drill.good,
      report: JSON.stringify(drill.report),
    })
    .execute();
}
