import { afterEach, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import { listOpenTasks } from '../../src/store/tasks.ts';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

const SEVEN = weekdaysFrom('2026-09-08', 7);
const LATE = '2026-09-17';

let office: Office;
afterEach(() => office.close());

/** Seven days that can be measured, and one on which the SIS gives no minutes. */
async function openUnmeasured(): Promise<void> {
  office = await openOffice({
    policy: (text) =>
      text
        .replace('counting:\n', 'counting:\n  measure: minutes\n')
        .replace('letter: first-letter', 'letter: first-letter\n    legalDeadlineDays: 8'),
  });
  office.absent([...SEVEN, LATE]);
  withMinutes((date) => date !== LATE);
}

function withMinutes(has: (date: string) => boolean): void {
  office.sis.absences = office.sis.absences.map((row) => {
    if (row.deleted) return row;
    const minutes = has(row.date) ? 400 : null;
    return { ...row, minutesAbsent: minutes, minutesScheduled: minutes };
  });
}

const unmeasured = async () =>
  (await listOpenTasks(office.db)).filter(({ kind }) => kind === 'unmeasured-absence');

test('an absence that cannot be measured keeps the letter back, and the office hears which one', async () => {
  await openUnmeasured();
  await office.day('2026-09-22');
  expect(await office.steps()).toMatchObject({ 'first-letter': 'owed' });
  expect(await office.letters()).toEqual([]);
  expect(await unmeasured()).toMatchObject([
    { role: 'attendance-clerk', step: 'first-letter', detail: LATE, dueOn: '2026-09-24' },
  ]);
  await office.jobs.correspondence.composeDigests(await office.jobs.procedure(), office.moment());
  await office.work();
  const texts: string[] = [];
  for (const { raw } of office.sink.delivered) texts.push((await PostalMime.parse(raw)).text ?? '');
  const digest = texts.find((text) => text.includes('An absence cannot be measured'))?.replace(/\s+/g, ' ');
  expect(digest).toContain('Letters wait until it does (September 17, 2026)');
  expect(digest).toContain('The law wants it out by Tue, Sep 29, 2026.');
});

test('the task closes and the letter goes once the SIS has the minutes', async () => {
  await openUnmeasured();
  await office.day('2026-09-22');
  withMinutes(() => true);
  await office.day('2026-09-23');
  expect(await unmeasured()).toEqual([]);
  expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
});
