import { z } from 'zod';
import { defineJob } from '../src/queue/define-job.ts';
import type { JobDeps } from './deps.ts';
import { procedureIfAny } from './procedure-if-any.ts';

type ComposeDigestsDeps = Pick<JobDeps, 'correspondence' | 'procedure' | 'moment' | 'log'>;

/** Writes one mail per member of staff and school day with the open tasks, worst deadline first, and once a week the summary. */
export const composeDigests = defineJob({
  name: 'compose-digests',
  lane: 'work',
  payload: z.strictObject({ day: z.iso.date() }),
  attempts: 3,
  async run(_payload, deps: ComposeDigestsDeps) {
    const procedure = await procedureIfAny(deps);
    if (procedure === null) return 0;
    const count = await deps.correspondence.composeDigests(procedure, deps.moment());
    deps.log.info('digests-composed', { count });
    const summaries = await deps.correspondence.composeWeekly(procedure, deps.moment());
    if (summaries > 0) deps.log.info('weekly-summaries-composed', { count: summaries });
    return count;
  },
});
