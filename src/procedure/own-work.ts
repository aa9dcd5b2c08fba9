import { earlierOf, type SchoolDate } from '../domain/school-date.ts';
import { APPROVAL } from '../store/approvals.ts';
import { addToFile } from '../store/attendance-files.ts';
import { cancelLetters, endShadowLetters } from '../store/cancel-letters.ts';
import type { Tx } from '../store/database.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { saveOutsideLetter } from '../store/outside-letters.ts';
import { takeOutside } from '../store/outside-steps.ts';
import { openReferralsOf } from '../store/referrals.ts';
import { closeTasks, detailTask, openTask } from '../store/tasks.ts';
import { endShadowReferral, withdrawReferral } from '../store/withdraw-referral.ts';
import { closeUnblocked } from './block-tasks.ts';
import { gapsTaskKey } from './packet-delivery.ts';
import { type Moment, type Procedure, schoolCalendar } from './procedure.ts';
import { ownWork, stepTaskKey } from './step-tasks.ts';
import { gapInWords } from './task-words.ts';

/** How such a task can end. */
export const ownWorkOutcomes = ['sent', 'not-sent'] as const;

const DUE_IN_SCHOOL_DAYS = 2;

/** Why what Rollcall was about to do, or had asked for, is over. */
const REASON = 'sent-by-school';

type AtStep = StudentYear & { readonly step: string };

/** What the office is asked to send by itself. */
interface OwnWork extends AtStep {
  readonly what: keyof typeof ownWork;
  readonly schoolId: number | null;
  /** The last day by law; null or not set: no law sets any. */
  readonly deadline?: SchoolDate | null;
  /** What the office has to know; not set: what the step is called. */
  readonly detail?: string | null;
}

/** Asks the office to send its own letter, or the file to the truancy officer. */
export async function askForOwnWork(
  tx: Tx,
  procedure: Procedure,
  work: OwnWork,
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
      dueOn: await dueDate(tx, procedure, work, moment),
      studentId,
      schoolId,
      schoolYear,
      step,
      detail: work.detail ?? titleOfStep(procedure, step),
    },
    moment.now,
  );
}

/** In good time, and by law; what is late by law is due today. */
async function dueDate(
  tx: Tx,
  procedure: Procedure,
  { schoolId, deadline }: OwnWork,
  { today }: Moment,
): Promise<SchoolDate> {
  const calendar =
    schoolId === null ? procedure.calendarOf(null) : await schoolCalendar(tx, procedure, schoolId);
  const inTime = calendar.addSchoolDays(today, DUE_IN_SCHOOL_DAYS) ?? today;
  const due = earlierOf(inTime, deadline ?? inTime);
  return due < today ? today : due;
}

function titleOfStep({ policy }: Procedure, step: string): string {
  return policy.steps.find(({ id }) => id === step)?.title ?? step;
}

/** What the file still lacks by the checklist is told to the office that sends it. */
export async function nameGapsToOffice(
  tx: Tx,
  procedure: Procedure,
  atStep: AtStep,
  gaps: readonly string[],
  { now }: Moment,
): Promise<void> {
  if (gaps.length === 0) return;
  const detail = `${titleOfStep(procedure, atStep.step)}; still missing: ${gaps.map((gap) => gapInWords(gap, { pages: true })).join('; ')}`;
  await detailTask(tx, stepTaskKey(ownWork.referral.kind, atStep, atStep.step), detail, now);
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

/** What was asked for the step is asked no more: the next evaluation finds nothing that waits, and asks nobody. */
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
  const referrals = await openReferralsOf(tx, atStep);
  await cancelLetters(tx, atStep, REASON);
  await withdrawReferral(tx, atStep, moment.now);
  await endShadowLetters(tx, atStep);
  await endShadowReferral(tx, atStep, moment.now);
  await stopOwnWork(tx, atStep, REASON, moment);
  await closeTasks(
    tx,
    { keys: [stepTaskKey(APPROVAL, atStep, step), ...referrals.map(gapsTaskKey)] },
    { reason: REASON, on: moment.today, now: moment.now },
  );
  await closeUnblocked(tx, atStep, moment);
  return took;
}
