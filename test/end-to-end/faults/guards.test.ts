import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { faultNames } from '../../../src/demo/faults/catalogue.ts';
import { expectedOutcomes } from '../../../src/demo/faults/expected-outcomes.ts';
import { findSyncRun } from '../../../src/store/sync/sync-runs.ts';
import { type FaultBench, openFaultBench, readWith } from '../../support/fault-bench.ts';

test('the expectations name every fault there is', () => {
  expect(Object.keys(expectedOutcomes).sort()).toEqual([...faultNames].sort());
});

describe('what the guards name', () => {
  let bench: FaultBench;
  beforeAll(async () => {
    bench = await openFaultBench('oneroster-service');
    await bench.read();
  });
  afterAll(() => bench.close());

  test.each([
    ['everyone-absent', 'absent-on-one-day'],
    ['doubled-counts', 'doubled'],
    ['growth', 'grown'],
    ['one-school-gone', 'shrunk'],
    ['one-school-gone', 'no-absences'],
    ['school-without-absences', 'no-absences'],
    ['vanished-rows', 'shrunk'],
    ['tombstone-flood', 'rows-gone'],
  ] as const)('%s: %s', async (name, guard) => {
    const outcome = await readWith(bench, name);
    const run = await findSyncRun(bench.store.db, outcome.runId);
    expect(run?.evidence.map((one) => one.guard)).toContain(guard);
  });
});
