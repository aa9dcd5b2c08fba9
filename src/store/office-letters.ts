import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import { underAbsoluteHold } from './absolute-hold.ts';
import type { Db } from './database.ts';
import { homeOrder, homeSchoolOf } from './home-school.ts';
import type { LetterState } from './tables/letters.ts';

/** A letter that has not left, or of which nobody knows whether it has, as an office sees it. */
export interface ListedOfficeLetter {
  readonly ref: string;
  /** Our own id. */
  readonly studentId: number;
  readonly name: string;
  readonly grade: string | null;
  /** sourcedId. */
  readonly school: string;
  readonly schoolName: string;
  readonly step: string;
  readonly channel: 'email' | 'paper';
  readonly state: LetterState;
  readonly reason: string | null;
}

/** More on one page would be read by nobody. */
const MOST = 500;

/** By the school that is the student's now, and name; nothing about a student of whom nothing may be said. */
export async function listOfficeLetters(
  db: Db,
  schoolYear: string,
  today: SchoolDate,
): Promise<ListedOfficeLetter[]> {
  const { rows } = await sql<ListedOfficeLetter>`
    select l.ref, st.id as "studentId", st.given_name || ' ' || st.family_name as name, st.grade, sc.sourced_id as school,
      sc.name as "schoolName", l.step, l.channel, l.state, l.reason
    from letter l join student st on st.id = l.student_id join school sc on sc.id = coalesce(
      (select e.school_id from enrolment e where e.student_id = l.student_id order by ${homeOrder(today)} limit 1),
      l.school_id)
    where l.school_year = ${schoolYear} and not l.shadow and l.recalled_by is null
      and l.state in ('uncertain', 'held', 'planned', 'queued', 'claimed')
      and not ${underAbsoluteHold(sql.ref('l.student_id'))}
    order by l.state = 'uncertain' desc, sc.name, st.family_name, st.given_name, l.ref
    limit ${MOST}`.execute(db);
  return rows;
}

/** About whom a letter is, and the sourcedId of the school of the student now, whichever it is from; null: no such letter. */
export async function placeOfLetter(
  db: Db,
  ref: string,
  today: SchoolDate,
): Promise<{ readonly studentId: number; readonly school: string } | null> {
  const row = await db
    .selectFrom('letter')
    .innerJoin('school', 'school.id', 'letter.school_id')
    .select(['letter.student_id', 'school.sourced_id'])
    .where('letter.ref', '=', ref)
    .executeTakeFirst();
  if (row === undefined) return null;
  const school = (await homeSchoolOf(db, row.student_id, today))?.sourcedId ?? row.sourced_id;
  return { studentId: row.student_id, school };
}
