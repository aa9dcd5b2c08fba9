import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/load-config.ts';
import { createLog } from '../../src/ops/log.ts';
import { ROLES, runService, type ServiceRole } from '../../src/service/run-service.ts';
import { listProcesses } from '../../src/store/processes.ts';
import { freePort } from '../support/free-port.ts';
import { type Office, openOffice } from '../support/office.ts';
import { staffMailStates, threeMailsToStaff } from '../support/staff-mails.ts';

let office: Office;
let smtpUrl: string;
let healthPort: number;
let pagesPort: number;
beforeEach(async () => {
  [healthPort, pagesPort] = [await freePort(), await freePort()];
  office = await openOffice({
    district: (text) =>
      `${text}health:\n  listen: "127.0.0.1:${healthPort}"\nservice:\n  stopSeconds: 5\npages:\n  url: http://127.0.0.1:${pagesPort}\n  listen: "127.0.0.1:${pagesPort}"\n`,
  });
});
beforeEach(() => {
  smtpUrl = office.sink.url;
});
/** What a test that fails has left running would go on in the next ones. */
const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
  await office.close();
});

/** The service in this process, with signals of the test's own. */
async function aService(roles: readonly ServiceRole[] = ROLES, { standMs = 100 } = {}) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    level: 'info',
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const { configDir, dataDir } = office.config;
  const { url } = office;
  const readConfig = () =>
    loadConfig({
      configDir,
      dataDir,
      env: { DATABASE_URL: url, SMTP_URL: smtpUrl },
      shippedTemplatesDir: 'templates',
    });
  let stop = (_signal: string) => {};
  let reload = () => {};
  const stopped = new Promise<string>((resolve) => {
    stop = resolve;
  });
  let ready = () => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const end = runService({
    config: readConfig(),
    readConfig,
    roles: new Set(roles),
    log,
    now: () => new Date(),
    standMs,
    ready: () => ready(),
    signals: {
      stop: stopped,
      onReload: (ask) => {
        reload = ask;
      },
    },
  });
  const stopInOrder = () => {
    stop('SIGTERM');
    return end;
  };
  running.push(() => stopInOrder().catch(() => undefined));
  await Promise.race([isReady, end]);
  return {
    lines,
    logged: (event: string) => lines.filter((line) => line.event === event),
    stop: stopInOrder,
    hangUp: () => reload(),
    end,
  };
}

const at = (path: string) => fetch(`http://127.0.0.1:${healthPort}${path}`);
const page = (path: string) => fetch(`http://127.0.0.1:${pagesPort}${path}`, { redirect: 'manual' });
/** Until it is so; the test's own time limit ends it. */
async function until<T>(ask: () => Promise<T> | T, isSo: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const changed = async (name: 'district' | 'policy', edit: (text: string) => string) => {
  const file = join(office.config.configDir, `${name}.yaml`);
  await writeFile(file, edit(await readFile(file, 'utf8')));
};

test('is live and ready with figures that name nobody, leads, and ends in order', async () => {
  office.at('2026-09-10');
  await office.sync();
  const service = await aService();
  expect((await at('/live')).status).toBe(200);
  const ready = await at('/ready');
  expect([ready.status, await ready.json()]).toEqual([
    200,
    {
      ready: true,
      database: 'ok',
      queue: 'ok',
      migrations: 'ok',
      configuration: 'ok',
      pages: 'ok',
      process: 'ok',
    },
  ]);
  await until(
    () => listProcesses(office.db),
    ([one]) => one !== undefined,
  );
  const metrics = await until(
    async () => (await at('/metrics')).text(),
    (text) => /^rollcall_leader 1$/m.test(text),
  );
  for (const line of metrics.trim().split('\n'))
    expect(line).toMatch(
      /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+]+)$/,
    );
  expect(metrics).toMatch(/^rollcall_sync_age_seconds \d+$/m);
  expect(metrics).toMatch(/^rollcall_sync_rows\{rows="students"\} 1$/m);
  for (const name of ['Ada', 'ada', 'mum', '@']) expect(metrics).not.toContain(name);
  expect((await at('/students')).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${healthPort}/live`, { method: 'POST' })).status).toBe(405);
  expect((await page('/sign-in')).status).toBe(200);
  expect(await service.stop()).toEqual({ code: 0, hangs: false });
  await expect(at('/live')).rejects.toThrow();
  expect(await listProcesses(office.db)).toEqual([]);
  for (const event of ['report-failed', 'look-failed']) expect(service.logged(event)).toEqual([]);
  expect(service.logged('ready')[0]).toMatchObject({ milliseconds: expect.any(Number) });
}, 20_000);

test('G5: of two services one leads, and when it has gone the other does without waiting for the next minute', async () => {
  const one = await aService(['scheduler', 'worker']);
  await until(
    () => one.logged('leader-became'),
    (lines) => lines.length === 1,
  );
  await office.db.deleteFrom('running_process').execute();
  await changed('district', (text) => text.replace(`127.0.0.1:${healthPort}`, `127.0.0.1:${pagesPort}`));
  const two = await aService(['scheduler']);
  expect(two.logged('leader-became')).toEqual([]);
  await one.stop();
  await until(
    () => two.logged('leader-became'),
    (lines) => lines.length === 1,
  );
  await two.stop();
}, 20_000);

test('a service of pages alone serves them, leads nothing, and says that the others are missing', async () => {
  const pages = await aService(['pages']);
  expect((await page('/sign-in')).status).toBe(200);
  expect(await (await at('/ready')).json()).toMatchObject({ ready: true, pages: 'ok' });
  await until(
    () => listProcesses(office.db),
    ([one]) => one !== undefined,
  );
  expect(await (await at('/metrics')).text()).toMatch(/^rollcall_leader 0$/m);
  const status = JSON.parse((await office.rollcall('status', '--json')).out) as {
    troubles: { cause: string }[];
  };
  expect(status.troubles.map(({ cause }) => cause)).toEqual(['scheduler-missing', 'worker-missing']);
  for (const event of ['leader-became', 'slot-begun', 'job-done']) expect(pages.logged(event)).toEqual([]);
  expect((await pages.stop()).code).toBe(0);
}, 20_000);

describe('SIGHUP', () => {
  test('takes up what was changed while requests go on', async () => {
    const service = await aService();
    const oldName = office.config.district.name;
    expect(await (await page('/sign-in')).text()).toContain(oldName);
    await changed('district', (text) => text.replaceAll(oldName, 'Another District'));
    service.hangUp();
    await until(
      () => service.logged('configuration-in-force'),
      (lines) => lines.length === 1,
    );
    const text = await (await page('/sign-in')).text();
    expect(text).toContain('Another District');
    expect(text).not.toContain(oldName);
    expect((await service.stop()).code).toBe(0);
  }, 20_000);

  test('keeps the old one where the new one is wrong, and says where, without what stands there', async () => {
    const service = await aService();
    const oldName = office.config.district.name;
    await changed('district', (text) =>
      text
        .replaceAll(oldName, 'Another District')
        .replace(/^staff:\n/m, 'staff:\n  - { name: Ana Torres, email: ana@, role: clerk }\n'),
    );
    service.hangUp();
    const [refused] = await until(
      () => service.logged('configuration-refused'),
      (lines) => lines.length > 0,
    );
    expect(refused).toMatchObject({ file: 'district.yaml', key: 'staff.0.email', line: expect.any(Number) });
    expect(JSON.stringify(service.lines)).not.toMatch(/Ana|ana@/);
    expect(await (await page('/sign-in')).text()).toContain(oldName);
    const ready = await at('/ready');
    expect([ready.status, ((await ready.json()) as { configuration: string }).configuration]).toEqual([
      200,
      'the-one-before',
    ]);
    await service.stop();
  }, 20_000);

  test('a policy that is changed in the middle of the work holds once it was asked for, and whole', async () => {
    const service = await aService();
    const file = join(office.config.configDir, 'policy.yaml');
    const whole = await readFile(file, 'utf8');
    const version = /^version: .*$/m.exec(whole)?.[0] ?? '';
    // As an editor leaves it that has not written everything yet.
    await writeFile(file, whole.slice(0, whole.length / 2));
    expect(((await (await at('/ready')).json()) as { configuration: string }).configuration).toBe('ok');
    service.hangUp();
    const [refused] = await until(
      () => service.logged('configuration-refused'),
      (lines) => lines.length > 0,
    );
    expect(refused).toMatchObject({ file: 'policy.yaml' });
    await writeFile(file, whole.replace(version, 'version: "the next one"'));
    service.hangUp();
    await until(
      () => service.logged('configuration-in-force'),
      (lines) => lines.length === 1,
    );
    expect(((await (await at('/ready')).json()) as { configuration: string }).configuration).toBe('ok');
    expect((await service.stop()).code).toBe(0);
  }, 20_000);

  test('mails that wait behind one that hangs go at once by the new one', async () => {
    await threeMailsToStaff(office);
    let message = 0;
    office.sink.fault = (moment) => {
      message = Math.max(message, moment.message);
      return moment.message === 1 ? { at: 'dot', does: 'stall' } : null;
    };
    smtpUrl = `${office.sink.url}?connections=1`;
    const service = await aService();
    await until(
      () => message,
      (begun) => begun === 1,
    );
    await until(
      () => office.db.selectFrom('staff_mail').select('id').where('state', '=', 'claimed').execute(),
      (claimed) => claimed.length === 1,
    );
    service.hangUp();
    await until(
      () => office.sink.delivered,
      (delivered) => delivered.length === 2,
    );
    expect(service.logged('job-put-off').map(({ code }) => code)).toContain('mail-closed');
    office.sink.dropConnections();
    await until(
      async () => (await staffMailStates(office)).join(),
      (states) => states === 'sent,sent,uncertain',
    );
    expect((await service.stop()).code).toBe(0);
  }, 30_000);

  test('does not take up what needs a restart', async () => {
    const service = await aService(['worker', 'pages']);
    await changed('district', (text) => text.replace('America/Denver', 'America/Chicago'));
    service.hangUp();
    const [refused] = await until(
      () => service.logged('configuration-refused'),
      (lines) => lines.length > 0,
    );
    expect(refused).toMatchObject({ file: 'district.yaml', key: 'district.timeZone' });
    await service.stop();
  }, 20_000);
});

test('a service whose health finds its port taken ends, with what is wrong', async () => {
  const other = createServer().listen(healthPort, '127.0.0.1');
  await once(other, 'listening');
  expect((other.address() as AddressInfo).port).toBe(healthPort);
  await expect(aService()).rejects.toMatchObject({
    exitCode: 78,
    message: expect.stringContaining(`health.listen — found 127.0.0.1:${healthPort}, where another program`),
  });
  other.close();
}, 20_000);
