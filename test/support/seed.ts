import { randomInt } from 'node:crypto';

/** Among its lives is one that once brought a guardian two letters. */
const EACH_TIME = 138_180_580;

/**
 * The same one in each run of the tests, so that what turns red was changed; another one each time in `npm run
 * test:faults`, which looks for what nobody has thought of. `FC_SEED` plays a run again.
 */
export function chooseSeed(): number {
  const { FC_SEED, SURVIVING } = process.env;
  if (FC_SEED !== undefined) return Number(FC_SEED);
  return SURVIVING === 'long' ? randomInt(2 ** 31) : EACH_TIME;
}

/** Past jest, which keeps back what a test prints until its file is over. */
export function tellSeed(seed: number, told: string): void {
  process.stderr.write(`FC_SEED=${seed}, ${told}\n`);
}
