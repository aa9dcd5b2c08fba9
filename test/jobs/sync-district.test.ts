import { expect, test } from '@jest/globals';
import { syncDistrictJob } from '../../jobs/sync-district.ts';
import { silentLog } from '../../src/ops/log.ts';
import type { SyncOutcome } from '../../src/procedure/sync-district.ts';
import { listJobs } from '../../src/queue/define-job.ts';
import { runJob } from '../../src/queue/run-job.ts';

const list = listJobs([syncDistrictJob]);
const stopped = { runId: 'run', reason: 'why', counts: {}, refusedFiles: [], suspect: 'none' } as const;

/** The attempts of one night, each with what became of it, until no other follows. */
async function night(outcome: SyncOutcome) {
  const attempts: { fate: string; waitMs?: number; toldAtOnce: boolean }[] = [];
  for (let attempt = 1; ; attempt += 1) {
    let toldAtOnce = true;
    const deps = {
      log: silentLog(),
      enqueue: async () => {},
      sync: async (request?: { triedAgain?: boolean }) => {
        toldAtOnce = request?.triedAgain !== true;
        return outcome;
      },
    };
    const fate = await runJob(list, deps, {
      name: 'sync-district',
      data: { day: '2026-09-14' },
      attempt,
    });
    attempts.push({ fate: fate.kind, ...(fate.kind === 'retry' && { waitMs: fate.waitMs }), toldAtOnce });
    if (fate.kind !== 'retry') return attempts;
  }
}

test('a server that is away is asked again the same night, less and less often, and told after the last time', async () => {
  const minutes = (count: number) => count * 60_000;
  expect(await night({ kind: 'failed', mayPass: true, ...stopped })).toEqual([
    { fate: 'retry', waitMs: minutes(15), toldAtOnce: false },
    { fate: 'retry', waitMs: minutes(30), toldAtOnce: false },
    { fate: 'done', toldAtOnce: true },
  ]);
});

test.each<[string, SyncOutcome]>([
  ['was refused', { kind: 'failed', mayPass: false, ...stopped }],
  ['looks wrong', { kind: 'quarantined', mayPass: false, ...stopped }],
  ['was applied', { kind: 'applied', runId: 'run', counts: {}, refusedFiles: [] }],
])('a read that %s is not repeated', async (_name, outcome) => {
  expect((await night(outcome)).map(({ fate }) => fate)).toEqual(['done']);
});
