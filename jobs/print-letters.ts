import { z } from 'zod';
import { heedStopFile } from '../src/procedure/heed-stop-file.ts';
import { printLetters } from '../src/procedure/print-letters.ts';
import { defineJob } from '../src/queue/define-job.ts';
import type { JobDeps } from './deps.ts';

type PrintLettersDeps = Pick<
  JobDeps,
  'db' | 'procedure' | 'moment' | 'window' | 'stopFile' | 'correspondence' | 'log'
>;

/** Puts a school's waiting paper letters into one print run for its clerk. */
export const printLettersJob = defineJob({
  name: 'print-letters',
  lane: 'work',
  payload: z.strictObject({ schoolId: z.int().positive() }),
  attempts: 3,
  async run({ schoolId }, deps: PrintLettersDeps) {
    await heedStopFile(deps.db, deps.stopFile, deps.moment().now);
    const outcome = await printLetters(
      {
        db: deps.db,
        procedure: await deps.procedure(),
        window: deps.window,
        envelopes: deps.correspondence.envelopes,
        buildRun: deps.correspondence.buildPrintRun,
      },
      schoolId,
      deps.moment(),
    );
    if (outcome.kind === 'printed') deps.log.info('letters-printed', { count: outcome.letters });
    return outcome.kind;
  },
});
