import { sql } from 'kysely';
import type { Db } from './database.ts';

/** The instant as of which the absences in force are right; null where no source has told it. */
export async function absencesRightAsOf(db: Db): Promise<Date | null> {
  const row = await db
    .selectFrom('sync_run')
    .select('source_as_of')
    .where('state', '=', 'applied')
    .where('source_as_of', 'is not', null)
    .orderBy('ordinal', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.source_as_of ?? null;
}

/** The last run that was applied without putting a file aside; null: none yet. */
export async function lastRunWithoutRefusal(db: Db): Promise<string | null> {
  const row = await db
    .selectFrom('sync_run')
    .select('id')
    .where('state', '=', 'applied')
    .where(sql<boolean>`not jsonb_exists(counts, 'refusedFiles')`)
    .orderBy('ordinal', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}
