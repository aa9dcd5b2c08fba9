import { sql } from 'kysely';
import type { SchoolDate } from '../../src/domain/school-date.ts';
import type { Db } from '../../src/store/database.ts';

/**
 * A district in the database: of fifty students one has missed eight whole days and one four, the others three at most;
 * everybody was late five times. Nine guardians for five students, and one enrolment each.
 * @param dates school days that the rows stand on
 */
export async function fillDistrict(
  db: Db,
  district: { readonly students: number; readonly schools: number; readonly dates: readonly SchoolDate[] },
): Promise<void> {
  const { students, schools, dates } = district;
  const statements = [
    sql`insert into school_year (id, sourced_id, title, begins, ends)
      values ('2027', 'year', '2026-27', '2026-08-01', '2027-07-01')`,
    sql`insert into school (sourced_id, name, active)
      select 'school-' || n, 'School ' || n, true from generate_series(1, ${schools}::int) n`,
    sql`insert into student (sourced_id, given_name, family_name, grade, birth_date, active)
      select 'student-' || n, 'Given' || n, 'Family' || n / 2, '05', '2016-01-01'::date + n % 300, true
      from generate_series(1, ${students}::int) n`,
    sql`insert into enrolment (student_id, school_id, is_primary)
      select id, 1 + id % ${schools}::int, true from student`,
    sql`insert into guardian (sourced_id, role, given_name, family_name, email, language, address, address_private,
        mail_allowed, no_contact, wants_paper, active)
      select 'guardian-' || n, 'guardian', 'Given' || n, 'Family' || n, 'g' || n || '@family.example.org', 'en',
        '{"lines": ["1 Main Street"], "city": "Cedar Valley", "state": "UT", "postalCode": "84999"}',
        false, true, false, false, true
      from generate_series(1, ${students}::int * 9 / 5) n`,
    sql`insert into guardianship (student_id, guardian_id, relationship, is_guardian, contradictory, active)
      select 1 + (g.id - 1) * 5 / 9 % ${students}::int, g.id, 'mother', true, false, true from guardian g`,
    sql`insert into attendance_code (sourced_id, title, status, excuse, active)
      values ('unx', 'UNX', 'absent', 'unexcused', true), ('late', 'LATE', 'tardy', 'unexcused', true)`,
    sql`insert into sync_run (id, kind, state, as_of, started_at, finished_at, counts)
      values (gen_random_uuid(), 'full', 'applied', ${dates.at(-1)}, now(), now(), '{}')`,
    sql`insert into absence_record (sourced_id, student_id, school_id, school_year, date, kind, status, excuse,
        day_fraction, code_sourced_id, contradictory, recorded_at, recorded_by)
      select s.id || '/' || k, s.id, 1 + s.id % ${schools}::int, '2027',
        (${dates}::date[])[1 + (s.id * 7 + s.id / 50 + k * 5) % ${dates.length}::int], 'daily',
        case when k <= missed then 'absent' else 'tardy' end, 'unexcused',
        case when k <= missed then 1 end, case when k <= missed then 'unx' else 'late' end, false, now(), r.id
      from sync_run r, student s
      cross join lateral (select case when s.id % 50 < 2 then 4 + 4 * (s.id % 50) else s.id % 4 end as missed) m
      cross join lateral generate_series(1, missed + 5) k`,
    sql`analyze`,
  ];
  for (const statement of statements) await statement.execute(db);
}
