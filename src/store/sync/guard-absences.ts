import { type RawBuilder, sql } from 'kysely';
import { addDays, type SchoolDate } from '../../domain/school-date.ts';
import type { Tx } from '../database.ts';
import type { Evidence, GuardLimits } from './evidence.ts';
import type { Tally } from './guard-measures.ts';
import type { RunToApply } from './run-to-apply.ts';
import { DAYS_REMEMBERED } from './tallies.ts';

/** School days of history before a day is measured by its median. */
const HISTORY_DAYS = 20;

/** This run's own losses count whatever the day: another run may have been released, or the first one read, today. */
const MISSED_NOW = sql`select record_id from difference where what = 'missing' and record_id is not null`;

/**
 * Absences that were in force once and have been deleted or not been seen since the earliest day that is remembered,
 * at schools that lose some now. A row that vanished is told once, when it is first missed; that it is gone for good
 * the next day is no new loss.
 */
export async function lostRows(
  tx: Tx,
  run: RunToApply,
  tallies: ReadonlyMap<number, Tally>,
  limits: GuardLimits,
): Promise<Evidence[]> {
  const lost = await sql<{ school_id: number; since: SchoolDate; lost: number; ended: number }>`
    with remembered as (select ${rememberedSince(run)} as since), losing as (
      select distinct old_school_id as school_id from difference
      where what in ('missing', 'deleted') and record_id is not null
    ), lost as (
      select school_id, ended_by from absence_record, remembered
      where (missing_since > since or id in (${MISSED_NOW})) and school_year = ${run.schoolYear.id}
        and missing_since is not null and (ended_at is null or end_reason = 'gone')
      union all
      select r.school_id, r.ended_by
      from absence_record r join sync_run u on u.id = r.ended_by, remembered
      where r.end_reason = 'deleted' and (u.as_of > since or u.id = ${run.id}) and r.school_year = ${run.schoolYear.id}
    )
    select school_id, since, count(*)::int as lost,
      count(*) filter (where ended_by <> ${run.id})::int as ended
    from losing join lost using (school_id), remembered
    group by school_id, since order by school_id`.execute(tx);
  return lost.rows.flatMap(({ school_id, since, lost: found, ended }): Evidence[] => {
    const tally = tallies.get(school_id);
    if (tally === undefined || found < limits.floorRows) return [];
    // The tally has the rows that were in force before this run, those that are missed among them.
    const before = tally.absenceRows + ended;
    const common = { collection: 'absences', school: tally.school } as const;
    const limit = Math.floor(before * limits.goneShare);
    if (found >= before) {
      return [{ guard: 'no-absences', ...common, date: null, before, found: 0, limit }];
    }
    return found > limit ? [{ guard: 'rows-gone', ...common, date: since, before, found, limit }] : [];
  });
}

/** The earliest day that is remembered: a release and a new school year begin anew. */
function rememberedSince({ asOf }: RunToApply): RawBuilder<unknown> {
  return sql`coalesce((select min(as_of) from school_tally_day), ${addDays(asOf, -DAYS_REMEMBERED)}::date)`;
}

/**
 * Corrections leave other absences of the same days; an extract that only reaches back so many weeks leaves none.
 * Looks at the district as a whole and at what has vanished without being deleted.
 */
export async function firstDaysGone(tx: Tx, run: RunToApply, limits: GuardLimits): Promise<Evidence[]> {
  if (run.attendance !== 'whole') return [];
  const gone = await sql<{ date: SchoolDate; students: number }>`
    with vanished as materialized (
      select min(old_date) as date from difference where what = 'missing' and record_id is not null
    ), first as (
      select min(r.date) as date from absence_record r
      where r.ended_at is null and r.missing_since is null and r.school_year = ${run.schoolYear.id}
        and (select date from vanished) is not null
    )
    select first.date, count(distinct r.student_id)::int as students
    from first join absence_record r on r.date < first.date
    where (r.missing_since > ${rememberedSince(run)} or r.id in (${MISSED_NOW}))
      and r.school_year = ${run.schoolYear.id}
      and r.missing_since is not null and (r.ended_at is null or r.end_reason = 'gone')
      and (select date from vanished) < first.date
    group by first.date`.execute(tx);
  return gone.rows.flatMap(({ date, students }): Evidence[] => {
    const limit = limits.floorStudents;
    if (students < limit) return [];
    return [
      {
        guard: 'first-days-gone',
        collection: 'absences',
        school: null,
        date,
        before: students,
        found: students,
        limit,
      },
    ];
  });
}

/** Days on which this run makes more students absent than before. */
export async function crowdedDays(
  tx: Tx,
  run: RunToApply,
  tallies: ReadonlyMap<number, Tally>,
  limits: GuardLimits,
): Promise<Evidence[]> {
  const days = await sql<{ school_id: number; date: string; now: number; median: number | null }>`
    with school_day as materialized (
      select distinct date from absent_per_day where date >= ${run.schoolYear.begins}
    )
    select t.school_id, t.date, t.now, m.median
    from touched_day t
    left join lateral (
      select percentile_cont(0.5) within group (order by coalesce(a.students, 0)) as median, count(*) as days
      from (select date from school_day where date < t.date order by date desc limit ${HISTORY_DAYS}) d
      left join absent_per_day a on a.school_id = t.school_id and a.date = d.date
    ) m on m.days = ${HISTORY_DAYS}
    where t.now > t.before and t.now >= ${limits.floorStudents}
    order by t.school_id, t.date`.execute(tx);
  return days.rows.flatMap(({ school_id, date, now, median }): Evidence[] => {
    const tally = tallies.get(school_id);
    if (tally === undefined) return [];
    const common = { collection: 'absences', school: tally.school, date, found: now } as const;
    const most = Math.floor(tally.students * limits.absentShare);
    if (now > most) return [{ guard: 'absent-on-one-day', ...common, before: tally.students, limit: most }];
    if (median === null || now <= median * limits.medianFactor) return [];
    return [
      { guard: 'above-median', ...common, before: median, limit: Math.floor(median * limits.medianFactor) },
    ];
  });
}

/** The past of a school does not double overnight; days that are new to us are not meant. */
export async function doubledSchools(tx: Tx, run: RunToApply, limits: GuardLimits): Promise<Evidence[]> {
  const schools = await sql<{ school: string; before: number; now: number }>`
    with last as (
      select as_of from sync_run where state = 'applied' and jsonb_exists(counts, 'attendances')
      order by ordinal desc limit 1
    ), more as (
      select t.school_id, sum(t.now - t.before)::int as more
      from touched_day t, last where t.date < last.as_of group by t.school_id
    ), known as (
      select d.school_id, sum(d.students)::int as before
      from absent_per_day d, last where d.date < last.as_of and d.date >= ${run.schoolYear.begins}
      group by d.school_id
    )
    select sc.sourced_id as school, k.before, k.before + m.more as now
    from more m join known k on k.school_id = m.school_id join school sc on sc.id = m.school_id
    order by sc.sourced_id`.execute(tx);
  return schools.rows.flatMap(({ school, before, now }): Evidence[] => {
    const limit = Math.floor(before * limits.doubledFactor);
    if (before < limits.floorRows || now < limit) return [];
    return [{ guard: 'doubled', collection: 'absences', school, date: null, before, found: now, limit }];
  });
}
