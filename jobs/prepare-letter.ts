import { z } from 'zod';
import { defineJob } from '../src/queue/define-job.ts';
import type { JobDeps } from './deps.ts';

type PrepareLetterDeps = Pick<JobDeps, 'correspondence' | 'procedure' | 'moment'>;

/** Renders one planned letter and freezes its bytes and its envelope: retries change neither. */
export const prepareLetter = defineJob({
  name: 'prepare-letter',
  lane: 'work',
  payload: z.strictObject({ letterId: z.uuid() }),
  attempts: 3,
  async run({ letterId }, deps: PrepareLetterDeps) {
    return deps.correspondence.prepareLetter(await deps.procedure(), letterId, deps.moment());
  },
});
