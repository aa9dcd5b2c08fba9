import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { sql } from 'kysely';
import { z } from 'zod';
import { createLog, silentLog } from '../../src/ops/log.ts';
import type { QueueBackend } from '../../src/queue/connections.ts';
import { defineJob, jobItem, listJobs } from '../../src/queue/define-job.ts';
import { openQueue } from '../../src/queue/queue.ts';
import { openDatabase } from '../../src/store/database.ts';
import { aGate } from '../support/gate.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { redisAvailable, startRedis } from '../support/redis.ts';

const sync = defineJob({
  name: 'sync',
  lane: 'work',
  payload: z.strictObject({}),
  attempts: 1,
  run: async () => {},
});

function open(backend: QueueBackend) {
  return openQueue({ jobs: listJobs([sync]), backend, log: silentLog(), timing: { forceMs: 200 } });
}

describe('PostgreSQL under the queue', () => {
  test('is prepared by whoever comes first, also when all come at once', async () => {
    const database = await createTestDatabase();
    const backend = { kind: 'postgres', connectionString: database.url } as const;
    const queues = await Promise.all([open(backend), open(backend), open(backend)]);
    await queues[0]?.enqueue([jobItem(sync, {})]);
    expect((await queues[2]?.counts())?.waiting).toBe(1);
    for (const queue of queues) await queue.close({ graceMs: 0 });
    await database.drop();
  });

  test('may have options in its address', async () => {
    const database = await createTestDatabase();
    const address = new URL(database.url);
    address.searchParams.set('options', '-c search_path=public');
    const queue = await open({ kind: 'postgres', connectionString: address.href });
    await queue.check();
    await queue.close({ graceMs: 0 });
    await database.drop();
  });

  test('that lets nobody in while workers start has them begin a moment later, and not in a rush', async () => {
    const database = await createTestDatabase();
    const beside = new URL(database.url);
    const name = beside.pathname.slice(1);
    beside.pathname = '/postgres';
    const { db, close } = openDatabase({ url: beside.href });
    const refused = aGate();
    const done = aGate();
    let errors = 0;
    const write = () => {
      errors += 1;
      refused.open();
    };
    const job = { ...sync, run: async () => done.open() };
    const queue = await openQueue({
      jobs: listJobs([job]),
      backend: { kind: 'postgres', connectionString: database.url },
      log: createLog({ level: 'warn', destination: { write } }),
      timing: { forceMs: 200 },
    });
    try {
      await queue.enqueue([jobItem(job, {})]);
      await sql`alter database ${sql.id(name)} allow_connections false`.execute(db);
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`.execute(db);
      queue.startWorkers(undefined as never);
      await refused.enter();
      await sql`alter database ${sql.id(name)} allow_connections true`.execute(db);
      await done.enter();
      expect(errors).toBeLessThan(50);
    } finally {
      await queue.close({ graceMs: 0 });
      await close();
      await database.drop();
    }
  });

  test('that is away stops the start', async () => {
    const nobody = 'postgres://nobody@127.0.0.1:1/none';
    await expect(open({ kind: 'postgres', connectionString: nobody })).rejects.toThrow('ECONNREFUSED');
  });
});

(redisAvailable() ? describe : describe.skip)('Redis under the queue', () => {
  test('that may evict keys is refused, with what to do', async () => {
    const server = await startRedis({ maxmemoryPolicy: 'allkeys-lru' });
    await expect(open({ kind: 'redis', url: server.url })).rejects.toThrow(
      /maxmemory-policy "allkeys-lru".*Set it to "noeviction"/,
    );
    await server.stop();
  });

  test('that may evict keys from some time on is told', async () => {
    const server = await startRedis();
    const queue = await open({ kind: 'redis', url: server.url });
    const keys = new Redis(server.url);
    try {
      expect(await queue.mayDropJobs()).toBe(false);
      await keys.config('SET', 'maxmemory-policy', 'allkeys-lru');
      expect(await queue.mayDropJobs()).toBe(true);
    } finally {
      keys.disconnect();
      await queue.close({ graceMs: 0 });
      await server.stop();
    }
  });

  test('that is away stops the start', async () => {
    await expect(open({ kind: 'redis', url: 'redis://127.0.0.1:1' })).rejects.toThrow('ECONNREFUSED');
  });

  test('G13: that goes away makes enqueueing fail at once, and closing does not hang', async () => {
    const server = await startRedis();
    const queue = await open({ kind: 'redis', url: server.url });
    queue.startWorkers({});
    await queue.enqueue([jobItem(sync, {})]);
    await queue.drain();
    await server.stop();
    await expect(queue.enqueue([jobItem(sync, {})])).rejects.toThrow();
    await expect(queue.check()).rejects.toThrow();
    await queue.close({ graceMs: 100 });
  });
});
