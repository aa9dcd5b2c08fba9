import { z } from 'zod';
import { noTrace } from '../src/ops/trace.ts';
import { claimLetter } from '../src/procedure/claim.ts';
import { heedStopFile } from '../src/procedure/heed-stop-file.ts';
import { keepAnswer } from '../src/procedure/keep-answer.ts';
import { recordLetterAnswer, waitsAtClose } from '../src/procedure/record-answer.ts';
import { defineJob } from '../src/queue/define-job.ts';
import { RetryLaterError } from '../src/queue/errors.ts';
import { markTransmitting } from '../src/store/send-protocol.ts';
import type { JobDeps } from './deps.ts';

type SendLetterDeps = Pick<
  JobDeps,
  'db' | 'procedure' | 'moment' | 'owner' | 'window' | 'limits' | 'stopFile' | 'submit' | 'log' | 'trace'
>;

/** Hands one queued letter to the mail server. The payload is an id: the queue never holds personal data. */
export const sendLetter = defineJob({
  name: 'send-letter',
  lane: 'mail',
  payload: z.strictObject({ letterId: z.uuid() }),
  attempts: 3,
  async run({ letterId }, deps: SendLetterDeps) {
    const { db, window, limits, stopFile } = deps;
    const owner = ownerNow(deps.owner);
    const procedure = await deps.procedure();
    await heedStopFile(db, stopFile, deps.moment().now);
    const trace = deps.trace ?? noTrace;
    const claim = await trace.span('claim', { letterId }, () =>
      claimLetter(db, procedure, { letterId, owner, window, limits }, deps.moment()),
    );
    if (claim.kind === 'paced') throw comeBack(claim.until, deps.moment().now);
    if (claim.kind !== 'claimed') return claim.kind;
    const held = { id: letterId, owner, claimedAt: claim.letter.claimedAt };
    const mark = async () => {
      await heedStopFile(db, stopFile, deps.moment().now);
      await markTransmitting(db, 'letter', { ...held, now: deps.moment().now });
    };
    const answer = await trace.span('transmit', { letterId }, () => deps.submit(claim.mail, mark));
    const record = () => recordLetterAnswer(db, procedure, claim.letter, owner, answer, deps.moment());
    const outcome = await keepAnswer({ db, procedure }, 'letter', { ...held, answer }, record, deps.moment());
    if (waitsAtClose(answer)) throw comeBackSoon();
    deps.log.info('letter-handed-over', { letterId, ref: claim.letter.ref, outcome });
    return outcome;
  },
});

/** While nobody could see whose a claim is, nothing is tried, and so no attempt is used up. @throws RetryLaterError */
export function ownerNow(owner: () => number): number {
  try {
    return owner();
  } catch (cause) {
    throw new RetryLaterError('no-owner', SOON_MS, { cause });
  }
}

/** Its row waits in line again: whoever works next, here or elsewhere, takes it. */
export function comeBackSoon(): RetryLaterError {
  return new RetryLaterError('mail-closed', SOON_MS);
}

const SOON_MS = 1_000;

/** As many mails as may be have been handed over: the job asks again once there is room. */
export function comeBack(until: Date, now: Date): RetryLaterError {
  return new RetryLaterError('sending-limit', Math.max(1, until.getTime() - now.getTime()));
}
