import { type Kysely, sql } from 'kysely';

/**
 * Who would have access by a read of staff that was not taken, and which of such sets a person has accepted: nothing else
 * is taken by that. What was accepted before is read, and asked about, once more.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  'alter table sis_staff_read add column offered jsonb',
  'alter table sis_staff_read add column offered_set text',
  'alter table sis_staff_read add column accepted_set text',
];
