import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { ContactLogEntryTable } from './tables.ts';

export type ContactOutcome = ContactLogEntryTable['outcome'];

export const contactOutcomes: readonly ContactOutcome[] = [
  'reached',
  'left-message',
  'no-answer',
  'wrong-number',
  'note-promised',
  'refused',
];

export interface ContactLogEntry {
  readonly studentId: number;
  readonly schoolYear: string;
  readonly taskId: string | null;
  readonly on: SchoolDate;
  readonly at: Date;
  readonly by: string;
  readonly outcome: ContactOutcome;
  readonly note: string | null;
}

export async function logContact(tx: Db, entry: ContactLogEntry): Promise<string> {
  const row = await tx
    .insertInto('contact_log_entry')
    .values({
      student_id: entry.studentId,
      school_year: entry.schoolYear,
      task_id: entry.taskId,
      on_date: entry.on,
      at: entry.at,
      by_name: entry.by,
      outcome: entry.outcome,
      note: entry.note,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function listContacts(
  db: Db,
  student: { studentId: number; schoolYear: string },
): Promise<ContactLogEntry[]> {
  const rows = await db
    .selectFrom('contact_log_entry')
    .selectAll()
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .orderBy('at')
    .execute();
  return rows.map((row) => ({
    studentId: row.student_id,
    schoolYear: row.school_year,
    taskId: row.task_id,
    on: row.on_date,
    at: row.at,
    by: row.by_name,
    outcome: row.outcome,
    note: row.note,
  }));
}
