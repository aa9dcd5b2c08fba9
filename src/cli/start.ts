import { Command } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import type { PagesConfig } from '../config/pages-config.ts';
import { openApp } from '../main.ts';
import { errorCode } from '../ops/describe-error.ts';
import { openPages } from '../pages/open-pages.ts';
import { openContext } from './context.ts';
import { modeWords } from './mode-words.ts';
import { knownOption } from './option-values.ts';
import { print } from './output.ts';
import { stopSignal } from './stop-signal.ts';

const GRACE_MS = 25_000;

export function startCommand(): Command {
  return new Command('start')
    .description('The service: the schedule, the workers and the pages, until SIGTERM or Ctrl-C.')
    .option('--roles <list>', 'what this process does, with commas', ROLES.join(','))
    .action(async (options: { roles: string }, command: Command) => {
      const roles = rolesOf(options.roles);
      const context = openContext(command);
      const { log } = context;
      const app = await openApp({ ...context, now: () => new Date() });
      const pagesConfig = roles.has('pages') ? context.config.pages : null;
      // Before anything is worked on: a service that cannot serve its pages ends, and leaves nothing half done.
      const pages =
        pagesConfig === null
          ? null
          : await openPages(app.pageDeps, pagesConfig).catch(async (error: unknown) => {
              await app.close(GRACE_MS);
              throw addressProblem(error, pagesConfig) ?? error;
            });
      if (roles.has('worker')) app.startWorkers();
      const schedule = roles.has('scheduler') ? app.startSchedule() : null;
      for (const line of modeWords(context.config)) print(line);
      if (pages !== null && pagesConfig !== null)
        print(`Pages: ${pagesConfig.origin}, served to the proxy at ${pages.address}`);
      log.info('started', { backend: app.store.kind });
      const signal = await stopSignal();
      log.info('stopping', { code: signal });
      await schedule?.stop();
      await pages?.close();
      await app.close(GRACE_MS);
      log.info('stopped');
    });
}

/** Several processes may share the work; of schedulers, whichever asks first takes a slot. */
const ROLES = ['scheduler', 'worker', 'pages'] as const;

function rolesOf(list: string): ReadonlySet<string> {
  const names = list.split(',').map((name) => name.trim());
  for (const name of names) knownOption('--roles', name, ROLES);
  return new Set(names);
}

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'where another program listens already',
  EADDRNOTAVAIL: 'which is no address of this machine',
  EACCES: 'where this account may not listen',
};

function addressProblem(error: unknown, { listen }: PagesConfig): ConfigError | null {
  const why = LISTEN_PROBLEMS[String(errorCode(error))];
  if (why === undefined) return null;
  const message = `found ${listen.host}:${listen.port}, ${why}; expected an address that is free`;
  return new ConfigError([{ file: 'district.yaml', line: null, column: null, key: 'pages.listen', message }]);
}
