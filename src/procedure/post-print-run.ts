import type { SchoolDate } from '../domain/school-date.ts';
import { endShadowLetters } from '../store/cancel-letters.ts';
import { type Db, inTransaction, type Tx } from '../store/database.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import { readKillSwitch } from '../store/kill-switch.ts';
import { readLetter } from '../store/letters.ts';
import { type LetterOfRun, type ListedRun, lettersOfRun, listPrintRuns } from '../store/print-run-list.ts';
import { recordPostedAnyway, recordPulled, studentsOfRun } from '../store/print-runs.ts';
import { endShadowOfStep } from '../store/shadows.ts';
import { lockStudent } from '../store/student-locks.ts';
import { closeTasks } from '../store/tasks.ts';
import { recordLetterPosted, recordRunPosted } from './hand-over.ts';
import { closeReminder } from './keep-print-runs.ts';
import { stopOwnWork } from './own-work.ts';
import type { Moment } from './procedure.ts';

export interface Posting {
  /** Reference of the run. */
  readonly run: string;
  readonly by: string;
  readonly postedOn: SchoolDate;
  /** References of letters that still lie in the office. */
  readonly except: readonly string[];
  /** References of letters that should have been pulled and are in the post all the same. */
  readonly postedAnyway: readonly string[];
  /** While sending is stopped: it was in the post before. */
  readonly alreadyPosted?: boolean;
}

export type PostingOutcome =
  | {
      readonly kind: 'confirmed';
      readonly posted: number;
      /** They still lie in the office, and the run stays open. */
      readonly left: readonly string[];
      /** Recorded as not posted. */
      readonly pulled: readonly string[];
    }
  | { readonly kind: 'unknown-run' }
  /** Nothing is to be posted now. */
  | { readonly kind: 'sending-stopped' }
  | { readonly kind: 'posted-before'; readonly run: ListedRun }
  | { readonly kind: 'bad-day'; readonly printedOn: SchoolDate }
  /** Named letters that the run does not have in that way. */
  | { readonly kind: 'not-in-run'; readonly refs: readonly string[] };

/** The clerk confirms what of a run is in the post. All that is named must fit, or nothing is recorded. */
export async function postPrintRun(db: Db, posting: Posting, moment: Moment): Promise<PostingOutcome> {
  return inTransaction(db, async (tx): Promise<PostingOutcome> => {
    const [run] = await listPrintRuns(tx, { ref: posting.run });
    if (run === undefined) return { kind: 'unknown-run' };
    if (posting.alreadyPosted !== true && (await readKillSwitch(tx)) !== null)
      return { kind: 'sending-stopped' };
    for (const studentId of await studentsOfRun(tx, run.id)) await lockStudent(tx, studentId);
    // Read under the locks: whatever was being decided about these students is decided.
    const letters = await lettersOfRun(tx, run.id);
    if (run.postedOn !== null && !letters.some(({ state }) => state === 'pull' || state === 'to-post'))
      return { kind: 'posted-before', run };
    if (posting.postedOn < run.printedOn || posting.postedOn > moment.today)
      return { kind: 'bad-day', printedOn: run.printedOn };
    const strangers = [
      ...posting.except.filter((ref) => !isIn(letters, ref, 'to-post')),
      ...posting.postedAnyway.filter((ref) => !isIn(letters, ref, 'pull')),
    ];
    if (strangers.length > 0) return { kind: 'not-in-run', refs: strangers };
    const posted = await recordPosted(tx, { ...posting, printRunId: run.id }, letters, moment);
    return posted;
  });
}

/** The same with the run's id, inside a transaction that has locked the students of the run. */
export async function postWholeRun(
  tx: Tx,
  posting: { printRunId: string; by: string; postedOn: SchoolDate },
  moment: Moment,
): Promise<number> {
  const letters = await lettersOfRun(tx, posting.printRunId);
  const { posted } = await recordPosted(tx, { ...posting, except: [], postedAnyway: [] }, letters, moment);
  return posted;
}

async function recordPosted(
  tx: Tx,
  posting: Omit<Posting, 'run'> & { readonly printRunId: string },
  letters: readonly LetterOfRun[],
  moment: Moment,
): Promise<Extract<PostingOutcome, { kind: 'confirmed' }>> {
  const { printRunId, by, postedOn: on, except } = posting;
  for (const ref of posting.postedAnyway) {
    const letter = letters.find((one) => one.ref === ref);
    if (letter !== undefined) await postAnyway(tx, { printRunId, letterId: letter.id, by, on }, moment);
  }
  const posted = await recordRunPosted(tx, { printRunId, by, on, except }, moment);
  const pulled = await recordPulled(tx, { printRunId }, { by, on: moment.today });
  const done = { reason: 'run-confirmed', on: moment.today, now: moment.now };
  await closeTasks(tx, { keys: letters.map(({ id }) => `pull-letter:${id}`) }, done);
  const left = (await lettersOfRun(tx, printRunId)).filter(({ state }) => state === 'to-post');
  if (left.length === 0) {
    await closeReminder(tx, printRunId, moment);
    await closeTasks(tx, { keys: [`print-letters:${printRunId}`] }, done);
  }
  return {
    kind: 'confirmed',
    posted: posted.length + posting.postedAnyway.length,
    left: left.map(({ ref }) => ref),
    pulled,
  };
}

/**
 * A letter that should have been pulled has left. It lies in the file like every other, its step is taken, and the next
 * evaluation marks it as superseded where a correction was what had stopped it.
 */
export async function postAnyway(
  tx: Tx,
  which: { printRunId: string; letterId: string; by: string; on: SchoolDate },
  moment: Moment,
): Promise<boolean> {
  const before = await readLetter(tx, which.letterId);
  if (before === null) return false;
  const { studentId, schoolYear, step } = before;
  const atStep = { studentId, schoolYear, step };
  // Where the office was asked for its own: it is not to send a second one.
  if (!before.shadow) await endShadowLetters(tx, atStep);
  const letter = await recordPostedAnyway(tx, { ...which, now: moment.now });
  if (letter === null) return false;
  await stopOwnWork(tx, atStep, 'posted', moment);
  await endShadowOfStep(tx, atStep, step, moment.now);
  await recordLetterPosted(tx, letter, which.on, moment);
  await markEvaluationDue(tx, [studentId], 'posted-anyway', moment.now);
  return true;
}

function isIn(letters: readonly LetterOfRun[], ref: string, state: LetterOfRun['state']): boolean {
  return letters.some((letter) => letter.ref === ref && letter.state === state);
}
