import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, realpath, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { type Binaries, program } from './binaries.ts';
import { ROLE, type ServerSettings, writeSettings } from './cluster.ts';
import { EmbeddedPostgresError, hasCode, WAYS_OUT } from './errors.ts';
import type { Home } from './home.ts';
import { commandLine, isAlive } from './processes.ts';
import { runProgram } from './run-program.ts';

/** A cluster that can be started, with what is needed to come in. */
export interface Cluster {
  readonly home: Home;
  readonly binaries: Binaries;
  readonly password: string;
  readonly settings: ServerSettings;
}

/** A connection that stays open as long as its command uses the server. */
export interface Keeper {
  readonly client: pg.Client;
  readonly port: number;
}

/** Keepers are counted by this name: the last one stops the server. */
const KEEPER_NAME = 'rollcall keeper';

const START_ATTEMPTS = 6;
const FIRST_ORDINARY_PORT = 1024;
const POLL_MS = 100;
/** Recovery after a crash can take long; a server that is stopping finishes sooner. */
const PATIENCE_MS = 120_000;

/**
 * Connects to the cluster's running server, or starts it. To be called under the lock.
 * @param knownPort where the caller's connections expect it; 0: they have none yet
 * @throws EmbeddedPostgresError when the server does not come up
 */
export async function connectOrStart(
  cluster: Cluster,
  knownPort = 0,
): Promise<{ keeper: Keeper; started: boolean }> {
  let failure = '';
  // A server that was killed comes back at its address, which other commands may still hold. One that was stopped has
  // taken its file away.
  const last = (await readServerFile(cluster.home))?.port ?? knownPort;
  let port = last < FIRST_ORDINARY_PORT ? 0 : last;
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    const running = await connectToRunning(cluster);
    if (running) return { keeper: running, started: attempt > 0 };
    // A port taken meanwhile, or processes of a killed server that have not all ended, are gone in a moment.
    if (attempt > 1) await wait(POLL_MS * 2 ** attempt);
    failure = await start(cluster, await freePort(port).catch(() => freePort(0)));
    if (attempt > 2) port = 0;
  }
  const running = await connectToRunning(cluster);
  if (running) return { keeper: running, started: true };
  throw new EmbeddedPostgresError(
    `The embedded PostgreSQL in ${cluster.home.cluster} does not start: ${failure}. Its own words are in the folder log/ there. ${WAYS_OUT}`,
  );
}

/** A connection to the running server, or `undefined` when none runs; what a crash left is removed. */
export async function connectToRunning(cluster: Cluster): Promise<Keeper | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const server = await readServerFile(cluster.home);
    if (server === undefined) return undefined;
    const client = await connect(cluster, server.port);
    if (client) return { client, port: server.port };
    if (!(await isOurServer(server.pid, cluster.home))) {
      await rm(serverFile(cluster.home), { force: true });
      return undefined;
    }
    await wait(POLL_MS);
  }
  throw new EmbeddedPostgresError(
    `The embedded PostgreSQL in ${cluster.home.cluster} runs but answers nobody. End it with \`pg_ctl stop -m immediate\` and try again. ${WAYS_OUT}`,
  );
}

/** How many commands use the server besides the one with this keeper. */
export async function countOtherKeepers(keeper: Keeper): Promise<number> {
  const { rows } = await keeper.client.query<{ others: number }>(
    'select count(*)::int as others from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
    [KEEPER_NAME],
  );
  return rows[0]?.others ?? 0;
}

export async function answers(keeper: Keeper): Promise<boolean> {
  try {
    await keeper.client.query('select 1');
    return true;
  } catch {
    return false;
  }
}

/** Also when the server is gone already. */
export async function disconnect(keeper: Keeper): Promise<void> {
  await keeper.client.end().catch(() => {});
}

/** Stops the server and waits until it is gone. Its last checkpoint is written, so the next start is quick. */
export async function stop(cluster: Cluster): Promise<void> {
  const result = await pgCtl(cluster, ['stop', '-m', 'fast', '-w', '-t', '120']);
  if (result !== undefined && (await readServerFile(cluster.home)) !== undefined) {
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL in ${cluster.home.cluster} does not stop: ${result}`,
    );
  }
}

/** @returns why it did not start, or an empty text */
async function start(cluster: Cluster, port: number): Promise<string> {
  const { home, settings } = cluster;
  await writeSettings(home, settings);
  const startLog = path.join('log', 'start.log');
  await rm(path.join(home.cluster, startLog), { force: true });
  const options = `-p ${port} -c cluster_name=${mark(home)}`;
  const failure = await pgCtl(cluster, ['start', '-w', '-t', '120', '-s', '-l', startLog, '-o', options]);
  if (failure === undefined) return '';
  const said = await readFile(path.join(home.cluster, startLog), 'utf8').catch(() => '');
  return said.trim().split('\n').slice(-3).join(' ') || failure;
}

/** @returns why it failed, or `undefined` */
async function pgCtl({ home, binaries }: Cluster, args: string[]): Promise<string | undefined> {
  const result = await runProgram(program(binaries, 'pg_ctl'), args, {
    account: home.account,
    cwd: home.cluster,
    env: { PGDATA: home.cluster },
  });
  if (result.kind === 'not-started') return `pg_ctl cannot be run (${result.code})`;
  return result.code === 0 ? undefined : `pg_ctl ended with ${result.code}: ${result.errors.trim()}`;
}

/** On the server's command line, so that a process with a recycled number is not taken for it. */
function mark(home: Home): string {
  return `rollcall_${createHash('sha256').update(home.cluster).digest('hex').slice(0, 12)}`;
}

async function isOurServer(pid: number, home: Home): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const command = await commandLine(pid);
  // Where the system does not tell, PostgreSQL itself decides about the number.
  return command === undefined
    ? process.platform === 'win32'
    : command.includes(mark(home)) || command.includes(home.cluster);
}

function serverFile(home: Home): string {
  return path.join(home.cluster, 'postmaster.pid');
}

/** postmaster.pid: line 1 is the process, line 4 the port (src/include/utils/pidfile.h). */
async function readServerFile(home: Home): Promise<{ pid: number; port: number } | undefined> {
  try {
    const lines = (await readFile(serverFile(home), 'utf8')).split('\n');
    return { pid: Math.abs(Number(lines[0])) || 0, port: Number(lines[3]) || 0 };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** `undefined` when nobody answers there, or somebody else. */
async function connect(cluster: Cluster, port: number): Promise<pg.Client | undefined> {
  if (port === 0) return undefined;
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: ROLE,
    password: cluster.password,
    database: 'postgres',
    application_name: KEEPER_NAME,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    ssl: false,
  });
  // When the server goes away, whoever uses it learns so from its own connections.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string }>(
      `select current_setting('data_directory') as folder`,
    );
    // A copy of a data folder has the same password, and the original's process and port in its file.
    if (await isSameFolder(rows[0]?.folder ?? '', cluster.home.cluster)) return client;
  } catch {
    // Not listening, still starting, stopping, or a stranger on a port that was ours.
  }
  await client.end().catch(() => {});
  return undefined;
}

async function isSameFolder(a: string, b: string): Promise<boolean> {
  try {
    return (await realpath(a)) === (await realpath(b)) && (await stat(a)).isDirectory();
  } catch {
    return false;
  }
}

/** @param wanted a certain port, or 0 for any */
async function freePort(wanted: number): Promise<number> {
  const probe = createServer().listen(wanted, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  return address.port;
}
