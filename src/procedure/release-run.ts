import type { Db } from '../store/database.ts';
import { applyStage } from '../store/sync/apply-stage.ts';
import { countStaged, findSyncRun, recordRelease } from '../store/sync/sync-runs.ts';

export type ReleaseOutcome =
  | { readonly kind: 'released'; readonly runId: string; readonly counts: Record<string, number> }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * A person has looked at a stopped run and lets it into force, exactly as it was read: no guard asks again. Who and
 * why are kept with the run.
 */
export async function releaseRun(
  db: Db,
  release: { readonly run: string; readonly by: string; readonly because: string },
  now: Date,
): Promise<ReleaseOutcome> {
  const run = await findSyncRun(db, release.run);
  if (run === null)
    return refused('no run has an id that begins so, or more than one has; `rollcall runs` lists them');
  if (run.state !== 'quarantined')
    return refused(`the run is ${run.state}; only a quarantined one can be released`);
  if (run.plan === null) {
    return refused('nothing complete is left of this run: it was broken, or a later run has been read since');
  }
  if ((await countStaged(db, run.id)) === 0) {
    return refused(
      'its rows were lost when the database was restarted; read them again with `rollcall sync --full`',
    );
  }
  const counts = await applyStage(
    db,
    { ...run.plan, id: run.id, asOf: run.asOf, now, guards: null },
    run.counts,
  );
  await recordRelease(db, run.id, { by: release.by, because: release.because, at: now });
  return { kind: 'released', runId: run.id, counts };
}

function refused(reason: string): ReleaseOutcome {
  return { kind: 'refused', reason };
}
