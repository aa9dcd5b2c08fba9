import { once } from 'node:events';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.ts';
import { openApp } from '../../src/main.ts';
import { silentLog } from '../../src/ops/log.ts';
import { watchStalls } from './stalls.ts';

/** Told by whoever forks this file. */
export interface NightWork {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What one stretch of a cycle took; of what `kind` it is. */
export interface Stretch {
  readonly name: string;
  readonly seconds: number;
  /** The longest time for which the process could do nothing else. */
  readonly stalledMs: number;
  /** Of that time, what the process itself has worked. */
  readonly workedMs: number;
}

export interface NightDone {
  readonly stretches: readonly Stretch[];
  readonly outcome: string;
  readonly evaluations: number;
  readonly peakMb: number;
}

/** The whole program with its workers, on a clock that is set for it: one cycle for each time that it is told. */
const work: NightWork = JSON.parse(process.argv[2] ?? '{}');
const config = loadConfig({
  configDir: join(work.home, 'config'),
  dataDir: work.home,
  env: work.env,
  shippedTemplatesDir: 'templates',
});
let now = new Date();
const stretches: Stretch[] = [];
const stalls = watchStalls();
let current = { name: 'begin', began: performance.now() };
const next = (name: string) => {
  if (name === current.name) return;
  const seconds = (performance.now() - current.began) / 1_000;
  stretches.push({ name: current.name, seconds, ...stalls.take() });
  current = { name, began: performance.now() };
};
const app = await openApp({
  config,
  log: silentLog(),
  now: () => now,
  // The last one that is read; then all of it is applied.
  syncProgress: (collection) => next(collection === 'attendanceCodes' ? 'apply' : `read ${collection}`),
});
app.startWorkers();

process.on('message', async (time: string) => {
  now = new Date(time);
  next('between');
  stretches.length = 0;
  const count = async () => {
    const { rows } = await app.store.pool.query<{ count: string }>('select count(*) from evaluation');
    return Number(rows[0]?.count);
  };
  const before = await count();
  next('sync');
  const report = await app.runCycle((stage) => next(stage === 'act' ? 'evaluate and act' : stage));
  next('end');
  const reason = 'reason' in report.sync ? `: ${report.sync.reason}` : '';
  const done: NightDone = {
    stretches: stretches.filter(({ name }) => name !== 'between'),
    outcome: `${report.sync.kind}${reason}`,
    evaluations: (await count()) - before,
    peakMb: process.resourceUsage().maxRSS / 1_024,
  };
  process.send?.(done);
});
process.send?.('ready');
await once(process, 'disconnect');
stalls.stop();
await app.close(1_000);
