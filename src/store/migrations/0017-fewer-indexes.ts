import { type Kysely, sql } from 'kysely';

/**
 * Two indexes of the ledger served questions that are only asked after a whole read or when a code changes its
 * meaning, and both then read much of the table anyhow; every absence that comes paid for them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const index of ['absence_record_code', 'absence_record_day']) {
    await sql`drop index ${sql.table(index)}`.execute(db);
  }
}
