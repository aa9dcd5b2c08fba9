import { sql } from 'kysely';
import type { App } from '../main.ts';
import { errorCode } from '../ops/describe-error.ts';
import type { Readiness } from '../ops/health-server.ts';
import { within } from '../queue/within.ts';
import { isStillServed, pendingMigrations } from '../store/migrate.ts';
import { keepFor } from './keep-for.ts';
import type { ServiceState } from './service-state.ts';

const KEPT_MS = 2_000;
const PATIENCE_MS = 3_000;

/**
 * Whether this process can do its work now. A newer configuration that is kept out leaves it ready: the one before is
 * in force.
 */
export function readinessOf(app: App, state: ServiceState, hasPages: boolean): () => Promise<Readiness> {
  return keepFor(KEPT_MS, async () => {
    const [database, queue, migrations] = await Promise.all([
      answers(() => sql`select 1`.execute(app.store.db)),
      answers(() => app.queue.counts()),
      answers(async () => {
        if (!(await isStillServed(app.store.db)))
          throw Object.assign(new Error(), { code: 'database-too-new' });
        if ((await pendingMigrations(app.store.db)).length > 0)
          throw Object.assign(new Error(), { code: 'pending' });
      }),
    ]);
    return {
      database,
      queue,
      migrations,
      configuration: { ok: true, state: state.configProblems === null ? 'ok' : 'the-one-before' },
      ...(state.roles.has('pages') && { pages: { ok: true, state: hasPages ? 'ok' : 'none-configured' } }),
      process: { ok: !state.stopping, state: state.stopping ? 'stopping' : 'ok' },
    };
  });
}

/** One that does not answer in time is not ready, too. */
async function answers(ask: () => Promise<unknown>): Promise<Readiness[string]> {
  try {
    const inTime = await within(ask(), PATIENCE_MS);
    return inTime ? { ok: true, state: 'ok' } : { ok: false, state: 'no-answer' };
  } catch (error) {
    return { ok: false, state: String(errorCode(error) ?? 'error') };
  }
}
