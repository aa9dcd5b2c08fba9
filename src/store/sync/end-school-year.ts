import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

/**
 * A new school year has begun: what the old one still owed is owed no more. Steps that wait are withdrawn, letters that
 * have not left are cancelled, referrals that gather are withdrawn, contracts and the asking for medical notes end, and
 * tasks close. What has left stays as it is, and so do the tasks that ask how it ended: a printed letter may have been
 * posted, an uncertain one may have arrived.
 */
export async function endSchoolYear(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  if (run.phase !== 'begins') return {};
  return {
    stepsOfPastYears: await withdrawSteps(tx, run),
    lettersOfPastYears: await cancelWaitingLetters(tx, run),
    referralsOfPastYears: await withdrawReferrals(tx, run),
    contractsOfPastYears: await endContracts(tx, run),
    medicalOfPastYears: await endMedical(tx, run),
    tasksOfPastYears: await closeOldTasks(tx, run),
  };
}

async function withdrawSteps(tx: Tx, run: RunToApply): Promise<number> {
  const result = await sql`
    with ended as (
      update ladder_step set state = 'withdrawn', reason = 'school-year-ended', blocks = '[]', changed_at = ${run.now}
      where state = 'owed' and school_year < ${run.schoolYear.id}
      returning student_id, school_year, step, evaluation_id
    )
    insert into ladder_event (student_id, school_year, step, from_state, to_state, reason, as_of, at, evaluation_id)
    select student_id, school_year, step, 'owed', 'withdrawn', 'school-year-ended', ${run.asOf}, ${run.now}, evaluation_id
    from ended order by student_id, step`.execute(tx);
  return Number(result.numAffectedRows ?? 0);
}

async function cancelWaitingLetters(tx: Tx, run: RunToApply): Promise<number> {
  const result = await sql<{ id: string }>`
    with ended as (
      update letter set state = 'cancelled', reason = 'school-year-ended', due_at = null, owner = null
      where state in ('planned', 'held', 'queued', 'claimed') and school_year < ${run.schoolYear.id}
      returning id
    ), freed as (
      update letter_addressee a set live = false from ended where a.letter_id = ended.id
    )
    select id from ended`.execute(tx);
  return result.rows.length;
}

/** A packet that waits for the mail server is stopped with its referral; one that is on its way goes its way. */
async function withdrawReferrals(tx: Tx, run: RunToApply): Promise<number> {
  await sql`
    update staff_mail m set state = 'cancelled', reason = 'school-year-ended', due_at = null
    from referral r
    where m.referral_id = r.id and m.kind = 'packet' and m.state = 'queued'
      and r.state = 'delivering' and r.school_year < ${run.schoolYear.id}`.execute(tx);
  const result = await sql`
    update referral r set state = 'withdrawn', changed_at = ${run.now}
    where r.school_year < ${run.schoolYear.id} and (r.state = 'gathering' or r.state = 'delivering' and not exists (
      select from staff_mail m
      where m.referral_id = r.id and m.state in ('claimed', 'transmitting', 'uncertain', 'sent')))`.execute(
    tx,
  );
  return Number(result.numAffectedRows ?? 0);
}

/** One whose last days nobody could judge any more was neither kept nor violated. */
async function endContracts(tx: Tx, run: RunToApply): Promise<number> {
  const result = await sql`
    update attendance_contract set state = 'ended', ended_on = ${run.asOf}, ended_at = ${run.now}, ended_by = 'Rollcall',
      ended_because = 'school-year-ended', changed_at = ${run.now}
    where state = 'in-force' and school_year < ${run.schoolYear.id}`.execute(tx);
  return Number(result.numAffectedRows ?? 0);
}

async function endMedical(tx: Tx, run: RunToApply): Promise<number> {
  const result = await sql`
    update medical_documentation set status = 'ended', changed_at = ${run.now}
    where status <> 'ended' and school_year < ${run.schoolYear.id}`.execute(tx);
  return Number(result.numAffectedRows ?? 0);
}

async function closeOldTasks(tx: Tx, run: RunToApply): Promise<number> {
  const result = await sql`
    update task t set state = 'closed', closed_on = ${run.asOf}, reason = 'school-year-ended', changed_at = ${run.now}
    where t.state = 'open' and t.school_year < ${run.schoolYear.id} and t.print_run_id is null
      and not exists (select from letter l where l.id = t.letter_id and l.state in ('uncertain', 'rejected', 'transmitting'))`.execute(
    tx,
  );
  return Number(result.numAffectedRows ?? 0);
}
