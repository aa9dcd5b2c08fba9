import type { Db } from './database.ts';

/** A sign-in that waits for its code. */
export interface PageSignIn {
  /** null: of an address that nobody here has. No code fits. */
  readonly email: string | null;
  readonly path: string;
  readonly codeHash: Buffer | null;
  readonly failures: number;
}

export type StartedBy = 'link' | 'address';

export async function startPageSignIn(
  tx: Db,
  signIn: {
    tokenHash: Buffer;
    email: string | null;
    path: string;
    startedBy: StartedBy;
    /** Network address. */
    from: string;
    codeHash: Buffer | null;
    madeAt: Date;
    expiresAt: Date;
  },
): Promise<void> {
  await tx
    .insertInto('page_sign_in')
    .values({
      token_hash: signIn.tokenHash,
      email: signIn.email,
      path: signIn.path,
      started_by: signIn.startedBy,
      came_from: signIn.from,
      code_hash: signIn.codeHash,
      made_at: signIn.madeAt,
      expires_at: signIn.expiresAt,
    })
    .execute();
}

/** Locks it: of two codes that come at once one is looked at after the other. @returns null: there is none, or it is over */
export async function takePageSignIn(tx: Db, tokenHash: Buffer, now: Date): Promise<PageSignIn | null> {
  const row = await tx
    .selectFrom('page_sign_in')
    .select(['email', 'path', 'code_hash', 'failures'])
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return null;
  return { email: row.email, path: row.path, codeHash: row.code_hash, failures: row.failures };
}

export async function countFailure(tx: Db, tokenHash: Buffer): Promise<void> {
  await tx
    .updateTable('page_sign_in')
    .set((eb) => ({ failures: eb('failures', '+', 1) }))
    .where('token_hash', '=', tokenHash)
    .execute();
}

export async function usePageSignIn(tx: Db, tokenHash: Buffer, now: Date): Promise<void> {
  await tx.updateTable('page_sign_in').set({ used_at: now }).where('token_hash', '=', tokenHash).execute();
}

/** Codes that were sent and not entered yet work no more. */
export async function endPageSignInsOf(tx: Db, email: string, now: Date): Promise<void> {
  await tx
    .updateTable('page_sign_in')
    .set({ used_at: now })
    .where('email', '=', email)
    .where('used_at', 'is', null)
    .execute();
}

/**
 * How many codes a person was sent since then, and how often a wrong one was entered.
 * @param of `from`: only those that were asked for from this network address
 */
export async function recentCodes(
  db: Db,
  email: string,
  of: { readonly startedBy: StartedBy; readonly since: Date; readonly from?: string },
): Promise<{ sent: number; failures: number }> {
  const row = await db
    .selectFrom('page_sign_in')
    .select(({ fn }) => [
      fn.countAll<string>().filterWhere('code_hash', 'is not', null).as('sent'),
      fn.coalesce(fn.sum<string>('failures'), fn.sum<string>('failures')).as('failures'),
    ])
    .where('email', '=', email)
    .where('started_by', '=', of.startedBy)
    .where('made_at', '>', of.since)
    .$if(of.from !== undefined, (query) => query.where('came_from', '=', of.from ?? ''))
    .executeTakeFirstOrThrow();
  return { sent: Number(row.sent), failures: Number(row.failures ?? 0) };
}
