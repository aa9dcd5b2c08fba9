import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keepCases } from '../../src/procedure/keep-cases.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

let office: PagesOffice;

beforeAll(async () => {
  office = await openPagesOffice({ district: (text) => text.replace('delivery: mail', 'delivery: link') });
  office.absent(weekdaysFrom('2026-08-27', 17).filter((date) => date !== '2026-09-07'));
  await office.days('2026-09-21', '2026-09-22');
  await office.answer('contact-family', 'reached');
  await office.days('2026-09-23', '2026-09-29');
}, 60_000);
afterAll(() => office.close());

/** Looks after the cases on a day, and hands over what comes of it. @returns subjects of mails to the officer */
async function lookAfterCases(date: string): Promise<string[]> {
  office.at(date);
  await keepCases(office.letterbox, await office.jobs.procedure(), office.moment());
  await office.workOnce('send-staff-mail');
  return office.sink.delivered
    .filter(({ to }) => to.includes(office.config.truancyOfficer.email))
    .map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw.toString())?.[1] ?? '');
}

test('an officer who has not fetched a packet is reminded once, then the administrator hears of it once', async () => {
  const { ref } = await office.db.selectFrom('referral').select('ref').executeTakeFirstOrThrow();
  const first = await lookAfterCases('2026-09-29');
  expect(first).toEqual([expect.stringContaining(ref)]);
  const { remindAfterDays, tellSchoolAfterDays } = office.config.truancyOfficer;
  expect([remindAfterDays, tellSchoolAfterDays]).toEqual([3, 5]);
  expect(await lookAfterCases('2026-10-01')).toEqual(first);
  const reminded = [...first, `Case ${ref}: the attendance file waits for you`];
  expect(await lookAfterCases('2026-10-02')).toEqual(reminded);
  expect(await office.openTasks()).not.toContain('packet-not-fetched');
  expect(await lookAfterCases('2026-10-06')).toEqual(reminded);
  expect(await office.openTasks()).toContain('packet-not-fetched');
  expect(await lookAfterCases('2026-10-12')).toEqual(reminded);
  const told = await office.db
    .selectFrom('task')
    .select('state')
    .where('kind', '=', 'packet-not-fetched')
    .execute();
  expect(told).toEqual([{ state: 'open' }]);
});
