import type { PersonDecision } from '../domain/recipients.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db, Tx } from './database.ts';

/** Who was chosen for the letters of a round of a step, as it was decided then. */
export interface KeptRecipients {
  readonly id: string;
  readonly step: string;
  readonly round: number;
  readonly decidedOn: SchoolDate;
  readonly people: readonly PersonDecision[];
  /** References of the letters that were planned by it. */
  readonly letters: readonly string[];
}

/** @returns its id, for the letters that are planned by it */
export async function keepRecipients(
  tx: Tx,
  kept: {
    studentId: number;
    schoolYear: string;
    step: string;
    round: number;
    evaluationId: string;
    people: readonly PersonDecision[];
    on: SchoolDate;
    now: Date;
  },
): Promise<string> {
  const row = await tx
    .insertInto('letter_recipients')
    .values({
      student_id: kept.studentId,
      school_year: kept.schoolYear,
      step: kept.step,
      round: kept.round,
      evaluation_id: kept.evaluationId,
      decided_on: kept.on,
      decided_at: kept.now,
      people: JSON.stringify(kept.people),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** No letter has come of it: everybody had one already. */
export async function forgetRecipients(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('letter_recipients').where('id', '=', id).execute();
}

/** Oldest first. */
export async function listKeptRecipients(
  db: Db,
  student: { studentId: number; schoolYear: string },
): Promise<KeptRecipients[]> {
  const rows = await db
    .selectFrom('letter_recipients')
    .select(['id', 'step', 'round', 'decided_on', 'people'])
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .orderBy('decided_at')
    .orderBy('id')
    .execute();
  const letters = await db
    .selectFrom('letter')
    .select(['ref', 'recipients_id'])
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .orderBy('planned_at')
    .orderBy('ref')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    step: row.step,
    round: row.round,
    decidedOn: row.decided_on,
    people: row.people,
    letters: letters.filter((letter) => letter.recipients_id === row.id).map(({ ref }) => ref),
  }));
}
