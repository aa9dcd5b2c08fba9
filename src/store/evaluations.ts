import type { Evaluation } from '../domain/ladder-facts.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { StudentYear } from './ladder-steps.ts';

export async function readEvaluation(db: Db, id: string): Promise<Evaluation | null> {
  return (await readKeptEvaluation(db, id))?.result ?? null;
}

/** An evaluation as it was stored. */
export interface KeptEvaluation {
  readonly asOf: SchoolDate;
  readonly evaluatedAt: Date;
  readonly policyVersion: string;
  /** Empty for one that was stored before inputs were. */
  readonly inputHash: string;
  readonly inputs: object | null;
  readonly resultHash: string;
  readonly result: Evaluation;
}

/** @returns the id of the evaluation that was in force at the end of a day; null before the first one. */
export async function evaluationOn(db: Db, student: StudentYear, date: SchoolDate): Promise<string | null> {
  const row = await db
    .selectFrom('evaluation')
    .select('id')
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('as_of', '<=', date)
    .orderBy('as_of', 'desc')
    .orderBy('evaluated_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}

export async function readKeptEvaluation(db: Db, id: string): Promise<KeptEvaluation | null> {
  const row = await db.selectFrom('evaluation').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return null;
  return {
    asOf: row.as_of,
    evaluatedAt: row.evaluated_at,
    policyVersion: row.policy_version,
    inputHash: row.input_hash,
    inputs: row.inputs,
    resultHash: row.result_hash,
    result: row.result as Evaluation,
  };
}
