import type { SchoolDate } from '../domain/school-date.ts';
import { addToFile } from '../store/attendance-files.ts';
import { type Db, inTransaction } from '../store/database.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import { readLetter } from '../store/letters.ts';
import { findPostedLetter, recordReturned } from '../store/returned-post.ts';
import { lockStudent } from '../store/student-locks.ts';
import { openLetterTask } from './letter-task.ts';
import type { Moment, Procedure } from './procedure.ts';
import { tellOfLostProof } from './tell-of-lost-proof.ts';

export const FIX_POSTAL_ADDRESS = 'fix-postal-address';

/** How such a task can end: with the records corrected, or with the address found to be right. */
export const postalAddressOutcomes = ['corrected', 'address-right'] as const;

export type ReturnedOutcome =
  | { readonly kind: 'recorded'; readonly studentId: number }
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
  return inTransaction(db, async (tx): Promise<ReturnedOutcome> => {
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
    return { kind: 'recorded', studentId };
  });
}
