import { z } from 'zod';
import { defineJob } from '../src/queue/define-job.ts';
import type { JobDeps } from './deps.ts';

type SendCorrectionDeps = Pick<JobDeps, 'correspondence' | 'moment' | 'procedure'>;

/** Writes to the truancy officer what has happened to a delivered packet since: the count was corrected, the student left. */
export const sendCorrection = defineJob({
  name: 'send-correction',
  lane: 'work',
  payload: z.strictObject({ referralId: z.uuid() }),
  attempts: 3,
  async run({ referralId }, deps: SendCorrectionDeps) {
    const corrected = await deps.correspondence.composeCorrection(
      await deps.procedure(),
      referralId,
      deps.moment(),
    );
    const left = await deps.correspondence.composeLeft(referralId, deps.moment());
    return corrected || left;
  },
});
