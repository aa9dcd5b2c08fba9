import { type Kysely, sql } from 'kysely';

/** A guardian whom a whole read no longer had is asked about every night, like students and absences. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index guardian_missing on guardian (missing_since) where missing_since is not null`.execute(
    db,
  );
}
