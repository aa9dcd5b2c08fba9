import type { SourceFile } from '../domain/sis-records.ts';
import type { Db } from '../store/database.ts';
import { applyStage } from '../store/sync/apply-stage.ts';
import type { RunPlan } from '../store/sync/run-to-apply.ts';
import { countStaged, findSyncRun, recordRelease } from '../store/sync/sync-runs.ts';

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
  db: Db,
  release: { readonly run: string; readonly by: string; readonly because: string },
  now: Date,
): Promise<ReleaseOutcome> {
  const run = await findSyncRun(db, release.run);
  if (run === null) return refused('there is no such run; `rollcall runs` lists them');
  if (run.state !== 'quarantined')
    return refused(`the run is ${run.state}; only a quarantined one can be released`);
  if (run.plan === null) {
    return refused('nothing complete is left of this run: it was broken, or a later run has been read since');
  }
  if (rowsRead(run.plan, run.counts) > 0 && (await countStaged(db, run.id)) === 0) {
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
  return { kind: 'released', runId: run.id, counts, files: run.plan.files ?? [] };
}

/** Rows that the collections had which are still to be applied. */
function rowsRead(plan: RunPlan, counts: Readonly<Record<string, number>>): number {
  const collections = [
    ...(plan.roster === 'none' ? [] : ['schools', 'students']),
    ...(plan.attendance === 'none' ? [] : ['attendances']),
    ...(plan.contacts === 'none' ? [] : ['contacts']),
  ];
  return collections.reduce((sum, collection) => sum + (counts[collection] ?? 0), 0);
}

function refused(reason: string): ReleaseOutcome {
  return { kind: 'refused', reason };
}
