import { afterAll, beforeAll, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
  office.absent(weekdaysFrom('2026-09-08', 8));
  // The seventh absence is of the 16th; its letter leaves on Monday, the 21st, or on the day after.
  await office.days('2026-09-14', '2026-09-23');
});
afterAll(() => office.close());

async function summariesOn(date: string) {
  office.at(date, '07:00');
  await office.jobs.correspondence.composeWeekly(await office.jobs.procedure(), office.moment());
  const before = office.sink.delivered.length;
  await office.workOnce('send-staff-mail');
  const mails: { to: string; subject: string; text: string; html: string }[] = [];
  for (const { raw, to } of office.sink.delivered.slice(before)) {
    if (!raw.includes('X-Rollcall-Kind: summary')) continue;
    const { subject = '', text = '', html = '' } = await PostalMime.parse(raw);
    mails.push({ to: to[0] ?? '', subject, text, html });
  }
  return mails;
}

test('comes once a week to administrators and supervisors, with numbers only', async () => {
  const readers = office.config.staff.filter(({ role }) => role === 'administrator' || role === 'supervisor');
  const mails = await summariesOn('2026-09-28');
  expect(mails.map(({ to }) => to).sort()).toEqual(readers.map(({ email }) => email).sort());
  const [{ subject, text } = { subject: '', text: '' }] = mails;
  expect(subject).toBe('Attendance, week of September 21, 2026');
  expect(text).toMatch(/^First Letter: 1 \(before: 0\)$/m);
  expect(text).toMatch(/^Contact the family and open the attendance file: 0 \(before: 1\)$/m);
  expect(text).toMatch(/^Sent by e-mail: 1 \(before: 0\)$/m);
  // Nothing was kept of what was open a week before.
  expect(text).toMatch(/^Tasks overdue: 1$/m);
  const all = mails.map((mail) => `${mail.subject} ${mail.text} ${mail.html}`).join();
  expect(all).not.toMatch(/Quillon|Xanthe|Zephyrine|[TL]-\w{4}-\w{4}/);
  expect(all).not.toMatch(/<(script|img|link|iframe)/i);
  expect(await summariesOn('2026-09-28')).toEqual([]);
  expect(await summariesOn('2026-09-29')).toEqual([]);
});

test('stands against the week before as it was then', async () => {
  await office.answer('contact-family', 'reached');
  const [mail] = await summariesOn('2026-10-05');
  expect(mail?.subject).toBe('Attendance, week of September 28, 2026');
  expect(mail?.text).toMatch(/^First Letter: 0 \(before: 1\)$/m);
  expect(mail?.text).toMatch(/^Families reached: 1 \(before: 0\)$/m);
  expect(mail?.text).toMatch(/^Tasks overdue: \d+ \(before: 1\)$/m);
});

test('is written to nobody about a school in shadow', async () => {
  office.mode('shadow');
  expect(await summariesOn('2026-10-12')).toEqual([]);
  expect((await office.db.selectFrom('week_figures').select('week_begins').execute()).length).toBe(2);
});
