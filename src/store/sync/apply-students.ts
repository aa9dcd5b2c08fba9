import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { saveAliases } from './adopt-ids.ts';
import { endDeletedPersons } from './deleted-rows.ts';
import { markMissing } from './mark-missing.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';
import { readAgain, saveDigests } from './save-digests.ts';

/** A field that came and could not be read stays as it was, and is not waited for. */
const FLAGS = sql`excluded.flags || student.flags || jsonb_strip_nulls(excluded.flags)`;

export async function applyStudents(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const changed = await sql`
    with incoming as (
      select distinct on (s.sourced_id) s.sourced_id, s.active, s.given_name, s.family_name, s.grade, s.number,
        s.email, s.flags, s.digest
      from stage_student s
      where s.run_id = ${run.id}
      order by s.sourced_id
    ), saved as (
      insert into student (sourced_id, given_name, family_name, grade, number, email, active, flags, digest)
      select sourced_id, given_name, family_name, grade, number, email, active, flags, digest from incoming
      on conflict (sourced_id) do update
        set given_name = excluded.given_name, family_name = excluded.family_name, grade = excluded.grade,
            number = excluded.number, email = excluded.email, active = excluded.active, missing_since = null,
            flags = ${FLAGS}, digest = excluded.digest
        where (student.given_name, student.family_name, student.grade, student.number, student.email,
               student.active, student.missing_since, student.flags)
          is distinct from (excluded.given_name, excluded.family_name, excluded.grade, excluded.number,
               excluded.email, excluded.active, null, ${FLAGS})
      returning id
    )
    insert into changed_student select id, 'student' from saved on conflict do nothing`.execute(tx);
  const deleted = await endDeletedPersons(tx, 'student', run);
  const gone = [...deleted, ...(await markMissing(tx, 'student', run))];
  if (gone.length > 0) {
    await sql`insert into changed_student select unnest(${gone}::int[]), 'student' on conflict do nothing`.execute(
      tx,
    );
  }
  await saveAliases(tx, run, 'student');
  await saveDigests(tx, run, 'student');
  await readAgain(tx, 'student', sql`select sourced_id from came_twice where kind = 'student'`);
  // Whoever names the id of another student may have to be made one with that one, once that one is served no more.
  await readAgain(
    tx,
    'student',
    sql`select a.sourced_id from stage_alias a join student other on other.sourced_id = a.alias
      where a.run_id = ${run.id} and a.kind = 'student' and other.merged_into is null`,
  );
  return { studentsChanged: Number(changed.numAffectedRows ?? 0), studentsGone: gone.length };
}

/**
 * Enrolments have no id of their own. One that is named replaces what we had of the same school and the same start.
 * One that is open and no longer named has ended: many servers name the current ones only, and what was missed at the
 * school that a student has left, or before a student left for a while, still counts.
 */
export async function applyEnrolments(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  await sql`
    create temp table incoming_enrolment on commit drop as
    select distinct st.id as student_id, sc.id as school_id, e.is_primary, e.begins, e.ends
    from stage_enrolment e
    join student st on st.sourced_id = e.student_sourced_id
    join school sc on sc.sourced_id = e.school_sourced_id
    where e.run_id = ${run.id}`.execute(tx);
  await sql`analyze incoming_enrolment`.execute(tx);
  // OneRoster 1.1 names a student's orgs without saying which comes first; the district among them is no school.
  await sql`
    update incoming_enrolment i set is_primary = true
    from (
      select student_id, min(school_id) as school_id from incoming_enrolment
      group by student_id having not bool_or(is_primary)
    ) first where first.student_id = i.student_id and first.school_id = i.school_id`.execute(tx);
  const isNamed = sql`exists (
    select from incoming_enrolment i
    where (i.student_id, i.school_id, i.is_primary) = (e.student_id, e.school_id, e.is_primary)
      and i.begins is not distinct from e.begins and i.ends is not distinct from e.ends)`;
  await sql`
    create temp table re_enrolled on commit drop as
    with read as materialized (
      select distinct st.id from student st join stage_student s on s.sourced_id = st.sourced_id
      where s.run_id = ${run.id}
    )
    select student_id from (
      select student_id, school_id, is_primary, begins, ends from incoming_enrolment
      except
      select e.student_id, e.school_id, e.is_primary, e.begins, e.ends
      from enrolment e join read on read.id = e.student_id
    ) fresh
    union
    select e.student_id from enrolment e join read on read.id = e.student_id
    where (e.ends is null or e.ends > ${run.asOf}) and not ${isNamed}`.execute(tx);
  await sql`analyze re_enrolled`.execute(tx);
  const isReplaced = sql`exists (
    select from incoming_enrolment i
    where i.student_id = e.student_id and i.school_id = e.school_id and i.begins is not distinct from e.begins)`;
  // One that was announced and never began has no day to keep.
  await sql`
    delete from enrolment e
    where e.student_id in (select student_id from re_enrolled) and (${isReplaced} or e.begins >= ${run.asOf})`.execute(
    tx,
  );
  await sql`
    update enrolment e set ends = ${run.asOf}, ended_on_sight = true
    where e.student_id in (select student_id from re_enrolled) and (e.ends is null or e.ends > ${run.asOf})`.execute(
    tx,
  );
  await sql`
    insert into enrolment (student_id, school_id, is_primary, begins, ends)
    select i.student_id, i.school_id, i.is_primary, i.begins, i.ends
    from incoming_enrolment i join re_enrolled r on r.student_id = i.student_id`.execute(tx);
  await sql`
    insert into changed_student select student_id, 'enrolment' from re_enrolled on conflict do nothing`.execute(
    tx,
  );
  await readAgain(
    tx,
    'student',
    sql`select e.student_sourced_id from stage_enrolment e
      where e.run_id = ${run.id}
        and not exists (select from school sc where sc.sourced_id = e.school_sourced_id)`,
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
