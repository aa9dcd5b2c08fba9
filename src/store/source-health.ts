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
