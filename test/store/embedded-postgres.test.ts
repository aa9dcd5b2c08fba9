import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { removeEmbeddedPostgres } from '../../src/store/embedded/remove.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/start.ts';
import { aGate } from '../support/gate.ts';
import { usePostgres } from '../support/postgres-command.ts';

const settings = { fsync: 'off' };

let root: string;
let dataDir: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'rollcall-embedded-'));
  await chmod(root, 0o711);
  dataDir = path.join(root, "data of O'Neill");
});
afterAll(async () => {
  await removeEmbeddedPostgres({ dataDir });
  await rm(root, { recursive: true, force: true });
});

const inHome = (...parts: string[]) => path.join(dataDir, 'postgres', ...parts);

describe('two commands that start at once on a fresh folder', () => {
  test('share one cluster and one server, which the last one stops', async () => {
    const [here, alsoHere, elsewhere] = await Promise.all([
      startEmbeddedPostgres({ dataDir, settings }),
      startEmbeddedPostgres({ dataDir, settings }),
      usePostgres(dataDir),
    ]);
    expect(alsoHere.url).toBe(here.url);
    expect(elsewhere.answer).toEqual({ url: here.url });
    expect(await starts()).toBe(1);

    await here.release();
    await alsoHere.release();
    expect(await query(here.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await elsewhere.end();
    await expect(query(here.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await readdir(inHome('cluster'))).not.toContain('postmaster.pid');
    expect(await readdir(inHome())).toEqual(['cluster', 'password']);
  });
});

describe('a server', () => {
  test('listens on the loopback only, with a password, UTF-8 and UTC', async () => {
    const server = await startEmbeddedPostgres({ dataDir, settings });
    const shown = async (name: string) =>
      Object.values((await query(server.url, `show ${name}`))[0] ?? {})[0];
    expect(await shown('listen_addresses')).toBe('127.0.0.1');
    expect(await shown('unix_socket_directories')).toBe('');
    expect(await shown('server_encoding')).toBe('UTF8');
    expect(await shown('timezone')).toBe('UTC');
    const stranger = new URL(server.url);
    stranger.password = 'guess';
    await expect(query(stranger.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    await server.release();
  });

  test('keeps names out of its log', async () => {
    const server = await startEmbeddedPostgres({ dataDir, settings });
    await query(server.url, 'create table families (name text primary key)');
    await query(server.url, `insert into families values ('Canary')`);
    await expect(query(server.url, `insert into families values ('Canary')`)).rejects.toThrow();
    await expect(query(server.url, `select 'Canary'::date`)).rejects.toThrow();
    await server.release();
    expect(await serverLog()).not.toContain('Canary');
    expect(await serverLog()).toContain('shut down');
  });

  test('may be released twice, and started again with what it held', async () => {
    const server = await startEmbeddedPostgres({ dataDir, settings });
    expect(await query(server.url, 'select name from families')).toEqual([{ name: 'Canary' }]);
    await Promise.all([server.release(), server.release()]);
    await expect(query(server.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('stops and starts under commands that come and go', async () => {
    const comeAndGo = async () => {
      for (let round = 0; round < 4; round += 1) {
        const server = await startEmbeddedPostgres({ dataDir, settings });
        expect(await query(server.url, 'select name from families')).toEqual([{ name: 'Canary' }]);
        await server.release();
      }
    };
    await Promise.all([comeAndGo(), comeAndGo(), comeAndGo()]);
    expect(await readdir(inHome('cluster'))).not.toContain('postmaster.pid');
  });
});

describe('after a crash', () => {
  test('of a command, it no longer counts as a user', async () => {
    const other = await usePostgres(dataDir);
    const server = await startEmbeddedPostgres({ dataDir, settings });
    expect(other.answer).toEqual({ url: server.url });
    await other.kill();
    await server.release();
    await expect(query(server.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('of the only command, the next one finds its server', async () => {
    const other = await usePostgres(dataDir);
    await other.kill();
    const server = await startEmbeddedPostgres({ dataDir, settings });
    expect(other.answer).toEqual({ url: server.url });
    await server.release();
  });

  test.each([
    ['killed', 'SIGKILL'],
    ['ended as after a crash of its own', 'SIGQUIT'],
    ['stopped in order by somebody else', 'SIGINT'],
  ] as const)(
    'of the server, %s, it comes back at the same address with what was committed',
    async (_, signal) => {
      const back = aGate();
      const log = { info: (event: string) => event === 'embedded-postgres-back' && back.open(), warn() {} };
      const server = await startEmbeddedPostgres({ dataDir, settings, log });
      await query(server.url, `insert into families values ('Second') on conflict do nothing`);
      process.kill(await serverPid(), signal);
      await back.enter();
      expect(await query(server.url, 'select name from families order by name')).toHaveLength(2);
      await server.release();
      await expect(query(server.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    },
  );

  test('of the server and its command, the next command brings it back', async () => {
    const other = await usePostgres(dataDir);
    await other.kill();
    process.kill(await serverPid(), 'SIGKILL');
    const server = await startEmbeddedPostgres({ dataDir, settings });
    expect(await query(server.url, 'select name from families order by name')).toHaveLength(2);
    await server.release();
    await expect(query(server.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test.each([
    ['of a process that is gone', () => 2 ** 22 + 1],
    ['whose number another process has now', () => process.pid],
  ])('a server file %s is no hindrance', async (_, pid) => {
    const file = `${pid()}\n${inHome('cluster')}\n1700000000\n9\n\n127.0.0.1\n  1 1\nready\n`;
    await writeFile(inHome('cluster', 'postmaster.pid'), file);
    const server = await startEmbeddedPostgres({ dataDir, settings });
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.release();
  });

  test('a cluster that was half made is made again', async () => {
    const fresh = path.join(root, 'half');
    await mkdir(path.join(fresh, 'postgres', 'cluster.draft-1', 'base'), { recursive: true });
    await writeFile(path.join(fresh, 'postgres', 'cluster.draft-1', 'PG_VERSION'), '18\n');
    const server = await startEmbeddedPostgres({ dataDir: fresh, settings });
    expect(await readdir(path.join(fresh, 'postgres'))).toEqual(
      ['cluster', 'lock', 'password'].filter((name) => name !== 'lock'),
    );
    await expect(removeEmbeddedPostgres({ dataDir: fresh })).rejects.toThrow(/in use by 1 other command/);
    await server.release();
    await removeEmbeddedPostgres({ dataDir: fresh });
    expect(await readdir(path.join(fresh, 'postgres'))).toEqual([]);
  });
});

test('a cluster of another major version is refused and left alone', async () => {
  const version = await readFile(inHome('cluster', 'PG_VERSION'), 'utf8');
  await writeFile(inHome('cluster', 'PG_VERSION'), '15\n');
  await expect(startEmbeddedPostgres({ dataDir, settings })).rejects.toMatchObject({
    message: expect.stringContaining('was made by PostgreSQL 15'),
    exitCode: 78,
  });
  await writeFile(inHome('cluster', 'PG_VERSION'), version);
});

async function query(url: string, text: string): Promise<unknown[] & Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function serverLog(): Promise<string> {
  const names = await readdir(inHome('cluster', 'log'));
  return (await Promise.all(names.map((name) => readFile(inHome('cluster', 'log', name), 'utf8')))).join(
    '\n',
  );
}

async function starts(): Promise<number> {
  return (await serverLog()).split('ready to accept connections').length - 1;
}

async function serverPid(): Promise<number> {
  return Number((await readFile(inHome('cluster', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}
