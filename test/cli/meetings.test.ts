import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Office, openOffice } from '../support/office.ts';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
  office.at('2026-09-22');
  await office.sync();
});
afterAll(() => office.close());

const meetings = (words: string, ...more: string[]) =>
  office.rollcall('meetings', ...words.split(' ').filter((word) => word !== ''), ...more);
const DAY = '--as-of 2026-09-22 --by Dana';

test('a meeting is scheduled, listed without people, moved and answered', async () => {
  expect((await meetings('list --as-of 2026-09-22')).out).toBe('There is no meeting.\n');
  const scheduled = await meetings(`schedule ada --on 2026-10-06 --at 15:30 ${DAY} --place`, 'Room 12');
  expect(scheduled.err).toBe('');
  const ref = /E-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(scheduled.out)?.[0] ?? scheduled.out;
  expect(scheduled.out).toContain(`${ref} is scheduled for October 6, 2026 at 3:30 PM, Room 12.`);
  expect(scheduled.out).toMatch(/Xanthe Zephyrine +family +by e-mail/);
  const json = (await meetings('list --json --as-of 2026-09-22')).out;
  expect(JSON.parse(json)).toMatchObject([{ ref, student: 'ada', minutes: 45, state: 'scheduled' }]);
  expect(json).not.toMatch(/Dana|Room|Zephyrine/);
  const moved = await meetings(`change ${ref.toLowerCase()} --at 16:00 ${DAY}`);
  expect(moved.out).toContain('is now on October 6, 2026 at 4:00 PM');
  expect(await meetings(`outcome ${ref} held ${DAY}`)).toMatchObject({
    code: 2,
    err: expect.stringContaining(`The meeting ${ref} is still to come.`),
  });
  expect((await meetings(`outcome ${ref} refused ${DAY}`)).out).toBe(
    `${ref} of October 6, 2026 at 4:00 PM: the family refused.\n`,
  );
  expect(
    (await office.db.selectFrom('audit_event').select('action').orderBy('id').execute()).map(
      ({ action }) => action,
    ),
  ).toEqual(['meeting-scheduled', 'meeting-changed', 'meeting-recorded']);
});

test.each<[string, string, string]>([
  ['no time of day', '--on 2026-10-06 --at 3pm', '--at: found "3pm", expected a time of the day as HH:MM'],
  [
    'no place for the night',
    '--on 2026-10-06 --at 23:30',
    '--at: found "23:30", expected a time from 06:00 to',
  ],
  ['a misspelt role', '--on 2026-10-06 --at 15:30 --role counsellor', '--role takes one of attendance-clerk'],
  ['an address alone', '--on 2026-10-06 --at 15:30 --other a@b.example', '--other takes "Name <address>"'],
  [
    'a misspelt guardian',
    '--on 2026-10-06 --at 15:30 --guardian mun',
    '--guardian: found "mun", expected the sourcedId of a guardian who may be written to',
  ],
])('%s is refused', async (_what, words, message) => {
  const { code, err } = await meetings(`schedule ada --place here ${DAY} ${words}`);
  expect(err).toContain(message);
  expect(code).toBe(2);
});

test('says how it is called', async () => {
  for (const command of ['', 'schedule', 'change', 'invite', 'outcome', 'cancel', 'none-needed', 'paper']) {
    const { code, out } = await meetings(`${command} --help`);
    expect(code).toBe(0);
    expect(out).toContain('Usage: rollcall meetings');
  }
});
