import type { SchoolDate } from '../domain/school-date.ts';
import type { Tx } from './database.ts';
import type { StudentYear } from './ladder-steps.ts';

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

/**
 * Forgets a letter that was imported and had not been sent. What a person has answered to a task stays.
 * @returns the day of the latest letter of the step that is left, null when none is; undefined when it was not imported
 */
export async function removeImportedLetter(
  tx: Tx,
  letter: StudentYear & { readonly step: string; readonly sentOn: SchoolDate },
): Promise<SchoolDate | null | undefined> {
  const { numDeletedRows } = await tx
    .deleteFrom('outside_letter')
    .where('student_id', '=', letter.studentId)
    .where('school_year', '=', letter.schoolYear)
    .where('step', '=', letter.step)
    .where('sent_on', '=', letter.sentOn)
    .where('source', '=', 'import')
    .executeTakeFirst();
  if (numDeletedRows === 0n) return undefined;
  const latest = await tx
    .selectFrom('outside_letter')
    .select('sent_on')
    .where('student_id', '=', letter.studentId)
    .where('school_year', '=', letter.schoolYear)
    .where('step', '=', letter.step)
    .orderBy('sent_on', 'desc')
    .executeTakeFirst();
  return latest?.sent_on ?? null;
}
