import { test } from '@jest/globals';
import fc from 'fast-check';
import { commands, nextDay, type Real } from '../support/decision-model/commands.ts';
import { createCrash } from '../support/decision-model/crash.ts';
import { newWorld, tellSis, type World } from '../support/decision-model/world.ts';
import { openOffice } from '../support/office.ts';

/** `FC_SEED`, `FC_PATH` and `FC_REPLAY`, as a failure prints them, play that one life again. */
const { CI, FC_SEED, FC_PATH, FC_REPLAY } = process.env;
const RUNS = {
  numRuns: CI === undefined ? 3 : 15,
  interruptAfterTimeLimit: 50_000,
  markInterruptAsFailure: false,
  ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
  ...(FC_PATH === undefined ? {} : { path: FC_PATH, endOnFailure: true }),
};

async function open(): Promise<{ model: World; real: Real }> {
  const crash = createCrash();
  const office = await openOffice(crash.through);
  const model = newWorld();
  tellSis(office, model);
  await nextDay(model, { office, crash });
  return { model, real: { office, crash } };
}

test('whatever happens in the life of a decision, and wherever the process dies', async () => {
  const lives = fc.commands(commands(), {
    maxCommands: 40,
    size: 'max',
    ...(FC_REPLAY === undefined ? {} : { replayPath: FC_REPLAY }),
  });
  await fc.assert(
    fc.asyncProperty(lives, async (life) => {
      const { model, real } = await open();
      try {
        await fc.asyncModelRun(() => ({ model, real }), life);
      } finally {
        await real.office.close();
      }
    }),
    RUNS,
  );
}, 900_000);
