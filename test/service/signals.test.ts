import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { type Office, openOffice } from '../support/office.ts';
import { staffMailStates, threeMailsToStaff } from '../support/staff-mails.ts';

let office: Office;
let child: ChildProcess | null = null;
beforeEach(async () => {
  office = await openOffice({ district: (text) => `${text}service:\n  stopSeconds: 1\n` });
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = null;
  await office.close();
});

/** The service in a process of its own, with the lines of its log as they come. */
function start(smtpUrl: string) {
  const { configDir, dataDir } = office.config;
  const args = ['--config', configDir, '--data', dataDir, 'start'];
  const started = spawn(process.execPath, ['--import', 'tsx', 'src/cli/rollcall.ts', ...args], {
    env: { ...process.env, DATABASE_URL: office.url, SMTP_URL: smtpUrl },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child = started;
  const log = createInterface({ input: started.stderr })[Symbol.asyncIterator]();
  return {
    signal: (signal: NodeJS.Signals) => started.kill(signal),
    async logged(event: string): Promise<Record<string, unknown>> {
      for (;;) {
        const { value, done } = await log.next();
        if (done === true) throw new Error(`the process ended before ${event}`);
        const line = JSON.parse(value) as Record<string, unknown>;
        if (line.event === event) return line;
      }
    },
    ended: once(started, 'exit') as Promise<[number | null]>,
  };
}

test('SIGHUP is taken up by the process, and SIGTERM ends it in order', async () => {
  const service = start(office.sink.url);
  await service.logged('ready');
  service.signal('SIGHUP');
  await service.logged('configuration-in-force');
  service.signal('SIGTERM');
  await service.logged('stopped');
  expect(await service.ended).toEqual([0, null]);
}, 60_000);

test('SIGHUP while the process starts does not end it, and the configuration is read anew once it has', async () => {
  const service = await office.db.transaction().execute(async (tx) => {
    await sql`lock table kysely_migration`.execute(tx);
    const starting = start(office.sink.url);
    await untilSomebodyWaitsFor('kysely_migration');
    starting.signal('SIGHUP');
    return starting;
  });
  await service.logged('ready');
  await service.logged('configuration-in-force');
  service.signal('SIGTERM');
  expect(await service.ended).toEqual([0, null]);
}, 60_000);

/** The test's own time limit ends it. */
async function untilSomebodyWaitsFor(table: string): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select from pg_locks where relation = ${table}::regclass and not granted`.execute(office.db);
    if (rows.length > 0) return;
  }
}

test('G1, G12: a mail server that hangs is cut off at the time to stop: what was on the line is uncertain, what waited behind it is free', async () => {
  const sockets: Socket[] = [];
  let onLine = () => {};
  const transmitting = new Promise<void>((resolve) => {
    onLine = resolve;
  });
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write('220 hangs\r\n');
    let inMessage = false;
    createInterface({ input: socket }).on('line', (line) => {
      if (inMessage) return onLine();
      inMessage = line === 'DATA';
      socket.write(inMessage ? '354 go on\r\n' : '250 ok\r\n');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await threeMailsToStaff(office);
  try {
    const service = start(`smtp://127.0.0.1:${port}?connections=1`);
    await transmitting;
    const began = performance.now();
    service.signal('SIGTERM');
    await service.logged('stopped-by-force');
    expect(await service.ended).toEqual([1, null]);
    // The second that it may take, and what closing may.
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(await staffMailStates(office)).toEqual(['queued', 'queued', 'transmitting']);
    await office.restart();
    expect(await staffMailStates(office)).toEqual(['queued', 'queued', 'uncertain']);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}, 60_000);
