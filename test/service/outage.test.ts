import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/load-config.ts';
import { type App, openApp } from '../../src/main.ts';
import { silentLog } from '../../src/ops/log.ts';
import { metricsOf } from '../../src/service/metrics.ts';
import { createOutageWatch } from '../../src/service/outage.ts';
import { createNightWatch } from '../../src/service/ping.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type Office, openOffice } from '../support/office.ts';

let office: Office;
let proxy: FaultProxy;
let receiver: Server;
let app: App;
const asked: string[] = [];
beforeEach(async () => {
  asked.length = 0;
  office = await openOffice();
  office.at('2026-09-10', '08:00');
  await office.sync();
  proxy = await startFaultProxy(office.url);
  receiver = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const outside = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const { configDir, dataDir } = office.config;
  const config = loadConfig({
    configDir,
    dataDir,
    env: {
      DATABASE_URL: proxy.through(office.url),
      SMTP_URL: office.sink.url,
      ROLLCALL_PING_URL: `${outside}/well`,
      ROLLCALL_PING_FAIL_URL: `${outside}/fail`,
    },
    shippedTemplatesDir: 'templates',
  });
  app = await openApp({ config, log: silentLog(), now: () => office.moment().now });
});
afterEach(async () => {
  proxy.mode = 'pass';
  await app.close(0);
  await proxy.stop();
  receiver.close();
  receiver.closeAllConnections();
  await office.close();
});

function away(): void {
  proxy.mode = 'refuse';
  proxy.cut();
}

const subjects = () => office.sink.delivered.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw.toString())?.[1]);

test('with the database away IT is told once, by mail and outside, and once more when it is away again', async () => {
  let minutes = 0;
  let over = 0;
  const outage = createOutageWatch({
    app,
    log: silentLog(),
    elapsedMs: () => minutes * 60_000,
    over: () => {
      over += 1;
    },
  });
  away();
  const check = async (minute: number) => {
    minutes = minute;
    await outage.check();
  };
  await check(4);
  expect([asked, subjects()]).toEqual([[], []]);
  for (const minute of [5, 6, 60]) await check(minute);
  expect(asked).toEqual(['/fail']);
  expect(subjects()).toEqual(['Rollcall needs attention: the database cannot be reached']);
  const text = office.sink.delivered[0]?.raw.toString().replace(/=\r\n/g, '') ?? '';
  expect(text).toContain('For 5 minutes PostgreSQL has not answered.');
  expect(text).toMatch(/^X-Rollcall-Kind: alert\r$/m);

  proxy.mode = 'pass';
  outage.lookTaken();
  outage.lookTaken();
  expect(over).toBe(1);
  await check(64);
  expect(asked).toHaveLength(1);
  // It answers, and still no look could be taken.
  await check(66);
  away();
  await check(67);
  expect(asked).toEqual(['/fail', '/fail']);
  expect(subjects().slice(1)).toEqual([
    'Rollcall needs attention: the service cannot be watched',
    'Rollcall needs attention: the database cannot be reached',
  ]);
}, 20_000);

test('who has heard of an outage hears once more how the night was', async () => {
  const { environment } = app.config;
  const nights = createNightWatch(office.db, silentLog(), () => environment);
  const night = { due: new Date('2026-09-10T08:30:00Z'), outcome: 'good' } as const;
  for (let look = 0; look < 2; look += 1) await nights.tell(night, office.moment().now);
  nights.again();
  for (let look = 0; look < 2; look += 1) await nights.tell(night, office.moment().now);
  expect(asked).toEqual(['/well', '/well']);
});

test('figures of the process stay while the database is away, and say that it is', async () => {
  const at = office.moment().now;
  const state = { roles: new Set(['worker']), startedAt: at, configReadAt: at, configProblems: null };
  const live = { stopping: false, leads: () => false, stalledMs: () => 0 };
  const figures = () => metricsOf(app, { ...state, ...live })();
  const up = await figures();
  expect(up).toMatch(/^rollcall_database_up 1$/m);
  expect(up).toMatch(/^rollcall_troubles 0$/m);
  away();
  const down = await figures();
  expect(down).toMatch(/^rollcall_database_up 0$/m);
  expect(down).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(down).toMatch(/^rollcall_leader 0$/m);
  expect(down).not.toMatch(/^rollcall_(troubles|mails|sync_age_seconds|kill_switch)\b/m);
}, 20_000);
