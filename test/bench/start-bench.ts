import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { silentLog } from '../../src/ops/log.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/start.ts';
import { freePort } from '../support/free-port.ts';
import { redisAvailable, startRedis } from '../support/redis.ts';
import { writeBenchHome } from './bench-home.ts';
import { cpuMsOf, residentMbOf } from './cpu-used.ts';
import { type Figure, type Findings, figureWords } from './figures.ts';

/** Seconds from the start to the answer that it is ready, on its own PostgreSQL and on servers that run. */
const MOST = { embedded: 3, external: 1.5 };
/** MB of the process itself; PostgreSQL is counted apart. */
const MOST_IDLE = 200;
const WARM_STARTS = 5;

/**
 * How long `rollcall start` takes until it says that it is ready, and what it holds once it has nothing to do. Each
 * start is a process of its own; of several on the same data the one in the middle counts.
 * @param idleSeconds after which the memory is looked at
 */
export async function benchStart(idleSeconds: number): Promise<Findings> {
  const home = await mkdtemp('/tmp/rollcall-bench-');
  await chmod(home, 0o711);
  const figures: Figure[] = [];
  const keep = (figure: Figure) => {
    print(figureWords(figure));
    figures.push(figure);
  };
  const seconds = (what: string, started: readonly Started[], most?: number) => {
    const sorted = [...started].sort((a, b) => a.seconds - b.seconds);
    const median = sorted[Math.floor(sorted.length / 2)];
    if (median === undefined) return;
    const target = most === undefined ? {} : { target: { atMost: most } };
    keep({ what, value: median.seconds, unit: 's', chart: 'Seconds from the start to ready', ...target });
    keep({ what: `${what}: processor time of the process`, value: median.cpuMs / 1_000, unit: 's' });
    keep({
      what: `${what}: the slowest of ${started.length}`,
      value: Math.max(...started.map((one) => one.seconds)),
      unit: 's',
    });
  };
  try {
    await writeBenchHome(home, { schools: 10 });
    print('\nFrom the start to ready');
    const program = programOf();
    const start = (env: Environment, idle = 0, how = program) => startOnce(how, home, env, idle);
    seconds('compiled, first start, makes its PostgreSQL', [await start({})]);
    seconds('compiled, embedded PostgreSQL', await times(WARM_STARTS, () => start({})), MOST.embedded);
    seconds('tsx, embedded PostgreSQL', await times(2, () => start({}, 0, TSX)));
    const idle = await start({}, idleSeconds);
    keep({
      what: `memory after ${idleSeconds} idle s, embedded`,
      value: idle.residentMb,
      unit: 'MB',
      target: { atMost: MOST_IDLE },
    });
    const postgres = await startEmbeddedPostgres({
      dataDir: join(home, 'server'),
      log: silentLog(),
      settings: {},
    });
    const redis = redisAvailable() ? await startRedis() : null;
    try {
      const env = { DATABASE_URL: postgres.url, ...(redis !== null && { REDIS_URL: redis.url }) };
      const servers = redis === null ? 'PostgreSQL runs' : 'PostgreSQL and Redis run';
      seconds(`compiled, ${servers}, empty database`, [await start(env)]);
      seconds(`compiled, ${servers}`, await times(WARM_STARTS, () => start(env)), MOST.external);
      const quiet = await start(env, idleSeconds);
      keep({
        what: `memory after ${idleSeconds} idle s, ${servers}`,
        value: quiet.residentMb,
        unit: 'MB',
        target: { atMost: MOST_IDLE },
      });
    } finally {
      await redis?.stop();
      await postgres.release();
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
  return {
    bench: 'start',
    setting:
      'The whole service (schedule, workers, pages, health) of a district of ten schools, from the call to its line that it is ready',
    figures,
    notes: [`Of ${WARM_STARTS} warm starts the median counts; the slowest is told beside it.`],
  };
}

type Environment = Readonly<Record<string, string>>;

interface Started {
  readonly seconds: number;
  readonly cpuMs: number;
  readonly residentMb: number;
}

const TSX = ['--import', 'tsx', '--max-semi-space-size=4', 'src/cli/rollcall.ts'];

/** The build, as it is installed; made anew where it is older than the sources, or not there. */
function programOf(): readonly string[] {
  const file = 'dist/src/cli/rollcall.js';
  if (!existsSync(file) || newestOf(['src', 'jobs']) > statSync(file).mtimeMs) {
    print('The build comes first.');
    execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  }
  return ['--max-semi-space-size=4', file];
}

function newestOf(folders: readonly string[]): number {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  return Math.max(...files);
}

/** One service, from its start to its end in order. */
async function startOnce(
  program: readonly string[],
  home: string,
  env: Environment,
  idleSeconds: number,
): Promise<Started> {
  const health = `127.0.0.1:${await freePort()}`;
  const args = [...program, 'start', '--config', join(home, 'config'), '--data', home, '--health', health];
  const began = performance.now();
  const service = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exit = once(service, 'exit');
  const pid = service.pid ?? 0;
  try {
    const said = await ready(service.stderr);
    if (said !== null) throw new Error(`The service did not start:\n${said}`);
    const seconds = (performance.now() - began) / 1_000;
    const cpuMs = cpuMsOf(pid) ?? Number.NaN;
    const response = await fetch(`http://${health}/live`);
    if (!response.ok) throw new Error(`/live answers ${response.status}`);
    if (idleSeconds > 0) await pause(idleSeconds * 1_000);
    return { seconds, cpuMs, residentMb: residentMbOf(pid) ?? Number.NaN };
  } finally {
    service.kill('SIGTERM');
    await exit;
  }
}

/** @returns null once it is ready; what it said instead when it has ended */
async function ready(log: NodeJS.ReadableStream): Promise<string | null> {
  const lines = createInterface({ input: log });
  const said: string[] = [];
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      said.push(line);
      if (line.includes('"event":"ready"')) resolve(null);
    });
    lines.on('close', () => resolve(said.slice(-10).join('\n')));
  });
}

async function times<T>(count: number, act: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let time = 0; time < count; time += 1) results.push(await act());
  return results;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
