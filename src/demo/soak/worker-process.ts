import { serviceSignals } from '../../cli/stop-signal.ts';
import type { Config } from '../../config/config-types.ts';
import { loadConfig } from '../../config/load-config.ts';
import { createLog } from '../../ops/log.ts';
import { type RunningService, runService, type ServiceRole } from '../../service/run-service.ts';

/** Where the installation is. */
export interface SoakHome {
  readonly configDir: string;
  readonly dataDir: string;
  readonly templatesDir: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a process of the soak is started with, as JSON in its first argument. */
export interface WorkerStart {
  readonly home: SoakHome;
  readonly roles: readonly ServiceRole[];
  /** Milliseconds since 1970. */
  readonly clock: number;
}

export type ToWorker =
  | { readonly kind: 'clock'; readonly now: number }
  /** A minute has gone by: what is due is done. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'state' }
  | { readonly kind: 'memory' };

export type FromWorker =
  | { readonly kind: 'ready'; readonly pagesAt: string | null; readonly healthAt: string | null }
  | { readonly kind: 'ticked'; readonly leads: boolean }
  /** `keep`: of the configuration in force. */
  | { readonly kind: 'state'; readonly refused: boolean; readonly keep: number }
  /** In bytes: resident, and what is in use after everything was collected. */
  | { readonly kind: 'memory'; readonly rss: number; readonly heap: number };

/**
 * The service in a process of its own, as `rollcall start` runs it, but on a clock that it is told. The jobs of one that
 * was killed are taken over soon, and what waits minutes between two attempts waits less than a second.
 */
const { home, roles, ...start } = JSON.parse(process.argv[2] ?? '') as WorkerStart;
const TIMING = { lockMs: 2_000, stalledCheckMs: 500, waitShare: 1 / 5_000 };
const ANY_PORT = { host: '127.0.0.1', port: 0 };

let clock = start.clock;
let service: RunningService | null = null;
const say = (message: FromWorker) => process.send?.(message);

process.on('message', (told: ToWorker) => {
  if (told.kind === 'clock') clock = told.now;
  else if (service !== null) void answer(told.kind, service);
});
process.on('disconnect', () => process.exit(1));
const signals = serviceSignals();

const end = await runService({
  config: readConfig(),
  readConfig,
  roles: new Set(roles),
  log: createLog({ level: 'info' }),
  now: () => new Date(clock),
  queueTiming: TIMING,
  ready(running) {
    service = running;
    say({ kind: 'ready', pagesAt: running.pagesAt, healthAt: running.healthAt });
  },
  signals,
});
process.exit(end.code);

async function answer(asked: Exclude<ToWorker['kind'], 'clock'>, { app, state, tick }: RunningService) {
  switch (asked) {
    case 'tick':
      await tick();
      return say({ kind: 'ticked', leads: state.leads() });
    case 'state':
      return say({ kind: 'state', refused: state.configProblems !== null, keep: app.config.backup.keep });
    case 'memory': {
      globalThis.gc?.();
      const { rss, heapUsed, external } = process.memoryUsage();
      return say({ kind: 'memory', rss, heap: heapUsed + external });
    }
  }
}

/** Several processes of one machine share a configuration, and not an address. */
function readConfig(): Config {
  const { configDir, dataDir, env, templatesDir } = home;
  const config = loadConfig({ configDir, dataDir, env, shippedTemplatesDir: templatesDir });
  const { pages, health } = config;
  return {
    ...config,
    pages: pages === null ? null : { ...pages, listen: ANY_PORT },
    health: { ...health, listen: roles.includes('pages') ? ANY_PORT : null },
  };
}
