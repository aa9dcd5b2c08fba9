import type { SchoolDate } from '../domain/school-date.ts';
import { addToFile } from '../store/attendance-files.ts';
import type { Tx } from '../store/database.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import { takeStep } from '../store/ladder-steps.ts';
import type { Letter } from '../store/letters.ts';
import { confirmPosted, type PostedLetter } from '../store/print-runs.ts';
import { lockStudent } from '../store/student-locks.ts';
import { supersedeWithStep } from '../store/superseded-letters.ts';
import type { Moment } from './procedure.ts';

/**
 * A letter has left by e-mail: its copy goes into the file and its step is taken with the first of its letters. The
 * transaction holds the student's lock: whoever decides about the student meanwhile would write over what is taken here.
 * @returns whether the step is taken by this one
 */
export async function recordLetterLeft(tx: Tx, letter: Letter, moment: Moment): Promise<boolean> {
  return leave(
    tx,
    {
      id: letter.id,
      ref: letter.ref,
      studentId: letter.studentId,
      schoolYear: letter.schoolYear,
      step: letter.step,
      round: letter.round,
      pdfDocumentId: letter.pdfDocumentId,
    },
    'e-mailed',
    moment,
  );
}

/**
 * The clerk confirms that a print run was posted: each of its letters has left, but for those that were pulled and
 * those that are named in `except`.
 * @returns the letters that left now.
 */
export async function recordRunPosted(
  tx: Tx,
  posted: { printRunId: string; by: string; on: SchoolDate; except?: readonly string[] },
  moment: Moment,
): Promise<PostedLetter[]> {
  const letters = await confirmPosted(tx, { ...posted, now: moment.now });
  for (const letter of letters) await recordLetterPosted(tx, letter, posted.on, moment);
  return letters;
}

/** A single letter of a run was in the post already when it should have been pulled. */
export async function recordLetterPosted(
  tx: Tx,
  letter: PostedLetter,
  on: SchoolDate,
  moment: Moment,
): Promise<void> {
  await lockStudent(tx, letter.studentId);
  await leave(tx, letter, 'posted', { ...moment, today: on });
}

/**
 * A step that was withdrawn or skipped while its letter was on the line is taken all the same: the next evaluation marks
 * it as superseded where a correction was what had stopped it, and staff are told.
 * @param moment `today`: the day on which it left
 */
async function leave(
  tx: Tx,
  letter: PostedLetter,
  how: 'e-mailed' | 'posted',
  moment: Moment,
): Promise<boolean> {
  const student = { studentId: letter.studentId, schoolYear: letter.schoolYear };
  await addToFile(
    tx,
    { ...student, now: moment.now },
    {
      onDate: moment.today,
      kind: 'letter',
      title: `Letter ${letter.ref} (${letter.step}) ${how}`,
      letterId: letter.id,
      documentId: letter.pdfDocumentId,
    },
  );
  const { step, round } = letter;
  const from = ['owed', 'withdrawn', 'skipped'] as const;
  const taken = { step, round, on: moment.today, reason: how, now: moment.now, from };
  if (await takeStep(tx, student, taken)) return true;
  await supersedeWithStep(tx, letter.id);
  // A referral may rest on this one where the first has come back.
  await markEvaluationDue(tx, [letter.studentId], 'letter-left', moment.now);
  return false;
}
