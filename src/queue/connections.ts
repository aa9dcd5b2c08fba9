import { Redis } from 'ioredis';
import pg from 'pg';
import type { Log } from '../ops/log.ts';
import { within } from './within.ts';

export type QueueBackend =
  | { readonly kind: 'postgres'; readonly connectionString: string }
  | { readonly kind: 'redis'; readonly url: string };

/** The schema that BullMQ's tables live in, apart from ours. */
export const QUEUE_SCHEMA = 'bullmq';

/**
 * One pool for all queues and workers of the process. Nothing connects before the first query.
 *
 * A commit does not wait for the disk: our own tables say what is due, so a job that is lost when the server
 * loses power is enqueued again.
 */
export function openQueuePool(connectionString: string, log: Log): pg.Pool {
  const pool = new pg.Pool({
    connectionString: withSessionOptions(connectionString),
    application_name: 'rollcall-queue',
    max: 12,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    query_timeout: 60_000,
    statement_timeout: 30_000,
    lock_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
  });
  pool.on('error', (error) => log.warn('queue-connection-lost', { backend: 'postgres', error }));
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

const CONNECT_MS = 10_000;

/**
 * For enqueueing: fails at once while Redis is away, so that no caller hangs; what is due stays due in Postgres.
 * @throws Error when Redis cannot be reached or may evict keys
 */
export async function openRedisProducer(url: string, log: Log): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: 1,
    commandTimeout: 5_000,
    enableOfflineQueue: false,
  });
  redis.on('error', (error) => log.warn('queue-connection-lost', { backend: 'redis', error }));
  try {
    if (!(await within(redis.connect(), CONNECT_MS))) throw new Error('Redis does not answer.');
    await refuseEviction(redis);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return redis;
}

/** For workers: waits as long as it takes for Redis to come back. */
export function openRedisConsumer(url: string, log: Log): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, connectTimeout: CONNECT_MS });
  redis.on('error', (error) => log.warn('queue-connection-lost', { backend: 'redis', error }));
  return redis;
}

/** INFO and not CONFIG: hosted Redis forbids CONFIG. */
async function refuseEviction(redis: Redis): Promise<void> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
  if (policy === undefined || policy === 'noeviction') return;
  throw new Error(
    `Redis runs with maxmemory-policy "${policy}" and could silently drop jobs. ` +
      'Set it to "noeviction" (redis.conf: maxmemory-policy noeviction) and start again.',
  );
}
