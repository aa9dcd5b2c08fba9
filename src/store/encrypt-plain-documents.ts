import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';
import { inPlain, sealFor } from './documents.ts';

/** Large files are few: so much is held in memory at once, and lost if the process is. */
const MOST_AT_ONCE = 20;

/** How many documents still lie here as they were kept before documents were encrypted. */
export async function countInPlain(db: Db): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select count(*) as count from document where ${inPlain}`.execute(db);
  return Number(rows[0]?.count ?? 0);
}

/**
 * Encrypts documents that were kept before documents were encrypted, a few in each transaction.
 * @param limit `documents`: no more than so many now @returns how many were encrypted
 */
export async function encryptPlainDocuments(
  db: Db,
  limit: { readonly documents: number; readonly progress?: (done: number) => void },
  now: Date,
): Promise<number> {
  let done = 0;
  while (done < limit.documents) {
    const count = await db
      .transaction()
      .execute((tx) => encryptSome(tx, Math.min(MOST_AT_ONCE, limit.documents - done), now));
    if (count === 0) break;
    done += count;
    limit.progress?.(done);
  }
  return done;
}

async function encryptSome(tx: Tx, most: number, now: Date): Promise<number> {
  // Another process that does the same takes others.
  const { rows } = await sql<{ id: string; bytes: Buffer }>`
    select id, bytes from document where ${inPlain} order by id limit ${most} for update skip locked`.execute(
    tx,
  );
  const named = await studentsOf(
    tx,
    rows.map(({ id }) => id),
  );
  for (const { id, bytes } of rows) {
    const students = named.get(id) ?? [];
    const sealed = await sealFor(tx, { id, students, bytes, now });
    await tx
      .updateTable('document')
      .set({
        bytes: sealed.bytes,
        key_id: sealed.keyId,
        own_key: sealed.ownKey,
        student_ids: students,
      })
      .where('id', '=', id)
      .execute();
  }
  return rows.length;
}

/** Whom documents name, by everything that points to them. */
async function studentsOf(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, number[]>> {
  const { rows } = await sql<{ id: string; students: number[] }>`
    with asked as (select unnest(${ids}::uuid[]) as id),
    named as (
      select pdf_document_id as id, student_id from letter where pdf_document_id in (select id from asked)
      union
      select message_document_id, student_id from letter where message_document_id in (select id from asked)
      union
      select packet_document_id, student_id from referral where packet_document_id in (select id from asked)
      union
      select m.message_document_id, r.student_id from staff_mail m join referral r on r.id = m.referral_id
      where m.message_document_id in (select id from asked)
      union
      select m.message_document_id, unnest(m.student_ids) from staff_mail m
      where m.message_document_id in (select id from asked)
      union
      select p.document_id, l.student_id
      from print_run p
      join print_run_letter r on r.print_run_id = p.id
      join letter l on l.id = r.letter_id
      where p.document_id in (select id from asked)
      union
      select n.document_id, l.student_id from delivery_notice n join letter l on l.id = n.letter_id
      where n.document_id in (select id from asked)
      union
      select n.document_id, coalesce(r.student_id, mailed)
      from delivery_notice n
      join staff_mail m on m.id = n.staff_mail_id
      left join referral r on r.id = m.referral_id
      left join unnest(m.student_ids) mailed on true
      where n.document_id in (select id from asked)
      union
      select e.document_id, f.student_id from file_entry e join attendance_file f on f.id = e.file_id
      where e.document_id in (select id from asked)
      union
      select document_id, student_id from medical_documentation where document_id in (select id from asked))
    select id, array_agg(distinct student_id order by student_id) as students from named
    where student_id is not null group by id`.execute(tx);
  return new Map(rows.map(({ id, students }) => [id, students]));
}
