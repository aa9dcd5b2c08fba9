import { createHash } from 'node:crypto';
import { z } from 'zod';
import { decideStudents } from '../src/procedure/decide-batch.ts';
import { defineJob, jobItem } from '../src/queue/define-job.ts';
import { deliverReferralJob } from './deliver-referral.ts';
import type { JobDeps } from './deps.ts';
import { evaluateStudent } from './evaluate-student.ts';
import { prepareLetter } from './prepare-letter.ts';

/** Students per job: a job costs as much as deciding about some of them, and what fails costs all of them a look. */
export const STUDENTS_PER_JOB = 100;

type EvaluateStudentsDeps = Pick<JobDeps, 'db' | 'procedure' | 'moment' | 'enqueue' | 'log'>;

/** Decides what the absences of many students ask for. One whose evaluation fails goes on alone. */
export const evaluateStudents = defineJob({
  name: 'evaluate-students',
  lane: 'work',
  payload: z.strictObject({ studentIds: z.array(z.int().positive()).min(1).max(STUDENTS_PER_JOB) }),
  attempts: 3,
  key: ({ studentIds }) =>
    `${studentIds[0]}-${studentIds.length}-${createHash('sha256').update(studentIds.join()).digest('hex').slice(0, 16)}`,
  async run({ studentIds }, deps: EvaluateStudentsDeps) {
    const batch = await decideStudents(deps.db, await deps.procedure(), studentIds, deps.moment());
    for (const { studentId, error } of batch.failed)
      deps.log.warn('evaluation-failed', { studentId: String(studentId), error });
    await deps.enqueue([
      ...batch.letters.map((letterId) => jobItem(prepareLetter, { letterId })),
      ...batch.referrals.map((referralId) => jobItem(deliverReferralJob, { referralId })),
      ...batch.failed.map(({ studentId }) => jobItem(evaluateStudent, { studentId })),
    ]);
    return batch.failed.length > 0 ? 'some-failed' : 'decided';
  },
});
