import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { markMissing } from './mark-missing.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

export async function applyStudents(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const renamed = await adoptNewIds(tx, run);
  const changed = await sql`
    with incoming as (
      select distinct on (s.sourced_id) s.sourced_id, s.active, s.given_name, s.family_name, s.grade, s.number,
        s.email, d.birth_date
      from stage_student s
      left join stage_demographics d on d.run_id = s.run_id and d.sourced_id = s.sourced_id
      where s.run_id = ${run.id}
      order by s.sourced_id
    ), saved as (
      insert into student (sourced_id, given_name, family_name, grade, number, email, birth_date, active)
      select sourced_id, given_name, family_name, grade, number, email, birth_date, active from incoming
      on conflict (sourced_id) do update
        set given_name = excluded.given_name, family_name = excluded.family_name, grade = excluded.grade,
            number = excluded.number, email = excluded.email, active = excluded.active, missing_since = null,
            birth_date = coalesce(excluded.birth_date, student.birth_date)
        where (student.given_name, student.family_name, student.grade, student.number, student.email,
               student.active, student.missing_since, student.birth_date)
          is distinct from (excluded.given_name, excluded.family_name, excluded.grade, excluded.number,
               excluded.email, excluded.active, null, coalesce(excluded.birth_date, student.birth_date))
      returning id
    )
    insert into changed_student select id, 'student' from saved on conflict do nothing`.execute(tx);
  const gone = await markMissing(tx, 'student', 'stage_student', run);
  if (gone.length > 0) {
    await sql`insert into changed_student select unnest(${gone}::int[]), 'student' on conflict do nothing`.execute(
      tx,
    );
  }
  await saveAliases(tx, run);
  return {
    studentsChanged: Number(changed.numAffectedRows ?? 0),
    studentsGone: gone.length,
    studentsRenamed: renamed,
  };
}

/**
 * A person whose id the SIS has changed keeps the ladder: the new id is adopted when exactly one known person
 * goes by one of its other ids and that person's own id is no longer served.
 */
async function adoptNewIds(tx: Tx, run: RunToApply): Promise<number> {
  const adopted = await sql`
    with unknown as materialized (
      select s.sourced_id from stage_student s
      where s.run_id = ${run.id}
        and not exists (select from student known where known.sourced_id = s.sourced_id)
    ), candidates as (
      select s.sourced_id, min(p.person_id) as person_id
      from unknown s
      join stage_alias a on a.run_id = ${run.id} and a.kind = 'student' and a.sourced_id = s.sourced_id
      join person_alias p on p.kind = 'student' and p.alias = a.alias
      group by s.sourced_id
      having count(distinct p.person_id) = 1
    ), unique_candidates as (
      select person_id, min(sourced_id) as sourced_id from candidates group by person_id having count(*) = 1
    )
    update student set sourced_id = u.sourced_id
    from unique_candidates u
    where student.id = u.person_id
      and not exists (
        select from stage_student s where s.run_id = ${run.id} and s.sourced_id = student.sourced_id)`.execute(
    tx,
  );
  return Number(adopted.numAffectedRows ?? 0);
}

async function saveAliases(tx: Tx, run: RunToApply): Promise<void> {
  await sql`
    insert into person_alias (kind, alias, person_id)
    select 'student', ids.alias, min(ids.id)
    from (
      select st.id, s.sourced_id as alias
      from stage_student s join student st on st.sourced_id = s.sourced_id where s.run_id = ${run.id}
      union
      select st.id, a.alias
      from stage_alias a join student st on st.sourced_id = a.sourced_id
      where a.run_id = ${run.id} and a.kind = 'student'
    ) ids
    group by ids.alias
    having count(distinct ids.id) = 1
    on conflict do nothing`.execute(tx);
}

/** Enrolments have no id of their own: a student whose set differs gets the new set. */
export async function applyEnrolments(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  await sql`
    create temp table incoming_enrolment on commit drop as
    select distinct st.id as student_id, sc.id as school_id, e.is_primary, e.begins, e.ends
    from stage_enrolment e
    join student st on st.sourced_id = e.student_sourced_id
    join school sc on sc.sourced_id = e.school_sourced_id
    where e.run_id = ${run.id}`.execute(tx);
  await sql`
    create temp table re_enrolled on commit drop as
    select student_id from (
      (select student_id, school_id, is_primary, begins, ends from incoming_enrolment
       except select student_id, school_id, is_primary, begins, ends from enrolment)
      union all
      (select e.student_id, e.school_id, e.is_primary, e.begins, e.ends from enrolment e
       join student st on st.id = e.student_id
       join stage_student s on s.run_id = ${run.id} and s.sourced_id = st.sourced_id
       except select student_id, school_id, is_primary, begins, ends from incoming_enrolment)
    ) difference group by student_id`.execute(tx);
  await sql`delete from enrolment where student_id in (select student_id from re_enrolled)`.execute(tx);
  await sql`
    insert into enrolment (student_id, school_id, is_primary, begins, ends)
    select i.student_id, i.school_id, i.is_primary, i.begins, i.ends
    from incoming_enrolment i join re_enrolled r on r.student_id = i.student_id`.execute(tx);
  await sql`
    insert into changed_student select student_id, 'enrolment' from re_enrolled on conflict do nothing`.execute(
    tx,
  );
  const changed = await sql<{ n: string }>`select count(*) as n from re_enrolled`.execute(tx);
  const dangling = await sql<{ n: string }>`
    select count(*) as n from stage_enrolment e
    where e.run_id = ${run.id}
      and not exists (select from school sc where sc.sourced_id = e.school_sourced_id)`.execute(tx);
  return {
    enrolmentsChanged: Number(changed.rows[0]?.n ?? 0),
    enrolmentsAtUnknownSchool: Number(dangling.rows[0]?.n ?? 0),
  };
}
