import { basename } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import type { Config } from '../config/config-types.ts';
import { needsRestart } from '../config/needs-restart.ts';
import type { App } from '../main.ts';
import type { Log } from '../ops/log.ts';
import type { OpenPages } from '../pages/open-pages.ts';
import type { ProblemPlace } from '../store/tables/watching.ts';
import type { ServiceState } from './service-state.ts';

interface ReloadOptions {
  readonly app: App;
  readonly pages: OpenPages | null;
  readonly state: ServiceState;
  readonly log: Log;
  readonly now: () => Date;
  readonly readConfig: () => Config;
  /** The new one is in force: the schedule follows it. */
  readonly changed: () => Promise<void>;
}

export interface Reload {
  /** Reads the configuration anew, soon; asked again meanwhile it does so once more. */
  ask(): void;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

/**
 * Takes up a changed configuration without dropping work: jobs and requests under way end with the one that they began
 * with. One that cannot be used leaves the old one in force, all of it, and is remembered by file and place alone.
 */
export function createReload(options: ReloadOptions): Reload {
  let turn: Promise<void> = Promise.resolve();
  let stopped = false;
  return {
    ask() {
      turn = turn.then(() => (stopped ? undefined : reload(options)));
    },
    async stop() {
      stopped = true;
      await turn;
    },
  };
}

async function reload({ app, pages, state, log, now, readConfig, changed }: ReloadOptions): Promise<void> {
  try {
    const next = readConfig();
    const lasting = needsRestart(app.config, next);
    if (lasting.length > 0) throw new ConfigError(lasting);
    const generation = await app.prepare(next);
    const open =
      pages === null || next.pages === null
        ? null
        : await pages.prepare(generation.pageDeps, next.pages).catch(async (error: unknown) => {
            // It never comes into force, and nothing has been given to it.
            await generation.mail.close();
            throw error;
          });
    app.change(generation);
    open?.();
    state.configReadAt = now();
    state.configProblems = null;
    await changed();
    log.info('configuration-in-force');
  } catch (error) {
    state.configProblems = placesOf(error);
    for (const { file, key, line } of state.configProblems)
      log.error('configuration-refused', {
        file,
        ...(key !== '' && { key: key.replaceAll(/\[(\d+)\]/g, '.$1') }),
        ...(line !== null && { line }),
        error,
      });
  }
}

const MOST_PLACES = 20;

function placesOf(error: unknown): ProblemPlace[] {
  if (error instanceof ConfigError) {
    return error.problems
      .slice(0, MOST_PLACES)
      .map(({ file, line, key }) => ({ file: basename(file), line, key }));
  }
  const isTemplate = error instanceof Error && error.name === 'TemplateError';
  return [{ file: isTemplate ? 'templates' : 'configuration', line: null, key: '' }];
}
