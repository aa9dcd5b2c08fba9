import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { StudentYear } from './ladder-steps.ts';

export interface NotNeeded extends StudentYear {
  readonly step: string;
  readonly round: number;
  readonly on: SchoolDate;
  readonly by: string;
  readonly because: string;
}

export async function saveNotNeeded(tx: Db, decided: NotNeeded, now: Date): Promise<void> {
  await tx
    .insertInto('meeting_not_needed')
    .values({
      student_id: decided.studentId,
      school_year: decided.schoolYear,
      step: decided.step,
      round: decided.round,
      decided_on: decided.on,
      decided_by: decided.by,
      because: decided.because,
      at: now,
    })
    .execute();
}

/** What was decided about a student, the first at the top. */
export async function listNotNeeded(db: Db, student: StudentYear): Promise<NotNeeded[]> {
  const rows = await db
    .selectFrom('meeting_not_needed')
    .selectAll()
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .orderBy('at')
    .execute();
  return rows.map((row) => ({
    ...student,
    step: row.step,
    round: row.round,
    on: row.decided_on,
    by: row.decided_by,
    because: row.because,
  }));
}
