import { type RawBuilder, sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db, Tx } from './database.ts';
import { markEvaluationDue } from './evaluation-due.ts';
import { openTask } from './tasks.ts';

/** What stops because a student has died or is missing carries this reason. */
export const ABSOLUTE = 'absolute-hold';

/** Whether nothing at all may leave about a student. Only a person ends this, so that no date is asked for. */
export function underAbsoluteHold(studentId: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from hold h where h.student_id = ${studentId} and h.scope = 'absolute' and h.ended_at is null)`;
}

/** The same, asked by itself. */
export async function underAbsoluteHoldNow(db: Db, studentId: number): Promise<boolean> {
  const { rows } = await sql<{
    held: boolean;
  }>`select ${underAbsoluteHold(sql`${studentId}::int`)} as held`.execute(db);
  return rows[0]?.held === true;
}

/** Locks students in the order of their ids, as `lockStudent` does for one. */
async function lockStudents(tx: Tx, studentIds: readonly number[]): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(hashtext('rollcall student'), id)
    from unnest(${[...studentIds].sort((a, b) => a - b)}::int[]) id`.execute(tx);
}

/**
 * Stops everything that is under way about students who are under an absolute hold: letters that have not begun to
 * leave are cancelled, printed ones have to be pulled, open tasks close, a packet that has not left stays here, and
 * so do mails to staff that name the student. Doing it again changes nothing.
 */
export async function enforceAbsoluteHolds(
  tx: Tx,
  studentIds: readonly number[],
  at: { readonly on: SchoolDate; readonly now: Date },
): Promise<void> {
  if (studentIds.length === 0) return;
  await lockStudents(tx, studentIds);
  const ids = sql`any(${[...studentIds]}::int[])`;
  await closeOpenTasks(tx, ids, at);
  await stopLetters(tx, ids, at);
  await stopStaffMails(tx, ids);
  await sql`
    update referral set state = 'withdrawn', changed_at = ${at.now}
    where student_id = ${ids} and (state = 'gathering' or (state = 'delivering' and not exists (
      select from staff_mail m
      where m.referral_id = referral.id and m.state in ('transmitting', 'uncertain', 'sent'))))`.execute(tx);
  // Were it a mistake: what is still owed once the hold has ended is acted on afresh.
  await sql`
    update ladder_step set acted = false, changed_at = ${at.now}
    where student_id = ${ids} and state = 'owed' and acted`.execute(tx);
}

/** Students under an absolute hold about whom something is under way all the same. */
export async function unenforcedStudents(tx: Tx): Promise<number[]> {
  const found = await sql<{ id: number }>`
    select distinct h.student_id as id from hold h
    where h.scope = 'absolute' and h.ended_at is null and (
      exists (select from letter l where l.student_id = h.student_id
        and l.state in ('planned', 'held', 'queued', 'claimed', 'printed'))
      or exists (select from task t where t.student_id = h.student_id and t.state = 'open')
      or exists (select from referral r where r.student_id = h.student_id and r.state = 'gathering')
      or exists (select from staff_mail m where h.student_id = any(m.student_ids)
        and m.state in ('queued', 'claimed')))
    order by 1`.execute(tx);
  return found.rows.map((row) => row.id);
}

async function closeOpenTasks(
  tx: Tx,
  ids: RawBuilder<unknown>,
  { on, now }: { on: SchoolDate; now: Date },
): Promise<void> {
  await sql`
    update task set state = 'closed', closed_on = ${on}, reason = ${ABSOLUTE}, changed_at = ${now}
    where student_id = ${ids} and state = 'open'`.execute(tx);
}

async function stopLetters(
  tx: Tx,
  ids: RawBuilder<unknown>,
  { on, now }: { on: SchoolDate; now: Date },
): Promise<void> {
  const printed = await sql<{
    id: string;
    ref: string;
    school_id: number;
    print_run_id: string;
    run: string;
  }>`
    select l.id, l.ref, l.school_id, l.print_run_id, p.ref as run
    from letter l join print_run p on p.id = l.print_run_id
    where l.student_id = ${ids} and l.state = 'printed'`.execute(tx);
  for (const letter of printed.rows) {
    // About the run, not about the student: the mail that asks for it names nobody.
    await openTask(
      tx,
      {
        key: `pull-letter:${letter.id}`,
        kind: 'pull-letter',
        role: 'attendance-clerk',
        openedOn: on,
        dueOn: on,
        schoolId: letter.school_id,
        letterId: letter.id,
        printRunId: letter.print_run_id,
        detail: `${letter.ref} of ${letter.run}`,
      },
      now,
    );
  }
  await sql`
    with stopped as (
      update letter set state = 'cancelled', reason = ${ABSOLUTE}, due_at = null, owner = null
      where student_id = ${ids} and state in ('planned', 'held', 'queued', 'claimed', 'printed')
      returning id)
    update letter_addressee set live = false where letter_id in (select id from stopped)`.execute(tx);
}

/** What a mail says of others is said again in the next one: its key is free again. */
async function stopStaffMails(tx: Tx, ids: RawBuilder<unknown>): Promise<void> {
  await sql`
    update staff_mail
    set state = 'cancelled', reason = ${ABSOLUTE}, due_at = null, owner = null, key = key || ':stopped:' || ref
    where state in ('queued', 'claimed') and (
      exists (select from unnest(student_ids) named where named = ${ids})
      or referral_id in (select id from referral where student_id = ${ids}))`.execute(tx);
}

/** The hold was a mistake, or the child is back: work that it had closed is open again. */
export async function resumeAfterAbsoluteHold(
  tx: Tx,
  studentId: number,
  { schoolYear, now }: { schoolYear: string; now: Date },
): Promise<void> {
  await sql`
    update task set state = 'open', closed_on = null, reason = null, changed_at = ${now}
    where id in (
      select distinct on (key) id from task
      where student_id = ${studentId} and school_year = ${schoolYear} and state = 'closed' and reason = ${ABSOLUTE}
        and referral_id is null
        and (letter_id is null or exists (select from letter where id = letter_id and state = 'uncertain'))
        and not exists (select from task other where other.key = task.key and other.state = 'open')
      order by key, changed_at desc)`.execute(tx);
  await markEvaluationDue(tx, [studentId], 'hold', now);
}
