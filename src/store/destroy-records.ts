import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Tx } from './database.ts';
import { destroyDocumentKeys } from './destroy-document-keys.ts';
import { isOldMail } from './retention.ts';
import { DESTROYED, WRITTEN } from './written-columns.ts';

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
  const all = await underAllIds(tx, students);
  const ids = sql`${all}::int[]`;
  for (const { table, whose, emptied = [], replaced = [] } of WRITTEN) {
    const to = [
      ...emptied.map((column) => sql`${sql.ref(column)} = null`),
      ...replaced.map(
        (column) => sql`${sql.ref(column)} = case when ${sql.ref(column)} is not null then ${DESTROYED} end`,
      ),
    ];
    await sql`update ${sql.table(table)} set ${sql.join(to)} where ${whose(ids)}`.execute(tx);
  }
  // Titles of a meeting's entries name those who were invited, and so do the mails that invited them.
  await sql`
    update file_entry e set title = ${DESTROYED} from attendance_file f
    where f.id = e.file_id and f.student_id = any(${ids})
      and (e.kind = 'meeting' or exists (select from meeting_invitation v where v.document_id = e.document_id))`.execute(
    tx,
  );
  await sql`
    update staff_mail m set to_name = ${DESTROYED}, to_email = ${DESTROYED}, envelope_to = null, reply = null
    from meeting_invitation v join meeting e on e.id = v.meeting_id
    where v.staff_mail_id = m.id and e.student_id = any(${ids})
      and m.state not in ('queued', 'claimed', 'transmitting')`.execute(tx);
}

/** The students under each of the ids that they have had. */
async function underAllIds(tx: Tx, students: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with recursive same as (
      select unnest(${students}::int[]) as id union select s.id from student s join same on s.merged_into = same.id)
    select id from same order by id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Guardians go with the last student of theirs. */
export async function destroyPeople(tx: Tx, due: readonly number[]): Promise<void> {
  const students = await underAllIds(tx, due);
  const theirs = sql`(select sourced_id from student where id = any(${students}::int[]))`;
  const nobodyElses = sql`(
    select g.id from guardian g
    where exists (select from guardianship p where p.guardian_id = g.id and p.student_id = any(${students}::int[]))
      and not exists (
        select from guardianship p join student s on s.id = p.student_id
        where p.guardian_id = g.id and s.family_name <> ${DESTROYED} and not s.id = any(${students}::int[])))`;
  await sql`delete from demographics where sourced_id in ${theirs}`.execute(tx);
  await sql`delete from roster_link where student_sourced_id in ${theirs}`.execute(tx);
  // Where the post has brought a letter back is kept as an address.
  await sql`delete from returned_post where guardian_id in ${nobodyElses}`.execute(tx);
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
