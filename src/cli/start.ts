import { Command } from 'commander';
import { isListenAddress, listenAddress } from '../config/listen-address.ts';
import { startWatchdog, type Watchdog } from '../ops/watchdog.ts';
import { ROLES, runService, type ServiceRole } from '../service/run-service.ts';
import { openContext, readContextConfig } from './context.ts';
import { modeWords } from './mode-words.ts';
import { knownOption } from './option-values.ts';
import { print, UsageError } from './output.ts';
import { serviceSignals } from './stop-signal.ts';

interface StartOptions {
  readonly roles: string;
  readonly health?: string;
}

export function startCommand(): Command {
  return new Command('start')
    .description('The service: the schedule, the workers and the pages, until SIGTERM or Ctrl-C.')
    .option('--roles <list>', 'what this process does, with commas', ROLES.join(','))
    .option(
      '--health <address>',
      'where this process serves its health, instead of `health.listen`; or `off`',
    )
    .addHelpText(
      'after',
      `
SIGHUP reads the configuration anew; what cannot be used leaves the one before in force, and \`status\` says so.
SIGTERM lets running work end, for \`service.stopSeconds\`; a second one, a second later or more, ends at once.
Ends with 0 in order, 1 when something had to be cut off, 78 for a wrong configuration or a database of a later version.`,
    )
    .action(async (options: StartOptions, command: Command) => {
      const signals = serviceSignals();
      const roles = rolesOf(options.roles);
      const context = openContext(command);
      const withHealth = healthOption(options.health);
      let watchdog: Watchdog | null = null;
      const end = await runService({
        config: withHealth(context.config),
        readConfig: () => withHealth(readContextConfig(command)),
        roles,
        log: context.log,
        now: () => new Date(),
        signals,
        ready({ app, pagesAt, healthAt }) {
          for (const line of modeWords(app.config)) print(line);
          if (pagesAt !== null)
            print(`Pages: ${app.config.pages?.origin}, served to the proxy at ${pagesAt}`);
          if (healthAt !== null) print(`Health: ${healthAt}/live, /ready, /metrics`);
          watchdog = startWatchdog();
        },
      }).finally(() => watchdog?.stop());
      if (end.hangs) process.exit(end.code);
      process.exitCode = end.code;
    });
}

/** Several processes may share the work; of schedulers one leads. */
function rolesOf(list: string): ReadonlySet<ServiceRole> {
  const names = list.split(',').map((name) => name.trim());
  for (const name of names) knownOption('--roles', name, ROLES);
  return new Set(names as ServiceRole[]);
}

/** Several processes of one machine share a configuration, and not an address. */
function healthOption(text: string | undefined) {
  if (text !== undefined && text !== 'off' && !isListenAddress(text))
    throw new UsageError(
      `--health takes an address and a port such as 127.0.0.1:8082, or off; found ${JSON.stringify(text)}.`,
    );
  const listen = text === undefined ? undefined : text === 'off' ? null : listenAddress(text);
  return <C extends { readonly health: { readonly listen: unknown } }>(config: C): C =>
    listen === undefined ? config : { ...config, health: { ...config.health, listen } };
}
