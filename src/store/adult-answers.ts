import type { LettersTo } from '../domain/ladder-facts.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

/** Keeps whom letters about a student of 18 go to; null: the policy says it again. */
export async function saveAdultAnswer(
  tx: Db,
  studentId: number,
  answer: { lettersTo: LettersTo | null; by: string; because: string | null; on: SchoolDate; now: Date },
): Promise<void> {
  if (answer.lettersTo === null) {
    await tx.deleteFrom('adult_answer').where('student_id', '=', studentId).execute();
    return;
  }
  const values = {
    letters_to: answer.lettersTo,
    answered_on: answer.on,
    answered_at: answer.now,
    answered_by: answer.by,
    because: answer.because,
  };
  await tx
    .insertInto('adult_answer')
    .values({ student_id: studentId, ...values })
    .onConflict((conflict) => conflict.column('student_id').doUpdateSet(values))
    .execute();
}
