import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { RunToApply } from './run-to-apply.ts';
import { ENDED_NOW } from './tallies.ts';

/**
 * Makes `touched_day`: the (school, date) pairs whose absences this run has changed, with the students absent then
 * before and now. After a read of changes only the students concerned are looked at, before and after, and the
 * difference is added to what was counted last: it costs what changed, however many are absent on those days. After a
 * whole read, and where a code has changed its meaning, a day is counted anew.
 *
 * A student counts from half a day on, by the SIS's own day value, else by the minutes of the day, else by periods: a
 * missed period is no missed day. How many periods a day has is taken from all that were ever told of the school on
 * that day, which is near enough for a guard; the exact share is the domain's to work out. A row that cannot be
 * measured counts.
 */
export async function countAbsentDays(tx: Tx, run: RunToApply): Promise<void> {
  await findTouched(tx, run);
  await readTouchedRows(tx, run);
  await sql`
    create temp table touched_day on commit drop as
    with periods as (
      select school_id, date, array_agg(distinct period order by period) as periods
      from (
        select school_id, date, period from touched_row where kind = 'period' and period is not null
        union
        select school_id, date, unnest(periods)
        from absent_per_day join (select distinct school_id, date from touched) t using (school_id, date)
      ) p
      group by school_id, date
    ), student_day as (
      select now, school_id, date, student_id, max(day_fraction) as fraction,
        bool_or(coalesce(half_by_minutes, true)) filter (where kind = 'daily') as half_by_minutes,
        count(*) filter (where kind = 'period') as missed
      from (
        select true as now, * from touched_row where is_now
        union all
        select false, * from touched_row where was
      ) both_times
      where absent group by now, school_id, date, student_id
    ), absent as (
      select s.school_id, s.date, count(*) filter (where s.now) as now, count(*) filter (where not s.now) as before
      from student_day s left join periods p on p.school_id = s.school_id and p.date = s.date
      where coalesce(s.fraction >= 0.5, s.half_by_minutes, s.missed * 2 >= coalesce(cardinality(p.periods), 0))
      group by s.school_id, s.date
    )
    select t.school_id, t.date, coalesce(d.students, 0) as before,
      case when t.anew then coalesce(a.now, 0)
        else greatest(0, coalesce(d.students, 0) + coalesce(a.now, 0) - coalesce(a.before, 0)) end::int as now,
      coalesce(p.periods, '{}') as periods
    from (select school_id, date, bool_or(student_id is null) as anew from touched group by school_id, date) t
    left join absent_per_day d on d.school_id = t.school_id and d.date = t.date
    left join absent a on a.school_id = t.school_id and a.date = t.date
    left join periods p on p.school_id = t.school_id and p.date = t.date`.execute(tx);
}

/** (school, date, student) whose rows changed; without a student: the day is counted anew. */
async function findTouched(tx: Tx, run: RunToApply): Promise<void> {
  const student = (id: string) => (run.attendance === 'whole' ? sql`null::int` : sql.ref(id));
  await sql`
    create temp table touched on commit drop as
    select ${student('student_id')} as student_id, school_id, date
    from difference where what in ('new', 'corrected')
    union
    select ${student('old_student_id')}, old_school_id, old_date from difference d where ${ENDED_NOW}
    union
    select null, r.school_id, r.date
    from changed_code c join absence_record r on r.code_sourced_id = c.sourced_id and r.ended_at is null
      and r.school_year = ${run.schoolYear.id}`.execute(tx);
  await sql`
    delete from touched t using touched anew
    where t.student_id is not null and anew.student_id is null
      and (t.school_id, t.date) = (anew.school_id, anew.date)`.execute(tx);
  await sql`analyze touched`.execute(tx);
}

/** What the rows say that count for these days, now (`is_now`) or before this run (`was`). */
async function readTouchedRows(tx: Tx, run: RunToApply): Promise<void> {
  const whatItSays = sql`r.school_id, r.date, r.student_id, r.kind, r.period, r.day_fraction,
    r.minutes_absent * 2 >= r.minutes_scheduled as half_by_minutes,
    coalesce(c.status, r.status) = 'absent' and coalesce(c.excuse, r.excuse) <> 'exempt' as absent`;
  const code = sql`left join attendance_code c on c.sourced_id = r.code_sourced_id and c.active`;
  await sql`
    create temp table touched_row on commit drop as
    select true as is_now, false as was, ${whatItSays}
    from touched t
    join absence_record r on r.school_id = t.school_id and r.date = t.date and r.ended_at is null ${code}
    where t.student_id is null
    union all
    select true, r.recorded_by <> ${run.id}, ${whatItSays}
    from touched t
    join absence_record r on r.student_id = t.student_id and r.date = t.date and r.school_id = t.school_id
      and r.ended_at is null ${code}
    where t.student_id is not null
    union all
    select false, true, ${whatItSays}
    from difference d
    join absence_record r on r.id = d.record_id
    join touched t on (t.student_id, t.school_id, t.date) = (r.student_id, r.school_id, r.date) ${code}
    where ${ENDED_NOW}`.execute(tx);
  await sql`analyze touched_row`.execute(tx);
}
