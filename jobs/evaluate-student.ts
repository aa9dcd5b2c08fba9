import { z } from 'zod';
import { decideStudent } from '../src/procedure/decide.ts';
import { defineJob, jobItem } from '../src/queue/define-job.ts';
import { deliverReferralJob } from './deliver-referral.ts';
import type { JobDeps } from './deps.ts';
import { prepareLetter } from './prepare-letter.ts';

type EvaluateStudentDeps = Pick<JobDeps, 'db' | 'procedure' | 'moment' | 'enqueue'>;

/** Decides what one student's absences ask for; the rows it made go on to their own jobs. */
export const evaluateStudent = defineJob({
  name: 'evaluate-student',
  lane: 'work',
  payload: z.strictObject({ studentId: z.int().positive() }),
  attempts: 3,
  async run({ studentId }, deps: EvaluateStudentDeps) {
    const outcome = await decideStudent(deps.db, await deps.procedure(), studentId, deps.moment());
    if (outcome.kind !== 'decided') return outcome.kind;
    await deps.enqueue([
      ...outcome.letters.map((letterId) => jobItem(prepareLetter, { letterId })),
      ...outcome.referrals.map((referralId) => jobItem(deliverReferralJob, { referralId })),
    ]);
    return outcome.kind;
  },
});
