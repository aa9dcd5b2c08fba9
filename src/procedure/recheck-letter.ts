import { householdOf } from '../domain/household.ts';
import type { Block, StepVerdict } from '../domain/ladder-facts.ts';
import type { LetterReason } from '../domain/letter-reasons.ts';
import type { RecipientLetter } from '../domain/recipients.ts';
import { ABSOLUTE } from '../store/absolute-hold.ts';
import { cancelLetters } from '../store/cancel-letters.ts';
import type { Tx } from '../store/database.ts';
import { clearActed } from '../store/ladder-steps.ts';
import { type Letter, readLetter } from '../store/letters.ts';
import { listLetters } from '../store/letters-of-student.ts';
import type { Reissue } from '../store/plan-letter.ts';
import { lockStudent } from '../store/student-locks.ts';
import type { Assessment } from './assess.ts';
import { keepBlockTasks } from './block-tasks.ts';
import { type DecidedLocked, decideAgain } from './decide.ts';
import { LEFT_TO_SCHOOL, leaveLetterToOffice } from './leave-to-office.ts';
import { planLetters } from './plan-letters.ts';
import type { Moment, Procedure } from './procedure.ts';

/** Decided while the school was live, which is in shadow mode by now: it waits until it is live again. */
export const NOT_LIVE = 'school-not-live';

export type Recheck =
  | { readonly kind: 'stands'; readonly letter: Letter }
  /** Owed, but something blocks it for now. */
  | { readonly kind: 'waits'; readonly reason: LetterReason }
  /** It has followed the student to another school, in whose name it goes. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'cancelled'; readonly reason: LetterReason };

/**
 * The last look before a letter leaves, inside the transaction that claims it: the step must still be owed, or taken
 * by another of its letters, on current records, and the guardian must still be one who may get it.
 */
export async function recheckLetter(
  tx: Tx,
  procedure: Procedure,
  before: { readonly id: string; readonly studentId: number; readonly schoolId: number },
  moment: Moment,
): Promise<Recheck> {
  await lockStudent(tx, before.studentId);
  const decided = await decideAgain(tx, procedure, before.studentId, moment);
  const letter = await readLetter(tx, before.id);
  if (decided === null || letter === null) return { kind: 'cancelled', reason: 'unknown' };
  if (letter.state === 'cancelled') return { kind: 'cancelled', reason: 'withdrawn' };
  if (decided.facts.holds.some((hold) => hold.scope === 'absolute')) return cancel(tx, letter, ABSOLUTE);
  if (letter.schoolId !== before.schoolId) return { kind: 'moved' };
  const { mode } = decided.assessment.evaluation;
  if (mode === 'shadow') return { kind: 'waits', reason: NOT_LIVE };
  const verdict = decided.assessment.evaluation.steps.find((step) => step.step === letter.step);
  if (
    verdict === undefined ||
    (verdict.state !== 'owed' && verdict.state !== 'taken') ||
    verdict.superseded
  ) {
    return cancel(tx, letter, verdict?.superseded === true ? 'count-fell' : 'no-longer-owed');
  }
  if (verdict.round !== letter.round) return cancel(tx, letter, 'new-round');
  const block = await findBlock(tx, procedure, decided, verdict, moment);
  if (block !== null) return { kind: 'waits', reason: block.kind };
  if (mode === 'tasks') {
    await leaveLetterToOffice(tx, procedure, letter, decided, moment);
    return { kind: 'cancelled', reason: LEFT_TO_SCHOOL };
  }
  if (stillRecipient(decided.assessment, letter)) return { kind: 'stands', letter };
  const cancelled = await cancel(tx, letter, 'recipient-changed');
  await replaceLetter(tx, procedure, decided, letter, moment);
  return cancelled;
}

/** A letter of a step that was taken with another one waits for the same reasons as one that is owed. */
async function findBlock(
  tx: Tx,
  procedure: Procedure,
  decided: DecidedLocked,
  { step, state, blocks }: StepVerdict,
  moment: Moment,
): Promise<Block | null> {
  if (state === 'owed') return blocks[0] ?? null;
  // Whether this guardian may still be written to is asked for each letter.
  const ofLetter = decided.assessment.letterBlocks(step).filter(({ kind }) => kind !== 'no-recipient');
  await keepBlockTasks(tx, procedure, decided, moment, [{ step, blocks: ofLetter }]);
  return ofLetter[0] ?? null;
}

async function cancel(tx: Tx, letter: Letter, reason: LetterReason): Promise<Recheck> {
  await cancelLetters(tx, { letterId: letter.id }, reason);
  return { kind: 'cancelled', reason };
}

/**
 * A guardian who may still be written to, but elsewhere, gets a fresh letter; one who may not gets none. When that
 * leaves an owed step without any letter, it is decided about anew, so that nobody is forgotten.
 * @param reissue where the letter has left: what the fresh ones say of it
 * @returns the ids of the fresh letters
 */
async function replaceLetter(
  tx: Tx,
  procedure: Procedure,
  decided: DecidedLocked,
  letter: Letter,
  moment: Moment,
  reissue: Reissue | null = null,
): Promise<string[]> {
  const fresh = await planLetters(tx, procedure, decided, letter, moment, letter.guardianIds, reissue);
  if (fresh.length === 0 && !(await hasLiveLetter(tx, letter)))
    await clearActed(tx, letter, letter.step, moment.now);
  return fresh;
}

/** Whether any letter of the same round has left, or may leave. */
export async function hasLiveLetter(tx: Tx, letter: Letter): Promise<boolean> {
  const { step, round } = letter;
  return (await listLetters(tx, letter)).some(
    (one) => one.step === step && one.round === round && one.state !== 'cancelled' && one.state !== 'bounced',
  );
}

/**
 * Everybody named on the letter must still be a recipient; an e-mail must still go to the address it was frozen for,
 * and what is printed on paper must still be the door that the records name.
 */
function stillRecipient({ recipients }: Assessment, letter: Letter): boolean {
  const now = letter.toStudent
    ? [recipients.letters.find((planned) => planned.toStudent)]
    : letter.guardianIds.map((id) => recipients.letters.find((planned) => planned.guardianIds.includes(id)));
  return now.every((planned) => planned !== undefined && sameWay(planned, letter));
}

function sameWay(now: RecipientLetter, letter: Letter): boolean {
  return letter.channel === 'paper'
    ? householdOf(now.address) === householdOf(letter.address)
    : now.email === letter.email;
}
