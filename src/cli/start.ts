import { join } from 'node:path';
import { Command } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { openApp } from '../main.ts';
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
      // Before anything is counted or sent: where the address is taken, nothing has begun.
      const pages =
        pagesConfig === null
          ? null
          : await openPages(app.pageDeps, pagesConfig).catch(async (error: unknown) => {
              await app.close(GRACE_MS);
              throw addressError(error, context.config.configDir, pagesConfig.listen);
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

function addressError(
  error: unknown,
  configDir: string,
  { host, port }: { host: string; port: number },
): unknown {
  const { code } = error as { code?: unknown };
  const found = typeof code === 'string' ? FOUND[code] : undefined;
  if (found === undefined) return error;
  const message = `found ${host}:${port}, ${found}; expected an address of this machine that is free`;
  const file = join(configDir, 'district.yaml');
  return new ConfigError([{ file, line: null, column: null, key: 'pages.listen', message }]);
}

const FOUND: Readonly<Record<string, string>> = {
  EADDRINUSE: 'which another program listens on',
  EADDRNOTAVAIL: 'which this machine does not have',
  EACCES: 'which this account may not open',
};
