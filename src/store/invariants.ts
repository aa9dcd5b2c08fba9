import { sql } from 'kysely';
import type { Db } from './database.ts';

/** What holds in every database, each with how many rows do not keep to it. */
const INVARIANTS = {
  'a letter that has left has its day and its message': `
    select count(*) from letter where state = 'sent' and channel = 'email'
      and (handed_over_on is null or message_document_id is null)`,
  'a letter goes to somebody': `
    select count(*) from letter l where not exists (select from letter_addressee a where a.letter_id = l.id)`,
  'no two live letters have the same key': `
    select count(*) from (select key from letter_addressee where live group by key having count(*) > 1) twice`,
  'a step belongs to a ladder': `
    select count(*) from ladder_step s where not exists (
      select from ladder l where l.student_id = s.student_id and l.school_year = s.school_year)
      and s.evaluation_id is not null`,
  'a step that is taken has its day': `
    select count(*) from ladder_step where state = 'taken' and taken_on is null`,
  'an absence is corrected, not overwritten': `
    select count(*) from (
      select sourced_id from absence_record where ended_at is null group by sourced_id having count(*) > 1) twice`,
  'a disclosure that was made has its time': `
    select count(*) from disclosure where state = 'made' and at is null`,
  'a document has a key, or a day on which that was destroyed': `
    select count(*) from document d left join document_key k on k.id = d.key_id
    where not d.was_plain and d.own_key is null and d.destroyed_at is null and d.key_id is null`,
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** @returns those that do not hold, with how many rows break them */
export async function brokenInvariants(db: Db): Promise<{ invariant: Invariant; rows: number }[]> {
  const broken: { invariant: Invariant; rows: number }[] = [];
  for (const [invariant, statement] of Object.entries(INVARIANTS) as [Invariant, string][]) {
    const { rows } = await sql.raw<{ count: string }>(statement).execute(db);
    const count = Number(rows[0]?.count ?? 0);
    if (count > 0) broken.push({ invariant, rows: count });
  }
  return broken;
}
