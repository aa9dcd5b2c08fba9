import { APPROVAL } from '../store/approvals.ts';
import { addToFile } from '../store/attendance-files.ts';
import { cancelLetters } from '../store/cancel-letters.ts';
import { contactOutcomes } from '../store/contact-log.ts';
import { type Db, inTransaction, type Tx } from '../store/database.ts';
import { readKillSwitch } from '../store/kill-switch.ts';
import { takeStep } from '../store/ladder-steps.ts';
import { readLetter } from '../store/letters.ts';
import { saveOutsideLetter } from '../store/outside-letters.ts';
import { recordPulled, studentsOfRun } from '../store/print-runs.ts';
import { forgetReturns } from '../store/returned-post.ts';
import { lockStudent } from '../store/student-locks.ts';
import { completeTask, type Task } from '../store/tasks.ts';
import { adultOutcomes, CONFIRM_ADULT, recordAdultAnswer } from './adult-answer.ts';
import { APPROVE_BATCH, SENDING_STOPPED } from './batch-task.ts';
import { contactTasks, recordContact } from './contacts.ts';
import { ownWorkOutcomes, recordOwnLetter, recordOwnReferral } from './own-work.ts';
import { postAnyway, postWholeRun } from './post-print-run.ts';
import type { Moment, Procedure } from './procedure.ts';
import { FIX_POSTAL_ADDRESS, postalAddressOutcomes } from './returned-post.ts';
import { ownWork } from './step-tasks.ts';
import { KILL_SWITCH } from './tell-of-kill-switch.ts';

export type TaskAnswer =
  | { readonly kind: 'done'; readonly task: Task; readonly lettersPosted: number }
  | { readonly kind: 'not-open' }
  /** Yes and no are not the same: an approval is answered as one. */
  | { readonly kind: 'approval' }
  /** The same holds for what a brake asks. */
  | { readonly kind: 'brake'; readonly command: string }
  /** Nothing is to be posted while sending is stopped. */
  | { readonly kind: 'sending-stopped' }
  /** Whether an uncertain letter has arrived decides about the next one: it is resolved as one. */
  | { readonly kind: 'uncertain-letter' }
  | { readonly kind: 'bad-outcome'; readonly expected: readonly string[] };

/**
 * A member of staff reports a task as done. A contact goes into the contact log and the attendance file; a posted
 * print run makes each of its letters posted.
 */
export async function answerTask(
  db: Db,
  answer: { ref: string; by: string; outcome: string; note: string | null },
  moment: Moment,
  procedure: Procedure,
): Promise<TaskAnswer> {
  const waiting = await db
    .selectFrom('task')
    .select(['kind', 'state', 'student_id', 'print_run_id'])
    .where('ref', '=', answer.ref)
    .executeTakeFirst();
  if (waiting === undefined || waiting.state !== 'open') return { kind: 'not-open' };
  if (waiting.kind === APPROVAL) return { kind: 'approval' };
  const command = brakeCommands[waiting.kind];
  if (command !== undefined) return { kind: 'brake', command: command.replace('REF', answer.ref) };
  if (waiting.kind === 'print-letters' && (await readKillSwitch(db)) !== null)
    return { kind: 'sending-stopped' };
  if (waiting.kind === 'resolve-letter') return { kind: 'uncertain-letter' };
  const isContact = contactTasks.has(waiting.kind);
  const expected = isContact ? contactOutcomes : (outcomesOf[waiting.kind] ?? null);
  if (expected !== null && !(expected as readonly string[]).includes(answer.outcome)) {
    return { kind: 'bad-outcome', expected };
  }
  return inTransaction(db, async (tx): Promise<TaskAnswer> => {
    if (isContact && waiting.student_id !== null)
      return answerWithContact(tx, procedure, { ...answer, studentId: waiting.student_id }, moment);
    // Before anything is changed: an evaluation that is under way would write over the step that this one takes.
    for (const studentId of await studentsOf(tx, waiting)) await lockStudent(tx, studentId);
    const task = await completeTask(tx, { ...answer, on: moment.today, now: moment.now });
    if (task === null) return { kind: 'not-open' };
    await fileAnswer(tx, task, answer, moment);
    await recordWhom(tx, task, answer, moment);
    if (answer.outcome === 'sent') await recordOwnWork(tx, task, answer.by, moment);
    return { kind: 'done', task, lettersPosted: await recordPaper(tx, task, answer, moment) };
  });
}

/** Of a student of 18 it is said whom letters go to. */
async function recordWhom(
  tx: Tx,
  { kind, studentId, schoolYear }: Task,
  { by, outcome, note }: { by: string; outcome: string; note: string | null },
  moment: Moment,
): Promise<void> {
  const lettersTo = adultOutcomes.find((one) => one === outcome);
  if (kind !== CONFIRM_ADULT || lettersTo === undefined || studentId === null || schoolYear === null) return;
  await recordAdultAnswer(tx, { studentId, schoolYear }, { lettersTo, by, because: note }, moment);
}

/** What the clerk says of the pile, or of an address. @returns how many letters are posted by that */
async function recordPaper(
  tx: Tx,
  { kind, printRunId, letterId }: Task,
  { by, outcome }: { by: string; outcome: string },
  moment: Moment,
): Promise<number> {
  const on = moment.today;
  if (kind === 'print-letters' && printRunId !== null)
    return postWholeRun(tx, { printRunId, by, postedOn: on }, moment);
  if (letterId === null) return 0;
  if (kind === 'pull-letter' && printRunId !== null) {
    if (outcome === 'pulled') await recordPulled(tx, { printRunId, letterId }, { by, on });
    else if (await postAnyway(tx, { printRunId, letterId, by, on }, moment)) return 1;
  }
  if (kind === FIX_POSTAL_ADDRESS && outcome === 'address-right') await forgetReturns(tx, letterId);
  return 0;
}

/** Whose steps an answer may take, in the order in which students are locked. */
async function studentsOf(
  tx: Tx,
  task: { student_id: number | null; print_run_id: string | null },
): Promise<number[]> {
  const ofRun = task.print_run_id === null ? [] : await studentsOfRun(tx, task.print_run_id);
  const own = task.student_id === null ? [] : [task.student_id];
  return [...new Set([...own, ...ofRun])].sort((a, b) => a - b);
}

/** A contact answers whatever else asks for one, too. */
async function answerWithContact(
  tx: Tx,
  procedure: Procedure,
  contact: { ref: string; studentId: number; by: string; outcome: string; note: string | null },
  moment: Moment,
): Promise<TaskAnswer> {
  const { ref: task, studentId, by, outcome, note } = contact;
  const asked = { task, studentId, by, outcome, note, on: null, guardianId: null, byEmail: null };
  const logged = await recordContact(tx, procedure, asked, moment);
  const [first] = logged.kind === 'logged' ? logged.answered : [];
  return first === undefined ? { kind: 'not-open' } : { kind: 'done', task: first, lettersPosted: 0 };
}

/** Every answer about a student goes into the attendance file. */
async function fileAnswer(
  tx: Tx,
  task: Task,
  answer: { by: string; outcome: string; note: string | null },
  moment: Moment,
): Promise<void> {
  if (task.studentId === null || task.schoolYear === null) return;
  await addToFile(
    tx,
    { studentId: task.studentId, schoolYear: task.schoolYear, now: moment.now },
    {
      onDate: moment.today,
      kind: 'task',
      title: `Task ${task.kind}: ${answer.outcome}`,
      detail: answer.note,
    },
  );
}

/** In tasks mode: the office has sent its own letter, or the file to the truancy officer. */
async function recordOwnWork(tx: Tx, task: Task, by: string, moment: Moment): Promise<void> {
  const { kind, studentId, schoolYear, step } = task;
  if (studentId === null || schoolYear === null || step === null) return;
  const { policy_version: policyVersion } = await tx
    .selectFrom('ladder_step')
    .select('policy_version')
    .where('student_id', '=', studentId)
    .where('school_year', '=', schoolYear)
    .where('step', '=', step)
    .executeTakeFirstOrThrow();
  const atStep = { studentId, schoolYear, step, policyVersion };
  if (kind === ownWork.referral.kind) await recordOwnReferral(tx, atStep, moment);
  if (kind === HELD && task.letterId !== null)
    await recordSentByHand(tx, { ...atStep, letterId: task.letterId, by }, moment);
  if (kind === ownWork.letter.kind)
    await recordOwnLetter(tx, { ...atStep, sentOn: moment.today, source: 'by-hand', by }, moment);
}

/** The office has sent one held letter itself; those to other guardians go on. */
async function recordSentByHand(
  tx: Tx,
  letter: { studentId: number; schoolYear: string; step: string; letterId: string; by: string },
  moment: Moment,
): Promise<void> {
  const { studentId, schoolYear, step, letterId, by } = letter;
  const held = await readLetter(tx, letterId);
  if (held?.state !== 'held') return;
  await cancelLetters(tx, { letterId }, 'sent-by-hand');
  await saveOutsideLetter(tx, {
    studentId,
    schoolYear,
    step,
    sentOn: moment.today,
    source: 'by-hand',
    by,
    now: moment.now,
  });
  const taken = { step, round: held.round, on: moment.today, reason: 'sent-by-hand', now: moment.now };
  await takeStep(tx, { studentId, schoolYear }, taken);
}

/** Of a letter that the office can only send by hand, or have issued once more. */
const HELD = 'letter-held';

/** Tasks that end in one of a few ways, and are no contact. */
const outcomesOf: Readonly<Record<string, readonly string[]>> = {
  [CONFIRM_ADULT]: adultOutcomes,
  'print-letters': ['posted'],
  [HELD]: ['sent'],
  'pull-letter': ['pulled', 'already-posted'],
  [FIX_POSTAL_ADDRESS]: postalAddressOutcomes,
  [ownWork.letter.kind]: ownWorkOutcomes,
  [ownWork.referral.kind]: ownWorkOutcomes,
};

/** How a task of this kind is answered: with one of a few words, in words of one's own, or in another way altogether. */
export function answersOf(kind: string): readonly string[] | 'any' | 'elsewhere' {
  if (kind === APPROVAL || kind === 'resolve-letter' || brakeCommands[kind] !== undefined) return 'elsewhere';
  return contactTasks.has(kind) ? contactOutcomes : (outcomesOf[kind] ?? 'any');
}

/** What answers the tasks of brakes instead. */
const brakeCommands: Readonly<Record<string, string>> = {
  [APPROVE_BATCH]: 'batches approve REF',
  [SENDING_STOPPED]: 'brakes release REF',
  [KILL_SWITCH]: 'letters resume',
};
