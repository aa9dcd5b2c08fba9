import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Db, PREPARED } from './database.ts';
import type { FileEntryTable } from './tables/files.ts';

export interface FileEntry {
  readonly onDate: SchoolDate;
  readonly kind: FileEntryTable['kind'];
  readonly title: string;
  readonly detail?: string | null;
  readonly documentId?: string | null;
  readonly letterId?: string | null;
  readonly contactId?: string | null;
}

/** Opens the attendance file of a student and school year; one that is open stays as it is. @returns its id. */
export async function openAttendanceFile(
  db: Db,
  file: { studentId: number; schoolYear: string; on: SchoolDate; step: string | null; now: Date },
): Promise<string> {
  const opened = await db
    .insertInto('attendance_file')
    .values({
      student_id: file.studentId,
      school_year: file.schoolYear,
      opened_on: file.on,
      opened_by_step: file.step,
    })
    .onConflict((conflict) => conflict.columns(['student_id', 'school_year']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (opened !== undefined) {
    await addEntry(
      db,
      opened.id,
      { onDate: file.on, kind: 'opened', title: 'Attendance file opened' },
      file.now,
    );
    return opened.id;
  }
  const existing = await db
    .selectFrom('attendance_file')
    .select('id')
    .where('student_id', '=', file.studentId)
    .where('school_year', '=', file.schoolYear)
    .executeTakeFirstOrThrow();
  return existing.id;
}

/** Puts an entry into the student's file, opening the file if need be. */
export async function addToFile(
  db: Db,
  student: { studentId: number; schoolYear: string; now: Date },
  entry: FileEntry,
): Promise<void> {
  // Nearly every student of whom something is filed has a file.
  const { numAffectedRows } = await sql`
    ${PREPARED} insert into file_entry (file_id, at, on_date, kind, title, detail, document_id, letter_id, contact_id)
    select id, ${student.now}, ${entry.onDate}::date, ${entry.kind}, ${entry.title}, ${entry.detail ?? null},
      ${entry.documentId ?? null}::uuid, ${entry.letterId ?? null}::uuid, ${entry.contactId ?? null}::uuid
    from attendance_file
    where student_id = ${student.studentId} and school_year = ${student.schoolYear}`.execute(db);
  if (numAffectedRows === 1n) return;
  const fileId = await openAttendanceFile(db, { ...student, on: entry.onDate, step: null });
  await addEntry(db, fileId, entry, student.now);
}

/**
 * Puts a line into the file of each student who has one; nobody gets a file because of it.
 * @param notes one per student and line
 */
export async function noteInOpenFiles(
  db: Db,
  notes: readonly { readonly studentId: number; readonly title: string }[],
  at: { readonly schoolYear: string; readonly on: SchoolDate; readonly now: Date },
): Promise<void> {
  if (notes.length === 0) return;
  await sql`
    insert into file_entry (file_id, at, on_date, kind, title)
    select f.id, ${at.now}, ${at.on}, 'decision', n.title
    from jsonb_to_recordset(${JSON.stringify(notes)}::jsonb) n ("studentId" int, title text)
    join attendance_file f on f.student_id = n."studentId" and f.school_year = ${at.schoolYear}`.execute(db);
}

export async function listFileEntries(
  db: Db,
  student: { studentId: number; schoolYear: string },
): Promise<(FileEntry & { at: Date; takenBackBy: string | null })[]> {
  const rows = await db
    .selectFrom('file_entry')
    .innerJoin('attendance_file', 'attendance_file.id', 'file_entry.file_id')
    .where('attendance_file.student_id', '=', student.studentId)
    .where('attendance_file.school_year', '=', student.schoolYear)
    .selectAll('file_entry')
    .orderBy('file_entry.id')
    .execute();
  return rows.map((row) => ({
    at: row.at,
    onDate: row.on_date,
    kind: row.kind,
    title: row.title,
    detail: row.detail,
    documentId: row.document_id,
    letterId: row.letter_id,
    takenBackBy: row.taken_back_by,
  }));
}

async function addEntry(db: Db, fileId: string, entry: FileEntry, now: Date): Promise<void> {
  await db
    .insertInto('file_entry')
    .values({
      file_id: fileId,
      at: now,
      on_date: entry.onDate,
      kind: entry.kind,
      title: entry.title,
      detail: entry.detail ?? null,
      document_id: entry.documentId ?? null,
      letter_id: entry.letterId ?? null,
      contact_id: entry.contactId ?? null,
    })
    .execute();
}
