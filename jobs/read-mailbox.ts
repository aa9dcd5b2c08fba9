import { z } from 'zod';
import { defineJob } from '../src/queue/define-job.ts';
import type { JobDeps } from './deps.ts';
import { procedureIfAny } from './procedure-if-any.ts';

type ReadMailboxDeps = Pick<JobDeps, 'correspondence' | 'inbox' | 'procedure' | 'moment' | 'log'>;

/**
 * Reads bounces and replies. A server that is away is asked again the next time; a person is told when it stays away.
 * The payload is the time for which the look was due.
 */
export const readMailboxJob = defineJob({
  name: 'read-mailbox',
  lane: 'mail',
  payload: z.strictObject({ dueAt: z.iso.datetime() }),
  attempts: 2,
  retryAfterMs: 60_000,
  // Two looks at once would wait for each other.
  key: () => 'mailbox',
  async run(_payload, deps: ReadMailboxDeps) {
    if (deps.inbox === null) return 'no-mailbox';
    const procedure = await procedureIfAny(deps);
    if (procedure === null) return 'no-procedure';
    const outcome = await deps.correspondence.readMailbox(procedure, deps.inbox, deps.moment());
    if (outcome.kind === 'unreachable') {
      deps.log.warn('mailbox-unreachable', { code: outcome.trouble });
      return outcome.kind;
    }
    const count = Object.values(outcome.mails).reduce((sum, mails) => sum + mails, 0);
    if (count > 0) deps.log.info('mailbox-read', { count });
    return count;
  },
});
