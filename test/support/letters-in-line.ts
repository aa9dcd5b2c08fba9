import { sql } from 'kysely';
import type { Policy } from '../../src/domain/policy.ts';
import { instantInZone, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { buildMessage } from '../../src/mail/message.ts';
import { messageId, verpAddress } from '../../src/mail/message-id.ts';
import { decideStudents } from '../../src/procedure/decide-batch.ts';
import { createProcedureBook, type ProcedureBook } from '../../src/procedure/procedure-book.ts';
import type { Db } from '../../src/store/database.ts';
import { encryptPlainDocuments } from '../../src/store/encrypt-plain-documents.ts';
import { shippedBrakes } from './brakes.ts';
import { aPolicy, CALENDAR, SCHOOL_YEAR } from './domain-builders.ts';

export const ZONE = 'America/Denver';
export const TODAY = schoolDate('2026-11-17');
/** Every hour of the day: what is tried is not the window. */
export const ALL_DAY = { from: '00:00', to: '23:59' };
const KEY = 'a key for tests that nobody else has';
const DAYS_MISSED = 8;

/** The procedure that these letters are decided by. */
export function procedureInLine(db: Db): ProcedureBook {
  const policy: Policy = aPolicy();
  return createProcedureBook(db, {
    districtId: 'in-line',
    timeZone: ZONE,
    policy,
    freshHours: 100_000,
    modes: { district: 'live', schools: {} },
    schools: [],
    // Here the server goes wrong all the time, and nobody is there to let sending go on.
    brakes: { ...shippedBrakes, refusalsInARow: 1e9, uncertainInARow: 1e9 },
    sendingWindow: { from: '08:00', to: '16:00' },
    contactLog: { notePromisedSchoolDays: 5, undoHours: 24 },
    calendarFor: () => SCHOOL_YEAR,
  });
}

/**
 * A district in which every student has missed eight days, and every letter of it decided, frozen and due: one for each
 * guardian. What they hold is as large as `attachment`.
 */
export async function lettersInLine(
  db: Db,
  district: { readonly students: number; readonly guardians: number; readonly attachment: number },
): Promise<void> {
  await fill(db, district);
  const procedure = await procedureInLine(db).on(TODAY);
  const moment = { now: instantInZone(TODAY, '00:00', ZONE), today: TODAY };
  const ids = Array.from({ length: district.students }, (_, index) => index + 1);
  for (let from = 0; from < ids.length; from += 100) {
    await decideStudents(db, procedure, ids.slice(from, from + 100), moment);
  }
  await freezeAll(db, district.attachment, moment.now);
}

async function fill(
  db: Db,
  { students, guardians }: { readonly students: number; readonly guardians: number },
): Promise<void> {
  const dates: readonly SchoolDate[] = CALENDAR.schoolDays(CALENDAR.firstDay, schoolDate('2026-10-30'));
  const statements = [
    sql`insert into school_year (id, sourced_id, title, begins, ends)
      values ('2027', 'year', '2026-27', '2026-08-01', '2027-07-01')`,
    sql`insert into school (sourced_id, name, active) values ('lincoln', 'Lincoln', true)`,
    sql`insert into student (sourced_id, given_name, family_name, grade, birth_date, active)
      select 'student-' || n, 'Given' || n, 'Family' || n, '05', '2016-01-01'::date, true
      from generate_series(1, ${students}::int) n`,
    sql`insert into enrolment (student_id, school_id, is_primary) select id, 1, true from student`,
    sql`insert into guardian (sourced_id, role, given_name, family_name, email, language, address_private, mail_allowed,
        no_contact, wants_paper, active)
      select 'guardian-' || n, 'guardian', 'Parent' || n, 'Family' || n, 'g' || n || '@family.example.org', 'en',
        false, true, false, false, true
      from generate_series(1, ${students}::int * ${guardians}::int) n`,
    sql`insert into guardianship (student_id, guardian_id, relationship, is_guardian, contradictory, active)
      select 1 + (id - 1) / ${guardians}::int, id, 'mother', true, false, true from guardian`,
    sql`insert into attendance_code (sourced_id, title, status, excuse, active)
      values ('unx', 'UNX', 'absent', 'unexcused', true)`,
    sql`insert into sync_run (id, kind, state, as_of, started_at, finished_at, counts)
      values (gen_random_uuid(), 'full', 'applied', ${TODAY}, now(), now(), '{}')`,
    sql`insert into absence_record (sourced_id, student_id, school_id, school_year, date, kind, status, excuse,
        day_fraction, code_sourced_id, contradictory, recorded_at, recorded_by)
      select s.id || '/' || k, s.id, 1, '2027', (${dates}::date[])[1 + (s.id + k * 5) % ${dates.length}::int], 'daily',
        'absent', 'unexcused', 1, 'unx', false, now(), r.id
      from sync_run r, student s cross join generate_series(1, ${DAYS_MISSED}::int) k`,
    sql`analyze`,
  ];
  for (const statement of statements) await statement.execute(db);
}

/** As `prepareLetter` would, with the same envelope and Message-ID, but without setting a page for each. */
async function freezeAll(db: Db, attachment: number, now: Date): Promise<void> {
  const letters = await db.selectFrom('letter').select(['id', 'ref', 'email']).execute();
  const content = Buffer.alloc(attachment, '%PDF-1.7 a letter\n');
  const frozen = await Promise.all(
    letters.map(async ({ id, ref, email }) => {
      const ids = { id, message_id: messageId(KEY, id, 'example.org'), email };
      const raw = await buildMessage({
        kind: 'letter',
        ref,
        step: 'first-letter',
        messageId: ids.message_id,
        date: now,
        from: { name: 'Lincoln', address: 'attendance@example.org' },
        to: { name: 'A parent', address: email ?? '' },
        replyTo: null,
        subject: 'A letter from the school',
        text: 'Dear family,\n',
        html: '<p>Dear family,</p>',
        language: 'en',
        attachments: [{ fileName: `letter-${ref}.pdf`, contentType: 'application/pdf', content }],
      });
      return { ...ids, from: verpAddress('bounces@example.org', ref), raw: raw.toString('base64') };
    }),
  );
  for (let from = 0; from < frozen.length; from += 200) {
    await sql`
      with row as (
        select gen_random_uuid() as document_id, id, message_id, email, "from", decode(raw, 'base64') as bytes
        from jsonb_to_recordset(${JSON.stringify(frozen.slice(from, from + 200))}::jsonb)
          as row (id uuid, message_id text, email text, "from" text, raw text)),
      saved as (
        insert into document (id, sha256, media_type, kind, bytes, created_at, was_plain)
        select document_id, encode(sha256(bytes), 'hex'), 'message/rfc822', 'message', bytes, ${now}, true from row
        returning id)
      update letter set state = 'queued', due_at = ${now}, cleared_at = ${now}, message_document_id = row.document_id,
        message_id = row.message_id, envelope_from = row."from", envelope_to = row.email
      from row join saved on saved.id = row.document_id
      where letter.id = row.id`.execute(db);
  }
  await encryptPlainDocuments(db, { documents: letters.length }, now);
}
