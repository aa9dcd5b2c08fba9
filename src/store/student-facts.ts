import { sql } from 'kysely';
import type { AbsenceRecord, AttendanceCode } from '../domain/absence.ts';
import type { Contract } from '../domain/contract.ts';
import { days } from '../domain/days.ts';
import type { Enrolment, Hold, LetterOut, LettersTo, StepRecord } from '../domain/ladder-facts.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { PostalAddress } from '../domain/sis-records.ts';
import { addressHash } from './bounced-addresses.ts';
import { type Db, PREPARED } from './database.ts';

/** A guardian as linked to one student. */
export interface LinkedGuardian {
  readonly id: number;
  readonly sourcedId: string;
  readonly role: 'guardian' | 'parent' | 'relative' | 'other';
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly language: string | null;
  readonly address: PostalAddress | null;
  readonly addressPrivate: boolean;
  readonly mailAllowed: boolean;
  readonly noContact: boolean;
  readonly wantsPaper: boolean;
  readonly active: boolean;
  readonly relationship: string | null;
  readonly isGuardian: boolean | null;
  readonly linkActive: boolean;
  readonly contradictory: boolean;
  /** Somebody outside the family uses the same e-mail address. */
  readonly emailShared: boolean;
  /** A letter to the address came back, and nobody has said since that it may be used. */
  readonly emailBounced: boolean;
  /** Households, as keys, from which the post has brought a letter to this person back. */
  readonly returnedFrom: readonly string[];
}

/** Everything the database knows that a decision about one student may look at. */
export interface StoredFacts {
  readonly studentId: number;
  readonly sourcedId: string;
  readonly number: string | null;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string | null;
  readonly grade: string | null;
  readonly birthDate: SchoolDate | null;
  /** Where the SIS says that the student lives. */
  readonly address: PostalAddress | null;
  readonly active: boolean;
  readonly enrolments: readonly Enrolment[];
  readonly records: readonly AbsenceRecord[];
  /** Codes named by the records, as the SIS defines them. */
  readonly codes: readonly Omit<AttendanceCode, 'suspension' | 'confidential'>[];
  readonly steps: readonly StepRecord[];
  /** By Rollcall, and by the school itself; those that still stand: a referral may rest on them. */
  readonly lettersOut: readonly LetterOut[];
  /** Those that would have left, had the school been live, on the day on which they would have. */
  readonly shadowedLetters: readonly LetterOut[];
  readonly holds: readonly Hold[];
  /** Attendance contracts that are watched, or were until a person ended them. */
  readonly contracts: readonly Contract[];
  readonly medical: { readonly status: string } | null;
  /** Whom a person has said that letters go to at 18; not set: nobody has. */
  readonly adultAnswer?: LettersTo;
  readonly guardians: readonly LinkedGuardian[];
  /** When the absences were right, as far as the SIS says; null before a read told. */
  readonly recordsAsOf: Date | null;
  /** The evaluation in force; null: there is none yet. */
  readonly last: LastEvaluation | null;
}

export interface LastEvaluation {
  readonly id: string;
  /** The day of the latest look, which may have found nothing new. */
  readonly asOf: SchoolDate;
  readonly inputHash: string;
  readonly resultHash: string;
}

type RecordRow = Omit<AbsenceRecord, 'dayFraction'> & { readonly dayFraction: string | null };

interface FactsRow {
  facts: {
    student: {
      id: number;
      sourced_id: string;
      number: string | null;
      given_name: string;
      family_name: string;
      email: string | null;
      grade: string | null;
      birth_date: SchoolDate | null;
      address: PostalAddress | null;
      active: boolean;
    };
    enrolments: Enrolment[] | null;
    records: RecordRow[] | null;
    codes: Omit<AttendanceCode, 'suspension' | 'confidential'>[] | null;
    steps: StepRecord[] | null;
    lettersOut: LetterOut[] | null;
    outsideLetters: LetterOut[] | null;
    shadowedLetters: LetterOut[] | null;
    holds: Hold[] | null;
    contracts: (Omit<Contract, 'allowedDays'> & { allowedDays: string })[] | null;
    medical: { status: string } | null;
    adultAnswer: LettersTo | null;
    guardians: LinkedGuardian[] | null;
    recordsAsOf: string | null;
    last: LastEvaluation | null;
  };
}

const recordObject = sql`json_build_object('id', r.id::text, 'sourcedId', r.sourced_id,
  'schoolId', r.school_id, 'date', r.date, 'kind', r.kind, 'period', r.period, 'status', r.status,
  'excuse', r.excuse, 'dayFraction', r.day_fraction::text, 'minutesAbsent', r.minutes_absent,
  'minutesScheduled', r.minutes_scheduled, 'codeId', r.code_sourced_id,
  'contradictory', r.contradictory)`;

/** Another name, and no child in common: somebody outside the family. */
const stranger = sql`(o.given_name, o.family_name) is distinct from (g.given_name, g.family_name)
  and not exists (select from guardianship a join guardianship b on b.student_id = a.student_id
    where a.guardian_id = g.id and b.guardian_id = o.id)`;

/** A contact whom only the district's file links to the student is a guardian where the file says so, never by default. */
const ofFileOnly = sql`case when k.contact is not null and not exists (
  select from roster_link l
  where l.student_sourced_id = student.sourced_id and l.guardian_sourced_id = g.sourced_id) then false end`;

/**
 * Reads one student's facts in one round trip.
 * @param schoolYear the end year whose rows and ladder are meant.
 * @returns null when there is no such student.
 */
export async function loadStudentFacts(
  db: Db,
  student: { id: number; schoolYear: string },
): Promise<StoredFacts | null> {
  const facts = await loadFactsOf(db, [student.id], student.schoolYear);
  return facts.get(student.id) ?? null;
}

/** The facts of many students in one round trip, by their ids; those whom nobody knows are left out. */
export async function loadFactsOf(
  db: Db,
  ids: readonly number[],
  schoolYear: string,
): Promise<ReadonlyMap<number, StoredFacts>> {
  const result = await sql<FactsRow>`
    ${PREPARED} select json_build_object(
      'student', (select row_to_json(s) from (
        select id, sourced_id, number, given_name, family_name, email, grade, birth_date, active,
          (select d.address from demographics d where d.sourced_id = student.sourced_id) as address) s),
      'enrolments', (select json_agg(json_build_object('schoolId', e.school_id, 'schoolSourcedId', sc.sourced_id,
          'primary', e.is_primary, 'begins', e.begins, 'ends', e.ends) order by e.begins, sc.sourced_id)
        from enrolment e join school sc on sc.id = e.school_id where e.student_id = student.id),
      'records', (select json_agg(${recordObject} order by r.date, r.sourced_id)
        from absence_record r
        where r.student_id = student.id and r.ended_at is null and r.school_year = ${schoolYear}),
      'codes', (select json_agg(json_build_object('sourcedId', c.sourced_id, 'title', c.title, 'status', c.status,
          'excuse', c.excuse))
        from attendance_code c
        where c.active and c.sourced_id in (select r.code_sourced_id from absence_record r
          where r.student_id = student.id and r.ended_at is null and r.school_year = ${schoolYear})),
      'steps', (select json_agg(json_build_object('step', l.step, 'state', l.state, 'owedOn', l.owed_on,
          'takenOn', l.taken_on, 'superseded', l.superseded, 'skippedFor', l.skipped_for, 'acted', l.acted,
          'round', l.round, 'shadow', l.shadow, 'outside', l.outside, 'policyVersion', l.policy_version, 'approval', l.approval,
          'released', l.released_at is not null, 'reachedBy', l.reached_by))
        from ladder_step l where l.student_id = student.id and l.school_year = ${schoolYear}),
      'lettersOut', (select json_agg(json_build_object('step', l.step, 'handedOverOn', l.handed_over_on)
          order by l.handed_over_on, l.step)
        from letter l
        where l.student_id = student.id and l.school_year = ${schoolYear} and l.state in ('sent', 'posted')
          and not l.superseded and l.returned_on is null),
      'outsideLetters', (select json_agg(json_build_object('step', o.step, 'handedOverOn', o.sent_on)
          order by o.sent_on, o.step)
        from outside_letter o where o.student_id = student.id and o.school_year = ${schoolYear}),
      'shadowedLetters', (select json_agg(json_build_object('step', l.step, 'handedOverOn', l.shadowed_on)
          order by l.shadowed_on, l.step)
        from letter l
        where l.student_id = student.id and l.school_year = ${schoolYear} and l.state = 'shadowed'
          and not l.superseded),
      'holds', (select json_agg(json_build_object('id', h.id, 'kind', h.kind, 'scope', h.scope, 'begins', h.begins,
          'ends', h.ends)) from hold h where h.student_id = student.id and h.ended_at is null),
      'contracts', (select json_agg(json_build_object('id', c.id, 'ref', c.ref, 'begins', c.begins, 'ends', c.ends,
          'allowedDays', c.allowed_days::text, 'basis', c.basis, 'graceDays', c.grace_days,
          'exceptCodes', c.except_codes, 'endedOn', c.ended_on) order by c.begins, c.ref)
        from attendance_contract c
        where c.student_id = student.id and c.school_year = ${schoolYear} and not c.refused
          and c.state <> 'draft' and (c.state <> 'ended' or c.ended_on is not null)),
      'medical', (select json_build_object('status', m.status) from medical_documentation m
        where m.student_id = student.id and m.school_year = ${schoolYear}),
      'adultAnswer', (select a.letters_to from adult_answer a where a.student_id = student.id),
      'guardians', (select json_agg(json_build_object('id', g.id, 'sourcedId', g.sourced_id, 'role', g.role,
          'givenName', g.given_name, 'familyName', g.family_name, 'email', mail.address,
          'phone', coalesce(k.contact ->> 'phone', g.phone, d.phone),
          'language', coalesce(k.contact ->> 'language', g.language),
          'address', coalesce(nullif(k.contact -> 'address', 'null'), g.address, d.address),
          'addressPrivate', coalesce((k.contact ->> 'addressPrivate')::boolean, g.address_private),
          'mailAllowed', coalesce((k.contact ->> 'mailAllowed')::boolean, g.mail_allowed),
          'noContact', g.no_contact or coalesce((k.contact ->> 'noContact')::boolean, false),
          'wantsPaper', coalesce((k.contact ->> 'wantsPaper')::boolean, g.wants_paper),
          'active', g.active, 'relationship', coalesce(k.contact ->> 'relationship', k.relationship),
          'isGuardian', coalesce((k.contact ->> 'guardian')::boolean, k.is_guardian, ${ofFileOnly}),
          'linkActive', k.active,
          'contradictory', k.contradictory or k.contact_contradictory or k.name_doubt
            or (k.contact ->> 'guardian')::boolean is distinct from k.is_guardian
            and k.is_guardian is not null and k.contact ->> 'guardian' is not null,
          'emailShared', mail.address is not null and (exists (
            select from guardian o
            where lower(o.email) = lower(mail.address) and o.id <> g.id and o.active and ${stranger})
            or exists (
            select from guardianship c join guardian o on o.id = c.guardian_id
            where c.contact is not null and lower(c.contact ->> 'email') = lower(mail.address)
              and o.id <> g.id and o.active and ${stranger})),
          'emailBounced', mail.address is not null and exists (select from bounced_address b
            where b.trusted_at is null and b.address_hash = ${addressHash(sql`mail.address`)}),
          'returnedFrom', coalesce((select json_agg(p.household order by p.household) from returned_post p
            where p.guardian_id = g.id), '[]')) order by g.sourced_id)
        from guardianship k join guardian g on g.id = k.guardian_id
        left join demographics d on d.sourced_id = g.sourced_id
        cross join lateral (select coalesce(k.contact ->> 'email', g.email) as address) mail
        where k.student_id = student.id),
      'recordsAsOf', (select r.source_as_of from sync_run r
        where r.state = 'applied' and r.source_as_of is not null order by r.ordinal desc limit 1),
      'last', (select json_build_object('id', l.evaluation_id, 'asOf', l.evaluated_as_of,
          'inputHash', l.input_hash, 'resultHash', l.result_hash)
        from ladder l where l.student_id = student.id and l.school_year = ${schoolYear})
    ) as facts
    from student where student.id = any(${ids}::int[])`.execute(db);
  return new Map(result.rows.map(({ facts }) => [facts.student.id, storedFacts(facts)]));
}

const BATCH = 200;

/** The facts of any number of students, one after the other in the order of `ids`, read many at a time. */
export async function* eachFacts(
  db: Db,
  ids: readonly number[],
  schoolYear: string,
): AsyncGenerator<StoredFacts> {
  for (let from = 0; from < ids.length; from += BATCH) {
    const batch = ids.slice(from, from + BATCH);
    const facts = await loadFactsOf(db, batch, schoolYear);
    for (const id of batch) {
      const one = facts.get(id);
      if (one !== undefined) yield one;
    }
  }
}

function storedFacts(facts: FactsRow['facts']): StoredFacts {
  return {
    studentId: facts.student.id,
    sourcedId: facts.student.sourced_id,
    number: facts.student.number,
    givenName: facts.student.given_name,
    familyName: facts.student.family_name,
    email: facts.student.email,
    grade: facts.student.grade,
    birthDate: facts.student.birth_date,
    address: facts.student.address,
    active: facts.student.active,
    enrolments: facts.enrolments ?? [],
    records: (facts.records ?? []).map(absenceRecord),
    codes: facts.codes ?? [],
    steps: facts.steps ?? [],
    lettersOut: [...(facts.lettersOut ?? []), ...(facts.outsideLetters ?? [])],
    shadowedLetters: facts.shadowedLetters ?? [],
    holds: facts.holds ?? [],
    contracts: (facts.contracts ?? []).map((contract) => ({
      ...contract,
      allowedDays: days(contract.allowedDays),
    })),
    medical: facts.medical,
    ...(facts.adultAnswer !== null && { adultAnswer: facts.adultAnswer }),
    guardians: facts.guardians ?? [],
    recordsAsOf: facts.recordsAsOf === null ? null : new Date(facts.recordsAsOf),
    last: facts.last,
  };
}

/** Versions of absence rows by the ledger's ids, whether they hold or have ended since. */
export async function loadRecords(db: Db, ids: readonly string[]): Promise<AbsenceRecord[]> {
  const result = await sql<{ record: RecordRow }>`
    select ${recordObject} as record from absence_record r
    where r.id = any(${ids}::bigint[]) order by r.date, r.sourced_id`.execute(db);
  return result.rows.map((row) => absenceRecord(row.record));
}

function absenceRecord(row: RecordRow): AbsenceRecord {
  return { ...row, dayFraction: row.dayFraction === null ? null : days(row.dayFraction) };
}
