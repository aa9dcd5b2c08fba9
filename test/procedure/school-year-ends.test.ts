import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import { beginNextYear } from '../support/new-year.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aGuardian, aStudent, enrolledAt, linkTo, MANY, weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
/** Ada's referral gathers; Ben's letter waits, Cid's is printed. */
beforeEach(async () => {
  office = await openOffice();
  office.sis.students.push(
    ...['ben', 'cid'].map((name) => aStudent(name, { enrolments: [enrolledAt(office.school)] })),
  );
  office.sis.guardians.push(
    aGuardian('dad', { familyName: 'Ben', links: [linkTo('ben')] }),
    aGuardian('aunt', { familyName: 'Cid', email: null, links: [linkTo('cid')] }),
  );
  office.absent(MANY);
  office.absent(weekdaysFrom('2026-09-08', 7), 'cid');
  await office.days('2026-09-21', '2026-09-29');
  office.absent(weekdaysFrom('2026-09-14', 7), 'ben');
  await office.day('2026-09-30', '17:00');
  expect(await office.steps('ben')).toMatchObject({ 'first-letter': 'owed' });
});
afterEach(() => office.close());

async function standing() {
  const states = async (table: 'letter' | 'referral') => {
    const rows = await office.db
      .selectFrom(table)
      .innerJoin('student', 'student.id', `${table}.student_id`)
      .select(['student.sourced_id', `${table}.step`, `${table}.state`])
      .execute();
    return rows.map((row) => `${row.sourced_id} ${row.step} ${row.state}`).sort();
  };
  return { letters: await states('letter'), referrals: await states('referral') };
}

test('what the old year owed is owed no more once the new one begins; what has left stays', async () => {
  const before = await standing();
  expect(before).toEqual({
    letters: ['ada medical-letter sent', 'ben first-letter queued', 'cid first-letter printed'],
    referrals: ['ada referral gathering'],
  });
  await beginNextYear(office, '2027-08-10');
  expect(await standing()).toEqual(before);
  await beginNextYear(office, '2027-08-18');
  expect(await standing()).toEqual({
    letters: ['ada medical-letter sent', 'ben first-letter cancelled', 'cid first-letter printed'],
    referrals: ['ada referral withdrawn'],
  });
  expect(await office.steps('ada')).toMatchObject({
    contact: 'taken',
    'medical-letter': 'taken',
    referral: 'withdrawn',
  });
  expect(await office.steps('ben')).toEqual({ contact: 'taken', 'first-letter': 'withdrawn' });
  const events = await office.db
    .selectFrom('ladder_event')
    .select(['step', 'from_state', 'to_state', 'as_of'])
    .where('reason', '=', 'school-year-ended')
    .orderBy('id')
    .execute();
  expect(events.map(({ step }) => step).sort()).toEqual(['first-letter', 'first-letter', 'referral']);
  expect(events[0]).toMatchObject({ from_state: 'owed', to_state: 'withdrawn', as_of: '2027-08-18' });
  const sent = office.sink.delivered.length;
  await office.work();
  expect(office.sink.delivered).toHaveLength(sent);
});

test('of its tasks only those stay open that ask how something ended', async () => {
  expect(await office.openTasks()).toEqual(expect.arrayContaining(['contact-family', 'print-letters']));
  await beginNextYear(office, '2027-08-18');
  expect(await office.openTasks()).toEqual(['letters-not-posted', 'print-letters']);
  await office.answer('print-letters', 'posted');
  expect(await office.openTasks()).toEqual([]);
  expect((await standing()).letters).toContain('cid first-letter posted');
});

test('contracts end with the year, and so does asking for medical notes', async () => {
  const { db } = office;
  const student = { student_id: await office.studentId(), school_year: '2027' };
  const contract = {
    ...student,
    begins: schoolDate('2026-09-28'),
    ends: schoolDate('2027-06-04'),
    allowed_days: '2',
    basis: 'all' as const,
    grace_days: 3,
    agreed_by: 'Dana Ruiz',
    changed_at: office.moment().now,
  };
  await db
    .insertInto('attendance_contract')
    .values([
      { ...contract, ref: 'C-1', state: 'in-force' },
      { ...contract, ref: 'C-2', state: 'kept' },
    ])
    .execute();
  // Ada's Medical Letter has left.
  expect(await db.selectFrom('medical_documentation').select('status').execute()).toEqual([
    { status: 'asked' },
  ]);
  await beginNextYear(office, '2027-08-18');
  expect(
    await db
      .selectFrom('attendance_contract')
      .select(['ref', 'state', 'ended_on', 'ended_because'])
      .orderBy('ref')
      .execute(),
  ).toEqual([
    { ref: 'C-1', state: 'ended', ended_on: '2027-08-18', ended_because: 'school-year-ended' },
    { ref: 'C-2', state: 'kept', ended_on: null, ended_because: null },
  ]);
  expect(await db.selectFrom('medical_documentation').select('status').execute()).toEqual([
    { status: 'ended' },
  ]);
});

test('a second read of the new year changes nothing more', async () => {
  await beginNextYear(office, '2027-08-18');
  const after = await standing();
  await beginNextYear(office, '2027-08-19');
  expect(await standing()).toEqual(after);
});
