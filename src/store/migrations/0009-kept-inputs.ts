import { type Kysely, sql } from 'kysely';

/**
 * The calendars that decisions rest on are kept as the policies are, so that each can be worked out again; and a student
 * who leaves while a referral lies with the officer is on record there.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table calendar_version (
    version text primary key,
    content jsonb not null,
    first_seen_at timestamptz not null)`,
  'alter table referral add column left_on date',
];
