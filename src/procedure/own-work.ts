import type { SchoolDate } from '../domain/school-date.ts';
import { addToFile } from '../store/attendance-files.ts';
import type { Tx } from '../store/database.ts';
import { type StudentYear, takeOutside } from '../store/evaluations.ts';
import { cancelLetters, endShadowLetters } from '../store/letters.ts';
import { saveOutsideLetter } from '../store/outside-letters.ts';
import { endShadowReferral, withdrawReferral } from '../store/referrals.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import type { Moment, Procedure } from './procedure.ts';
import { ownWork, stepTaskKey } from './step-tasks.ts';

/** How such a task can end. */
export const ownWorkOutcomes = ['sent', 'not-sent'] as const;

const DUE_IN_SCHOOL_DAYS = 2;

type AtStep = StudentYear & { readonly step: string };

/** Asks the office to send its own letter, or the file to the truancy officer. */
export async function askForOwnWork(
  tx: Tx,
  procedure: Procedure,
  work: AtStep & { readonly what: keyof typeof ownWork; readonly schoolId: number | null },
  moment: Moment,
): Promise<void> {
  const { kind, role } = ownWork[work.what];
  const { studentId, schoolYear, step, schoolId } = work;
  await openTask(
    tx,
    {
      key: stepTaskKey(kind, work, step),
      kind,
      role,
      openedOn: moment.today,
      dueOn: procedure.calendarOf(null).addSchoolDays(moment.today, DUE_IN_SCHOOL_DAYS) ?? moment.today,
      studentId,
      schoolId,
      schoolYear,
      step,
      detail: procedure.policy.steps.find((one) => one.id === step)?.title ?? step,
    },
    moment.now,
  );
}

/** Nobody is to send anything for the step any more. */
export async function stopOwnWork(tx: Tx, atStep: AtStep, reason: string, moment: Moment): Promise<void> {
  const keys = Object.values(ownWork).map(({ kind }) => stepTaskKey(kind, atStep, atStep.step));
  await closeTasks(tx, { keys }, { reason, on: moment.today, now: moment.now });
}

/**
 * The school has sent a letter by itself: it counts as out, takes its step, and stays out of the reach of corrections.
 * What Rollcall was about to send for the step is stopped.
 * @returns `recorded`: the school took the step, by this one or a later one; `known`: it was on record;
 *   `taken-before`: Rollcall has sent one for the step, too.
 */
export async function recordOwnLetter(
  tx: Tx,
  letter: AtStep & {
    readonly sentOn: SchoolDate;
    readonly source: 'import' | 'by-hand';
    readonly by: string;
    readonly policyVersion: string;
  },
  moment: Moment,
): Promise<'recorded' | 'known' | 'taken-before'> {
  if (!(await saveOutsideLetter(tx, { ...letter, now: moment.now }))) return 'known';
  const took = await takeByHand(tx, letter, letter.sentOn, letter.policyVersion, moment);
  const { studentId, schoolYear, step, sentOn } = letter;
  await addToFile(
    tx,
    { studentId, schoolYear, now: moment.now },
    {
      onDate: sentOn,
      kind: 'letter',
      title: `Letter (${step}) sent by the school; recorded by ${letter.by}`,
    },
  );
  return took === 'by-rollcall' ? 'taken-before' : 'recorded';
}

/** The school has sent the file to the truancy officer by itself. */
export async function recordOwnReferral(
  tx: Tx,
  referral: AtStep & { readonly policyVersion: string },
  moment: Moment,
): Promise<void> {
  await takeByHand(tx, referral, moment.today, referral.policyVersion, moment);
}

async function takeByHand(
  tx: Tx,
  { studentId, schoolYear, step }: AtStep,
  on: SchoolDate,
  policyVersion: string,
  moment: Moment,
): ReturnType<typeof takeOutside> {
  const atStep = { studentId, schoolYear, step };
  const took = await takeOutside(tx, atStep, { step, on, policyVersion, now: moment.now });
  if (took !== 'taken') return took;
  await cancelLetters(tx, atStep, 'sent-by-school');
  await withdrawReferral(tx, atStep, moment.now);
  await endShadowLetters(tx, atStep);
  await endShadowReferral(tx, atStep, moment.now);
  await stopOwnWork(tx, atStep, 'sent-by-school', moment);
  return took;
}
