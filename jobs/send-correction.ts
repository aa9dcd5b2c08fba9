import { z } from 'zod';
import { defineJob } from '../src/queue/define-job.ts';
import type { JobDeps } from './deps.ts';

type SendCorrectionDeps = Pick<JobDeps, 'correspondence' | 'moment'>;

/** Writes to the truancy officer that the count behind a delivered packet was corrected. */
export const sendCorrection = defineJob({
  name: 'send-correction',
  lane: 'work',
  payload: z.strictObject({ referralId: z.uuid() }),
  attempts: 3,
  async run({ referralId }, deps: SendCorrectionDeps) {
    return deps.correspondence.composeCorrection(referralId, deps.moment());
  },
});
