import type { Db } from './database.ts';

export interface PageLink {
  readonly email: string;
  readonly path: string;
  readonly state: 'live' | 'expired' | 'revoked';
}

/** @param link.tokenHash the token itself is in the mail only */
export async function savePageLink(
  tx: Db,
  link: { tokenHash: Buffer; email: string; path: string; madeAt: Date; expiresAt: Date },
): Promise<void> {
  await tx
    .insertInto('page_link')
    .values({
      token_hash: link.tokenHash,
      email: link.email,
      path: link.path,
      made_at: link.madeAt,
      expires_at: link.expiresAt,
    })
    .execute();
}

export async function readPageLink(db: Db, tokenHash: Buffer, now: Date): Promise<PageLink | null> {
  const row = await db
    .selectFrom('page_link')
    .select(['email', 'path', 'expires_at', 'revoked_at'])
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst();
  if (row === undefined) return null;
  const state = row.revoked_at !== null ? 'revoked' : row.expires_at <= now ? 'expired' : 'live';
  return { email: row.email, path: row.path, state };
}

/** @returns how many links work no more */
export async function revokePageLinks(tx: Db, email: string, now: Date): Promise<number> {
  const result = await tx
    .updateTable('page_link')
    .set({ revoked_at: now })
    .where('email', '=', email)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** What nobody can use any more tells nothing. Links of the last weeks stay, so that an old one can say what it is. */
export async function deleteOldPageLinks(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('page_link').where('expires_at', '<', before).execute();
}
