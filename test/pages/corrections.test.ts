import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { removeDocument } from '../../src/procedure/keep-documents-right.ts';
import { fileRefOf } from '../../src/store/file-view.ts';
import { resumeSending, stopSending } from '../../src/store/kill-switch.ts';
import { placeOfLetter } from '../../src/store/office-letters.ts';
import { BY_CLERK, fileAPage } from '../support/asked.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { aDeletedAbsence, aSchool, enrolledAt, MANY } from '../support/sis-records.ts';

/** One case, from the day on which its packet leaves; each test goes on where the one before it has ended. */
let office: PagesOffice;
let ref: string;
let document: string;

beforeAll(async () => {
  office = await openPagesOffice({
    district: (text) => text.replace('delivery: mail', 'delivery: link'),
  });
  office.absent(MANY);
  await office.days('2026-09-21', '2026-09-22');
  await office.answer('contact-family', 'reached');
  document = await fileAPage(office);
  await office.days('2026-09-28', '2026-09-29');
  ref = (await office.db.selectFrom('referral').select('ref').executeTakeFirstOrThrow()).ref;
}, 120_000);
afterAll(() => office.close());

test('what the mail server said of a letter stands once in the file', async () => {
  const sent = await office.db.selectFrom('letter').select(['reply']).where('state', '=', 'sent').execute();
  expect(sent).not.toEqual([]);
  const administrator = office.config.staffFor('administrator', office.school)[0]?.email ?? '';
  const file = await fileRefOf(office.db, await office.studentId());
  const { text } = await (await office.signedIn(administrator)).get(`/files/${file}`);
  expect(text.split('(“').length - 1).toBe(sent.length);
});

test('a packet that could not follow its words while sending was stopped follows them later', async () => {
  await stopSending(office.db, { by: 'Dana Ruiz', because: 'wrong counts', now: office.moment().now });
  left(9);
  await office.day('2026-10-01');
  expect([await corrections(), await packets()]).toEqual([1, [1]]);
  await resumeSending(office.db, { by: 'Dana Ruiz', because: null, now: office.moment().now });
  await office.work();
  expect([await corrections(), await packets()]).toEqual([1, [1, 2]]);
});

test('a count that falls again is told again, with a packet of its own; one that stays is not', async () => {
  left(8);
  await office.day('2026-10-02');
  expect([await corrections(), await packets()]).toEqual([2, [1, 2, 3]]);
  await office.day('2026-10-05');
  expect([await corrections(), await packets()]).toEqual([2, [1, 2, 3]]);
});

test('a document of another child, once it is removed, cannot be fetched, and somebody has to deal with it', async () => {
  const removal = { ref: document, because: 'It is about another child.', by: BY_CLERK };
  expect(await removeDocument(office.db, removal, office.moment())).toEqual({ kind: 'changed' });
  const officer = await office.signedIn(office.config.truancyOfficer.email);
  for (const number of [1, 2, 3])
    expect((await officer.get(`/case/${ref}/packet/${number}`)).status).toBe(404);
  expect(await office.openTasks()).toContain('sent-by-mistake');
  const copy = await office.rollcall('referrals', 'copy', ref, '--by', 'Dana Ruiz', '--why', 'lost');
  expect(copy.code).not.toBe(0);
  office.at('2026-10-06');
  await office.work();
  expect([await corrections(), await packets()]).toEqual([3, [1, 2, 3, 4]]);
  const page = await (await office.signedIn(office.config.truancyOfficer.email)).get(`/case/${ref}`);
  expect(page.text).toContain('Correction 4');
  expect(page.text).not.toContain('Correction 3');
});

test('a student who has moved takes questions and letters along to the new school', async () => {
  office.sis.schools.push(aSchool('washington'));
  office.sis.students = office.sis.students.map((ada) => ({
    ...ada,
    enrolments: [enrolledAt('washington')],
  }));
  await office.day('2026-10-07');
  const officer = await office.signedIn(office.config.truancyOfficer.email);
  const page = await officer.get(`/case/${ref}`);
  await officer.submit(page, { question: 'Was the zebra excused?' }, `/case/${ref}/question`);
  const task = await office.db
    .selectFrom('task')
    .innerJoin('school', 'school.id', 'task.school_id')
    .select('school.sourced_id')
    .where('task.kind', '=', 'officer-question')
    .executeTakeFirst();
  expect(task?.sourced_id).toBe('washington');
  const [letter] = await office.letters();
  const place = await placeOfLetter(office.db, letter?.ref ?? '', office.moment().today);
  expect(place?.school).toBe('washington');
});

function left(days: number): void {
  office.absent(MANY.slice(0, days));
  for (const date of MANY.slice(days)) office.sis.absences.push(aDeletedAbsence('ada', date));
}

const corrections = async () =>
  (await office.db.selectFrom('staff_mail').select('key').where('key', 'like', 'correction:%').execute())
    .length;

const packets = async () =>
  (
    await office.db
      .selectFrom('packet')
      .select('number')
      .where('state', '=', 'left')
      .orderBy('number')
      .execute()
  ).map(({ number }) => number);
