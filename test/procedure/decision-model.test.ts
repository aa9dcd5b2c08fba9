import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyCommand, anySetting } from '../support/decision-model/commands.ts';
import { createCrash } from '../support/decision-model/crash.ts';
import { nextDay, type Real } from '../support/decision-model/day.ts';
import { expectNothingLost } from '../support/decision-model/ending.ts';
import { policyCalled, tellModes, tellSis } from '../support/decision-model/tell-sis.ts';
import { newWorld, type Setting, STEPS, stepOf, type World } from '../support/decision-model/world.ts';
import { openOffice } from '../support/office.ts';
import { chooseSeed, tellSeed } from '../support/seed.ts';

/**
 * `FC_SEED`, `FC_PATH` and `FC_REPLAY`, as a failure prints them, play that one life again; `FC_RUNS` plays more lives,
 * however long they take.
 */
const { CI, FC_PATH, FC_REPLAY, FC_RUNS, SURVIVING } = process.env;
const IS_LONG = SURVIVING === 'long';
const SEED = chooseSeed();
const RUNS = {
  numRuns: Number(FC_RUNS ?? (CI === undefined && !IS_LONG ? 3 : 25)),
  seed: SEED,
  // Small numbers first would make the first lives short, and there are few.
  unbiased: true,
  ...(FC_PATH === undefined ? {} : { path: FC_PATH, endOnFailure: true }),
};
/** No life begins later, however slow the machine is. */
const LATEST_MS = FC_RUNS === undefined ? (IS_LONG ? 60_000 : 15_000) : Number.POSITIVE_INFINITY;
/** For so long a life that has failed is made shorter. */
const SHRINK_MS = 120_000;

async function live(setting: Setting, life: Iterable<fc.AsyncCommand<World, Real>>): Promise<void> {
  const crash = createCrash();
  const office = await openOffice({ through: crash.through });
  try {
    const model = newWorld(setting);
    const real = { office, crash };
    office.policy(policyCalled('shipped', model, office.config.policy));
    office.baseline(setting.baseline ? 'mark' : 'none');
    tellModes(office, model);
    tellSis(office, model);
    if (setting.baseline)
      for (const { name } of model.children)
        for (const step of STEPS) model.reachedIn.set(stepOf(name, step), 'not-live');
    await nextDay(model, real);
    await fc.asyncModelRun(() => ({ model, real }), life);
    await expectNothingLost(model, real);
  } finally {
    await office.close();
  }
}

test('whatever happens in the life of a decision, and wherever the process dies', async () => {
  const began = performance.now();
  let begun = 0;
  let lived = 0;
  let failedAt: number | null = null;
  const isTooLate = () =>
    failedAt === null ? performance.now() - began > LATEST_MS : performance.now() - failedAt > SHRINK_MS;
  const lives = fc.commands([anyCommand], {
    maxCommands: 40,
    size: 'max',
    ...(FC_REPLAY === undefined ? {} : { replayPath: FC_REPLAY }),
  });
  await fc.assert(
    fc.asyncProperty(anySetting, lives, async (setting, life) => {
      if (isTooLate()) return;
      begun += 1;
      try {
        await live(setting, life);
        lived += 1;
      } catch (error) {
        // At once: whoever has to wait for the shortest such life may not be there any more when it is found.
        if (failedAt === null)
          tellSeed(
            SEED,
            `life ${begun}, FC_PATH=${FC_PATH ?? begun - 1}: ${JSON.stringify(setting)} ${life}\n${error}`,
          );
        failedAt ??= performance.now();
        throw error;
      }
    }),
    RUNS,
  );
  tellSeed(SEED, `${lived} lives of decisions in ${Math.round((performance.now() - began) / 1_000)} s`);
  expect(lived).toBeGreaterThan(0);
}, 900_000);
