import type { Db } from './database.ts';

export interface PageSession {
  readonly id: string;
  /** In lower case. */
  readonly email: string;
  readonly startedAt: Date;
  readonly expiresAt: Date;
}

export type SignedInBy = 'code' | 'device' | 'oidc';

/** @returns the id of the session */
export async function startPageSession(
  tx: Db,
  session: {
    tokenHash: Buffer;
    email: string;
    by: SignedInBy;
    from: string;
    startedAt: Date;
    expiresAt: Date;
  },
): Promise<string> {
  const row = await tx
    .insertInto('page_session')
    .values({
      token_hash: session.tokenHash,
      email: session.email,
      signed_in_by: session.by,
      came_from: session.from,
      started_at: session.startedAt,
      expires_at: session.expiresAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** @returns null: there is none with this token, or it is over */
export async function readPageSession(db: Db, tokenHash: Buffer, now: Date): Promise<PageSession | null> {
  const row = await db
    .selectFrom('page_session')
    .select(['id', 'email', 'started_at', 'expires_at'])
    .where('token_hash', '=', tokenHash)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { id: row.id, email: row.email, startedAt: row.started_at, expiresAt: row.expires_at };
}

export async function endPageSession(tx: Db, id: string, now: Date): Promise<void> {
  await tx
    .updateTable('page_session')
    .set({ ended_at: now })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .execute();
}

export interface ListedSession extends PageSession {
  readonly by: SignedInBy;
  readonly from: string;
}

/** Sessions that are open now, latest first. */
export async function listPageSessions(db: Db, now: Date): Promise<ListedSession[]> {
  const rows = await db
    .selectFrom('page_session')
    .select(['id', 'email', 'started_at', 'expires_at', 'signed_in_by', 'came_from'])
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('started_at', 'desc')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    startedAt: row.started_at,
    expiresAt: row.expires_at,
    by: row.signed_in_by,
    from: row.came_from,
  }));
}

/** Ends every session of a person. @returns how many */
export async function endPageSessionsOf(tx: Db, email: string, now: Date): Promise<number> {
  const result = await tx
    .updateTable('page_session')
    .set({ ended_at: now })
    .where('email', '=', email)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** From now on the person enters no code on this device. */
export async function rememberDevice(
  tx: Db,
  device: { tokenHash: Buffer; email: string; since: Date; expiresAt: Date },
): Promise<void> {
  await tx
    .insertInto('page_device')
    .values({
      token_hash: device.tokenHash,
      email: device.email,
      since: device.since,
      expires_at: device.expiresAt,
    })
    .onConflict((conflict) =>
      conflict.columns(['token_hash', 'email']).doUpdateSet((eb) => ({
        since: eb.ref('excluded.since'),
        expires_at: eb.ref('excluded.expires_at'),
        revoked_at: null,
      })),
    )
    .execute();
}

export async function isRememberedDevice(
  db: Db,
  device: { tokenHash: Buffer; email: string },
  now: Date,
): Promise<boolean> {
  const row = await db
    .selectFrom('page_device')
    .select('since')
    .where('token_hash', '=', device.tokenHash)
    .where('email', '=', device.email)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row !== undefined;
}

/** Every device of a person asks for a code again. @returns how many */
export async function forgetDevicesOf(tx: Db, email: string, now: Date): Promise<number> {
  const result = await tx
    .updateTable('page_device')
    .set({ revoked_at: now })
    .where('email', '=', email)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** What is long over. */
export async function deleteOldSignIns(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('page_session').where('expires_at', '<', before).execute();
  await db.deleteFrom('page_device').where('expires_at', '<', before).execute();
  await db.deleteFrom('page_sign_in').where('expires_at', '<', before).execute();
  await db.deleteFrom('form_once').where('at', '<', before).execute();
}
