import { type JobItem, jobItem } from '../src/queue/define-job.ts';
import type { DueWork } from '../src/store/due-work.ts';
import { deliverReferralJob } from './deliver-referral.ts';
import { evaluateStudent } from './evaluate-student.ts';
import { prepareLetter } from './prepare-letter.ts';
import { printLettersJob } from './print-letters.ts';
import { sendCorrection } from './send-correction.ts';
import { sendLetter } from './send-letter.ts';
import { sendStaffMail } from './send-staff-mail.ts';

/** Which job carries which due row. */
export function dueJobs(due: DueWork): JobItem[] {
  return [
    ...due.evaluations.map((studentId) => jobItem(evaluateStudent, { studentId })),
    ...due.lettersToPrepare.map((letterId) => jobItem(prepareLetter, { letterId })),
    ...due.lettersToSend.map((letterId) => jobItem(sendLetter, { letterId })),
    ...due.printRuns.map((schoolId) => jobItem(printLettersJob, { schoolId })),
    ...due.referrals.map((referralId) => jobItem(deliverReferralJob, { referralId })),
    ...due.corrections.map((referralId) => jobItem(sendCorrection, { referralId })),
    ...due.staffMails.map((mailId) => jobItem(sendStaffMail, { mailId })),
  ];
}
