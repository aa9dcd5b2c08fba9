import { basename } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import type { Config } from '../config/config-types.ts';
import { needsRestart } from '../config/needs-restart.ts';
import { TemplateError } from '../documents/template.ts';
import type { App } from '../main.ts';
import { errorCode } from '../ops/describe-error.ts';
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
  /** Tries once more what could not be tried to its end. Resolves when it has ended. */
  again(): Promise<void>;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

/**
 * Takes up a changed configuration without dropping work: jobs and requests under way end with the one that they began
 * with. One that cannot be used leaves the old one in force, all of it, and is remembered by file and place alone. One
 * that may be good, while something else is away, is no problem of its files: it waits.
 */
export function createReload(options: ReloadOptions): Reload {
  let turn: Promise<void> = Promise.resolve();
  let waits = false;
  let stopped = false;
  const ask = () => {
    turn = turn.then(async () => {
      if (!stopped) waits = (await reload(options)) === 'put-off';
    });
  };
  return {
    ask,
    async again() {
      await turn;
      if (waits) ask();
      await turn;
    },
    async stop() {
      stopped = true;
      await turn;
    },
  };
}

async function reload({
  app,
  pages,
  state,
  log,
  now,
  readConfig,
  changed,
}: ReloadOptions): Promise<'settled' | 'put-off'> {
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
    if (!isOfFiles(error)) {
      log.warn('configuration-put-off', { error });
      return 'put-off';
    }
    state.configProblems = placesOf(error);
    for (const { file, key, line } of state.configProblems)
      log.error('configuration-refused', {
        file,
        ...(key !== '' && { key: key.replaceAll(/\[(\d+)\]/g, '.$1') }),
        ...(line !== null && { line }),
        error,
      });
  }
  return 'settled';
}

/** What is wrong is what stands in files, or that one of them cannot be read. */
function isOfFiles(error: unknown): boolean {
  if (error instanceof ConfigError || error instanceof TemplateError) return true;
  if (typeof error !== 'object' || error === null) return false;
  return 'path' in error || errorCode(error) === 'EISDIR';
}

const MOST_PLACES = 20;

function placesOf(error: unknown): ProblemPlace[] {
  if (error instanceof ConfigError) {
    return error.problems
      .slice(0, MOST_PLACES)
      .map(({ file, line, key }) => ({ file: basename(file), line, key }));
  }
  return [{ file: error instanceof TemplateError ? 'templates' : 'configuration', line: null, key: '' }];
}
