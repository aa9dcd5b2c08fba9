import { z } from 'zod';
import { SyncUnderWayError } from '../src/procedure/sync-district.ts';
import { defineJob, jobItem } from '../src/queue/define-job.ts';
import type { JobDeps } from './deps.ts';
import { reconcile } from './reconcile.ts';

type SyncDistrictDeps = Pick<JobDeps, 'sync' | 'enqueue' | 'log'>;

/** Reads the district from the SIS and, when it was applied, sets off the evaluations that it made due. */
export const syncDistrictJob = defineJob({
  name: 'sync-district',
  lane: 'work',
  payload: z.strictObject({ day: z.iso.date() }),
  attempts: 3,
  retryAfterMs: 15 * 60_000,
  async run({ day }, deps: SyncDistrictDeps) {
    const outcome = await deps.sync().catch((error: unknown) => {
      if (error instanceof SyncUnderWayError) return null;
      throw error;
    });
    // Whoever reads just now does what was asked for here.
    if (outcome === null) return 'under-way';
    const count = outcome.counts.studentsToEvaluate ?? 0;
    deps.log.info('sync-ended', { outcome: outcome.kind, runId: outcome.runId, count });
    if (outcome.kind === 'applied') await deps.enqueue([jobItem(reconcile, { day })]);
    return outcome.kind;
  },
});
