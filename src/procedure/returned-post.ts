import type { SchoolDate } from '../domain/school-date.ts';
import { addToFile } from '../store/attendance-files.ts';
import type { Db } from '../store/database.ts';
import { lockStudent, markEvaluationDue } from '../store/evaluations.ts';
import { freeAddressees, readLetter } from '../store/letters.ts';
import { findPostedLetter, recordReturned } from '../store/returned-post.ts';
import { closeTasks } from '../store/tasks.ts';
import { decideLocked } from './decide.ts';
import { openLetterTask } from './letter-task.ts';
import { planLetters } from './plan-letters.ts';
import type { Moment, Procedure } from './procedure.ts';
import { tellOfLostProof } from './tell-of-lost-proof.ts';

export const FIX_POSTAL_ADDRESS = 'fix-postal-address';

/** How such a task can end: with the records corrected, or with the address found to be right. */
export const postalAddressOutcomes = ['corrected', 'address-right'] as const;

export type ReturnedOutcome =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'not-posted' | 'returned-before' | 'bad-day' };

/**
 * The post has brought a letter back. It no longer counts as notice, the office is asked for the address, and for as
 * long as the records keep that address nothing is sent there.
 */
export async function recordReturnedPost(
  db: Db,
  procedure: Procedure,
  returned: { ref: string; by: string; because: string; on: SchoolDate },
  moment: Moment,
): Promise<ReturnedOutcome> {
  return db.transaction().execute(async (tx): Promise<ReturnedOutcome> => {
    const found = await findPostedLetter(tx, returned.ref);
    if (found === null) return { kind: 'not-posted' };
    await lockStudent(tx, found.studentId);
    if (found.returnedOn !== null) return { kind: 'returned-before' };
    if (returned.on > moment.today || returned.on < found.postedOn) return { kind: 'bad-day' };
    const letter = await readLetter(tx, found.id);
    if (letter === null) return { kind: 'not-posted' };
    await recordReturned(tx, letter, returned);
    const { studentId, schoolYear } = letter;
    await addToFile(
      tx,
      { studentId, schoolYear, now: moment.now },
      {
        onDate: returned.on,
        kind: 'letter',
        title: `Letter ${letter.ref} (${letter.step}) came back by the post; recorded by ${returned.by}`,
        detail: returned.because,
        letterId: letter.id,
      },
    );
    await openLetterTask(tx, procedure, letter, FIX_POSTAL_ADDRESS, letter.ref, moment);
    await tellOfLostProof(tx, letter, moment);
    await markEvaluationDue(tx, [studentId], 'post-returned', moment.now);
    return { kind: 'recorded' };
  });
}

export type ReissueOutcome =
  | { readonly kind: 'planned'; readonly letters: readonly string[] }
  | { readonly kind: 'not-returned' | 'reissued-before' }
  /** The step or the people are not what they were: nothing may be sent. */
  | { readonly kind: 'stands-no-more'; readonly reason: string }
  /** The records still have the address from which the letter came back. */
  | { readonly kind: 'same-address' };

/**
 * Sends a letter that came back once more, to the address that the records have by now, as a letter of its own that
 * names the one it goes instead of. It is written anew, and passes every last look on its way.
 */
export async function reissueReturned(
  db: Db,
  procedure: Procedure,
  reissue: { ref: string; by: string; because: string },
  moment: Moment,
): Promise<ReissueOutcome> {
  return db.transaction().execute(async (tx): Promise<ReissueOutcome> => {
    const found = await findPostedLetter(tx, reissue.ref);
    if (found === null || found.returnedOn === null) return { kind: 'not-returned' };
    await lockStudent(tx, found.studentId);
    if (found.reissued) return { kind: 'reissued-before' };
    const decided = await decideLocked(tx, procedure, found.studentId, moment);
    const letter = await readLetter(tx, found.id);
    if (decided === null || letter === null) return { kind: 'stands-no-more', reason: 'unknown' };
    const { evaluation, recipients } = decided.assessment;
    const verdict = evaluation.steps.find(({ step }) => step === letter.step);
    if (evaluation.mode !== 'live') return { kind: 'stands-no-more', reason: 'school-not-live' };
    if (verdict?.state !== 'taken' || verdict.superseded || verdict.round !== letter.round)
      return { kind: 'stands-no-more', reason: verdict?.superseded ? 'count-fell' : 'no-longer-owed' };
    const block = decided.assessment.letterBlocks(letter.step)[0];
    if (block !== undefined) return { kind: 'stands-no-more', reason: block.kind };
    const now = recipients.letters.filter((one) =>
      letter.toStudent ? one.toStudent : one.guardianIds.some((id) => letter.guardianIds.includes(id)),
    );
    if (now.length === 0) return { kind: 'stands-no-more', reason: 'no-recipient' };
    if (now.every(({ channel, address }) => channel === 'paper' && address === null))
      return { kind: 'same-address' };
    await freeAddressees(tx, letter.id);
    const { by, because } = reissue;
    const letters = await planLetters(tx, procedure, decided, letter, moment, letter.guardianIds, {
      of: letter.id,
      by,
      because,
    });
    await closeTasks(
      tx,
      { keys: [`${FIX_POSTAL_ADDRESS}:${letter.id}`] },
      { reason: 'reissued', on: moment.today, now: moment.now },
    );
    return { kind: 'planned', letters };
  });
}
