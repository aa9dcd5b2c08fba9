import type { Config } from '../config/config-types.ts';
import { dateInZone } from '../domain/school-date.ts';
import { hashOf } from '../procedure/links.ts';
import type { Person } from '../procedure/people.ts';
import { personNow } from '../procedure/staff-directory.ts';
import type { Db } from '../store/database.ts';
import { readPageSession } from '../store/page-sessions.ts';

/** A person who has signed in. */
export interface OpenSession {
  readonly id: string;
  readonly person: Person;
}

export interface SessionKeeper {
  /** @returns null: there is no such session, it is over, or its person has left the configuration */
  find(token: string | undefined, now: Date): Promise<OpenSession | null>;
  /** It has ended in this process: nothing remembered of it holds. */
  forget(token: string): void;
}

/** How long a session that another process ends may go on. */
const REMEMBERED_MS = 2_000;
const MOST = 5_000;

/** Asks the database for a session at most every two seconds: a page is one of a dozen within a minute. */
export function createSessionKeeper(db: Db, config: Config): SessionKeeper {
  const known = new Map<string, { session: OpenSession | null; expiresAt: number; until: number }>();
  return {
    async find(token, now) {
      if (token === undefined || !TOKEN.test(token)) return null;
      const time = now.getTime();
      const before = known.get(token);
      if (before !== undefined && before.until > time && time >= before.until - REMEMBERED_MS)
        return before.expiresAt > time ? before.session : null;
      const stored = await readPageSession(db, hashOf(token), now);
      const moment = { now, today: dateInZone(now, config.district.timeZone) };
      const person = stored === null ? null : await personNow(db, config, stored.email, moment);
      const session = stored === null || person === null ? null : { id: stored.id, person };
      if (known.size >= MOST) known.clear();
      if (session === null) known.delete(token);
      else {
        const expiresAt = stored?.expiresAt.getTime() ?? 0;
        known.set(token, { session, expiresAt, until: time + REMEMBERED_MS });
      }
      return session;
    },
    forget: (token) => known.delete(token),
  };
}

/** As `newToken` makes them: whatever else comes in a cookie is not looked up. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
