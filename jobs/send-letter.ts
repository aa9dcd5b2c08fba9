import { z } from 'zod';
import { claimLetter } from '../src/procedure/claim.ts';
import { recordLetterAnswer } from '../src/procedure/record-answer.ts';
import { defineJob } from '../src/queue/define-job.ts';
import { markTransmitting } from '../src/store/send-protocol.ts';
import type { JobDeps } from './deps.ts';

type SendLetterDeps = Pick<JobDeps, 'db' | 'procedure' | 'moment' | 'owner' | 'window' | 'submit' | 'log'>;

/** Hands one queued letter to the mail server. The payload is an id: the queue never holds personal data. */
export const sendLetter = defineJob({
  name: 'send-letter',
  lane: 'mail',
  payload: z.strictObject({ letterId: z.uuid() }),
  attempts: 3,
  async run({ letterId }, deps: SendLetterDeps) {
    const { db } = deps;
    const owner = deps.owner();
    const procedure = await deps.procedure();
    const claim = await claimLetter(db, procedure, { letterId, owner, window: deps.window }, deps.moment());
    if (claim.kind !== 'claimed') return claim.kind;
    const mark = () => markTransmitting(db, 'letter', { id: letterId, owner, now: deps.moment().now });
    const answer = await deps.submit(claim.mail, mark);
    const outcome = await recordLetterAnswer(db, procedure, claim.letter, owner, answer, deps.moment());
    deps.log.info('letter-handed-over', { letterId, ref: claim.letter.ref, outcome });
    return outcome;
  },
});
