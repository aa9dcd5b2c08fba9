import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { findDeleted } from './deleted-rows.ts';
import { enrolledOn } from './enrolled-on.ts';
import { fillFirst } from './fill-first.ts';
import { NeedsWholeReadError } from './needs-whole-read.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';
import { ABSENCE_SAYS } from './stage-columns.ts';
import { keepUnplaced, restageUnplaced } from './unplaced-absences.ts';

/** Columns that make up what a row says; a difference in any of them is a correction. */
const COLUMNS = ['student_id', 'school_id', ...ABSENCE_SAYS, 'contradictory'];
/** Says the same of the same student, school and date under another id. */
const SAME = sql.raw(
  `(${['fresh', 'r'].map((of) => COLUMNS.map((column) => `${of}.${column}`).join(', ')).join(') is not distinct from (')})`,
);
/** Stands in the same place: a student has one row for a day, or for a period of it, unless the SIS serves two. */
const samePlace = (one: string, other: string) =>
  sql.raw(
    `(${one}.student_id, ${one}.school_id, ${one}.date, ${one}.kind)
      = (${other}.student_id, ${other}.school_id, ${other}.date, ${other}.kind)
    and ${one}.period is not distinct from ${other}.period`,
  );
const columns = (of: string) => sql.raw(COLUMNS.map((column) => `${of}.${column}`).join(', '));
/** Both the student and the school that the row names are known. */
const placed = (of: string) => sql.raw(`${of}.student_id is not null and ${of}.school_id is not null`);

/**
 * Brings the ledger in line with what was read. Every version stays: a correction ends one and begins the next, a
 * tombstone ends one at once, and a row that just vanished from whole reads ends after the second one without it, on
 * another day.
 *
 * The rows are compared in one pass; everything after it touches only what differs (`difference`). `moved`: its date
 * was corrected to one outside the school year. `retold`: worded otherwise, and meaning the same.
 */
export async function applyAbsences(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  await restageUnplaced(tx, run);
  const dropped = await compare(tx, run);
  await keepUnplaced(tx, run);
  await findDeleted(tx, run);
  await findRenamed(tx, run);
  const ended = await endVersions(tx, run);
  const insert = () =>
    sql<{ n: string }>`
    with added as (
      insert into absence_record (sourced_id, ${sql.raw(COLUMNS.join(', '))}, digest, school_year, recorded_at,
        recorded_by)
      select d.sourced_id, ${columns('d')}, d.digest, ${run.schoolYear.id}, ${run.now}, ${run.id}
      from difference d where d.what in ('new', 'corrected')
      order by d.student_id, d.date
      returning student_id
    ), marked as (
      insert into changed_student select distinct student_id, 'absence' from added on conflict do nothing
    )
    select count(*) as n from added`.execute(tx);
  const added = await fillFirst(tx, 'absence_record', run.staged.stage_absence, insert);
  await sql`
    update absence_record r set missing_since = null, digest = d.digest
    from difference d where d.record_id = r.id and d.what in ('seen-again', 'retold')`.execute(tx);
  await sql`
    update absence_record r set missing_since = ${run.asOf}
    from difference d where d.record_id = r.id and d.what = 'missing'`.execute(tx);
  return { ...dropped, ...ended, absencesAdded: Number(added.rows[0]?.n ?? 0) };
}

/** One row per difference between what was read and what is in force. */
async function compare(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const whole = run.attendance === 'whole' && run.phase !== 'between';
  if (whole) await stageMetAgain(tx, run);
  await sql`
    create temp table repeated on commit drop as
    with twice as materialized (
      select sourced_id from stage_absence where run_id = ${run.id} group by sourced_id having count(*) > 1
    )
    select sourced_id, count(distinct (deleted, student_sourced_id, school_sourced_id, date, kind, period, status,
      excuse, day_fraction, minutes_absent, minutes_scheduled, code_sourced_id)) > 1 as contradictory
    from stage_absence join twice using (sourced_id) where run_id = ${run.id}
    group by sourced_id`.execute(tx);
  await sql`
    create temp table school_name on commit drop as
    select sourced_id as name, id from school
    union select 'number:' || number, min(id) from school where number is not null group by number having count(*) = 1`.execute(
    tx,
  );
  const resolved = sql`a.sourced_id, a.deleted, st.person_id as student_id, sc.id as school_id, a.date, a.kind,
    a.period, a.status, a.excuse, a.day_fraction, a.minutes_absent, a.minutes_scheduled, a.code_sourced_id,
    a.date < ${run.schoolYear.begins} or a.date >= ${run.schoolYear.ends} as outside`;
  const joined = sql`
    left join person_alias st on st.kind = 'student' and st.alias = a.student_sourced_id
    left join school_name sc on sc.name = a.school_sourced_id`;
  await sql`
    create temp table incoming on commit drop as
    select ${resolved}, false as contradictory, a.digest
    from stage_absence a ${joined}
    where a.run_id = ${run.id} and not exists (select from repeated twice where twice.sourced_id = a.sourced_id)
    union all (
    select distinct on (a.sourced_id) ${resolved}, twice.contradictory, null
    from stage_absence a join repeated twice on twice.sourced_id = a.sourced_id ${joined}
    where a.run_id = ${run.id}
    order by a.sourced_id, a.deleted, a.date, a.student_sourced_id, a.school_sourced_id, a.status, a.excuse,
      a.day_fraction, a.minutes_absent, a.code_sourced_id, a.period)`.execute(tx);
  await sql`analyze incoming`.execute(tx);
  const what = sql`case
      when i.deleted then 'deleted'
      when i.outside then 'moved'
      when r.id is null then 'new'
      when (${columns('r')}) is distinct from (${columns('i')}) then 'corrected'
      when r.missing_since is not null then 'seen-again'
      else 'retold' end`;
  await sql`
    create temp table difference on commit drop as
    select ${what} as what, r.id as record_id, r.student_id as old_student_id, r.school_id as old_school_id,
      r.date as old_date, i.*
    from incoming i
    left join absence_record r on r.sourced_id = i.sourced_id and r.ended_at is null
    where ${placed('i')} and case when i.deleted or i.outside then r.id is not null
      else r.id is null or r.missing_since is not null or r.digest is distinct from i.digest
        or (${columns('r')}) is distinct from (${columns('i')}) end`.execute(tx);
  // Whatever is found of a record later on, it differs once.
  await sql`create unique index on difference (record_id) where record_id is not null`.execute(tx);
  if (whole) await findMissing(tx, run);
  await sql`analyze difference`.execute(tx);
  return countDropped(tx);
}

/**
 * A row that came both as it is in force and otherwise in one read: as much a contradiction as two others under one
 * id, and told the same way.
 */
async function stageMetAgain(tx: Tx, run: RunToApply): Promise<void> {
  await sql`
    insert into stage_absence (run_id, sourced_id, deleted, student_sourced_id, school_sourced_id, date, kind, period,
      status, excuse, day_fraction, minutes_absent, minutes_scheduled, code_sourced_id, digest)
    select ${run.id}, r.sourced_id, false, st.sourced_id, sc.sourced_id, r.date, r.kind, r.period,
      r.status, r.excuse, r.day_fraction, r.minutes_absent, r.minutes_scheduled, r.code_sourced_id, r.digest
    from (select distinct sourced_id from stage_absence where run_id = ${run.id}) a
    join absence_record r on r.sourced_id = a.sourced_id and r.ended_at is null
      and r.school_year = ${run.schoolYear.id}
    join student st on st.id = r.student_id
    join school sc on sc.id = r.school_id
    where not exists (select from heard_absence h where h.key = r.id)`.execute(tx);
}

async function findMissing(tx: Tx, run: RunToApply): Promise<void> {
  // Of students who are not enrolled some sources serve nothing: that says nothing about their rows.
  const speaksFor = run.enrolledOnly
    ? sql`exists (
        select from enrolment e join student st on st.id = e.student_id
        where e.student_id = r.student_id and st.active and st.missing_since is null
          and ${enrolledOn('e', run.asOf)})`
    : sql`true`;
  await sql`
    insert into difference (what, record_id, old_student_id, old_school_id, old_date)
    select case when r.missing_since < ${run.asOf} then 'gone' else 'missing' end, r.id, r.student_id, r.school_id,
      r.date
    from heard_absence h join absence_record r on r.id = h.key
    where (r.missing_since is null or r.missing_since < ${run.asOf})
      and not exists (select from incoming i where i.sourced_id = r.sourced_id and ${placed('i')}) and ${speaksFor}`.execute(
    tx,
  );
  // Missed while we took the student for enrolled: that says nothing either.
  await sql`
    update absence_record r set missing_since = null
    from heard_absence h
    where r.id = h.key and r.missing_since is not null and not ${speaksFor}`.execute(tx);
}

async function countDropped(tx: Tx): Promise<ApplyCounts> {
  const counts = await sql<{ outside: string; student: string; school: string }>`
    select count(*) filter (where outside) as outside, count(*) filter (where student_id is null) as student,
      count(*) filter (where school_id is null) as school
    from incoming where not deleted`.execute(tx);
  const row = counts.rows[0];
  return {
    absencesOutsideSchoolYear: Number(row?.outside ?? 0),
    absencesOfUnknownStudent: Number(row?.student ?? 0),
    absencesAtUnknownSchool: Number(row?.school ?? 0),
  };
}

/**
 * The SIS has given the same absence another id, be it that it was deleted and entered again: the old row is no
 * deletion, and the two never count side by side.
 */
async function findRenamed(tx: Tx, run: RunToApply): Promise<void> {
  await sql`
    update difference old set what = 'renamed'
    from absence_record r
    where old.what in ('missing', 'gone', 'deleted') and r.id = old.record_id and exists (
      select from difference fresh where fresh.what = 'new' and ${samePlace('fresh', 'r')})`.execute(tx);
  if (run.attendance === 'changes') await findRenamedAmongChanges(tx, run);
}

/**
 * A read of changes does not show that an old id is served no more. One new row beside one in force that says word for
 * word the same is that one renamed: should both be served after all, the next whole read brings the old one back, and
 * until then the date counts the same. A new row that says otherwise may be the correction of the old one or the other
 * half of the day.
 * @throws NeedsWholeReadError in that case, unless a person has released the run: then both stand until the next one
 */
async function findRenamedAmongChanges(tx: Tx, run: RunToApply): Promise<void> {
  await sql`
    create temp table beside on commit drop as
    select fresh.sourced_id, r.id as record_id, r.student_id, r.school_id, r.date,
      ${SAME} and not fresh.contradictory
        and count(*) over (partition by fresh.sourced_id) = 1 and count(*) over (partition by r.id) = 1 as same
    from difference fresh
    join absence_record r on r.ended_at is null and r.school_year = ${run.schoolYear.id} and ${samePlace('r', 'fresh')}
    where fresh.what = 'new' and (fresh.kind = 'daily' or fresh.period is not null)
      and not exists (select from incoming i where i.sourced_id = r.sourced_id)
      and not exists (
        select from difference old join absence_record o on o.id = old.record_id
        where old.what = 'renamed' and ${samePlace('o', 'fresh')})`.execute(tx);
  const unclear = await sql<{ n: number }>`select count(*)::int as n from beside where not same`.execute(tx);
  if ((unclear.rows[0]?.n ?? 0) > 0 && run.guards !== null) {
    throw new NeedsWholeReadError('attendance', 'new rows came beside others of the same day');
  }
  await sql`
    insert into difference (what, record_id, old_student_id, old_school_id, old_date)
    select 'renamed', record_id, student_id, school_id, date from beside where same`.execute(tx);
}

async function endVersions(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const ended = await sql<{ what: string; n: string }>`
    with ended as (
      update absence_record r set ended_at = ${run.now}, ended_by = ${run.id},
        end_reason = case d.what when 'moved' then 'corrected' else d.what end
      from difference d
      where d.record_id = r.id and d.what in ('gone', 'deleted', 'corrected', 'renamed', 'moved')
      returning r.student_id, d.what
    ), marked as (
      insert into changed_student select distinct student_id, 'absence' from ended on conflict do nothing
    )
    select what, count(*) as n from ended group by what`.execute(tx);
  const of = (what: string) => Number(ended.rows.find((row) => row.what === what)?.n ?? 0);
  return {
    absencesGone: of('gone'),
    absencesDeleted: of('deleted'),
    absencesCorrected: of('corrected') + of('moved'),
    absencesRenamed: of('renamed'),
  };
}
