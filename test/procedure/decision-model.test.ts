import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyCommand, nextDay, type Real } from '../support/decision-model/commands.ts';
import { createCrash } from '../support/decision-model/crash.ts';
import { expectNothingLost } from '../support/decision-model/ending.ts';
import { newWorld, tellSis, type World } from '../support/decision-model/world.ts';
import { openOffice } from '../support/office.ts';

/** `FC_SEED`, `FC_PATH` and `FC_REPLAY`, as a failure prints them, play that one life again. */
const { CI, FC_SEED, FC_PATH, FC_REPLAY, FC_RUNS } = process.env;
/** In CI the same lives every time, so that what fails there is the change; elsewhere others with each run. */
const RUNS = {
  numRuns: Number(FC_RUNS ?? (CI === undefined ? 3 : 25)),
  ...(CI === undefined ? {} : { seed: 2_026 }),
  ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
  ...(FC_PATH === undefined ? {} : { path: FC_PATH, endOnFailure: true }),
};
/** No life begins later, however slow the machine is; one that has failed is shrunk to its end. */
const LATEST_MS = FC_RUNS === undefined ? 45_000 : Number.POSITIVE_INFINITY;

async function live(life: Iterable<fc.AsyncCommand<World, Real>>): Promise<void> {
  const crash = createCrash();
  const office = await openOffice({ through: crash.through });
  try {
    const model = newWorld();
    const real = { office, crash };
    tellSis(office, model);
    await nextDay(model, real);
    await fc.asyncModelRun(() => ({ model, real }), life);
    await expectNothingLost(model, real);
  } finally {
    await office.close();
  }
}

test('whatever happens in the life of a decision, and wherever the process dies', async () => {
  const began = performance.now();
  let lived = 0;
  let hasFailed = false;
  const lives = fc.commands([anyCommand], {
    maxCommands: 40,
    size: 'max',
    ...(FC_REPLAY === undefined ? {} : { replayPath: FC_REPLAY }),
  });
  await fc.assert(
    fc.asyncProperty(lives, async (life) => {
      if (!hasFailed && performance.now() - began > LATEST_MS) return;
      try {
        await live(life);
        lived += 1;
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }),
    RUNS,
  );
  expect(lived).toBeGreaterThan(0);
}, 900_000);
