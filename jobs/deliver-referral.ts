import { z } from 'zod';
import { deliverReferral } from '../src/procedure/deliver-referral.ts';
import { heedStopFile } from '../src/procedure/heed-stop-file.ts';
import { defineJob } from '../src/queue/define-job.ts';
import type { JobDeps } from './deps.ts';

type DeliverReferralDeps = Pick<
  JobDeps,
  'db' | 'procedure' | 'moment' | 'window' | 'stopFile' | 'correspondence' | 'log'
>;

/** Checks the readiness of one referral and, when it holds, sends the attendance file to the truancy officer. */
export const deliverReferralJob = defineJob({
  name: 'deliver-referral',
  lane: 'work',
  payload: z.strictObject({ referralId: z.uuid() }),
  attempts: 3,
  async run({ referralId }, deps: DeliverReferralDeps) {
    const procedure = await deps.procedure();
    await heedStopFile(deps.db, deps.stopFile, deps.moment().now);
    const outcome = await deliverReferral(
      {
        db: deps.db,
        procedure,
        window: deps.window,
        packets: deps.correspondence.packets,
      },
      referralId,
      deps.moment(),
    );
    deps.log.info('referral-looked-at', { referralId, outcome: outcome.kind });
    return outcome.kind;
  },
});
