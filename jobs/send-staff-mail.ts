import { z } from 'zod';
import { claimStaffMail } from '../src/procedure/claim.ts';
import { heedStopFile } from '../src/procedure/heed-stop-file.ts';
import { keepAnswer } from '../src/procedure/keep-answer.ts';
import { recordStaffMailAnswer, waitsAtClose } from '../src/procedure/record-answer.ts';
import { defineJob } from '../src/queue/define-job.ts';
import { markTransmitting } from '../src/store/send-protocol.ts';
import type { JobDeps } from './deps.ts';
import { comeBack, comeBackSoon, ownerNow } from './send-letter.ts';

type SendStaffMailDeps = Pick<
  JobDeps,
  'db' | 'procedure' | 'moment' | 'owner' | 'limits' | 'stopFile' | 'submit' | 'correspondence' | 'log'
>;

/** Hands one mail to a member of staff, or a packet to the officer, to the mail server. */
export const sendStaffMail = defineJob({
  name: 'send-staff-mail',
  lane: 'mail',
  payload: z.strictObject({ mailId: z.uuid() }),
  attempts: 3,
  async run({ mailId }, deps: SendStaffMailDeps) {
    const { db, limits, stopFile } = deps;
    const owner = ownerNow(deps.owner);
    const { gather } = deps.correspondence.packets;
    const procedure = await deps.procedure();
    await heedStopFile(db, stopFile, deps.moment().now);
    const claim = await claimStaffMail(db, procedure, { mailId, owner, limits, gather }, deps.moment());
    if (claim.kind === 'paced') throw comeBack(claim.until, deps.moment().now);
    if (claim.kind !== 'claimed') return claim.kind;
    const { staffMail } = claim;
    const held = { id: mailId, owner, claimedAt: staffMail.claimedAt };
    const mark = async () => {
      await heedStopFile(db, stopFile, deps.moment().now);
      await markTransmitting(db, 'staff_mail', { ...held, now: deps.moment().now });
    };
    const answer = await deps.submit(claim.mail, mark);
    const record = () => recordStaffMailAnswer(db, procedure, staffMail, owner, answer, deps.moment());
    const outcome = await keepAnswer(
      { db, procedure },
      'staff_mail',
      { ...held, answer },
      record,
      deps.moment(),
    );
    if (waitsAtClose(answer)) throw comeBackSoon();
    deps.log.info('mail-handed-over', { ref: staffMail.ref, outcome });
    return outcome;
  },
});
