import { sql } from 'kysely';
import type { Tx } from './database.ts';
import { countInPlain } from './encrypt-plain-documents.ts';

/**
 * Makes everything that is kept about a student unreadable, for good: the student's key is destroyed, and the own key of
 * each document that names the student among others, such as a print run or a digest. Hashes and what was decided stay.
 * @param held students of whom nothing may be destroyed: what names one of them, too, stays
 * @returns how many documents nobody can read from now on
 * @throws Error while documents lie here in plain, which no key protects
 */
export async function destroyDocumentKeys(
  tx: Tx,
  studentId: number,
  now: Date,
  held: readonly number[] = [],
): Promise<number> {
  if ((await countInPlain(tx)) > 0)
    throw new Error('documents are still being encrypted; nothing can be destroyed before that is done');
  const { rows } = await sql<{ count: string }>`
    with recursive same as (
      select ${studentId}::int as id union select s.id from student s join same on s.merged_into = same.id),
    keys as (
      update document_key set wrapped = null, destroyed_at = ${now}
      where student_id in (select id from same) and destroyed_at is null
      returning id),
    shared as (
      update document set own_key = null, destroyed_at = ${now}
      where own_key is not null and student_ids && (select array_agg(id) from same)
        and not student_ids && ${held}::int[]
      returning id)
    select (select count(*) from document where key_id in (select id from keys)) + (select count(*) from shared)
      as count`.execute(tx);
  return Number(rows[0]?.count ?? 0);
}
