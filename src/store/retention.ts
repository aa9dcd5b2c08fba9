import { type RawBuilder, sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db, Tx } from './database.ts';
import { destroyDocumentKeys } from './destroy-document-keys.ts';

/** What of a class is due: of whom, and how much. */
export interface DueRecords {
  readonly students: readonly number[];
  readonly rows: number;
  /** Those of them under a legal hold: nothing of theirs is destroyed. */
  readonly held: readonly number[];
  /** School years that it is about, the oldest first. */
  readonly schoolYears: readonly string[];
}

/** The last school year of each student of which anything is kept. */
const lastYears: RawBuilder<unknown> = sql`
  select f.student_id, max(y.ends) as ends, max(y.id) as year from (
    select student_id, school_year from attendance_file
    union select student_id, school_year from ladder
    union select student_id, school_year from letter
    union select student_id, school_year from absence_record) f
  join school_year y on y.id = f.school_year group by f.student_id`;

/** Of whom something is left to destroy. */
const hasFile = sql<boolean>`(
  exists (select from document_key k where k.student_id = last.student_id and k.destroyed_at is null)
  or exists (select from document d where d.own_key is not null and d.student_ids && array[last.student_id])
  or exists (select from contact_log_entry c where c.student_id = last.student_id and c.note is not null))`;

export async function dueFiles(db: Db, upTo: SchoolDate, held: readonly number[]): Promise<DueRecords> {
  const { rows } = await sql<{ id: number; year: string; documents: number }>`
    select last.student_id as id, last.year,
      (select count(*) from document d left join document_key k on k.id = d.key_id
        where k.student_id = last.student_id and k.destroyed_at is null
          or d.own_key is not null and d.student_ids && array[last.student_id])::int as documents
    from (${lastYears}) last join student s on s.id = last.student_id
    where last.ends <= ${upTo}::date and not s.active and s.merged_into is null and ${hasFile} order by last.student_id`.execute(
    db,
  );
  return due(rows, held, ({ documents }) => documents);
}

export async function dueAbsences(db: Db, upTo: SchoolDate, held: readonly number[]): Promise<DueRecords> {
  const { rows } = await sql<{ id: number; year: string; records: number }>`
    select a.student_id as id, a.school_year as year, count(*)::int as records
    from absence_record a join school_year y on y.id = a.school_year
    where y.ends <= ${upTo}::date group by 1, 2 order by 1, 2`.execute(db);
  return due(rows, held, ({ records }) => records);
}

/** Mails to staff, by the students whom they name. */
export async function dueMails(db: Db, upTo: SchoolDate, held: readonly number[]): Promise<DueRecords> {
  const { rows } = await sql<{ students: number[] }>`
    select d.student_ids as students from document d
    where ${isOldMail(upTo)} order by d.id`.execute(db);
  const isHeld = (students: readonly number[]) => students.some((id) => held.includes(id));
  const free = rows.filter(({ students }) => !isHeld(students));
  return {
    students: distinct(free.flatMap(({ students }) => students)),
    rows: free.length,
    held: distinct(rows.flatMap(({ students }) => students).filter((id) => held.includes(id))),
    schoolYears: [],
  };
}

/** Students who are gone and of whom nothing else is left to destroy. */
export async function duePeople(db: Db, upTo: SchoolDate, held: readonly number[]): Promise<DueRecords> {
  const { rows } = await sql<{ id: number; year: string }>`
    select last.student_id as id, last.year
    from (${lastYears}) last join student s on s.id = last.student_id
    where last.ends <= ${upTo}::date and not s.active and s.family_name <> ${DESTROYED}
    order by 1`.execute(db);
  return due(rows, held, () => 1);
}

/** What stands where a name stood. */
const DESTROYED = '(destroyed)';

function isOldMail(upTo: SchoolDate): RawBuilder<boolean> {
  return sql<boolean>`(d.own_key is not null and exists (
    select from staff_mail m where m.message_document_id = d.id and m.kind <> 'packet'
      and m.composed_at < ${upTo}::date))`;
}

export async function destroyMails(tx: Tx, upTo: SchoolDate, held: readonly number[], now: Date) {
  await sql`
    update document d set own_key = null, destroyed_at = ${now}
    where ${isOldMail(upTo)} and not d.student_ids && ${held}::int[]`.execute(tx);
}

export async function destroyAbsences(tx: Tx, upTo: SchoolDate, students: readonly number[]) {
  await sql`
    update evaluation e set inputs = null from school_year y
    where y.id = e.school_year and y.ends <= ${upTo}::date and e.student_id = any(${students}::int[])
      and e.inputs is not null`.execute(tx);
  await sql`
    delete from absence_record a using school_year y
    where y.id = a.school_year and y.ends <= ${upTo}::date and a.student_id = any(${students}::int[])`.execute(
    tx,
  );
}

/** What people wrote goes with the documents; who did what, and when, stays. */
export async function destroyFiles(
  tx: Tx,
  students: readonly number[],
  held: readonly number[],
  now: Date,
): Promise<void> {
  for (const id of students) await destroyDocumentKeys(tx, id, now, held);
  for (const [table, column] of WRITTEN) {
    await sql`
      update ${sql.table(table)} set ${sql.ref(column)} = null
      where student_id = any(${students}::int[]) and ${sql.ref(column)} is not null`.execute(tx);
  }
  await sql`
    update file_entry e set detail = null from attendance_file f
    where f.id = e.file_id and f.student_id = any(${students}::int[])`.execute(tx);
  await sql`
    update case_event e set says = null from referral r
    where r.id = e.referral_id and r.student_id = any(${students}::int[])`.execute(tx);
  await sql`
    update meeting_invitee i set name = ${DESTROYED}, email = null from meeting m
    where m.id = i.meeting_id and m.student_id = any(${students}::int[]) and i.kind = 'family'`.execute(tx);
  await sql`
    update upload set file_name = ${DESTROYED}, removed_because = case when removed_because is not null then ${DESTROYED} end
    where student_id = any(${students}::int[])`.execute(tx);
  await sql`
    update meeting set purpose = ${DESTROYED}, place = ${DESTROYED}
    where student_id = any(${students}::int[])`.execute(tx);
  await sql`
    update meeting_not_needed set because = ${DESTROYED} where student_id = any(${students}::int[])`.execute(
    tx,
  );
  // Titles of a meeting's entries name those who were invited, and so do the mails that invited them.
  await sql`
    update file_entry e set title = ${DESTROYED} from attendance_file f
    where f.id = e.file_id and f.student_id = any(${students}::int[])
      and (e.kind = 'meeting' or exists (select from meeting_invitation v where v.document_id = e.document_id))`.execute(
    tx,
  );
  await sql`
    update staff_mail m set to_name = ${DESTROYED}, to_email = ${DESTROYED}, envelope_to = null
    from meeting_invitation v join meeting e on e.id = v.meeting_id
    where v.staff_mail_id = m.id and e.student_id = any(${students}::int[])
      and m.state not in ('queued', 'claimed', 'transmitting')`.execute(tx);
}

const WRITTEN = [
  ['attendance_contract', 'note'],
  ['attendance_contract', 'ended_because'],
  ['meeting', 'outcome_note'],
  ['contact_log_entry', 'note'],
  ['contact_log_entry', 'undone_because'],
  ['hold', 'reason'],
  ['hold', 'ended_because'],
  ['ladder_step', 'approval_because'],
  ['ladder_step', 'released_because'],
  ['medical_documentation', 'note'],
  ['task', 'detail'],
  ['upload', 'note'],
  ['letter', 'address'],
  ['letter', 'email'],
  ['letter', 'envelope_to'],
] as const;

/** Guardians go with the last student of theirs. */
export async function destroyPeople(tx: Tx, students: readonly number[]): Promise<void> {
  const theirs = sql`(select sourced_id from student where id = any(${students}::int[]))`;
  const nobodyElses = sql`(
    select g.id from guardian g
    where exists (select from guardianship p where p.guardian_id = g.id and p.student_id = any(${students}::int[]))
      and not exists (
        select from guardianship p join student s on s.id = p.student_id
        where p.guardian_id = g.id and s.family_name <> ${DESTROYED} and not s.id = any(${students}::int[])))`;
  await sql`delete from demographics where sourced_id in ${theirs}`.execute(tx);
  await sql`delete from roster_link where student_sourced_id in ${theirs}`.execute(tx);
  await sql`
    update guardian set given_name = '', family_name = ${DESTROYED}, email = null, phone = null, address = null,
      language = null, active = false
    where id in ${nobodyElses}`.execute(tx);
  await sql`
    update guardianship set contact = null where student_id = any(${students}::int[])`.execute(tx);
  await sql`
    update student set given_name = '', family_name = ${DESTROYED}, email = null, number = null, birth_date = null,
      flags = '{}'
    where id = any(${students}::int[])`.execute(tx);
}

export async function saveDestruction(
  tx: Tx,
  made: { ref: string; at: Date; by: string; certificate: string; sha256: string; pdf: Buffer },
): Promise<void> {
  await tx
    .insertInto('destruction')
    .values({
      ref: made.ref,
      at: made.at,
      by_name: made.by,
      certificate: made.certificate,
      certificate_sha256: made.sha256,
      pdf: made.pdf,
    })
    .execute();
}

/** When records of a class are next due, of those whose time has not come. */
export async function nextYearEnd(db: Db, after: SchoolDate): Promise<SchoolDate | null> {
  const row = await db
    .selectFrom('school_year')
    .select(({ fn }) => fn.min<SchoolDate | null>('ends').as('ends'))
    .where('ends', '>', after)
    .executeTakeFirst();
  return row?.ends ?? null;
}

function due<T extends { id: number; year: string }>(
  rows: readonly T[],
  held: readonly number[],
  count: (row: T) => number,
): DueRecords {
  const free = rows.filter(({ id }) => !held.includes(id));
  return {
    students: distinct(free.map(({ id }) => id)),
    rows: free.reduce((sum, row) => sum + count(row), 0),
    held: distinct(rows.map(({ id }) => id).filter((id) => held.includes(id))),
    schoolYears: [...new Set(free.map(({ year }) => year))].sort(),
  };
}

function distinct(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}
