import { describe, expect, test } from '@jest/globals';
import { faultNames } from '../../../src/demo/faults/catalogue.ts';
import { expectedOutcomes } from '../../../src/demo/faults/expected-outcomes.ts';
import { openFaultBench, readWith } from '../../support/fault-bench.ts';
import { describeFaultsOf } from '../../support/fault-outcomes.ts';

describeFaultsOf('data-extract');

describe('a district whose first file is refused', () => {
  test.each(
    faultNames.filter((name) => expectedOutcomes[name] === 'refused' && !/stale|contacts/.test(name)),
  )('%s: nothing is read, and the reason names the file', async (name) => {
    const bench = await openFaultBench('data-extract');
    try {
      const outcome = await readWith(bench, name);
      expect(outcome).toMatchObject({ kind: 'failed' });
      expect('reason' in outcome && outcome.reason).toMatch(/attendance-20261121\.csv was refused: /);
      expect(await bench.standing()).toEqual(new Map());
    } finally {
      await bench.close();
    }
  });
});
