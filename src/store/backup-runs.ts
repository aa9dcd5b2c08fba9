import type { Db } from './database.ts';

export interface BackupRun {
  readonly begunAt: Date;
  readonly endedAt: Date | null;
  readonly fileName: string | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly failure: string | null;
}

/** @returns its id */
export async function beginBackupRun(db: Db, begunAt: Date): Promise<number> {
  const row = await db
    .insertInto('backup_run')
    .values({ begun_at: begunAt })
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
}

export async function readKeepingState(db: Db): Promise<KeepingState> {
  const runs = db
    .selectFrom('backup_run')
    .select(['begun_at', 'ended_at', 'file_name', 'bytes', 'sha256', 'failure'])
    .orderBy('id', 'desc');
  const last = await runs.where('sha256', 'is not', null).executeTakeFirst();
  const tried = await runs.executeTakeFirst();
  const drills = db.selectFrom('drill_run').select(['at', 'good', 'backup_made_at']).orderBy('id', 'desc');
  const drill = await drills.executeTakeFirst();
  const good = await drills.where('good', '=', true).executeTakeFirst();
  return {
    lastBackup: last === undefined ? null : asRun(last),
    lastFailure: tried?.failure == null ? null : asRun(tried),
    lastDrill:
      drill === undefined ? null : { at: drill.at, good: drill.good, backupMadeAt: drill.backup_made_at },
    lastGoodDrillAt: good?.at ?? null,
  };
}

function asRun(row: {
  begun_at: Date;
  ended_at: Date | null;
  file_name: string | null;
  bytes: string | null;
  sha256: string | null;
  failure: string | null;
}): BackupRun {
  return {
    begunAt: row.begun_at,
    endedAt: row.ended_at,
    fileName: row.file_name,
    bytes: row.bytes === null ? null : Number(row.bytes),
    sha256: row.sha256,
    failure: row.failure,
  };
}

export async function recordDrill(
  db: Db,
  drill: { at: Date; backupMadeAt: Date; fileName: string; good: boolean; report: object },
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
