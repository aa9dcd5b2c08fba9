import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
let clerk: string;
beforeAll(async () => {
  office = await openOffice();
  office.absent(weekdaysFrom('2026-09-08', 4));
  await office.day('2026-09-14');
  clerk = office.config.staff.find(({ role }) => role === 'attendance-clerk')?.email ?? '';
});
afterAll(() => office.close());

test('somebody goes away and comes back, on record', async () => {
  const add = [
    'away',
    'add',
    clerk,
    '--from',
    '2026-09-21',
    '--by',
    'Dana',
    '--as-of',
    '2026-09-14',
    '--until',
  ];
  expect(await office.rollcall(...add, '2026-09-20')).toMatchObject({ code: 2 });
  expect((await office.rollcall(...add, '2026-09-25')).out).toContain(
    'is away from 2026-09-21 to 2026-09-25',
  );
  const again = await office.rollcall(...add, '2026-09-25');
  expect([again.code, again.err.includes('Nothing was recorded')]).toEqual([2, true]);
  const itContact = office.config.staff.find(({ role }) => role === 'it-contact')?.email ?? '';
  const wrong = await office.rollcall(...add, '2026-10-02', '--substitute', itContact);
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('may see the files of each school')]);
  const listed = JSON.parse((await office.rollcall('away', '--json', '--as-of', '2026-09-14')).out);
  expect(listed).toMatchObject([
    { email: clerk, begins: '2026-09-21', ends: '2026-09-25', substitute: null },
  ]);
  const back = ['away', 'back', clerk, '--by', 'Dana', '--as-of', '2026-09-22'];
  expect((await office.rollcall(...back)).code).toBe(0);
  expect((await office.rollcall(...back)).code).toBe(2);
}, 30_000);

test('a task is put off with a reason, but not for ever', async () => {
  const { ref } = await office.db.selectFrom('task').select('ref').executeTakeFirstOrThrow();
  const snooze = [
    'tasks',
    'snooze',
    ref,
    '--by',
    'Dana',
    '--why',
    'Abroad',
    '--as-of',
    '2026-09-14',
    '--until',
  ];
  const far = await office.rollcall(...snooze, '2027-05-01');
  expect([far.code, far.err.includes('--until takes a day after today')]).toEqual([2, true]);
  expect((await office.rollcall(...snooze, '2026-09-18')).out).toContain(
    `Task ${ref} is put off until 2026-09-18.`,
  );
  expect((await office.rollcall('tasks')).out).toContain('(put off until 2026-09-18)');
  const events = await office.db
    .selectFrom('audit_event')
    .select(['action', 'actor_name', 'detail'])
    .orderBy('id')
    .execute();
  expect(events[0]?.detail).toMatchObject({ state: 'away', person: clerk, substitute: null });
  expect(events.map(({ action, actor_name }) => `${action} ${actor_name}`)).toEqual([
    'absence-noted Dana',
    'absence-noted Dana',
    'task-snoozed Dana',
  ]);
}, 30_000);

test('what a person changes at the command line is on record, with the name and once', async () => {
  const by = ['--by', 'Dana'];
  const hold = [
    'holds',
    'add',
    'ada',
    '--kind',
    'missing',
    '--owner',
    'administrator',
    '--why',
    'The police asked',
  ];
  expect((await office.rollcall(...hold, ...by, '--as-of', '2026-09-14')).code).toBe(0);
  const { ref } = await office.db.selectFrom('hold').select('ref').executeTakeFirstOrThrow();
  const end = ['holds', 'end', ref, '--why', 'Found', ...by, '--as-of', '2026-09-14'];
  expect([(await office.rollcall(...end)).code, (await office.rollcall(...end)).code]).toEqual([0, 2]);
  const stop = ['letters', 'stop', '--why', 'A wrong letter', ...by];
  expect([(await office.rollcall(...stop)).code, (await office.rollcall(...stop)).code]).toEqual([0, 0]);
  expect((await office.rollcall('letters', 'resume', ...by)).code).toBe(0);
  const { ref: task } = await office.db
    .selectFrom('task')
    .select('ref')
    .where('kind', '=', 'contact-family')
    .executeTakeFirstOrThrow();
  const done = ['tasks', 'done', task, '--outcome', 'reached', '--note', 'Words of the family', ...by];
  expect((await office.rollcall(...done, '--as-of', '2026-09-14')).code).toBe(0);
  const events = await office.db
    .selectFrom('audit_event')
    .select(['action', 'actor_name', 'subject', 'detail'])
    .where('action', 'not in', ['absence-noted', 'task-snoozed'])
    .orderBy('id')
    .execute();
  expect(events.map(({ action, actor_name, subject }) => [action, actor_name, subject])).toEqual([
    ['hold-placed', 'Dana', ref],
    ['hold-ended', 'Dana', ref],
    ['sending-stopped', 'Dana', null],
    ['sending-resumed', 'Dana', null],
    ['task-done', 'Dana', task],
  ]);
  expect(JSON.stringify(events)).not.toMatch(/police|Words/);
}, 60_000);
