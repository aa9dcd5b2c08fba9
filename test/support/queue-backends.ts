import { Redis } from 'ioredis';
import pg from 'pg';
import type { QueueBackend } from '../../src/queue/connections.ts';
import { createTestDatabase } from './postgres.ts';
import { redisAvailable, startRedis } from './redis.ts';

export interface TestBackend {
  readonly backend: QueueBackend;
  /** All that the queue has stored, as one text. */
  contents(): Promise<string>;
  stop(): Promise<void>;
}

/** The backends that every queue test runs on. */
export const queueBackends: readonly { readonly name: string; readonly start: () => Promise<TestBackend> }[] =
  [
    { name: 'PostgreSQL', start: onPostgres },
    ...(redisAvailable() ? [{ name: 'Redis', start: onRedis }] : []),
  ];

async function onPostgres(): Promise<TestBackend> {
  const database = await createTestDatabase();
  return {
    backend: { kind: 'postgres', connectionString: database.url },
    async contents() {
      const client = new pg.Client(database.url);
      await client.connect();
      const texts: string[] = [];
      for (const table of ['job', 'job_log', 'event', 'meta', 'dedup']) {
        const { rows } = await client.query(`select * from bullmq.${table}`);
        texts.push(JSON.stringify(rows));
      }
      await client.end();
      return texts.join('\n');
    },
    stop: () => database.drop(),
  };
}

async function onRedis(): Promise<TestBackend> {
  const server = await startRedis();
  return {
    backend: { kind: 'redis', url: server.url },
    async contents() {
      const redis = new Redis(server.url);
      const texts: string[] = [];
      for (const key of await redis.keys('*')) {
        const type = await redis.type(key);
        if (type === 'hash') texts.push(key, JSON.stringify(await redis.hgetall(key)));
        else if (type === 'stream') texts.push(key, JSON.stringify(await redis.xrange(key, '-', '+')));
        else texts.push(key);
      }
      redis.disconnect();
      return texts.join('\n');
    },
    stop: () => server.stop(),
  };
}
