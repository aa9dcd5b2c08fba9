import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import { underAbsoluteHold } from './absolute-hold.ts';
import type { Db } from './database.ts';
import type { StudentYear } from './ladder-steps.ts';
import type { MedicalDocumentationTable } from './tables/files.ts';

export type MedicalStatus = MedicalDocumentationTable['status'];

/** The family is asked for medical notes from now on. @returns false when something was on record before */
export async function beginMedical(
  tx: Db,
  student: StudentYear,
  { on, now }: { on: SchoolDate; now: Date },
): Promise<boolean> {
  const row = await tx
    .insertInto('medical_documentation')
    .values({
      student_id: student.studentId,
      school_year: student.schoolYear,
      status: 'asked',
      since: on,
      changed_at: now,
    })
    .onConflict((conflict) => conflict.columns(['student_id', 'school_year']).doNothing())
    .returning('student_id')
    .executeTakeFirst();
  return row !== undefined;
}

/** What a person has found, whether the family was asked or came by itself. */
export async function saveMedical(
  tx: Db,
  student: StudentYear,
  found: {
    status: MedicalStatus;
    validUntil: SchoolDate | null;
    note: string | null;
    by: string;
    on: SchoolDate;
    now: Date;
  },
): Promise<void> {
  const values = {
    status: found.status,
    since: found.on,
    valid_until: found.validUntil,
    note: found.note,
    by_name: found.by,
    changed_at: found.now,
  };
  await tx
    .insertInto('medical_documentation')
    .values({ student_id: student.studentId, school_year: student.schoolYear, ...values })
    .onConflict((conflict) => conflict.columns(['student_id', 'school_year']).doUpdateSet(values))
    .execute();
}

export interface ListedMedical {
  readonly studentId: number;
  readonly student: string;
  readonly name: string;
  readonly grade: string | null;
  readonly school: string;
  /** null: enrolled nowhere now. */
  readonly schoolSourcedId: string | null;
  readonly note: string | null;
  readonly status: MedicalStatus;
  readonly since: SchoolDate;
  readonly validUntil: SchoolDate | null;
  readonly by: string | null;
  /** Under which the pages know the student’s file. */
  readonly fileRef: string;
  /** Medical notes of this school year that lie in the file. */
  readonly documents: number;
}

/**
 * The clerk's roster by school and name; students of whom nothing may be said are not on it.
 * @param at `school`: sourcedId of the primary school; null: all
 */
export async function listMedical(
  db: Db,
  at: { schoolYear: string; school: string | null; today: SchoolDate },
): Promise<ListedMedical[]> {
  const rows = await sql<ListedMedical>`
    select s.id as "studentId", s.sourced_id as student, s.given_name || ' ' || s.family_name as name, s.grade,
      coalesce(sc.name, '') as school, sc.sourced_id as "schoolSourcedId", m.note, m.status, m.since, m.valid_until as "validUntil", m.by_name as "by",
      s.file_ref as "fileRef",
      (select count(*)::int from upload u where u.student_id = s.id and u.school_year = m.school_year
        and u.kind = 'medical-note' and u.removed_on is null) as documents
    from medical_documentation m join student s on s.id = m.student_id
    left join lateral (
      select school.name, school.sourced_id from enrolment e join school on school.id = e.school_id
      where e.student_id = s.id and e.is_primary and (e.ends is null or e.ends > ${at.today})
      order by e.begins desc nulls last limit 1) sc on true
    where m.school_year = ${at.schoolYear} and (${at.school}::text is null or sc.sourced_id = ${at.school})
      and not ${underAbsoluteHold(sql.ref('s.id'))}
    order by school, s.family_name, s.given_name, s.sourced_id`.execute(db);
  return rows.rows;
}
