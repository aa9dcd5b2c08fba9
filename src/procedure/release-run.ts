import type pg from 'pg';
import type { SisHold } from '../domain/hold-kinds.ts';
import type { SourceFile } from '../domain/sis-records.ts';
import type { Db, Tx } from '../store/database.ts';
import { applyStage, StageLostError } from '../store/sync/apply-stage.ts';
import type { RunToApply } from '../store/sync/run-to-apply.ts';
import { takeSyncLock } from '../store/sync/sync-lock.ts';
import { findSyncRun } from '../store/sync/sync-runs.ts';
import type { Noted } from './noted.ts';

export type ReleaseOutcome =
  | {
      readonly kind: 'released';
      readonly runId: string;
      readonly counts: Record<string, number>;
      /** What was read for the run, and counts as used now. */
      readonly files: readonly SourceFile[];
    }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * A person has looked at a stopped run and lets it into force, exactly as it was read: no guard asks again. Who and
 * why are kept with the run. What a later run has read since is left out.
 */
export async function releaseRun(
  { db, pool, holds }: { readonly db: Db; readonly pool: pg.Pool; readonly holds: readonly SisHold[] },
  release: { readonly run: string; readonly by: string; readonly because: string },
  now: Date,
  noted: Noted<{ readonly runId: string }> = async () => {},
): Promise<ReleaseOutcome> {
  const lock = await takeSyncLock(pool);
  if (lock === null) return refused('the SIS is being read just now; try again when that has ended');
  try {
    return await releaseAlone(db, holds, release, now, noted);
  } finally {
    await lock.release();
  }
}

async function releaseAlone(
  db: Db,
  holds: readonly SisHold[],
  release: { readonly run: string; readonly by: string; readonly because: string },
  now: Date,
  noted: Noted<{ readonly runId: string }>,
): Promise<ReleaseOutcome> {
  const run = await findSyncRun(db, release.run);
  if (run === null)
    return refused('no run has an id that begins so, or more than one has; `rollcall runs` lists them');
  if (run.state !== 'quarantined')
    return refused(`the run is ${run.state}; only a quarantined one can be released`);
  if (run.plan === null) {
    return refused('nothing complete is left of this run: it was broken, or a later run has been read since');
  }
  const counts = await applyKept(
    db,
    {
      ...run.plan,
      id: run.id,
      asOf: run.asOf,
      now,
      guards: null,
      release: { by: release.by, because: release.because },
      holds,
    },
    run.counts,
    (tx) => noted(tx, { runId: run.id }),
  );
  if (counts === null) {
    return refused('its rows are no longer all there; read them again with `rollcall sync --full`');
  }
  return { kind: 'released', runId: run.id, counts, files: run.plan.files ?? [] };
}

async function applyKept(
  db: Db,
  run: RunToApply,
  counts: Record<string, number>,
  also: (tx: Tx) => Promise<void>,
): Promise<Record<string, number> | null> {
  try {
    return await applyStage(db, run, counts, { also });
  } catch (error) {
    if (error instanceof StageLostError) return null;
    throw error;
  }
}

function refused(reason: string): ReleaseOutcome {
  return { kind: 'refused', reason };
}
