import type { LettersTo } from '../domain/ladder-facts.ts';
import { saveAdultAnswer } from '../store/adult-answers.ts';
import { addToFile } from '../store/attendance-files.ts';
import type { Tx } from '../store/database.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import type { Moment } from './procedure.ts';

/** The task that asks how to go on with a student of 18. */
export const CONFIRM_ADULT = 'confirm-adult-student';

/** What answers it: whom letters go to from now on. */
export const adultOutcomes: readonly LettersTo[] = ['student', 'guardians', 'both'];

/**
 * A person says whom letters about a student of 18 go to; what waited for it is looked at again. It holds for this
 * student whatever the policy says, until it is said otherwise.
 * @param answer `lettersTo` null: as the policy says
 */
export async function recordAdultAnswer(
  tx: Tx,
  student: { readonly studentId: number; readonly schoolYear: string },
  answer: { readonly lettersTo: LettersTo | null; readonly by: string; readonly because: string | null },
  { today: on, now }: Moment,
): Promise<void> {
  const { studentId } = student;
  await saveAdultAnswer(tx, studentId, { ...answer, on, now });
  const whom = answer.lettersTo === null ? 'as the policy says' : IN_WORDS[answer.lettersTo];
  const title = `The student is 18: letters go ${whom}, by ${answer.by}`;
  await addToFile(tx, { ...student, now }, { onDate: on, kind: 'decision', title, detail: answer.because });
  await markEvaluationDue(tx, [studentId], 'adult-answer', now);
}

const IN_WORDS: Readonly<Record<LettersTo, string>> = {
  student: 'to the student',
  guardians: 'to the guardians as before',
  both: 'to the student and to the guardians',
};
