import { Redis } from 'ioredis';
import pg from 'pg';
import { errorCode } from '../ops/describe-error.ts';
import type { Log } from '../ops/log.ts';
import { endSilentConnections, KEEP_ALIVE_MS } from '../ops/silent-server.ts';
import { within } from './within.ts';

export type QueueBackend =
  | { readonly kind: 'postgres'; readonly connectionString: string }
  | { readonly kind: 'redis'; readonly url: string };

const CONNECT_MS = 10_000;

/** The schema that BullMQ's tables live in, apart from ours. */
export const QUEUE_SCHEMA = 'bullmq';

/** For how long a server that owes an answer may say nothing; no question takes as long. */
export const USUAL_SILENCE_MS = 60_000;

/**
 * One pool for all queues and workers of the process. Nothing connects before the first query.
 *
 * A commit does not wait for the disk: our own tables say what is due, so a job that is lost when the server
 * loses power is enqueued again.
 */
export function openQueuePool(connectionString: string, log: Log, silenceMs: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: withSessionOptions(connectionString),
    application_name: 'rollcall-queue',
    max: 12,
    connectionTimeoutMillis: Math.min(CONNECT_MS, silenceMs),
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    statement_timeout: 30_000,
    lock_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
  });
  // A connection that is in use when it breaks tells nobody else, and would end the process.
  pool.on('connect', (client) => {
    client.on('error', (error) => log.warn('queue-connection-lost', { backend: 'postgres', error }));
  });
  // Told there already.
  pool.on('error', () => {});
  endSilentConnections(pool, silenceMs);
  return pool;
}

/** Added to the address, because options in an address replace those given beside it. */
function withSessionOptions(connectionString: string): string {
  const ours = `-c search_path=${QUEUE_SCHEMA} -c synchronous_commit=off`;
  const url = new URL(connectionString);
  const theirs = url.searchParams.get('options');
  url.searchParams.set('options', theirs === null ? ours : `${theirs} ${ours}`);
  return url.href;
}

/** ioredis waits out `disconnectTimeout` after every disconnect, also when the socket is long gone. */
function timesOf(silenceMs: number) {
  const connectTimeout = Math.min(CONNECT_MS, silenceMs);
  return { connectTimeout, disconnectTimeout: 200, socketTimeout: silenceMs };
}

/**
 * For enqueueing: fails at once while Redis is away, so that no caller hangs; what is due stays due in Postgres.
 * @throws Error when Redis cannot be reached or may evict keys
 */
export async function openRedisProducer(url: string, log: Log, silenceMs: number): Promise<Redis> {
  const redis = new Redis(url, {
    ...timesOf(silenceMs),
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    commandTimeout: 5_000,
    enableOfflineQueue: false,
  });
  let trouble: unknown;
  redis.on('error', (error) => {
    trouble = error;
    log.warn('queue-connection-lost', { backend: 'redis', error });
  });
  try {
    const connected = await within(redis.connect(), CONNECT_MS).catch(() => false);
    if (!connected)
      throw new Error(`Redis cannot be reached (${errorCode(trouble) ?? 'no answer'}).`, { cause: trouble });
    await refuseEviction(redis);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return redis;
}

/**
 * For workers: waits as long as it takes for Redis to come back. BullMQ copies it for its blocking reads.
 * `end` closes it and its copies for good and rejects what they wait for.
 */
export function openRedisConsumer(
  url: string,
  log: Log,
  silenceMs: number,
): { readonly redis: Redis; readonly end: () => void } {
  const redis = new Redis(url, { ...timesOf(silenceMs), maxRetriesPerRequest: null });
  redis.on('error', (error) => log.warn('queue-connection-lost', { backend: 'redis', error }));
  const all = [redis];
  const copyOf = redis.duplicate.bind(redis);
  redis.duplicate = (override) => {
    const copy = copyOf(override);
    all.push(copy);
    return copy;
  };
  return { redis, end: () => all.forEach(endRedis) };
}

function endRedis(redis: Redis): void {
  // Between two attempts to connect, disconnect() alone would leave it there for ever, with all that waits.
  if (redis.status === 'reconnecting') redis.connect().catch(() => {});
  redis.disconnect();
}

/**
 * The policy by which Redis drops what it holds when its memory is full; null: it drops nothing, or does not say.
 * By INFO and not by CONFIG, which hosted Redis forbids.
 */
export async function evictionOf(redis: Redis): Promise<string | null> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
  return policy === undefined || policy === 'noeviction' ? null : policy;
}

async function refuseEviction(redis: Redis): Promise<void> {
  const policy = await evictionOf(redis);
  if (policy === null) return;
  throw new Error(
    `Redis runs with maxmemory-policy "${policy}" and could silently drop jobs. ` +
      'Set it to "noeviction" (redis.conf: maxmemory-policy noeviction) and start again.',
  );
}
