import type { Db, Tx } from './database.ts';
import type { StoredSession } from './sync/run-to-apply.ts';

export async function listSessions(db: Db, schoolYear: string): Promise<StoredSession[]> {
  const rows = await db
    .selectFrom('term')
    .select(['sourced_id', 'title', 'type', 'begins', 'ends'])
    .where('school_year', '=', schoolYear)
    .orderBy('begins')
    .orderBy('sourced_id')
    .execute();
  return rows.map(({ sourced_id: sourcedId, ...row }) => ({ sourcedId, ...row }));
}

/**
 * Puts the sessions that were read in the place of those known before.
 * @param sessions not set: none were read, and those known stay.
 */
export async function saveSessions(
  tx: Tx,
  { id, sessions }: { readonly id: string; readonly sessions?: readonly StoredSession[] },
): Promise<void> {
  if (sessions === undefined) return;
  await tx.deleteFrom('term').where('school_year', '=', id).execute();
  if (sessions.length === 0) return;
  await tx
    .insertInto('term')
    .values(
      sessions.map(({ sourcedId, ...session }) => ({ school_year: id, sourced_id: sourcedId, ...session })),
    )
    .execute();
}
