import { randomInt } from 'node:crypto';

/** Another one with each run; `FC_SEED` plays a run again. */
export function chooseSeed(): number {
  const { FC_SEED } = process.env;
  return FC_SEED === undefined ? randomInt(2 ** 31) : Number(FC_SEED);
}

/** Past jest, which keeps back what a test prints until its file is over. */
export function tellSeed(seed: number, told: string): void {
  process.stderr.write(`FC_SEED=${seed}, ${told}\n`);
}
