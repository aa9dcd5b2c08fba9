import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultBench, openFaultBench } from '../support/fault-bench.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';

/** `npm run test:faults` cuts at more places. */
const LONG = process.env.SURVIVING === 'long';
const BYTES = LONG ? [0, 100, 500, 3_000, 20_000, 100_000] : [3_000];

let bench: FaultBench;
let proxy: FaultProxy;
let before: Awaited<ReturnType<FaultBench['standing']>>;
beforeAll(async () => {
  bench = await openFaultBench('oneroster-service', { proxied: true });
  if (bench.proxy === null) throw new Error('there is no proxy');
  proxy = bench.proxy;
  expect(await bench.read()).toMatchObject({ kind: 'applied' });
  before = await bench.standing();
});
afterEach(() => {
  proxy.mode = 'pass';
  proxy.cutAfter = null;
  proxy.delayMs = 0;
  proxy.cut();
});
afterAll(() => bench.close());

describe('the network before the SIS', () => {
  test.each(BYTES)(
    'G7: that cuts every connection after %i bytes: the read changes nothing',
    async (bytes) => {
      proxy.cut();
      proxy.cutAfter = bytes;
      expect((await bench.read()).kind).toMatch(/failed|quarantined/);
      expect(await bench.standing()).toEqual(before);
    },
  );

  test.each(['refuse', 'swallow'] as const)(
    'G7: that lets nothing through (%s): the read ends in time and changes nothing',
    async (mode) => {
      proxy.mode = mode;
      proxy.cut();
      expect(await bench.read({ patienceMs: 200 })).toMatchObject({ kind: 'failed' });
      expect(await bench.standing()).toEqual(before);
    },
  );

  test('G7: that is slow costs time only, and nothing is left of what was before', async () => {
    proxy.delayMs = 20;
    // Told whole where it is another one.
    expect(await bench.read({ patienceMs: 30_000 })).toEqual(expect.objectContaining({ kind: 'applied' }));
    expect(await bench.standing()).toEqual(before);
  });
});
