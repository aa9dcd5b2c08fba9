import { type JobItem, jobItem } from '../src/queue/define-job.ts';
import type { DueWork } from '../src/store/due-work.ts';
import { deliverReferralJob } from './deliver-referral.ts';
import { evaluateStudent } from './evaluate-student.ts';
import { evaluateStudents, STUDENTS_PER_JOB } from './evaluate-students.ts';
import { prepareLetter } from './prepare-letter.ts';
import { printLettersJob } from './print-letters.ts';
import { sendCorrection } from './send-correction.ts';
import { sendLetter } from './send-letter.ts';
import { sendStaffMail } from './send-staff-mail.ts';

/** Which job carries which due row. */
export function dueJobs(due: DueWork): JobItem[] {
  return [
    ...evaluationJobs(due),
    ...due.lettersToPrepare.map((letterId) => jobItem(prepareLetter, { letterId })),
    ...due.lettersToSend.map((letterId) => jobItem(sendLetter, { letterId })),
    ...due.printRuns.map((schoolId) => jobItem(printLettersJob, { schoolId })),
    ...due.referrals.map((referralId) => jobItem(deliverReferralJob, { referralId })),
    ...due.corrections.map((referralId) => jobItem(sendCorrection, { referralId })),
    ...due.staffMails.map((mailId) => jobItem(sendStaffMail, { mailId })),
  ];
}

/** A student whose evaluation has failed before travels alone, so that nobody else is held up. */
function evaluationJobs({ evaluations, troubled }: DueWork): JobItem[] {
  const alone = new Set(troubled);
  const together = evaluations.filter((studentId) => !alone.has(studentId));
  const jobs = troubled.map((studentId) => jobItem(evaluateStudent, { studentId }));
  for (let from = 0; from < together.length; from += STUDENTS_PER_JOB) {
    const studentIds = together.slice(from, from + STUDENTS_PER_JOB);
    jobs.push(jobItem(evaluateStudents, { studentIds }));
  }
  return jobs;
}
