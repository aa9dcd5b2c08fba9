import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

/** Columns that make up what a row says; a difference in any of them is a correction. */
const content = sql.raw(
  'student_id, school_id, date, kind, period, status, excuse, day_fraction, minutes_absent, minutes_scheduled, code_sourced_id, contradictory',
);
const current = sql.raw(
  'r.student_id, r.school_id, r.date, r.kind, r.period, r.status, r.excuse, r.day_fraction, r.minutes_absent, r.minutes_scheduled, r.code_sourced_id, r.contradictory',
);
const incoming = sql.raw(
  'i.student_id, i.school_id, i.date, i.kind, i.period, i.status, i.excuse, i.day_fraction, i.minutes_absent, i.minutes_scheduled, i.code_sourced_id, i.contradictory',
);

/**
 * Brings the ledger in line with a complete read of the school year. Every version stays: a correction ends one
 * and begins the next, a tombstone ends one at once, and a row that just vanished ends after the second read
 * without it on another day.
 */
export async function applyAbsences(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const dropped = await resolveRows(tx, run);
  const gone = await endGone(tx, run);
  const deleted = await endDeleted(tx, run);
  const corrected = await endCorrected(tx, run);
  const added = await insertNew(tx, run);
  await sql`
    update absence_record r set missing_since = null
    from incoming_absence i
    where r.sourced_id = i.sourced_id and r.ended_at is null and r.missing_since is not null`.execute(tx);
  return {
    ...dropped,
    absencesGone: gone,
    absencesDeleted: deleted,
    absencesCorrected: corrected,
    absencesAdded: added,
  };
}

async function resolveRows(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  await sql`
    create temp table incoming_absence on commit drop as
    select distinct on (a.sourced_id) a.sourced_id, a.deleted, st.person_id as student_id, sc.id as school_id, a.date,
      a.kind, a.period, a.status, a.excuse, a.day_fraction, a.minutes_absent, a.minutes_scheduled,
      a.code_sourced_id, coalesce(twice.contradictory, false) as contradictory
    from stage_absence a
    join person_alias st on st.kind = 'student' and st.alias = a.student_sourced_id
    join school sc on sc.sourced_id = a.school_sourced_id
    left join (
      select sourced_id, count(distinct (deleted, student_sourced_id, school_sourced_id, date, kind, period, status,
        excuse, day_fraction, minutes_absent, minutes_scheduled, code_sourced_id)) > 1 as contradictory
      from stage_absence where run_id = ${run.id}
      group by sourced_id having count(*) > 1
    ) twice on twice.sourced_id = a.sourced_id
    where a.run_id = ${run.id} and a.date >= ${run.schoolYear.begins} and a.date < ${run.schoolYear.ends}
    order by a.sourced_id, a.deleted, a.date, a.student_sourced_id, a.school_sourced_id, a.status, a.excuse,
      a.day_fraction, a.minutes_absent, a.code_sourced_id, a.period`.execute(tx);
  await sql`create unique index on incoming_absence (sourced_id)`.execute(tx);
  await sql`analyze incoming_absence`.execute(tx);
  const counts = await sql<{ outside: string; student: string; school: string }>`
    select
      count(*) filter (where a.date < ${run.schoolYear.begins} or a.date >= ${run.schoolYear.ends}) as outside,
      count(*) filter (where st.alias is null) as student,
      count(*) filter (where sc.id is null) as school
    from stage_absence a
    left join person_alias st on st.kind = 'student' and st.alias = a.student_sourced_id
    left join school sc on sc.sourced_id = a.school_sourced_id
    where a.run_id = ${run.id}`.execute(tx);
  const row = counts.rows[0];
  return {
    absencesOutsideSchoolYear: Number(row?.outside ?? 0),
    absencesOfUnknownStudent: Number(row?.student ?? 0),
    absencesAtUnknownSchool: Number(row?.school ?? 0),
  };
}

async function endGone(tx: Tx, run: RunToApply): Promise<number> {
  const unseen = sql`
    r.ended_at is null and r.school_year = ${run.schoolYear.id}
    and not exists (select from incoming_absence i where i.sourced_id = r.sourced_id)`;
  const ended = await sql`
    with ended as (
      update absence_record r set ended_at = ${run.now}, ended_by = ${run.id}, end_reason = 'gone'
      where ${unseen} and r.missing_since < ${run.asOf}
      returning r.student_id
    ), marked as (
      insert into changed_student select distinct student_id, 'absence' from ended on conflict do nothing
    )
    select 1 from ended`.execute(tx);
  await sql`update absence_record r set missing_since = ${run.asOf} where ${unseen} and r.missing_since is null`.execute(
    tx,
  );
  return ended.rows.length;
}

async function endDeleted(tx: Tx, run: RunToApply): Promise<number> {
  const ended = await sql`
    with ended as (
      update absence_record r set ended_at = ${run.now}, ended_by = ${run.id}, end_reason = 'deleted'
      from incoming_absence i
      where r.sourced_id = i.sourced_id and r.ended_at is null and i.deleted
      returning r.student_id
    ), marked as (
      insert into changed_student select distinct student_id, 'absence' from ended on conflict do nothing
    )
    select 1 from ended`.execute(tx);
  return ended.rows.length;
}

async function endCorrected(tx: Tx, run: RunToApply): Promise<number> {
  const ended = await sql`
    with ended as (
      update absence_record r set ended_at = ${run.now}, ended_by = ${run.id}, end_reason = 'corrected'
      from incoming_absence i
      where r.sourced_id = i.sourced_id and r.ended_at is null and not i.deleted
        and (${current}) is distinct from (${incoming})
      returning r.student_id
    ), marked as (
      insert into changed_student select distinct student_id, 'absence' from ended on conflict do nothing
    )
    select 1 from ended`.execute(tx);
  return ended.rows.length;
}

async function insertNew(tx: Tx, run: RunToApply): Promise<number> {
  const inserted = await sql`
    with added as (
      insert into absence_record (sourced_id, ${content}, school_year, recorded_at, recorded_by)
      select i.sourced_id, ${incoming}, ${run.schoolYear.id}, ${run.now}, ${run.id}
      from incoming_absence i
      where not i.deleted
        and not exists (select from absence_record r where r.sourced_id = i.sourced_id and r.ended_at is null)
      returning student_id
    ), marked as (
      insert into changed_student select distinct student_id, 'absence' from added on conflict do nothing
    )
    select count(*) as n from added`.execute(tx);
  const row = inserted.rows[0] as { n: string } | undefined;
  return Number(row?.n ?? 0);
}
