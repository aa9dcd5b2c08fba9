import { afterAll, expect, test } from '@jest/globals';
import { livesOf } from '../support/life/lives.ts';
import { chooseSeed } from '../support/seed.ts';

/**
 * A run is the life of one family. `SIM_RUNS` plays more of them, `SIM_SEED` those of one district again, and
 * `SIM_FAMILY` only that one of it: a failure prints all three.
 */
const { SIM_RUNS, SIM_SEED, SIM_FAMILY, SURVIVING } = process.env;
const SEED = Number(SIM_SEED ?? chooseSeed());
const RUNS = Number(SIM_RUNS ?? (SURVIVING === 'long' ? 5_000 : 2_000));
const ONLY = SIM_FAMILY === undefined ? null : Number(SIM_FAMILY);
/** Their lives have nothing to do with each other, so that one database plays many of them at once. */
const FAMILIES = 500;
const DISTRICTS = ONLY === null ? Math.ceil(RUNS / FAMILIES) : 1;

const sums = { families: 0, delivered: 0, uncertain: 0, deaths: 0 };
const began = performance.now();

afterAll(() => {
  const seconds = Math.round((performance.now() - began) / 1_000);
  const told = `${sums.families} lives, ${sums.delivered} letters, ${sums.uncertain} of unknown fate, ${sums.deaths} deaths of workers`;
  // Past jest, which keeps back what a test prints until its file is over.
  process.stderr.write(`SIM_SEED=${SEED}: ${told}, in ${seconds} s\n`);
});

test.each(Array.from({ length: DISTRICTS }, (_, district) => SEED + district))(
  'G1, G2, G3, G4, G8, G13, G15: whatever happens in the lives of many families (SIM_SEED=%i)',
  async (seed) => {
    const lived = await livesOf(seed, Math.min(FAMILIES, RUNS), ONLY);
    for (const what of ['families', 'delivered', 'uncertain', 'deaths'] as const) sums[what] += lived[what];
    // Lives in which nothing happens would prove nothing.
    if (ONLY === null) expect(lived.delivered).toBeGreaterThan(lived.families / 4);
  },
  900_000,
);
