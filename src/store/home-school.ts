import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

export interface HomeSchool {
  readonly id: number;
  readonly sourcedId: string;
  readonly name: string;
}

/** The primary school of a student on a day, of who is enrolled nowhere the last one; null: there was never any. */
export async function homeSchoolOf(db: Db, studentId: number, today: SchoolDate): Promise<HomeSchool | null> {
  const { rows } = await sql<HomeSchool>`
    select sc.id, sc.sourced_id as "sourcedId", sc.name
    from enrolment e join school sc on sc.id = e.school_id
    where e.student_id = ${studentId}
    order by ${homeOrder(today)} limit 1`.execute(db);
  return rows[0] ?? null;
}

/** Of enrolments `e`: the one that owns what is done today comes first. End dates are exclusive. */
export function homeOrder(today: SchoolDate) {
  return sql`(e.is_primary and coalesce(e.begins <= ${today}, true) and coalesce(e.ends > ${today}, true)) desc,
    e.is_primary desc, e.ends desc nulls first, e.begins desc nulls last, e.school_id`;
}
