import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { silentLog } from '../../src/ops/log.ts';
import { openQueuePool } from '../../src/queue/connections.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { becomeOwner } from '../../src/store/owner.ts';
import { steadyUrl } from '../../src/store/steady-session.ts';
import { takeSyncLock } from '../../src/store/sync/sync-lock.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let migrated: TestDatabase;
let proxy: FaultProxy;
let database: Database;
beforeEach(async () => {
  migrated = await createTestDatabase();
  proxy = await startFaultProxy(migrated.url);
});
afterEach(async () => {
  await database.close();
  await proxy.stop();
  await migrated.drop();
});

const open = () => {
  database = openDatabase({ url: proxy.through(migrated.url) });
  return database;
};

/** Until it is so; the test's own time limit ends it. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

test('G14, G15: an owner whose session is swallowed claims nothing, and comes back as another one', async () => {
  const { pool } = open();
  const owner = await becomeOwner(pool, { lookMs: 40, answerMs: 100 });
  const isOwner = () => {
    try {
      return owner.id();
    } catch {
      return null;
    }
  };
  const before = owner.id();
  proxy.mode = 'swallow';
  await until(() => isOwner() === null);
  proxy.mode = 'pass';
  await until(() => isOwner() !== null);
  expect(owner.id()).not.toBe(before);
  await owner.release();
}, 20_000);

test('G7: a read whose session is swallowed no longer has its lock', async () => {
  const lock = await takeSyncLock(open().pool, 100);
  expect(await lock?.isHeld()).toBe(true);
  proxy.mode = 'swallow';
  expect(await lock?.isHeld()).toBe(false);
  await lock?.release();
}, 20_000);

const settingsOf = async (client: pg.ClientBase) => {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings where name like 'tcp_%' or name = 'search_path' order by name`,
  );
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
};

test('both pools ask the server to look after a minute, whatever else the address asks for', async () => {
  const { url } = open();
  const watched = { tcp_keepalives_idle: '30', tcp_keepalives_interval: '10', tcp_keepalives_count: '3' };
  const [ours, queue] = [await database.pool.connect(), openQueuePool(url, silentLog(), 60_000)];
  expect(await settingsOf(ours)).toMatchObject({ ...watched, tcp_user_timeout: '90000' });
  ours.release();
  const theirs = await queue.connect();
  expect(await settingsOf(theirs)).toMatchObject({ ...watched, search_path: 'bullmq' });
  theirs.release();
  await queue.end();
  const own = new URL(migrated.url);
  own.searchParams.set('options', '-c tcp_keepalives_idle=77');
  const client = new pg.Client(steadyUrl(own.href));
  await client.connect();
  expect(await settingsOf(client)).toMatchObject({ ...watched, tcp_keepalives_idle: '77' });
  await client.end();
});

/** Where the system shows its timers: 100 to the second. */
const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux(
  'the system itself asks both ends of an idle connection',
  async () => {
    database = openDatabase({ url: migrated.url });
    const client = await database.pool.connect();
    await client.query('select 1');
    const ends = client.connection.stream as unknown as { localPort: number; remotePort: number };
    const asksWithin = (local: number, remote: number) => {
      const [, when] =
        new RegExp(`:${portWord(local)} [0-9A-F]{8}:${portWord(remote)} \\w+ \\w+:\\w+ 02:(\\w+)`).exec(
          readFileSync('/proc/net/tcp', 'utf8'),
        ) ?? [];
      return when === undefined ? null : Number.parseInt(when, 16) / 100;
    };
    // A moment passes until what was said last is acknowledged, and the timer is this one.
    const seconds = async (local: number, remote: number) => {
      await until(() => asksWithin(local, remote) !== null);
      return asksWithin(local, remote);
    };
    expect(await seconds(ends.localPort, ends.remotePort)).toBeLessThanOrEqual(10);
    expect(await seconds(ends.remotePort, ends.localPort)).toBeLessThanOrEqual(30);
    client.release();
  },
  20_000,
);

function portWord(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
