import { createHash, randomBytes } from 'node:crypto';
import type { Config } from '../config/config-types.ts';
import type { Db } from '../store/database.ts';
import { savePageLink } from '../store/page-links.ts';
import type { Moment } from './procedure.ts';

const DAY_MS = 86_400_000;

/**
 * A link for one person to a task or a page: it starts a sign-in of that person and shows that page afterwards. The
 * token is in the mail only; its hash is kept.
 * @param target.task reference of a task; `page` is a path that names nobody
 * @returns null where no pages are served
 */
export async function linkFor(
  tx: Db,
  { pages }: Pick<Config, 'pages'>,
  person: { readonly email: string },
  target: { readonly task: string } | { readonly page: string },
  { now }: Moment,
): Promise<string | null> {
  if (pages === null) return null;
  const token = newToken();
  await savePageLink(tx, {
    tokenHash: hashOf(token),
    email: person.email.toLowerCase(),
    path: 'task' in target ? `/tasks/${target.task}` : target.page,
    madeAt: now,
    expiresAt: new Date(now.getTime() + pages.linkDays * DAY_MS),
  });
  return `${pages.origin}/enter/${token}`;
}

/** 256 bits that nobody can guess. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** As what a token is kept. It has as many bits as the hash: nothing slower would keep it better. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
