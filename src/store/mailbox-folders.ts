import { sql } from 'kysely';
import type { Db } from './database.ts';

export interface FolderPosition {
  /** Every mail up to this one was handled. */
  readonly lastUid: number;
  /** Nothing was read before, or the server counts anew. */
  readonly fresh: boolean;
}

/** Where reading goes on. */
export async function folderPosition(db: Db, folder: string, uidValidity: string): Promise<FolderPosition> {
  const row = await db
    .selectFrom('mailbox_folder')
    .select(['uid_validity', 'last_uid'])
    .where('folder', '=', folder)
    .executeTakeFirst();
  if (row === undefined || row.uid_validity !== uidValidity) return { lastUid: 0, fresh: true };
  return { lastUid: Number(row.last_uid), fresh: false };
}

/** In the transaction that handles the mail: it is not looked at again. */
export async function passMessage(
  tx: Db,
  at: { folder: string; uidValidity: string; uid: number },
): Promise<void> {
  await sql`
    insert into mailbox_folder (folder, uid_validity, last_uid) values (${at.folder}, ${at.uidValidity}, ${at.uid})
    on conflict (folder) do update set
      last_uid = case when mailbox_folder.uid_validity = excluded.uid_validity
        then greatest(mailbox_folder.last_uid, excluded.last_uid) else excluded.last_uid end,
      uid_validity = excluded.uid_validity, stuck_uid = null, stuck_attempts = 0`.execute(tx);
}

/** A mail could not be handled. @returns how often that was tried by now */
export async function countStuck(
  db: Db,
  at: { folder: string; uidValidity: string; uid: number },
): Promise<number> {
  const { rows } = await sql<{ attempts: number }>`
    insert into mailbox_folder (folder, uid_validity, last_uid, stuck_uid, stuck_attempts)
    values (${at.folder}, ${at.uidValidity}, ${at.uid - 1}, ${at.uid}, 1)
    on conflict (folder) do update set
      stuck_attempts = case when mailbox_folder.stuck_uid = excluded.stuck_uid
        then mailbox_folder.stuck_attempts + 1 else 1 end,
      stuck_uid = excluded.stuck_uid
    returning stuck_attempts as attempts`.execute(db);
  return rows[0]?.attempts ?? 1;
}

export async function markRead(
  db: Db,
  at: { folder: string; uidValidity: string; now: Date },
): Promise<void> {
  await sql`
    insert into mailbox_folder (folder, uid_validity, last_uid, read_at)
    values (${at.folder}, ${at.uidValidity}, 0, ${at.now})
    on conflict (folder) do update set
      last_uid = case when mailbox_folder.uid_validity = excluded.uid_validity then mailbox_folder.last_uid else 0 end,
      uid_validity = excluded.uid_validity, read_at = excluded.read_at, failing_since = null,
      failure = null`.execute(db);
}

/** @returns since when the mailbox cannot be read */
export async function markUnread(db: Db, at: { folder: string; failure: string; now: Date }): Promise<Date> {
  const { rows } = await sql<{ since: Date }>`
    insert into mailbox_folder (folder, uid_validity, last_uid, failing_since, failure)
    values (${at.folder}, 0, 0, ${at.now}, ${at.failure})
    on conflict (folder) do update set
      failing_since = coalesce(mailbox_folder.failing_since, excluded.failing_since), failure = excluded.failure
    returning failing_since as since`.execute(db);
  return rows[0]?.since ?? at.now;
}

export interface FolderState {
  readonly readAt: Date | null;
  readonly failingSince: Date | null;
  /** As a code word. */
  readonly failure: string | null;
}

export async function folderState(db: Db, folder: string): Promise<FolderState | null> {
  const row = await db
    .selectFrom('mailbox_folder')
    .select(['read_at', 'failing_since', 'failure'])
    .where('folder', '=', folder)
    .executeTakeFirst();
  return row === undefined
    ? null
    : { readAt: row.read_at, failingSince: row.failing_since, failure: row.failure };
}
