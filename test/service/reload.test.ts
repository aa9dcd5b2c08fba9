import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ConfigError } from '../../src/config/config-error.ts';
import type { Config } from '../../src/config/config-types.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { type App, openApp } from '../../src/main.ts';
import { createLog, silentLog } from '../../src/ops/log.ts';
import { createReload } from '../../src/service/reload.ts';
import type { ServiceState } from '../../src/service/service-state.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type Office, openOffice } from '../support/office.ts';

let office: Office;
let proxy: FaultProxy;
let app: App;
beforeEach(async () => {
  office = await openOffice({
    district: (text) =>
      `${text}\nstaffFromSis:\n  roles: { principal: administrator }\n  emailDomains: [cedar-valley.test]\n`,
  });
  office.at('2026-09-10', '08:00');
  await office.sync();
  proxy = await startFaultProxy(office.url);
  app = await openApp({ config: read(), log: silentLog(), now: () => office.moment().now });
});
afterEach(async () => {
  proxy.mode = 'pass';
  await app.close(0);
  await proxy.stop();
  await office.close();
});

function read(): Config {
  const { configDir, dataDir } = office.config;
  return loadConfig({
    configDir,
    dataDir,
    env: { DATABASE_URL: proxy.through(office.url), SMTP_URL: office.sink.url },
    shippedTemplatesDir: 'templates',
  });
}

function aReload(readConfig: () => Config) {
  const events: unknown[] = [];
  const log = createLog({
    level: 'info',
    destination: { write: (line) => void events.push((JSON.parse(line) as { event: unknown }).event) },
  });
  const state: ServiceState = {
    roles: new Set(['worker']),
    startedAt: new Date(0),
    configReadAt: new Date(0),
    configProblems: null,
    stopping: false,
    leads: () => false,
    stalledMs: () => 0,
  };
  const now = () => office.moment().now;
  return {
    events,
    state,
    reload: createReload({ app, pages: null, state, log, now, readConfig, changed: async () => {} }),
  };
}

test('a good configuration waits while the database is away: it is in force once that is back, and was no problem', async () => {
  const { reload, state, events } = aReload(read);
  const before = app.config;
  proxy.mode = 'refuse';
  proxy.cut();
  reload.ask();
  for (let minute = 0; minute < 2; minute += 1) await reload.again();
  expect(events).toEqual(Array.from({ length: 3 }, () => 'configuration-put-off'));
  expect([state.configProblems, state.configReadAt]).toEqual([null, new Date(0)]);
  expect(app.config).toBe(before);
  proxy.mode = 'pass';
  await reload.again();
  await reload.again();
  expect(events.slice(3)).toEqual(['configuration-in-force']);
  expect([state.configProblems, state.configReadAt]).toEqual([null, office.moment().now]);
  expect(app.config).not.toBe(before);
}, 20_000);

test.each<[string, () => Error]>([
  [
    'a configuration that is wrong',
    () => new ConfigError([{ file: 'district.yaml', line: 1, column: 1, key: 'staff', message: 'is wrong' }]),
  ],
  ['a file that cannot be read', () => Object.assign(new Error(), { code: 'EACCES', path: 'policy.yaml' })],
])(
  '%s is refused, and not tried again by itself',
  async (_what, error) => {
    const { reload, state, events } = aReload(() => {
      throw error();
    });
    reload.ask();
    await reload.again();
    expect(events).toEqual(['configuration-refused']);
    expect(state.configProblems).toHaveLength(1);
  },
  20_000,
);
