import { type Kysely, sql } from 'kysely';

/** What of a correction was found to be too large for a mail: it is not made again for the same facts and limit. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = ['alter table referral add column too_large_correction text'];
