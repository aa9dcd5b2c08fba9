import type { SchoolDate } from '../domain/school-date.ts';
import type { Tx } from './database.ts';
import type { StudentYear } from './evaluations.ts';

/** Records a letter that Rollcall has not sent. @returns false when it is on record already. */
export async function saveOutsideLetter(
  tx: Tx,
  letter: StudentYear & {
    readonly step: string;
    readonly sentOn: SchoolDate;
    readonly source: 'import' | 'by-hand';
    readonly by: string;
    readonly now: Date;
  },
): Promise<boolean> {
  const row = await tx
    .insertInto('outside_letter')
    .values({
      student_id: letter.studentId,
      school_year: letter.schoolYear,
      step: letter.step,
      sent_on: letter.sentOn,
      source: letter.source,
      recorded_by: letter.by,
      recorded_at: letter.now,
    })
    .onConflict((conflict) => conflict.columns(['student_id', 'school_year', 'step', 'sent_on']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
