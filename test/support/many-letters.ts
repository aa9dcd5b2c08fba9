import { sql } from 'kysely';
import type { LetterState } from '../../src/store/tables/letters.ts';
import type { Office } from './office.ts';

export interface ManyLetters {
  readonly count: number;
  /** Planned on so many days, the day of the clock and those before it. */
  readonly days?: number;
  readonly state?: LetterState;
  readonly templateVersion?: string;
  /** No brake keeps them back. */
  readonly cleared?: boolean;
  /** Of the name and the references; two sets in one office differ in it. */
  readonly mark?: string;
  /** Rendered pages that all of them share. */
  readonly pdfDocumentId?: string | null;
}

/**
 * Students with a letter each, ready to leave: as many as a mistake could make, made by one statement. The office has
 * read its SIS before.
 */
export async function manyLetters(office: Office, wanted: ManyLetters): Promise<void> {
  const { count, days = 1, state = 'queued', cleared = false, mark = 'M', pdfDocumentId = null } = wanted;
  const { templateVersion = 'first-letter.en v1 (0a0a0a0a)' } = wanted;
  const { now, today } = office.moment();
  await sql`
    with row as (
      select n, ${`many-${mark}-`} || n as sourced_id, lpad(n::text, 4, '0') as place
      from generate_series(1, ${count}::int) n),
    made as (
      insert into student (sourced_id, given_name, family_name, active)
      select sourced_id, 'Given', 'Family ' || place, true from row returning id, sourced_id),
    step as (
      insert into ladder_step (student_id, school_year, step, state, count, owed_on, acted, blocks, reason,
        policy_version, superseded, changed_at)
      select id, '2027', 'first-letter', 'owed', 7, ${today}, true, '[]', 'reached', 'test', false, ${now} from made),
    evaluated as (
      insert into evaluation (student_id, school_year, as_of, evaluated_at, policy_version, result_hash, result)
      select id, '2027', ${today}, ${now}, 'test', 'test', '{"steps": [], "days": []}' from made
      returning id, student_id)
    insert into letter (ref, student_id, school_year, school_id, step, template, template_version, channel,
      channel_reason, language, state, email, as_of, count, policy_version, evaluation_id, planned_at, due_at,
      cleared_at, pdf_document_id)
    select ${`L-${mark}`} || row.place, made.id, '2027', school.id, 'first-letter', 'first-letter',
      ${templateVersion}, 'email', 'address-usable', 'en', ${state}, 'family' || row.n || '@family.example.org', ${today},
      7, 'test', evaluated.id, ${now}::timestamptz - ((row.n - 1) % ${days}::int) * interval '1 day', ${now},
      case when ${cleared} then ${now}::timestamptz end, ${pdfDocumentId}::uuid
    from row join made using (sourced_id) join evaluated on evaluated.student_id = made.id
    cross join (select id from school order by id limit 1) school`.execute(office.db);
}
