import path from 'node:path';
import { findBinaries } from './binaries.ts';
import { ensureCluster, ROLE, type ServerSettings } from './cluster.ts';
import { prepareHomeFolder, resolveHome } from './home.ts';
import { keepConnected } from './keep-connected.ts';
import { withLock } from './lock-file.ts';
import {
  answers,
  type Cluster,
  connectOrStart,
  connectToRunning,
  countOtherKeepers,
  disconnect,
  type Keeper,
  stop,
} from './server.ts';

/** The few events that are worth a line. */
interface EmbeddedLog {
  info(event: string, fields?: { readonly milliseconds?: number; readonly version?: string }): void;
  warn(event: string): void;
}

export interface EmbeddedPostgresOptions {
  /** The data folder; the server's files go to `postgres/` in it. */
  readonly dataDir: string;
  /** Overrides for a server that this call starts; one that runs already keeps what it has. */
  readonly settings?: ServerSettings;
  readonly log?: EmbeddedLog;
}

export interface EmbeddedPostgres {
  /** Address of the database `rollcall`, with the password: not for logs. */
  readonly url: string;
  /** Ends the use. The last user stops the server; calling again does nothing. */
  release(): Promise<void>;
}

/** Servers that this process uses, or is about to. */
const inUse = new Set<Promise<EmbeddedPostgres>>();

/** Lets go of every server: for a process that is about to end and whose work will not do it. */
export async function releaseEmbeddedPostgres(): Promise<void> {
  await Promise.allSettled([...inUse].map(async (server) => (await server).release()));
}

/**
 * Starts the PostgreSQL that belongs to the data folder, or joins in when another command has started it. It
 * runs apart from this process and is stopped by whoever releases it last. If it dies while it is in use, it
 * is started again at the same address.
 * @throws EmbeddedPostgresError when it cannot be used here; the message says what to do
 */
export function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = startOrJoin(options, () => inUse.delete(server));
  inUse.add(server);
  // Whoever asked is told; here it only matters that there is nothing to let go of.
  server.catch(() => inUse.delete(server));
  return server;
}

async function startOrJoin(
  options: EmbeddedPostgresOptions,
  released: () => void,
): Promise<EmbeddedPostgres> {
  const began = performance.now();
  const folder = await prepareHomeFolder(options.dataDir);
  const lock = path.join(folder, 'lock');
  const { cluster, keeper, started } = await withLock(lock, async () => {
    const cluster = await openCluster(folder, options.settings ?? {});
    return { cluster, ...(await join(cluster)) };
  });
  const again = async () => (await withLock(lock, () => join(cluster, keeper.port))).keeper;
  const kept = keepConnected(keeper, again, {
    lost: () => options.log?.warn('embedded-postgres-lost'),
    back: () => options.log?.info('embedded-postgres-back'),
  });
  options.log?.info(started ? 'embedded-postgres-started' : 'embedded-postgres-joined', {
    milliseconds: Math.round(performance.now() - began),
    version: cluster.binaries.major,
  });
  let release: Promise<void> | undefined;
  return {
    url: `postgres://${ROLE}:${cluster.password}@127.0.0.1:${keeper.port}/${DATABASE}?sslmode=disable`,
    release() {
      release ??= kept
        .end()
        .then((last) => withLock(lock, () => leave(cluster, last)))
        .finally(released);
      return release;
    },
  };
}

const DATABASE = 'rollcall';

async function openCluster(folder: string, settings: ServerSettings): Promise<Cluster> {
  const home = await resolveHome(folder);
  const binaries = await findBinaries(home.account, home.copies);
  const password = await ensureCluster(home, binaries, settings.fsync === 'off');
  return { home, binaries, password, settings };
}

async function join(cluster: Cluster, knownPort = 0): Promise<{ keeper: Keeper; started: boolean }> {
  const joined = await connectOrStart(cluster, knownPort);
  try {
    await ensureDatabase(joined.keeper);
    return joined;
  } catch (error) {
    await leave(cluster, joined.keeper);
    throw error;
  }
}

/** The lock is held: nobody joins between the count and the stop. */
async function leave(cluster: Cluster, keeper: Keeper): Promise<void> {
  // The server may have been killed, and started anew by another command: ask the one that runs now.
  const current = (await answers(keeper)) ? keeper : await connectToRunning(cluster);
  if (current !== keeper) await disconnect(keeper);
  if (current === undefined) return;
  const others = await countOtherKeepers(current);
  await disconnect(current);
  if (others === 0) await stop(cluster);
}

async function ensureDatabase(keeper: Keeper): Promise<void> {
  const { rowCount } = await keeper.client.query('select from pg_database where datname = $1', [DATABASE]);
  if (rowCount === 0) await keeper.client.query(`create database ${DATABASE}`);
}
