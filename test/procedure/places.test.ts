import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { StudentRecord } from '../../src/domain/sis-records.ts';
import { answerApprovals } from '../../src/procedure/approvals.ts';
import { listAskedApprovals } from '../../src/store/approvals.ts';
import { type Office, openOffice } from '../support/office.ts';
import {
  aGuardian,
  aSchool,
  aStudent,
  enrolledAt,
  linkTo,
  MANY,
  weekdaysFrom,
} from '../support/sis-records.ts';

const OTHER = 'washington';
let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.sis.schools.push(aSchool(OTHER));
});
afterEach(() => office.close());

function changeAda(change: (ada: StudentRecord) => Partial<StudentRecord>): void {
  office.sis.students = office.sis.students.map((ada) => ({ ...ada, ...change(ada) }));
}

const transfer = () => changeAda(() => ({ enrolments: [enrolledAt(OTHER)] }));
const leave = (on: string) =>
  changeAda((ada) => ({ enrolments: ada.enrolments.map((one) => ({ ...one, ends: on as never })) }));
const comeBack = () => changeAda(() => ({ enrolments: [enrolledAt(office.school)] }));

async function placesOf(table: 'letter' | 'task' | 'referral') {
  const rows = await office.db
    .selectFrom(table)
    .innerJoin('school', 'school.id', `${table}.school_id`)
    .select(['school.sourced_id', `${table}.state`])
    .execute();
  return [...new Set(rows.map((row) => `${row.state} ${row.sourced_id}`))].sort();
}

const subjects = (kind: string) =>
  office.sink.delivered
    .map((mail) => String(mail.raw))
    .filter((raw) => new RegExp(`^X-Rollcall-Kind: ${kind}\r?$`, 'm').test(raw))
    .map((raw) => /^Subject: (.*?)\r?$/m.exec(raw)?.[1] ?? '');

describe('a transfer inside the district carries what waits along', () => {
  test('a letter that waits to be printed is rendered anew and printed in the new school', async () => {
    office.sis.guardians = [aGuardian('mum', { email: null, links: [linkTo('ada')] })];
    office.absent(weekdaysFrom('2026-09-08', 7));
    await office.day('2026-09-21', '17:00');
    expect(await placesOf('letter')).toEqual([`queued ${office.school}`]);
    const rendered = (await office.letters())[0]?.pdfDocumentId;
    transfer();
    await office.day('2026-09-22');
    expect(await placesOf('letter')).toEqual([`printed ${OTHER}`]);
    expect(await placesOf('task')).toEqual([`open ${OTHER}`]);
    expect((await office.letters())[0]?.pdfDocumentId).not.toBe(rendered);
    const runs = await office.db
      .selectFrom('print_run')
      .innerJoin('school', 'school.id', 'print_run.school_id')
      .select(['school.sourced_id', 'letters'])
      .execute();
    expect(runs).toEqual([{ sourced_id: OTHER, letters: 1 }]);
  });

  test('found only when the letter is about to leave: it does not go in the name of the old school', async () => {
    office.absent(weekdaysFrom('2026-09-08', 7));
    await office.day('2026-09-21', '17:00');
    transfer();
    office.at('2026-09-22');
    await office.sync();
    await office.workOnce('send-letter');
    expect(await placesOf('letter')).toEqual([`planned ${OTHER}`]);
    expect(office.sink.delivered).toHaveLength(0);
    await office.work();
    expect(await placesOf('letter')).toEqual([`sent ${OTHER}`]);
    expect(office.sink.delivered).toHaveLength(1);
  });

  test('a printed letter stays where it was printed; a referral that gathers goes along', async () => {
    office.sis.guardians = [aGuardian('mum', { email: null, links: [linkTo('ada')] })];
    office.absent(MANY);
    await office.day('2026-09-21');
    transfer();
    await office.day('2026-09-22');
    expect(await placesOf('letter')).toEqual([`printed ${office.school}`]);
    await office.answer('print-letters', 'posted');
    await office.days('2026-09-23', '2026-09-30');
    expect(await placesOf('referral')).toEqual([`gathering ${OTHER}`]);
    comeBack();
    await office.day('2026-10-01');
    expect(await placesOf('referral')).toEqual([`gathering ${office.school}`]);
  });
});

describe('a student who leaves', () => {
  test('the tasks of the steps close; one who comes back goes on where he or she was', async () => {
    office.absent(weekdaysFrom('2026-09-08', 4));
    await office.day('2026-09-14');
    expect(await office.openTasks()).toEqual(['contact-family']);
    leave('2026-09-15');
    await office.day('2026-09-15');
    expect(await office.openTasks()).toEqual([]);
    const tasks = () =>
      office.db.selectFrom('task').select(['state', 'reason', 'due_on', 'closed_on']).execute();
    expect(await tasks()).toMatchObject([{ state: 'closed', reason: 'left' }]);
    comeBack();
    await office.day('2026-10-01');
    expect(await tasks()).toEqual([{ state: 'open', reason: null, due_on: '2026-10-01', closed_on: null }]);
    expect(await office.steps()).toEqual({ contact: 'taken' });
    await office.answer('contact-family', 'reached');
    await office.day('2026-10-02');
    expect(await office.openTasks()).toEqual([]);
  });

  test('comes back with fewer days than the step asks for: nobody is asked again', async () => {
    office.absent(weekdaysFrom('2026-09-08', 4));
    await office.day('2026-09-14');
    leave('2026-09-15');
    await office.day('2026-09-15');
    office.absent(weekdaysFrom('2026-09-08', 2));
    await office.days('2026-09-16', '2026-09-17');
    comeBack();
    await office.day('2026-09-18');
    expect(await office.openTasks()).toEqual([]);
  });

  test('comes back to another school: its staff are asked', async () => {
    office.absent(weekdaysFrom('2026-09-08', 4));
    await office.day('2026-09-14');
    leave('2026-09-15');
    await office.day('2026-09-15');
    transfer();
    await office.day('2026-09-16');
    expect(await office.openTasks()).toEqual(['contact-family']);
    expect(await placesOf('task')).toEqual([`open ${OTHER}`]);
  });

  test('the officer with whom a referral lies hears of it once', async () => {
    office.absent(MANY);
    await office.days('2026-09-21', '2026-09-29');
    await office.answer('contact-family', 'reached');
    await office.day('2026-09-30');
    expect(await placesOf('referral')).toEqual([`delivered ${office.school}`]);
    leave('2026-10-01');
    await office.days('2026-10-01', '2026-10-02');
    const [referral] = await office.db.selectFrom('referral').selectAll().execute();
    expect(subjects('alert')).toEqual([`Case ${referral?.ref}: the student has left`]);
    expect(referral).toMatchObject({ left_on: '2026-10-01', left_told_on: '2026-10-01', superseded: false });
    comeBack();
    await office.day('2026-10-05');
    leave('2026-10-06');
    await office.day('2026-10-06');
    expect(subjects('alert')).toHaveLength(1);
  });

  test('nobody leaves by the end of the school year', async () => {
    office.absent(weekdaysFrom('2026-09-08', 4));
    await office.day('2026-09-14');
    leave('2027-06-04');
    office.at('2027-06-20');
    await office.sync();
    await office.decide();
    expect(await office.openTasks()).toEqual(['contact-family']);
  });
});

describe('two records that the SIS makes one', () => {
  const ZOE = 'zoe';
  /** From now on Ada's record is served as Zoe's, with all its absences. */
  function makeOne(dates: readonly string[]): void {
    office.sis.students = office.sis.students
      .filter(({ sourcedId }) => sourcedId === ZOE)
      .map((zoe) => ({ ...zoe, aliases: ['ada'] }));
    office.sis.guardians = [aGuardian('mum', { links: [linkTo(ZOE)] })];
    office.absent([]);
    office.absent(dates, ZOE);
  }

  beforeEach(() => {
    office.sis.students.push(aStudent(ZOE, { enrolments: [enrolledAt(office.school)] }));
  });

  const dates = weekdaysFrom('2026-09-08', 4);

  test('the family is still to be reached, by a task that a correction closes', async () => {
    office.absent(dates);
    await office.day('2026-09-14');
    expect(await office.openTasks()).toEqual(['contact-family']);
    makeOne(dates);
    await office.days('2026-09-15', '2026-09-16');
    expect(await office.openTasks()).toEqual(['contact-family']);
    expect(await office.steps(ZOE)).toEqual({ contact: 'taken' });
    office.absent(dates.slice(0, 2), ZOE);
    await office.days('2026-09-17', '2026-09-18');
    expect(await office.steps(ZOE)).toEqual({ contact: 'withdrawn' });
    expect(await office.openTasks()).toEqual([]);
  });

  test('also where the older one was no longer served for some days', async () => {
    office.absent(dates);
    await office.day('2026-09-14');
    leave('2026-09-15');
    await office.day('2026-09-15');
    expect(await office.openTasks()).toEqual([]);
    makeOne(dates);
    office.sis.students = office.sis.students.map((zoe) => ({
      ...zoe,
      enrolments: [enrolledAt(office.school)],
    }));
    await office.days('2026-09-16', '2026-09-17');
    expect(await office.openTasks()).toEqual(['contact-family']);
  });

  test('an approval that is carried over closes once it is given', async () => {
    await office.close();
    office = await openOffice({
      policy: (text) =>
        text.replace('letter: first-letter', 'letter: first-letter\n    approval: administrator'),
    });
    office.sis.students.push(aStudent(ZOE, { enrolments: [enrolledAt(office.school)] }));
    const seven = weekdaysFrom('2026-09-08', 7);
    office.absent(seven);
    await office.day('2026-09-21');
    expect(await office.openTasks()).toContain('approval');
    makeOne(seven);
    await office.day('2026-09-22');
    const [asked, ...others] = await listAskedApprovals(office.db);
    expect(others).toEqual([]);
    const yes = { answer: 'given', by: 'Dana Ruiz', because: null } as const;
    await answerApprovals(office.db, [asked?.ref ?? ''], yes, office.moment());
    await office.work();
    expect((await office.letters(ZOE)).map(({ state }) => state)).toEqual(['sent']);
    expect(await office.openTasks()).not.toContain('approval');
  });

  test('the officer is not told that a student has left who goes on under the other', async () => {
    office.absent(MANY);
    await office.days('2026-09-21', '2026-09-29');
    await office.answer('contact-family', 'reached');
    await office.day('2026-09-30');
    expect(await placesOf('referral')).toEqual([`delivered ${office.school}`]);
    makeOne(MANY);
    await office.days('2026-10-01', '2026-10-02');
    expect(subjects('alert')).toEqual([]);
  });
});
