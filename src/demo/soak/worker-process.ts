import { loadConfig } from '../../config/load-config.ts';
import { openApp } from '../../main.ts';
import { createLog } from '../../ops/log.ts';

/** What a process of the soak is started with, as JSON in its first argument. */
export interface SoakHome {
  readonly configDir: string;
  readonly dataDir: string;
  readonly templatesDir: string;
  readonly env: Readonly<Record<string, string>>;
}

export type ToWorker =
  | { readonly kind: 'clock'; readonly now: number }
  /** One whole cycle, on the clock as it was told last. */
  | { readonly kind: 'cycle' }
  | { readonly kind: 'memory' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly sync: string; readonly problems: readonly string[] }
  | { readonly kind: 'failed'; readonly code: string }
  /** Resident memory, in bytes. */
  | { readonly kind: 'memory'; readonly rss: number };

/**
 * The product in a process of its own, as `rollcall start` opens it, but on a clock that it is told. Its jobs are taken
 * over soon after it was killed.
 */
const home = JSON.parse(process.argv[2] ?? '') as SoakHome;
const GRACE_MS = 5_000;
let clock = 0;

const config = loadConfig({
  configDir: home.configDir,
  dataDir: home.dataDir,
  env: home.env,
  shippedTemplatesDir: home.templatesDir,
});
const app = await openApp({
  config,
  log: createLog({ level: 'info' }),
  now: () => new Date(clock),
  queueTiming: { lockMs: 2_000, stalledCheckMs: 500 },
});
const say = (message: FromWorker) => process.send?.(message);

process.on('message', (told: ToWorker) => {
  if (told.kind === 'clock') {
    clock = told.now;
    // Nothing is worked on before it is known what time it is.
    app.startWorkers();
    return;
  }
  if (told.kind === 'memory') {
    say({ kind: 'memory', rss: process.memoryUsage.rss() });
    return;
  }
  app.runCycle().then(
    ({ sync, problems }) => say({ kind: 'done', sync: sync.kind, problems }),
    (error: unknown) =>
      say({
        kind: 'failed',
        code: error instanceof Error && 'code' in error ? String(error.code) : String(error),
      }),
  );
});
process.once('SIGTERM', () => {
  app.close(GRACE_MS).finally(() => process.exit(0));
});
process.on('disconnect', () => process.exit(1));
say({ kind: 'ready' });
