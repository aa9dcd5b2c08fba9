import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

/** An attendance code that nobody has mapped, with what it is in the way of. */
export interface UnmappedCode {
  /** Its title where the SIS has one, else its id; null: rows without a code, whose status has no meaning here. */
  readonly code: string | null;
  readonly rows: number;
  readonly students: number;
}

/**
 * The codes of active rows, inside the enrolment and up to today, that neither the SIS nor the policy gives a meaning.
 * @param mapped titles, or ids, of codes that the policy maps; capitals do not matter.
 */
export async function listUnmappedCodes(
  db: Db,
  at: { readonly schoolYear: string; readonly today: SchoolDate; readonly mapped: readonly string[] },
): Promise<UnmappedCode[]> {
  const mapped = at.mapped.map((title) => title.toLowerCase());
  const result = await sql<UnmappedCode>`
    select * from (select case when r.code_sourced_id is not null then coalesce(c.title, r.code_sourced_id) end as code,
      count(*)::int as rows, count(distinct r.student_id)::int as students
    from absence_record r
    left join attendance_code c on c.sourced_id = r.code_sourced_id and c.active
    where r.ended_at is null and r.school_year = ${at.schoolYear} and r.date <= ${at.today}
      and case when r.code_sourced_id is null then r.status = 'other'
        else coalesce(c.status, 'other') = 'other'
          and lower(coalesce(c.title, r.code_sourced_id)) <> all(${mapped}::text[]) end
      and exists (select from enrolment e
        where e.student_id = r.student_id and e.school_id = r.school_id
          and (e.begins is null or e.begins <= r.date) and (e.ends is null or r.date < e.ends))
    group by 1) found order by code collate "C"`.execute(db);
  return result.rows;
}
