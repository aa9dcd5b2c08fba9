import { describe, expect, test } from '@jest/globals';
import { findSyncRun } from '../../../src/store/sync/sync-runs.ts';
import { differing, openFaultBench } from '../../support/fault-bench.ts';
import { describeFaultsOf, describeNightsOf } from '../../support/fault-outcomes.ts';

describeFaultsOf('ed-fi');
describeNightsOf('ed-fi');

describe('an Ed-Fi host that cannot tell what has changed', () => {
  test.each(['ed-fi-no-deletes', 'ed-fi-changes-gone', 'ed-fi-no-change-queries'] as const)(
    '%s: the night reads everything, and nothing is lost',
    async (name) => {
      const bench = await openFaultBench('ed-fi');
      try {
        bench.at('2026-11-11');
        expect(await bench.read()).toMatchObject({ kind: 'applied' });
        const before = await bench.standing();
        bench.at('2026-11-20');
        bench.sis.faults.turnOn(name);
        const outcome = await bench.read({ full: false });
        expect(outcome).toMatchObject({ kind: 'applied' });
        const after = await bench.standing();
        expect(differing(before, after, 'total').length).toBeGreaterThan(5);
        bench.sis.faults.turnOff(name);
        // What vanished is gone after the second read without it; then there is nothing left to learn.
        await bench.read();
        const settled = await bench.standing();
        await bench.read();
        expect(await bench.standing()).toEqual(settled);
      } finally {
        await bench.close();
      }
    },
  );
});

test('a host that was restored from a backup: the night reads everything, and what it has lost stays', async () => {
  const bench = await openFaultBench('ed-fi');
  try {
    expect(await bench.read()).toMatchObject({ kind: 'applied' });
    const before = await bench.standing();
    bench.sis.faults.turnOn('ed-fi-restored-backup');
    const outcome = await bench.read({ full: false });
    expect(outcome).toMatchObject({ kind: 'quarantined' });
    expect((await findSyncRun(bench.store.db, outcome.runId))?.kind).toBe('full');
    expect(await bench.standing()).toEqual(before);
  } finally {
    await bench.close();
  }
});
