import { sql } from 'kysely';
import type { HealthTrouble, UnkeptCause } from '../domain/health.ts';
import type { App } from '../main.ts';
import type { Log } from '../ops/log.ts';
import { buildTroubleMail } from '../procedure/tell-of-trouble.ts';
import { within } from '../queue/within.ts';
import { ping } from './ping.ts';

export interface OutageWatch {
  /** A look at the service was taken: all that is wrong can be kept, and told, by it. */
  lookTaken(): void;
  /** Tells outside, once, that none was taken for too long. */
  check(): Promise<void>;
}

export interface OutageOptions {
  readonly app: App;
  readonly log: Log;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsedMs: () => number;
  /** It is over, and had been told. */
  readonly over: () => void;
}

/** Longer than a restart of the database takes. */
const OUTAGE_MS = 5 * 60_000;
const ANSWER_MS = 5_000;
const MINUTE_MS = 60_000;

/**
 * Watches that the service can be watched. Looks, what they find and mails stand in the database: where it does not
 * answer, each process says so by itself, to who listens outside and by a mail that is kept nowhere. Nothing else
 * leaves without the database.
 */
export function createOutageWatch({ app, log, elapsedMs, over }: OutageOptions): OutageWatch {
  let lastLook = elapsedMs();
  let heardOutside = false;
  /** Cause and reader. */
  const told = new Set<string>();

  async function tellReaders(trouble: HealthTrouble): Promise<void> {
    const { letterbox, config, mail } = app.generation;
    for (const person of config.staffFor('it-contact', null)) {
      const key = `${trouble.cause} ${person.email}`;
      if (told.has(key)) continue;
      const message = await buildTroubleMail(letterbox, trouble, person, app.moment());
      const outcome = await mail.submit(message, async () => {});
      // Told twice is better than not at all only where it has certainly not left.
      if (outcome.kind === 'sent' || outcome.kind === 'uncertain') told.add(key);
      log.warn('outage-mail', { cause: trouble.cause, outcome: outcome.kind });
    }
  }

  return {
    lookTaken() {
      lastLook = elapsedMs();
      if (!heardOutside && told.size === 0) return;
      heardOutside = false;
      told.clear();
      log.info('outage-over');
      over();
    },
    async check() {
      const silentMs = elapsedMs() - lastLook;
      if (silentMs < OUTAGE_MS) return;
      const cause: UnkeptCause = (await isThere(app)) ? 'looks-fail' : 'database-away';
      log.error('outage', { cause, milliseconds: Math.round(silentMs) });
      const { pingFailUrl } = app.config.environment;
      if (!heardOutside && pingFailUrl !== null) heardOutside = (await ping(pingFailUrl)) === null;
      await tellReaders({ cause, figures: { minutes: Math.floor(silentMs / MINUTE_MS) } });
    },
  };
}

async function isThere(app: App): Promise<boolean> {
  return within(sql`select 1`.execute(app.store.db), ANSWER_MS).catch(() => false);
}
