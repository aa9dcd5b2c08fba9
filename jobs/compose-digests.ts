import { z } from 'zod';
import { defineJob } from '../src/queue/define-job.ts';
import type { JobDeps } from './deps.ts';

type ComposeDigestsDeps = Pick<JobDeps, 'correspondence' | 'procedure' | 'moment' | 'log'>;

/** Writes one mail per member of staff and school day with the open tasks, worst deadline first. */
export const composeDigests = defineJob({
  name: 'compose-digests',
  lane: 'work',
  payload: z.strictObject({ day: z.iso.date() }),
  attempts: 3,
  async run(_payload, deps: ComposeDigestsDeps) {
    const count = await deps.correspondence.composeDigests(await deps.procedure(), deps.moment());
    deps.log.info('digests-composed', { count });
    return count;
  },
});
