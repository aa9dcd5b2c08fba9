import { type RawBuilder, sql } from 'kysely';
import { addDays, type SchoolDate } from '../../domain/school-date.ts';
import type { Tx } from '../database.ts';
import { enrolledOn } from './enrolled-on.ts';
import type { RunToApply } from './run-to-apply.ts';

/** Who came to a school and who left it by a read of changes; a move is both, at two schools. */
export interface Arrivals {
  readonly schoolId: number;
  readonly collection: 'students' | 'guardians' | 'links';
  readonly came: number;
  readonly left: number;
}

/**
 * Notes where the people stand of whom a read of changes speaks, before it is applied. Only they can come, leave or
 * move, so it costs what changed.
 */
export async function notePeopleBefore(tx: Tx, run: RunToApply): Promise<void> {
  if (run.roster === 'whole') return;
  await sql`
    create temp table read_person on commit drop as
    select 'student' as kind, sourced_id from stage_student where run_id = ${run.id}
    union
    select 'guardian', sourced_id from stage_guardian where run_id = ${run.id}
    union
    select kind, sourced_id from stage_deleted_person where run_id = ${run.id}`.execute(tx);
  // A guardian whom a student no longer names may still belong to the school by another child.
  await sql`
    create temp table concerned_guardian on commit drop as
    select sourced_id from read_person where kind = 'guardian'
    union
    select guardian_sourced_id from stage_link where run_id = ${run.id}
    union
    select l.guardian_sourced_id
    from read_person r join roster_link l on l.student_sourced_id = r.sourced_id where r.kind = 'student'
    union
    select g.sourced_id
    from read_person r join student st on st.sourced_id = r.sourced_id
    join guardianship k on k.student_id = st.id join guardian g on g.id = k.guardian_id
    where r.kind = 'student'`.execute(tx);
  await sql`analyze read_person, concerned_guardian`.execute(tx);
  await sql`create temp table people_before on commit drop as ${peopleConcerned(run.asOf)}`.execute(tx);
}

/** After a read of changes was applied: what it has made of the schools, in comparison with `notePeopleBefore`. */
export async function arrivalsPerSchool(tx: Tx, run: RunToApply): Promise<Arrivals[]> {
  if (run.roster === 'whole') return [];
  const rows = await sql<{
    school_id: number;
    collection: Arrivals['collection'];
    came: number;
    left: number;
  }>`
    select school_id, collection, count(*) filter (where was is null)::int as came,
      count(*) filter (where "is" is null)::int as "left"
    from (select *, true as was from people_before) b
    full join (select *, true as "is" from (${peopleConcerned(run.asOf)}) p) a
      using (collection, school_id, student_id, guardian_id)
    where was is null or "is" is null
    group by school_id, collection order by school_id, collection`.execute(tx);
  return rows.rows.map(({ school_id: schoolId, ...row }) => ({ schoolId, ...row }));
}

/** In force, and seen by the last whole read. */
const here = (person: string) =>
  sql`${sql.ref(`${person}.active`)} and ${sql.ref(`${person}.missing_since`)} is null`;

function peopleConcerned(asOf: SchoolDate): RawBuilder<unknown> {
  const links = sql`
    guardianship k
    join student st on st.id = k.student_id and ${here('st')}
    join guardian g on g.id = k.guardian_id and ${here('g')}
    join enrolment e on e.student_id = st.id and ${enrolledOn('e', asOf)}`;
  return sql`
    select 'students' as collection, e.school_id, st.id as student_id, 0 as guardian_id
    from read_person r
    join student st on st.sourced_id = r.sourced_id and ${here('st')}
    join enrolment e on e.student_id = st.id and ${enrolledOn('e', asOf)}
    where r.kind = 'student'
    union
    select 'links', e.school_id, st.id, g.id
    from ${links} join read_person r on r.kind = 'student' and r.sourced_id = st.sourced_id where ${here('k')}
    union
    select 'links', e.school_id, st.id, g.id
    from ${links} join read_person r on r.kind = 'guardian' and r.sourced_id = g.sourced_id where ${here('k')}
    union
    select 'guardians', e.school_id, 0, g.id
    from ${links} join concerned_guardian c on c.sourced_id = g.sourced_id where ${here('k')}`;
}

/** People of each school who are in force and were seen by the last whole read. */
export function peopleNow(asOf: SchoolDate): RawBuilder<unknown> {
  return sql`
    select sc.id as school_id,
      coalesce(p.students, 0)::int as students, coalesce(p.guardians, 0)::int as guardians,
      coalesce(p.links, 0)::int as links
    from school sc
    left join (
      select e.school_id, count(distinct st.id) as students, count(distinct k.guardian_id) as guardians,
        count(k.guardian_id) as links
      from (select distinct student_id, school_id from enrolment en where ${enrolledOn('en', asOf)}) e
      join student st on st.id = e.student_id and ${here('st')}
      left join (
        select k.student_id, k.guardian_id from guardianship k join guardian g on g.id = k.guardian_id
        where ${here('k')} and ${here('g')}
      ) k on k.student_id = e.student_id
      group by e.school_id
    ) p on p.school_id = sc.id`;
}

/** Of `difference d`: rows that this run has ended. */
export const ENDED_NOW = sql`d.what in ('gone', 'deleted', 'corrected', 'renamed', 'moved') and d.record_id is not null`;

/** So many days back the guards look for what was lost little by little. */
export const DAYS_REMEMBERED = 14;

/** What the next runs are compared with. */
export async function saveTallies(tx: Tx, run: RunToApply, arrivals: readonly Arrivals[]): Promise<void> {
  if (run.roster === 'whole' && run.phase !== 'between') {
    await sql`
      insert into school_tally (school_id, students, guardians, links, absence_rows)
      select school_id, students, guardians, links, 0 from (${peopleNow(run.asOf)}) p
      on conflict (school_id) do update
        set students = excluded.students, guardians = excluded.guardians, links = excluded.links`.execute(tx);
  }
  await addSchools(tx);
  for (const { schoolId, collection, came, left } of arrivals) {
    await sql`
      update school_tally set ${sql.ref(collection)} = greatest(0, ${sql.ref(collection)} + ${came - left})
      where school_id = ${schoolId}`.execute(tx);
  }
  if (run.phase !== 'between') await rememberDay(tx, run);
  // A year begins with its own rows, whether or not its first run has read any.
  if (run.phase === 'begins') {
    await sql`
      update school_tally t set absence_rows = coalesce(r.rows, 0)
      from school sc left join (
        select school_id, count(*)::int as rows from absence_record
        where ended_at is null and school_year = ${run.schoolYear.id} group by school_id
      ) r on r.school_id = sc.id
      where t.school_id = sc.id`.execute(tx);
  }
  if (run.attendance === 'none') return;
  await sql`
    insert into absent_per_day (school_id, date, students, periods)
    select school_id, date, now, periods from touched_day
    on conflict (school_id, date) do update set students = excluded.students, periods = excluded.periods`.execute(
    tx,
  );
  if (run.phase === 'begins') return;
  await sql`
    update school_tally t set absence_rows = greatest(0, t.absence_rows + d.more)
    from (
      select school_id, sum(more)::int as more from (
        select school_id, count(*) as more from difference where what in ('new', 'corrected') group by school_id
        union all
        select old_school_id, -count(*) from difference d where ${ENDED_NOW} group by old_school_id
      ) both_ways group by school_id
    ) d where d.school_id = t.school_id`.execute(tx);
}

/** A school that a read of changes has brought is counted from that read on. */
async function addSchools(tx: Tx): Promise<void> {
  await sql`
    insert into school_tally (school_id, students, guardians, links, absence_rows)
    select id, 0, 0, 0, 0 from school where exists (select from school_tally)
    on conflict do nothing`.execute(tx);
}

/** A run that a person has released is the new measure: what was before it plays no part any more. */
async function rememberDay(tx: Tx, run: RunToApply): Promise<void> {
  const startsAnew = run.phase === 'begins' || run.guards === null;
  await sql`
    delete from school_tally_day
    where ${startsAnew} or as_of < ${addDays(run.asOf, -DAYS_REMEMBERED)}`.execute(tx);
  await sql`
    insert into school_tally_day (school_id, as_of, students, guardians, links)
    select school_id, ${run.asOf}, students, guardians, links from school_tally
    on conflict (school_id, as_of) do nothing`.execute(tx);
}
