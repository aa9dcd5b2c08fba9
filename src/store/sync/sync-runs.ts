import { sql } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { RowProblem } from '../../domain/sis-records.ts';
import type { Db } from '../database.ts';
import type { Evidence } from './evidence.ts';
import { overtakePlans } from './overtake-plans.ts';
import type { RunPlan, RunToApply } from './run-to-apply.ts';
import { dropStaleStages, keepStage } from './stage-tables.ts';

export interface SyncRun {
  readonly id: string;
  readonly kind: 'full' | 'delta';
  readonly state: 'running' | 'applied' | 'quarantined' | 'failed' | 'tried';
  readonly asOf: SchoolDate;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly counts: Record<string, number>;
  readonly reason: string | null;
  readonly evidence: readonly Evidence[];
  /** When the absences were right; null where none were read. */
  readonly sourceAsOf: Date | null;
  readonly released: { readonly by: string; readonly because: string; readonly at: Date } | null;
  /** null: there is nothing complete to apply. */
  readonly plan: RunPlan | null;
}

/** A run keeps at most so many of its problems one by one; the counts keep all. */
const KEPT_PROBLEMS = 1000;

export async function beginSyncRun(
  db: Db,
  run: { id: string; kind: 'full' | 'delta'; asOf: SchoolDate; now: Date },
): Promise<void> {
  await db
    .insertInto('sync_run')
    .values({
      id: run.id,
      kind: run.kind,
      state: 'running',
      as_of: run.asOf,
      started_at: run.now,
      counts: '{}',
    })
    .execute();
}

/** Whether a run has read everything. */
export async function wasFull(db: Db, runId: string): Promise<boolean> {
  const run = await db.selectFrom('sync_run').select('kind').where('id', '=', runId).executeTakeFirst();
  return run?.kind === 'full';
}

/** Ends a run that was not applied. Its stage is cleared; what was in force stays in force. */
export async function stopSyncRun(
  db: Db,
  run: {
    id: string;
    state: 'quarantined' | 'failed' | 'tried';
    reason: string | null;
    counts: Record<string, number>;
    evidence?: readonly Evidence[];
    now: Date;
  },
): Promise<void> {
  await db
    .updateTable('sync_run')
    .set({
      state: run.state,
      reason: run.reason,
      counts: JSON.stringify(run.counts),
      evidence: JSON.stringify(run.evidence ?? []),
      finished_at: run.now,
    })
    .where('id', '=', run.id)
    .execute();
  await dropStaleStages(db);
}

/** Like `stopSyncRun`, for a run that a person may still release: its rows stay, those of the runs it overtakes go. */
export async function quarantineRun(
  db: Db,
  run: {
    id: string;
    reason: string;
    counts: Record<string, number>;
    evidence: readonly Evidence[];
    plan: RunPlan;
    now: Date;
  },
): Promise<void> {
  await keepStage(db, run.id);
  await db
    .updateTable('sync_run')
    .set({
      state: 'quarantined',
      reason: run.reason,
      counts: JSON.stringify(run.counts),
      evidence: JSON.stringify(run.evidence),
      plan: JSON.stringify(run.plan),
      finished_at: run.now,
    })
    .where('id', '=', run.id)
    .execute();
  await overtakePlans(db, { ...run.plan, id: run.id });
  await dropStaleStages(db);
}

export async function finishSyncRun(
  db: Db,
  run: RunToApply & { readonly counts: Record<string, number> },
): Promise<void> {
  await db
    .updateTable('sync_run')
    .set({
      state: 'applied',
      counts: JSON.stringify(run.counts),
      finished_at: run.now,
      source_as_of: run.attendanceAsOf === null ? null : new Date(run.attendanceAsOf),
      read_whole: sql<string[]>`${readWhole(run)}::text[]`,
      plan: null,
      ...(run.release && {
        released_by: run.release.by,
        released_because: run.release.because,
        released_at: run.now,
      }),
    })
    .where('id', '=', run.id)
    .execute();
  await overtakePlans(db, run);
}

function readWhole({ roster, attendance }: RunToApply): string[] {
  return [
    'schools',
    ...(roster === 'whole' ? ['students', 'guardians'] : []),
    ...(attendance === 'whole' ? ['attendances'] : []),
  ];
}

/**
 * The counts of the last applied run that has read the collection whole; null: none has.
 * @param since only runs of this day or a later one
 */
export async function lastWholeRead(
  db: Db,
  collection: string,
  since?: SchoolDate,
): Promise<Record<string, number> | null> {
  let query = db
    .selectFrom('sync_run')
    .select('counts')
    .where('state', '=', 'applied')
    .where(sql<boolean>`${collection} = any(read_whole)`)
    .orderBy('ordinal', 'desc')
    .limit(1);
  if (since !== undefined) query = query.where('as_of', '>=', since);
  return (await query.executeTakeFirst())?.counts ?? null;
}

/** Whether a run of this school year has been applied since its first school day. */
export async function hasAppliedSince(db: Db, date: SchoolDate): Promise<boolean> {
  const row = await db
    .selectFrom('sync_run')
    .select('id')
    .where('state', '=', 'applied')
    .where('as_of', '>=', date)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Keeps what was wrong with single rows: ids and field names, never their contents. A run that has to read a second
 * time tells of that read alone.
 */
export async function recordProblems(db: Db, runId: string, problems: readonly RowProblem[]): Promise<void> {
  await db.deleteFrom('sync_problem').where('run_id', '=', runId).execute();
  const kept = problems.slice(0, KEPT_PROBLEMS);
  if (kept.length === 0) return;
  await db
    .insertInto('sync_problem')
    .values(
      kept.map(({ collection, row, field, found, expected }) => ({
        run_id: runId,
        collection,
        row,
        field,
        found,
        expected,
      })),
    )
    .execute();
}

export async function listProblems(db: Db, runId: string, most: number): Promise<RowProblem[]> {
  return db
    .selectFrom('sync_problem')
    .select(['collection', 'row', 'field', 'found', 'expected'])
    .where('run_id', '=', runId)
    .limit(most)
    .execute();
}

/** Whoever holds the sync lock is alone: another run that is under way has lost its process. */
export async function failAbandonedRuns(db: Db, now: Date): Promise<void> {
  await db
    .updateTable('sync_run')
    .set({ state: 'failed', reason: 'cut-off', finished_at: now })
    .where('state', '=', 'running')
    .execute();
  await dropStaleStages(db);
}

export async function lastSyncRun(
  db: Db,
  state?: SyncRun['state'],
  kind?: SyncRun['kind'],
): Promise<SyncRun | null> {
  const [run] = await listSyncRuns(db, { most: 1, ...(state && { state }), ...(kind && { kind }) });
  return run ?? null;
}

/** Those that a person may still release, latest first. */
export async function listReleasable(db: Db): Promise<SyncRun[]> {
  const runs = await db
    .selectFrom('sync_run')
    .selectAll()
    .where('plan', 'is not', null)
    .orderBy('ordinal', 'desc')
    .execute();
  return runs.map(toRun);
}

/** Latest first: in the order in which they were really begun, whatever clock they were given. */
export async function listSyncRuns(
  db: Db,
  filter: { most: number; state?: SyncRun['state']; kind?: SyncRun['kind'] },
): Promise<SyncRun[]> {
  const { most, state, kind } = filter;
  let query = db.selectFrom('sync_run').selectAll().orderBy('ordinal', 'desc').limit(most);
  if (state !== undefined) query = query.where('state', '=', state);
  if (kind !== undefined) query = query.where('kind', '=', kind);
  return (await query.execute()).map(toRun);
}

/** A run by its id or the beginning of it; null when none or more than one begins so. */
export async function findSyncRun(db: Db, id: string): Promise<SyncRun | null> {
  if (!/^[0-9a-f-]{4,36}$/i.test(id)) return null;
  const rows = await db
    .selectFrom('sync_run')
    .selectAll()
    .where(sql`id::text`, 'like', `${id.toLowerCase()}%`)
    .limit(2)
    .execute();
  const [row] = rows;
  return row === undefined || rows.length > 1 ? null : toRun(row);
}

/** Rows of a collection in the last applied run that read it; null: none has. */
export async function lastCountOf(db: Db, collection: string): Promise<number | null> {
  const result = await sql<{ n: number }>`
    select (counts ->> ${collection})::int as n from sync_run
    where state = 'applied' and jsonb_exists(counts, ${collection})
    order by ordinal desc limit 1`.execute(db);
  return result.rows[0]?.n ?? null;
}

/** Something was missing from a whole read of an earlier day, and a second one has to tell whether it is gone. */
export async function anythingMissing(db: Db, asOf: SchoolDate): Promise<boolean> {
  const result = await sql<{ found: boolean }>`
    select exists (select from absence_record where missing_since < ${asOf} and ended_at is null)
      or exists (select from guardianship where missing_since < ${asOf} and active and contact is null)
      or exists (select from student where missing_since < ${asOf} and active)
      or exists (select from guardian where missing_since < ${asOf} and active and origin = 'roster') as found`.execute(
    db,
  );
  return result.rows[0]?.found ?? false;
}

interface RunRow {
  readonly id: string;
  readonly kind: SyncRun['kind'];
  readonly state: SyncRun['state'];
  readonly as_of: SchoolDate;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly counts: Record<string, number>;
  readonly reason: string | null;
  readonly evidence: Evidence[];
  readonly source_as_of: Date | null;
  readonly released_by: string | null;
  readonly released_because: string | null;
  readonly released_at: Date | null;
  readonly plan: RunPlan | null;
}

function toRun(row: RunRow): SyncRun {
  const { released_by: by, released_because: because, released_at: at } = row;
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    asOf: row.as_of,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    counts: row.counts,
    reason: row.reason,
    evidence: row.evidence,
    sourceAsOf: row.source_as_of,
    released: by === null || because === null || at === null ? null : { by, because, at },
    plan: row.plan,
  };
}
