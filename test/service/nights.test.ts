import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sendStaffMail } from '../../jobs/send-staff-mail.ts';
import { tellOfTrouble } from '../../src/procedure/tell-of-trouble.ts';
import { countFailedEvaluation, MAX_ATTEMPTS } from '../../src/store/due-work.ts';
import { markEvaluationDue } from '../../src/store/evaluation-due.ts';
import { readHealthFigures } from '../../src/store/health-figures.ts';
import { nightIsDone } from '../../src/store/nights.ts';
import { enterSafeMode } from '../../src/store/safe-mode.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aStudent } from '../support/sis-records.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.sis.students.push(aStudent('ben', { enrolments: office.sis.students[0]?.enrolments ?? [] }));
  office.absent(['2026-09-08']);
  office.absent(['2026-09-08'], 'ben');
});
afterEach(() => office.close());

/** The read of a night, when its slot was due. */
async function night(date: string): Promise<Date> {
  office.at(date, '02:30');
  const slot = office.moment().now;
  await office.sync();
  return slot;
}

async function failsForGood(student: string): Promise<void> {
  const id = await office.studentId(student);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1)
    await countFailedEvaluation(office.db, id, office.moment().now);
}

const givenUp = async () => (await readHealthFigures(office.db, office.moment().today)).evaluationsGivenUp;

test('a night is done once everybody was decided about', async () => {
  const slot = await night('2026-09-10');
  expect(await nightIsDone(office.db, slot)).toBe(false);
  await office.decide('ada');
  expect(await nightIsDone(office.db, slot)).toBe(false);
  await office.decide('ben');
  expect(await nightIsDone(office.db, slot)).toBe(true);
});

test.each([['one'], ['all']])('a night in which %s could not be decided about is not done', async (who) => {
  const slot = await night('2026-09-10');
  await failsForGood('ada');
  if (who === 'all') await failsForGood('ben');
  else await office.decide('ben');
  expect(await givenUp()).toBe(who === 'all' ? 2 : 1);
  expect(await nightIsDone(office.db, slot)).toBe(false);
});

test('nor is one in which somebody failed whom the day, and no record, had made due', async () => {
  const slot = await night('2026-09-10');
  for (const student of ['ada', 'ben']) await office.decide(student);
  office.at('2026-09-10', '03:10');
  const id = await office.studentId('ada');
  await countFailedEvaluation(office.db, id, office.moment().now);
  expect(await nightIsDone(office.db, slot)).toBe(false);
  await office.decide('ada');
  expect(await nightIsDone(office.db, slot)).toBe(true);
});

test('whoever was given up before, or by day, is a trouble and not one of the night', async () => {
  await night('2026-09-10');
  await failsForGood('ada');
  await office.decide('ben');
  const slot = await night('2026-09-11');
  expect(await nightIsDone(office.db, slot)).toBe(true);
  office.at('2026-09-11', '14:00');
  await markEvaluationDue(office.db, [await office.studentId('ben')], 'contact', office.moment().now);
  await failsForGood('ben');
  expect(await nightIsDone(office.db, slot)).toBe(true);
  expect(await givenUp()).toBe(2);
});

test('while the database is an old one IT hears of it, and of nothing that may have left before', async () => {
  office.at('2026-09-10', '08:00');
  await office.sync();
  const trouble = { cause: 'sending-stopped', figures: { hours: 5, safeMode: 1 } } as const;
  const tell = async (time: string) => {
    office.at('2026-09-10', time);
    return (await tellOfTrouble(office.letterbox, [trouble], office.moment())).mailIds;
  };
  const send = async (mailIds: readonly string[]) => {
    for (const mailId of mailIds) await sendStaffMail.run({ mailId }, office.jobs, { last: true });
  };
  await tell('08:00');
  const before = await tell('08:05');
  expect(before).toHaveLength(1);
  office.at('2026-09-10', '08:10');
  const since = office.moment().now;
  const mode = { why: 'older-than-file', knowsUntil: null, since, by: 'Rollcall', auditSeq: null } as const;
  await enterSafeMode(office.db, mode);
  await office.db.updateTable('incident').set({ closed_at: since }).execute();
  await tell('08:11');
  const after = await tell('08:20');
  expect(after).toHaveLength(1);
  await send([...before, ...after]);
  // As whatever looks for due work finds it.
  expect(await office.workOnce('send-staff-mail')).toEqual([]);
  const subjects = office.sink.delivered.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw.toString())?.[1]);
  expect(subjects).toEqual(['Rollcall needs attention: letters are stopped']);
  expect((await readHealthFigures(office.db, office.moment().today)).safeModeSince).toEqual(since);
  // A stop by a person is another thing.
  expect((await readHealthFigures(office.db, office.moment().today)).killSwitchSince).toBeNull();
  expect((await office.rollcall('status')).out).toContain(
    'The database is older than what has left from this data folder: nothing leaves before',
  );
});
