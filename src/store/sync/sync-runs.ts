import { sql } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { RowProblem } from '../../domain/sis-records.ts';
import type { Db } from '../database.ts';
import { stageTables } from './stage.ts';

export interface SyncRun {
  readonly id: string;
  readonly state: 'running' | 'applied' | 'quarantined' | 'failed';
  readonly asOf: SchoolDate;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly counts: Record<string, number>;
  readonly reason: string | null;
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

/** Ends a run that was not applied. Its stage is cleared; what was in force stays in force. */
export async function stopSyncRun(
  db: Db,
  run: {
    id: string;
    state: 'quarantined' | 'failed';
    reason: string;
    counts: Record<string, number>;
    now: Date;
  },
): Promise<void> {
  await db
    .updateTable('sync_run')
    .set({ state: run.state, reason: run.reason, counts: JSON.stringify(run.counts), finished_at: run.now })
    .where('id', '=', run.id)
    .execute();
  await clearStage(db, run.id);
}

export async function finishSyncRun(
  db: Db,
  run: { id: string; counts: Record<string, number>; now: Date },
): Promise<void> {
  await db
    .updateTable('sync_run')
    .set({ state: 'applied', counts: JSON.stringify(run.counts), finished_at: run.now })
    .where('id', '=', run.id)
    .execute();
}

/** Keeps what was wrong with single rows: ids and field names, never their contents. */
export async function recordProblems(db: Db, runId: string, problems: readonly RowProblem[]): Promise<void> {
  const kept = problems.slice(0, KEPT_PROBLEMS);
  if (kept.length === 0) return;
  await db
    .insertInto('sync_problem')
    .values(kept.map((problem) => ({ run_id: runId, ...problem })))
    .execute();
}

export async function clearStage(db: Db, runId: string): Promise<void> {
  for (const table of stageTables) {
    await sql`delete from ${sql.table(table)} where run_id = ${runId}`.execute(db);
  }
}

/** Runs that were cut off (their process is gone) are closed when the next one begins. */
export async function failAbandonedRuns(db: Db, olderThan: Date, now: Date): Promise<number> {
  const abandoned = await db
    .updateTable('sync_run')
    .set({ state: 'failed', reason: 'cut-off', finished_at: now })
    .where('state', '=', 'running')
    .where('started_at', '<', olderThan)
    .returning('id')
    .execute();
  for (const run of abandoned) await clearStage(db, run.id);
  return abandoned.length;
}

export async function lastSyncRun(db: Db, state?: SyncRun['state']): Promise<SyncRun | null> {
  const row = await db
    .selectFrom('sync_run')
    .selectAll()
    .$if(state !== undefined, (query) => query.where('state', '=', state as SyncRun['state']))
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    state: row.state,
    asOf: row.as_of,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    counts: row.counts,
    reason: row.reason,
  };
}
