import { z } from 'zod';
import { SyncUnderWayError } from '../src/procedure/sync-district.ts';
import { defineJob, jobItem } from '../src/queue/define-job.ts';
import type { JobDeps } from './deps.ts';
import { reconcile } from './reconcile.ts';

type SyncDistrictDeps = Pick<JobDeps, 'sync' | 'enqueue' | 'log'>;

/** The SIS did not answer, and may a while later. */
class SisAwayError extends Error {
  override readonly name = 'SisAwayError';
  readonly code = 'sis-away';
}

/**
 * Reads the district from the SIS and, when it was applied, sets off the evaluations that it made due. A server that
 * is away in the hour of the sync is asked again the same night; a person is told after the last attempt.
 */
export const syncDistrictJob = defineJob({
  name: 'sync-district',
  lane: 'work',
  payload: z.strictObject({ day: z.iso.date() }),
  attempts: 3,
  retryAfterMs: 15 * 60_000,
  async run({ day }, deps: SyncDistrictDeps, { last }) {
    const outcome = await deps.sync({ triedAgain: !last }).catch((error: unknown) => {
      if (error instanceof SyncUnderWayError) return null;
      throw error;
    });
    // Whoever reads just now does what was asked for here.
    if (outcome === null) return 'under-way';
    const count = outcome.counts.studentsToEvaluate ?? 0;
    deps.log.info('sync-ended', { outcome: outcome.kind, runId: outcome.runId, count });
    if (outcome.kind === 'applied') await deps.enqueue([jobItem(reconcile, { day })]);
    if (outcome.kind === 'failed' && outcome.mayPass && !last) throw new SisAwayError();
    return outcome.kind;
  },
});
