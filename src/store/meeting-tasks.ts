import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { StudentYear } from './ladder-steps.ts';

/** Open tasks of some kinds about a student, those that are due first at the top. */
export async function openTasksOf(
  db: Db,
  student: StudentYear,
  kinds: readonly string[],
): Promise<{ ref: string; kind: string; step: string | null; dueOn: SchoolDate }[]> {
  const rows = await db
    .selectFrom('task')
    .select(['ref', 'kind', 'step', 'due_on'])
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('kind', 'in', [...kinds])
    .where('state', '=', 'open')
    .orderBy('due_on')
    .orderBy('ref')
    .execute();
  return rows.map((row) => ({ ref: row.ref, kind: row.kind, step: row.step, dueOn: row.due_on }));
}

/** The open task with a key. @returns its reference, or null */
export async function openTaskWithKey(db: Db, key: string): Promise<string | null> {
  const row = await db
    .selectFrom('task')
    .select('ref')
    .where('key', '=', key)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return row?.ref ?? null;
}

/** In which round a step is, and whether it stands. @returns null for a step that was never reached */
export async function roundOfStep(
  db: Db,
  student: StudentYear,
  step: string,
): Promise<{ round: number; stands: boolean } | null> {
  const row = await db
    .selectFrom('ladder_step')
    .select(['round', 'state', 'superseded'])
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('step', '=', step)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { round: row.round, stands: (row.state === 'taken' || row.state === 'owed') && !row.superseded };
}
