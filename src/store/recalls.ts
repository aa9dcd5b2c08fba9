import { type RawBuilder, sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db, Tx } from './database.ts';

/** Letters that can still be called back; a printed one comes out of its envelope. */
const canBeRecalled = sql<boolean>`(not letter.shadow
  and letter.state in ('planned', 'held', 'queued', 'claimed', 'printed'))`;

/** Why a letter was cancelled, as a code word. */
const RECALLED = 'recalled';

/**
 * A person calls letters back: from here on none of them can leave. One that a worker has claimed is not on the line
 * yet, and its claim is lost.
 * @returns their references
 */
export async function markRecalled(
  tx: Tx,
  which: RawBuilder<boolean>,
  { by, because }: { readonly by: string; readonly because: string },
): Promise<string[]> {
  const { rows } = await sql<{ ref: string }>`
    update letter set recalled_by = ${by}, recalled_because = ${because}, cleared_at = null
    where ${canBeRecalled} and letter.recalled_by is null and ${which} returning ref`.execute(tx);
  return rows.map(({ ref }) => ref);
}

/** @returns students with letters that are called back and not yet cancelled, in the order in which they are locked */
export async function studentsToRecall(db: Db, most: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select distinct student_id as id from letter
    where recalled_by is not null and state in ('planned', 'held', 'queued', 'claimed', 'printed')
    order by id limit ${most}`.execute(db);
  return rows.map(({ id }) => id);
}

export interface RecalledLetter {
  readonly id: string;
  readonly ref: string;
  readonly studentId: number;
  readonly schoolYear: string;
  readonly step: string;
  readonly round: number;
  readonly by: string;
  readonly because: string;
}

/** Cancels what was called back of these students, whom the caller has locked. */
export async function cancelRecalled(tx: Tx, studentIds: readonly number[]): Promise<RecalledLetter[]> {
  const { rows } = await sql<RecalledLetter>`
    with cancelled as (
      update letter set state = 'cancelled', reason = ${RECALLED}, due_at = null, owner = null
      where student_id = any(${studentIds}::int[]) and recalled_by is not null and ${canBeRecalled}
      returning id, ref, student_id, school_year, step, round, recalled_by, recalled_because),
    ended as (update letter_addressee set live = false where letter_id in (select id from cancelled))
    select id, ref, student_id as "studentId", school_year as "schoolYear", step, round, recalled_by as by,
      recalled_because as because
    from cancelled order by ref`.execute(tx);
  return rows;
}

/**
 * Steps of which no letter is left that has left or may leave: a person has said no to them, and they are skipped for
 * as long as what they rest on stands.
 * @returns the students and steps
 */
export async function refuseStepsWithoutLetters(
  tx: Tx,
  letters: readonly RecalledLetter[],
  at: { readonly on: SchoolDate; readonly now: Date },
): Promise<{ studentId: number; schoolYear: string; step: string }[]> {
  const { rows } = await sql<{ studentId: number; schoolYear: string; step: string }>`
    with refused as (
      update ladder_step s set approval = 'refused', approval_by = r.by, approval_because = r.because,
        approval_at = ${at.now}, changed_at = ${at.now}
      from jsonb_to_recordset(${JSON.stringify(letters)}::jsonb)
        r ("studentId" int, "schoolYear" text, step text, round int, by text, because text)
      where s.student_id = r."studentId" and s.school_year = r."schoolYear" and s.step = r.step
        and s.round = r.round and s.state = 'owed' and not exists (
          select from letter l where l.student_id = s.student_id and l.school_year = s.school_year
            and l.step = s.step and l.round = s.round and not l.shadow and l.state not in ('cancelled', 'bounced'))
      returning s.student_id, s.school_year, s.step),
    closed as (
      update task t set state = 'closed', closed_on = ${at.on}, reason = ${RECALLED}, changed_at = ${at.now}
      from refused r
      where t.student_id = r.student_id and t.school_year = r.school_year and t.step = r.step and t.state = 'open')
    select student_id as "studentId", school_year as "schoolYear", step from refused`.execute(tx);
  return rows;
}

/** The attendance file of each student tells which letter was called back, by whom and why. */
export async function fileRecalls(
  tx: Tx,
  letters: readonly RecalledLetter[],
  at: { readonly on: SchoolDate; readonly now: Date },
): Promise<void> {
  const rows = JSON.stringify(letters);
  await sql`
    insert into attendance_file (student_id, school_year, opened_on)
    select distinct "studentId", "schoolYear", ${at.on}::date
    from jsonb_to_recordset(${rows}::jsonb) r ("studentId" int, "schoolYear" text)
    on conflict (student_id, school_year) do nothing`.execute(tx);
  await sql`
    insert into file_entry (file_id, at, on_date, kind, title, detail, letter_id)
    select f.id, ${at.now}, ${at.on}, 'decision', 'Letter ' || r.ref || ' (' || r.step || ') called back by ' || r.by,
      r.because, r.id
    from jsonb_to_recordset(${rows}::jsonb)
      r (id uuid, ref text, "studentId" int, "schoolYear" text, step text, by text, because text)
    join attendance_file f on f.student_id = r."studentId" and f.school_year = r."schoolYear"
    order by r.ref`.execute(tx);
}
