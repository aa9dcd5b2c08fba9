import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { StudentYear } from './ladder-steps.ts';

/** What would have left, had the school been live. */
export interface Shadow {
  readonly ref: string;
  readonly kind: 'letter' | 'referral';
  /** sourcedId. */
  readonly student: string;
  readonly number: string | null;
  readonly name: string;
  readonly school: string;
  readonly step: string;
  /** The day on which it would have left; null: it was stopped, or is not rendered yet. */
  readonly on: SchoolDate | null;
  /** `email` or `paper`; null for a referral. */
  readonly channel: string | null;
  readonly language: string | null;
  readonly state: string;
  /** Why it was stopped or waits, and what a packet would still have lacked. */
  readonly reason: string;
  /** A later correction brought the count below. */
  readonly superseded: boolean;
}

/** Oldest first. @param filter `school`: sourcedId; what is not said narrows nothing */
export async function listShadows(
  db: Db,
  schoolYear: string,
  filter: { readonly school?: string; readonly step?: string },
): Promise<Shadow[]> {
  const { rows } = await sql<Shadow>`
    select s.ref, s.kind, st.sourced_id as student, st.number, st.given_name || ' ' || st.family_name as name,
      sc.name as school, s.step, s.shadowed_on as "on", s.channel, s.language, s.state, coalesce(s.reason, '') as reason,
      s.superseded
    from (
      select ref, 'letter' as kind, student_id, school_id, step, shadowed_on, channel, language, state, reason,
        superseded, planned_at as at
      from letter where shadow and school_year = ${schoolYear}
      union all
      select ref, 'referral', student_id, school_id, step, shadowed_on, null, null, state,
        (select string_agg(gap, ', ') from jsonb_array_elements_text(gaps) gap), superseded, changed_at
      from referral where shadow and school_year = ${schoolYear}
    ) s
    join student st on st.id = s.student_id
    join school sc on sc.id = s.school_id
    where (${filter.school ?? null}::text is null or sc.sourced_id = ${filter.school ?? null})
      and (${filter.step ?? null}::text is null or s.step = ${filter.step ?? null})
    order by s.shadowed_on nulls last, s.at, s.ref`.execute(db);
  return rows;
}

/** @returns the id of the PDF of a shadow, null where none was rendered; or null when no shadow has the reference. */
export async function findShadow(
  db: Db,
  schoolYear: string,
  ref: string,
): Promise<{ readonly shadow: Shadow; readonly pdfDocumentId: string | null } | null> {
  const shadow = (await listShadows(db, schoolYear, {})).find((one) => one.ref === ref);
  if (shadow === undefined) return null;
  const { rows } = await sql<{ id: string | null }>`
    select pdf_document_id as id from letter where ref = ${ref}
    union all select packet_document_id from referral where ref = ${ref}`.execute(db);
  return { shadow, pdfDocumentId: rows[0]?.id ?? null };
}

/** A letter that has left, or would have. */
export interface OurLetter {
  readonly student: string;
  readonly step: string;
  /** The first of those to the guardians of one round. */
  readonly on: SchoolDate;
  readonly evaluationId: string;
}

/** What Rollcall has sent or would have sent in a school year, once per student, step and round. */
export async function listOurLetters(
  db: Db,
  schoolYear: string,
  range: { readonly from: SchoolDate; readonly to: SchoolDate },
): Promise<OurLetter[]> {
  const { rows } = await sql<OurLetter>`
    select distinct on (l.student_id, l.step, l.round, l.shadow) st.sourced_id as student, l.step,
      coalesce(l.shadowed_on, l.handed_over_on) as "on", l.evaluation_id as "evaluationId"
    from letter l join student st on st.id = l.student_id
    where l.school_year = ${schoolYear} and l.state in ('shadowed', 'sent', 'posted')
      and coalesce(l.shadowed_on, l.handed_over_on) between ${range.from} and ${range.to}
    order by l.student_id, l.step, l.round, l.shadow, "on", l.planned_at`.execute(db);
  return rows;
}

/** sourcedId and name by our own id, for people. */
export async function namesOfStudents(
  db: Db,
  studentIds: readonly number[],
): Promise<ReadonlyMap<number, { readonly sourcedId: string; readonly name: string }>> {
  const rows = await db
    .selectFrom('student')
    .select(['id', 'sourced_id', 'given_name', 'family_name'])
    .where('id', 'in', studentIds.length === 0 ? [0] : [...studentIds])
    .execute();
  return new Map(
    rows.map((row) => [row.id, { sourcedId: row.sourced_id, name: `${row.given_name} ${row.family_name}` }]),
  );
}

/** A letter of ours has left after all. */
export async function endShadowOfStep(tx: Db, student: StudentYear, step: string, now: Date): Promise<void> {
  await tx
    .updateTable('ladder_step')
    .set({ shadow: false, changed_at: now })
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('step', '=', step)
    .where('shadow', '=', true)
    .execute();
}

/** What is owed and has not left is from here on a shadow: the school sends its own. */
export async function turnIntoShadow(tx: Db, student: StudentYear, step: string, now: Date): Promise<void> {
  await tx
    .updateTable('ladder_step')
    .set({ shadow: true, changed_at: now })
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('step', '=', step)
    .where('state', '=', 'owed')
    .execute();
}
