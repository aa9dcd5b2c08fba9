import type { SchoolDate } from '../domain/school-date.ts';
import { addToFile, noteInOpenFiles } from '../store/attendance-files.ts';
import { type Db, inTransaction, type Tx } from '../store/database.ts';
import { findStudentId } from '../store/districts.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { beginMedical, type MedicalStatus, saveMedical } from '../store/medical.ts';
import type { Moment, Procedure } from './procedure.ts';

/** The letter that says so has left: from now on the family is asked for medical notes, for the rest of the year. */
export async function askMedicalNotes(
  tx: Tx,
  student: StudentYear & { readonly step: string },
  { today: on, now }: Moment,
): Promise<void> {
  if (!(await beginMedical(tx, student, { on, now }))) return;
  const title = `Medical notes are asked for from now on (${student.step})`;
  await addToFile(tx, { ...student, now }, { onDate: on, kind: 'decision', title });
}

export type MedicalAnswer =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'unknown-student' }
  | { readonly kind: 'until-without-notes' };

/** What a person has found about the notes of a student. How an absence is coded is the office's affair, not ours. */
export async function recordMedical(
  db: Db,
  procedure: Procedure,
  found: {
    student: string;
    status: Exclude<MedicalStatus, 'ended'>;
    validUntil: SchoolDate | null;
    note: string | null;
    by: string;
  },
  { today: on, now }: Moment,
): Promise<MedicalAnswer> {
  if (found.validUntil !== null && found.status !== 'on-file') return { kind: 'until-without-notes' };
  const studentId = await findStudentId(db, found.student);
  if (studentId === null) return { kind: 'unknown-student' };
  const student = { studentId, schoolYear: procedure.schoolYear.id };
  const until = found.validUntil === null ? '' : ` until ${found.validUntil}`;
  const title = `Medical notes: ${found.status.replace('-', ' ')}${until}, by ${found.by}`;
  await inTransaction(db, async (tx) => {
    await saveMedical(tx, student, { ...found, on, now });
    await noteInOpenFiles(tx, [{ studentId, title }], { schoolYear: student.schoolYear, on, now });
  });
  return { kind: 'recorded' };
}
