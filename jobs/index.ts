import { listJobs } from '../src/queue/define-job.ts';
import { composeDigests } from './compose-digests.ts';
import { deliverReferralJob } from './deliver-referral.ts';
import { evaluateStudent } from './evaluate-student.ts';
import { evaluateStudents } from './evaluate-students.ts';
import { prepareLetter } from './prepare-letter.ts';
import { printLettersJob } from './print-letters.ts';
import { readMailboxJob } from './read-mailbox.ts';
import { reconcile } from './reconcile.ts';
import { sendCorrection } from './send-correction.ts';
import { sendLetter } from './send-letter.ts';
import { sendStaffMail } from './send-staff-mail.ts';
import { syncDistrictJob } from './sync-district.ts';

/** Every job of Rollcall, in the order of a night. A job that is not listed here does not exist. */
export const jobs = listJobs([
  syncDistrictJob,
  reconcile,
  evaluateStudents,
  evaluateStudent,
  prepareLetter,
  sendLetter,
  printLettersJob,
  deliverReferralJob,
  sendCorrection,
  composeDigests,
  sendStaffMail,
  readMailboxJob,
]);
