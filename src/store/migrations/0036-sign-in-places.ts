import { type Kysely, sql } from 'kysely';

/** From where a code was asked for: whoever asks for somebody else's keeps nobody but themselves from the next one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = ['alter table page_sign_in add column came_from text'];
