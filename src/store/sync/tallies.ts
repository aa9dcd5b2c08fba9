import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { RunToApply } from './run-to-apply.ts';

/** Who came and who left a school by a read of changes, before it is applied. */
export interface Arrivals {
  readonly schoolId: number;
  readonly collection: 'students' | 'guardians';
  readonly came: number;
  readonly left: number;
}

/** For a read of changes: counted from the rows that changed, so that it costs what changed. */
export async function arrivalsPerSchool(tx: Tx, run: RunToApply): Promise<Arrivals[]> {
  if (run.roster === 'whole') return [];
  const students = await sql<{ school_id: number; came: number; left: number }>`
    select school_id, sum(came)::int as came, sum("left")::int as "left" from (
      select sc.id as school_id, count(distinct s.sourced_id) as came, 0 as "left"
      from stage_student s
      join stage_enrolment e on e.run_id = s.run_id and e.student_sourced_id = s.sourced_id
      join school sc on sc.sourced_id = e.school_sourced_id
      left join student st on st.sourced_id = s.sourced_id
      where s.run_id = ${run.id} and s.active and (st.id is null or not st.active)
      group by sc.id
      union all
      select e.school_id, 0, count(distinct st.id)
      from stage_student s join student st on st.sourced_id = s.sourced_id and st.active
      join enrolment e on e.student_id = st.id
      where s.run_id = ${run.id} and not s.active
      group by e.school_id
    ) both_ways group by school_id`.execute(tx);
  const guardians = await sql<{ school_id: number; left: number }>`
    select e.school_id, count(distinct g.id)::int as "left"
    from stage_guardian s join guardian g on g.sourced_id = s.sourced_id and g.active
    join guardianship k on k.guardian_id = g.id and k.active
    join enrolment e on e.student_id = k.student_id
    where s.run_id = ${run.id} and not s.active
    group by e.school_id`.execute(tx);
  return [
    ...students.rows.map(({ school_id, came, left }) => ({
      schoolId: school_id,
      collection: 'students' as const,
      came,
      left,
    })),
    ...guardians.rows.map(({ school_id, left }) => ({
      schoolId: school_id,
      collection: 'guardians' as const,
      came: 0,
      left,
    })),
  ];
}

/** People of each school who are in force and were seen by the last whole read. */
export const peopleNow = sql`
  select sc.id as school_id,
    coalesce(p.students, 0)::int as students, coalesce(p.guardians, 0)::int as guardians,
    coalesce(p.links, 0)::int as links
  from school sc
  left join (
    select e.school_id, count(distinct st.id) as students, count(distinct k.guardian_id) as guardians,
      count(k.guardian_id) as links
    from (select distinct student_id, school_id from enrolment) e
    join student st on st.id = e.student_id and st.active and st.missing_since is null
    left join (
      select k.student_id, k.guardian_id from guardianship k join guardian g on g.id = k.guardian_id
      where k.active and k.missing_since is null and g.active and g.missing_since is null
    ) k on k.student_id = e.student_id
    group by e.school_id
  ) p on p.school_id = sc.id`;

/** (school, date) pairs whose absences this run has changed, with the students absent then before and now. */
export async function countTouchedDays(tx: Tx): Promise<void> {
  await sql`
    create temp table touched_day on commit drop as
    with touched as (
      select school_id, date from difference where what in ('new', 'corrected')
      union
      select old_school_id, old_date from difference
      where what in ('gone', 'deleted', 'corrected', 'renamed', 'moved') and record_id is not null
    )
    select t.school_id, t.date, coalesce(d.students, 0) as before, (
      select count(distinct r.student_id)::int
      from absence_record r
      left join attendance_code c on c.sourced_id = r.code_sourced_id and c.active
      where r.school_id = t.school_id and r.date = t.date and r.ended_at is null
        and coalesce(c.status, r.status) = 'absent' and coalesce(c.excuse, r.excuse) <> 'exempt'
    ) as now
    from touched t left join absent_per_day d on d.school_id = t.school_id and d.date = t.date`.execute(tx);
}

/** What the next run is compared with. */
export async function saveTallies(tx: Tx, run: RunToApply, arrivals: readonly Arrivals[]): Promise<void> {
  if (run.roster === 'whole' && run.phase !== 'between') {
    await sql`
      insert into school_tally (school_id, students, guardians, links, absence_rows)
      select school_id, students, guardians, links, 0 from (${peopleNow}) p
      on conflict (school_id) do update
        set students = excluded.students, guardians = excluded.guardians, links = excluded.links`.execute(tx);
  }
  for (const { schoolId, collection, came, left } of arrivals) {
    await sql`
      update school_tally set ${sql.ref(collection)} = greatest(0, ${sql.ref(collection)} + ${came - left})
      where school_id = ${schoolId}`.execute(tx);
  }
  if (run.attendance === 'none') return;
  if (run.phase === 'begins') await sql`update school_tally set absence_rows = 0`.execute(tx);
  await sql`
    insert into absent_per_day (school_id, date, students)
    select school_id, date, now from touched_day
    on conflict (school_id, date) do update set students = excluded.students`.execute(tx);
  await sql`
    update school_tally t set absence_rows = greatest(0, t.absence_rows + d.more)
    from (
      select school_id, sum(more)::int as more from (
        select school_id, count(*) as more from difference where what in ('new', 'corrected') group by school_id
        union all
        select old_school_id, -count(*) from difference
        where what in ('gone', 'deleted', 'corrected', 'renamed', 'moved') and record_id is not null group by old_school_id
      ) both_ways group by school_id
    ) d where d.school_id = t.school_id`.execute(tx);
}
