import { type RawBuilder, sql } from 'kysely';
import type { Db } from './database.ts';

/** One part of what is kept about a student, as rows. */
export interface RecordPart {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface RecordDocument {
  readonly id: string;
  readonly kind: string;
  readonly mediaType: string;
  readonly sha256: string;
  readonly createdAt: Date;
  /** It names other students, too. */
  readonly shared: boolean;
  readonly destroyed: boolean;
  /** What it belongs to, for example a letter; null: nothing with a reference. */
  readonly ref: string | null;
  /** Of what it belongs to; null: of no year in particular. */
  readonly schoolYear: string | null;
  /** Guardians to whom it was written. */
  readonly guardianIds: readonly number[];
  /** It was written to the student, who is 18. */
  readonly toStudent: boolean;
}

export const TASKS = 'Tasks of the staff';
export const TIMELINE = 'Timeline of the attendance file';

/** Where a student's rows are, and what a parent reads of them. Addresses and phone numbers of guardians are in none. */
const PARTS: readonly {
  readonly title: string;
  readonly rows: (ids: RawBuilder<unknown>) => RawBuilder<unknown>;
}[] = [
  {
    title: 'Student',
    rows: (ids) => sql`
        select sourced_id as "id in the SIS", given_name as "given name", family_name as "family name", grade, number,
          email as "e-mail", birth_date::text as "date of birth", active from student where id in ${ids}`,
  },
  {
    title: 'Guardians',
    rows: (ids) => sql`
        select g.given_name as "given name", g.family_name as "family name", p.relationship, g.language,
          p.active from guardianship p join guardian g on g.id = p.guardian_id where p.student_id in ${ids}
        order by g.family_name, g.given_name`,
  },
  {
    title: 'Schools',
    rows: (ids) => sql`
        select s.name as school, e.is_primary as "primary", e.begins::text as "from", e.ends::text as "until"
        from enrolment e join school s on s.id = e.school_id where e.student_id in ${ids} order by e.begins`,
  },
  {
    title: 'Absences',
    rows: (ids) => sql`
        select a.school_year as "school year", a.date::text, s.name as school, a.kind, a.period, a.status, a.excuse,
          a.day_fraction::text as "part of the day", c.title as code, a.recorded_at as "recorded",
          a.ended_at as "corrected", a.end_reason as "why corrected"
        from absence_record a join school s on s.id = a.school_id
        left join attendance_code c on c.sourced_id = a.code_sourced_id
        where a.student_id in ${ids} order by a.date, a.id`,
  },
  {
    title: 'Steps',
    rows: (ids) => sql`
        select school_year as "school year", step, state, count::text, owed_on::text as "reached on",
          taken_on::text as "taken on", superseded, reason from ladder_step where student_id in ${ids}
        order by school_year, owed_on`,
  },
  {
    title: 'Letters',
    rows: (ids) => sql`
        select l.ref as reference, l.school_year as "school year", l.step, l.channel, l.language, l.state,
          l.count::text, l.as_of::text as "as of", l.handed_over_on::text as "left on", l.superseded,
          (select string_agg(trim(g.given_name || ' ' || g.family_name), ', ')
            from letter_addressee a join guardian g on g.id = a.guardian_id where a.letter_id = l.id) as "to"
        from letter l where l.student_id in ${ids} and not l.shadow order by l.planned_at`,
  },
  {
    title: 'Contact log',
    rows: (ids) => sql`
        select school_year as "school year", on_date::text as "on", by_name as "by", outcome, note,
          undone_at as "taken back" from contact_log_entry where student_id in ${ids} order by at`,
  },
  {
    title: 'Meetings',
    rows: (ids) => sql`
        select ref as reference, school_year as "school year", on_date::text as "on", at_time as "at", place, purpose,
          state, outcome_note as notes from meeting where student_id in ${ids} order by on_date`,
  },
  {
    title: 'Attendance contracts',
    rows: (ids) => sql`
        select ref as reference, begins::text as "from", ends::text as "until", allowed_days::text as "allowed days",
          state, signed_on::text as "signed on", refused, note from attendance_contract where student_id in ${ids}
        order by begins`,
  },
  {
    title: 'Documents that were brought',
    rows: (ids) => sql`
        select ref as reference, kind, on_date::text as "of", file_name as "file", note, added_on::text as "added on",
          added_by as "by", removed_on::text as "taken out on", removed_because as "why"
        from upload where student_id in ${ids} order by added_at`,
  },
  {
    title: 'Holds',
    rows: (ids) => sql`
        select ref as reference, kind, scope, begins::text as "from", ends::text as "until", reason
        from hold where student_id in ${ids} order by begins`,
  },
  {
    title: 'Medical notes',
    rows: (ids) => sql`
        select school_year as "school year", status, since::text from medical_documentation
        where student_id in ${ids} order by since`,
  },
  {
    title: 'Referrals',
    rows: (ids) => sql`
        select ref as "case", school_year as "school year", state, opened_on::text as "opened on",
          delivered_on::text as "delivered on", superseded from referral where student_id in ${ids} and not shadow
        order by opened_on`,
  },
  {
    title: 'What was disclosed outside the school',
    rows: (ids) => sql`
        select what, how, to_name as "to", to_agency as agency, on_date::text as "on", state,
          legal_basis as "legal basis", interest, made_by as "by" from disclosure
        where student_id in ${ids} and state not in ('planned', 'not-made') order by id`,
  },
  {
    title: TASKS,
    rows: (ids) => sql`
        select ref as reference, kind, role, state, opened_on::text as "opened on", due_on::text as "due on",
          closed_on::text as "closed on", closed_by as "by", outcome, reason, detail from task
        where student_id in ${ids} and not shadow order by opened_on, ref`,
  },
  {
    title: TIMELINE,
    rows: (ids) => sql`
        select e.on_date::text as "on", e.title, e.detail from file_entry e
        join attendance_file f on f.id = e.file_id where f.student_id in ${ids} order by e.id`,
  },
  {
    title: 'Who has looked, and what was changed',
    rows: (ids) => sql`
        select at, actor_kind as "kind of person", actor_name as "by", action, subject from audit_event
        where student_id in ${ids} order by id`,
  },
];

/** Under each of the ids that the person has had. */
function idsOf(studentId: number): RawBuilder<unknown> {
  return sql`(
    with recursive same as (
      select ${studentId}::int as id union select s.id from student s join same on s.merged_into = same.id)
    select id from same)`;
}

export async function readStudentRecord(db: Db, studentId: number): Promise<RecordPart[]> {
  const ids = idsOf(studentId);
  const parts: RecordPart[] = [];
  for (const { title, rows } of PARTS) {
    const found = await sql<Record<string, unknown>>`${rows(ids)}`.execute(db);
    parts.push({ title, rows: found.rows });
  }
  return parts;
}

/** Everything that names the student, the first at the top. */
export async function readStudentDocuments(db: Db, studentId: number): Promise<RecordDocument[]> {
  const ids = idsOf(studentId);
  const { rows } = await sql<RecordDocument>`
    select d.id, d.kind, d.media_type as "mediaType", d.sha256, d.created_at as "createdAt",
      exists (select from unnest(d.student_ids) named where named not in ${ids}) as shared,
      (d.destroyed_at is not null or k.destroyed_at is not null) as destroyed,
      coalesce(l.ref, u.ref, r.ref) as ref,
      coalesce(l.school_year, u.school_year, r.school_year) as "schoolYear",
      coalesce((select array_agg(a.guardian_id) from letter_addressee a
        where a.letter_id = l.id and a.guardian_id is not null), '{}') as "guardianIds",
      exists (select from letter_addressee a where a.letter_id = l.id and a.guardian_id is null) as "toStudent"
    from document d
    left join document_key k on k.id = d.key_id
    left join lateral (
      select l.id, l.ref, l.school_year from letter l
      where l.pdf_document_id = d.id or l.message_document_id = d.id
        or l.id in (select n.letter_id from delivery_notice n where n.document_id = d.id) limit 1) l on true
    left join lateral (select ref, school_year from upload where document_id = d.id limit 1) u on true
    left join lateral (select ref, school_year from referral where packet_document_id = d.id limit 1) r on true
    where k.student_id in ${ids} or d.student_ids && (select array_agg(id) from ${ids} same)
    order by d.created_at, d.id`.execute(db);
  return rows;
}

/** Of whom the school has opened an attendance file in a school year. */
export async function studentsWithFile(
  db: Db,
  schoolYear: string,
): Promise<{ id: number; fileRef: string }[]> {
  return db
    .selectFrom('attendance_file as f')
    .innerJoin('student as s', 's.id', 'f.student_id')
    .select(['s.id', 's.file_ref as fileRef'])
    .where('f.school_year', '=', schoolYear)
    .orderBy('s.id')
    .execute();
}
