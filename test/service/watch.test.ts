import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sendStaffMail } from '../../jobs/send-staff-mail.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Cause, HealthTrouble } from '../../src/domain/health.ts';
import { openApp } from '../../src/main.ts';
import { silentLog } from '../../src/ops/log.ts';
import { tellOfTrouble } from '../../src/procedure/tell-of-trouble.ts';
import { troubleWords } from '../../src/procedure/trouble-words.ts';
import { createNightWatch } from '../../src/service/ping.ts';
import { createServiceWatch } from '../../src/service/watch.ts';
import { openDatabase } from '../../src/store/database.ts';
import { standForLeader } from '../../src/store/leader.ts';
import { readNight } from '../../src/store/nights.ts';
import { reportProcess } from '../../src/store/processes.ts';
import { claimSlot } from '../../src/store/schedule-slots.ts';
import { type Office, openOffice } from '../support/office.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

const full: HealthTrouble = { cause: 'disk-nearly-full', figures: { megabytes: 812 } };

test('the IT contact is told once per cause, with what to do, and again only after it was well', async () => {
  office.at('2026-09-10', '08:00');
  await office.sync();
  const look = async (time: string, ...troubles: HealthTrouble[]) => {
    office.at('2026-09-10', time);
    const { mailIds } = await tellOfTrouble(office.letterbox, troubles, office.moment());
    for (const mailId of mailIds) await sendStaffMail.run({ mailId }, office.jobs, { last: true });
    return mailIds.length;
  };
  expect(await look('08:00', full)).toBe(0);
  expect(await look('08:01', full)).toBe(1);
  expect(await look('08:02', { ...full, figures: { megabytes: 700 } })).toBe(0);
  const mail = office.sink.delivered.at(-1)?.raw.toString().replace(/=\r\n/g, '') ?? '';
  expect(mail).toMatch(/^Subject: Rollcall needs attention: the disk is nearly full\r$/m);
  expect(mail).toContain('has 812 MB left');
  expect(mail).toContain('Make room');
  // Gone for less than a quarter of an hour: the same trouble.
  expect(await look('08:10')).toBe(0);
  expect(await look('08:12', full)).toBe(0);
  expect(await look('08:28')).toBe(0);
  expect(await look('08:29', full)).toBe(0);
  expect(await look('08:30', full)).toBe(1);
  expect(office.sink.delivered).toHaveLength(2);
});

test('who looks hands the mail over itself, since the worker may be what is missing', async () => {
  office.at('2026-09-10', '08:00');
  await office.sync();
  const { configDir, dataDir } = office.config;
  const config = loadConfig({
    configDir,
    dataDir,
    env: { DATABASE_URL: office.url, SMTP_URL: office.sink.url },
    shippedTemplatesDir: 'templates',
  });
  const app = await openApp({ config, log: silentLog(), now: () => office.moment().now });
  try {
    const watch = createServiceWatch(app, silentLog(), () => true);
    await watch.look();
    expect(office.sink.delivered).toEqual([]);
    office.at('2026-09-10', '08:10');
    await watch.look();
    const subjects = office.sink.delivered.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw.toString())?.[1]);
    expect(subjects).toContain('Rollcall needs attention: no worker is running');
    const mails = subjects.length;
    office.at('2026-09-10', '08:11');
    await watch.look();
    expect(office.sink.delivered).toHaveLength(mails);
  } finally {
    await app.close(0);
  }
}, 20_000);

test('every cause has words that end as sentences', () => {
  const causes: Cause[] = [
    'scheduler-missing',
    'worker-missing',
    'night-unfinished',
    'students-given-up',
    'sending-stopped',
    'queue-stuck',
    'queue-evicts',
    'mail-unsendable',
    'mailbox-unreadable',
    'configuration-refused',
    'event-loop-stalls',
    'disk-nearly-full',
    'backup-too-old',
    'database-away',
    'looks-fail',
  ];
  for (const cause of causes) {
    const { what, detail, advice } = troubleWords({ cause, figures: {} });
    expect(what).toMatch(/^[a-z].*[^.]$/);
    for (const text of [detail, advice]) expect(text).toMatch(/^[“A-Z0-9].*\.$/s);
  }
});

test('an address is asked for after each night, until it answers, and once more when a bad one turned out well', async () => {
  const asked: string[] = [];
  let status = 500;
  const receiver = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const environment = { ...office.config.environment, pingUrl: `${url}/well`, pingFailUrl: `${url}/fail` };
  const nights = createNightWatch(office.db, silentLog(), () => environment);
  const due = new Date('2026-09-10T09:30:00Z');
  const at = (time: string) => new Date(`2026-09-10T${time}Z`);
  try {
    await nights.tell({ due, outcome: 'bad' }, at('14:31:00'));
    await nights.tell({ due, outcome: 'bad' }, at('14:31:30'));
    expect(asked).toEqual(['/fail']);
    status = 200;
    await nights.tell({ due, outcome: 'bad' }, at('14:32:00'));
    await nights.tell({ due, outcome: 'bad' }, at('14:50:00'));
    expect(asked).toEqual(['/fail', '/fail']);
    await nights.tell({ due, outcome: 'good' }, at('15:00:00'));
    await nights.tell({ due, outcome: 'good' }, at('15:01:00'));
    await nights.tell({ due, outcome: 'bad' }, at('15:02:00'));
    expect(asked).toEqual(['/fail', '/fail', '/well']);
    expect(await readNight(office.db, due)).toEqual({ outcome: 'good', pingedAt: at('15:00:00') });
  } finally {
    receiver.close();
    receiver.closeAllConnections();
  }
});

test('status says in ten lines whether all is well, and ends with 1 where it is not', async () => {
  const empty = await office.rollcall('status');
  expect(empty.code).toBe(1);
  expect(empty.out).toContain('NOT WELL: 2 things to look at');
  expect(empty.out).toContain('! Nothing was ever read');
  expect(empty.out).toContain('! Rollcall does not run: nothing begins by itself');

  const now = new Date();
  office.at('2026-09-10');
  await office.sync();
  await office.db
    .updateTable('sync_run')
    .set({ started_at: now, finished_at: now, source_as_of: now })
    .execute();
  await office.db.deleteFrom('evaluation_due').execute();
  const itself = { id: '00000000-0000-4000-8000-000000000001', host: 'one', version: '1.0.0', leads: true };
  const report = { ...itself, roles: ['scheduler', 'worker'], jobsDone: 3, stalledMs: 4, configReadAt: now };
  await reportProcess(office.db, { ...report, configProblems: null });
  const store = openDatabase({ url: office.url });
  const leader = standForLeader(store.pool);
  expect((await office.rollcall('status')).out).toMatch(/1 process runs .*, none leads$/m);
  expect(await leader.leads()).toBe(true);
  const well = await office.rollcall('status');
  const head = well.out.split('\n').slice(0, 10);
  expect(head[0]).toBe('All is well.');
  expect(head.join('\n')).toMatch(
    /Service +1 process runs \(scheduler, worker\), version 1\.0\.0, one leads/,
  );
  expect(head.join('\n')).toContain('Sending     goes on');
  expect(well.code).toBe(0);
  expect(JSON.parse((await office.rollcall('status', '--json')).out)).toMatchObject({
    well: true,
    troubles: [],
  });

  await reportProcess(office.db, {
    ...report,
    configProblems: [{ file: 'policy.yaml', line: 7, key: 'steps[1].at' }],
  });
  await claimSlot(office.db, { name: 'sync', at: new Date(0), now });
  const refused = await office.rollcall('status');
  expect(refused.code).toBe(1);
  expect(refused.out).toContain('! A changed configuration was refused.');
  expect(refused.out).toContain('on one: policy.yaml:7 steps[1].at');
  await leader.release();
  await store.close();
}, 20_000);
