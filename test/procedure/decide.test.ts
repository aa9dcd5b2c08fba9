import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { schoolDate } from '../../src/domain/school-date.ts';
import { decideStudent } from '../../src/procedure/decide.ts';
import { createProcedureBook, procedureSettings } from '../../src/procedure/procedure-book.ts';
import { type Office, openOffice } from '../support/office.ts';
import {
  aCode,
  aDeletedAbsence,
  aGuardian,
  anAbsence,
  linkTo,
  weekdaysFrom,
} from '../support/sis-records.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

const actionTables = [
  'ladder_event',
  'letter',
  'letter_addressee',
  'task',
  'attendance_file',
  'file_entry',
  'referral',
];
const decisionTables = [...actionTables, 'ladder_step', 'ladder', 'evaluation'];

async function contentsOf(tables: readonly string[]): Promise<string> {
  const contents: string[] = [];
  for (const table of tables) {
    const { rows } = await sql<{ text: string }>`
      select coalesce(string_agg(t::text, '|' order by t::text), '') as text from ${sql.table(table)} t`.execute(
      office.db,
    );
    contents.push(`${table}: ${rows[0]?.text}`);
  }
  return contents.join('\n');
}

test('a decision is stored with the version of the calendars, which a closure at any school changes', async () => {
  office.absent(weekdaysFrom('2026-08-31', 4));
  office.at('2026-09-18');
  await office.sync();
  await office.decide();
  const settings = procedureSettings(office.config);
  const versionWith = async (calendarFor: typeof settings.calendarFor) =>
    (await createProcedureBook(office.db, { ...settings, calendarFor }).on(office.moment().today))
      .calendarVersion;
  const stored = await office.db.selectFrom('ladder').select('calendar_version').executeTakeFirstOrThrow();
  expect(stored.calendar_version).toBe(await versionWith(settings.calendarFor));
  const closed = { from: schoolDate('2026-10-01'), to: schoolDate('2026-10-01') };
  const changed = await versionWith((school, year) => {
    const facts = settings.calendarFor(school, year);
    return school === office.school ? { ...facts, closures: [...facts.closures, closed] } : facts;
  });
  expect(changed).not.toBe(stored.calendar_version);
});

describe('deciding from state', () => {
  test('deciding twice changes nothing', async () => {
    office.absent(weekdaysFrom('2026-08-31', 5).concat(weekdaysFrom('2026-09-08', 4)));
    office.at('2026-09-18');
    await office.sync();
    await office.decide();
    expect(await office.steps()).toEqual({ contact: 'taken', 'first-letter': 'owed' });
    const done = await contentsOf(actionTables);
    await office.decide();
    expect(await contentsOf(actionTables)).toBe(done);
    const decided = await contentsOf(decisionTables);
    await office.decide();
    expect(await contentsOf(decisionTables)).toBe(decided);
  });

  test('G4: 20 decisions at once about one student make one set of rows', async () => {
    office.absent(weekdaysFrom('2026-08-31', 5).concat(weekdaysFrom('2026-09-08', 4)));
    office.at('2026-09-18');
    await office.sync();
    await Promise.all(Array.from({ length: 20 }, () => office.decide()));
    expect((await office.letters()).map(({ step, state }) => ({ step, state }))).toEqual([
      { step: 'first-letter', state: 'planned' },
    ]);
    expect(await office.openTasks()).toEqual(['consider-meeting', 'contact-family']);
    const files = await office.db.selectFrom('attendance_file').selectAll().execute();
    expect(files).toHaveLength(1);
    const events = await office.db
      .selectFrom('ladder_event')
      .select(['step', 'to_state'])
      .orderBy('id')
      .execute();
    expect(events).toEqual([
      { step: 'contact', to_state: 'taken' },
      { step: 'first-letter', to_state: 'owed' },
    ]);
  });

  test('3.5 days do not reach 4; the fourth does once a school day lies after it', async () => {
    office.absent(weekdaysFrom('2026-09-08', 3));
    office.sis.absences.push(
      anAbsence('ada', '2026-09-11', { dayFraction: '0.5', schoolSourcedId: office.school }),
    );
    await office.day('2026-09-14');
    expect(await office.steps()).toEqual({});
    office.absent(weekdaysFrom('2026-09-08', 4));
    await office.day('2026-09-14');
    expect(await office.steps()).toEqual({ contact: 'taken' });
    expect(await office.openTasks()).toEqual(['contact-family']);
  });

  test('an absence of today counts for nothing, one of yesterday for the contact', async () => {
    office.absent(weekdaysFrom('2026-09-08', 4));
    await office.day('2026-09-11');
    expect(await office.steps()).toEqual({});
    await office.day('2026-09-14');
    expect(await office.steps()).toEqual({ contact: 'taken' });
  });

  test('a week without running changes only the date', async () => {
    office.absent(weekdaysFrom('2026-09-08', 7));
    await office.days('2026-09-14', '2026-09-25');
    const daily = await office.steps();
    const other = await openOffice();
    try {
      other.absent(weekdaysFrom('2026-09-08', 7));
      await other.day('2026-09-28');
      expect(await other.steps()).toEqual(daily);
      expect((await other.letters()).map((letter) => letter.step)).toEqual(['first-letter']);
    } finally {
      await other.close();
    }
  });

  test('a student nobody knows is told so', async () => {
    await office.day('2026-09-14');
    const outcome = await decideStudent(office.db, await office.jobs.procedure(), 4711, office.moment());
    expect(outcome).toEqual({ kind: 'unknown-student' });
  });
});

describe('withdrawn, skipped, superseded', () => {
  test('a contact task closes when the count falls and is opened afresh when it rises', async () => {
    const four = weekdaysFrom('2026-09-08', 4);
    office.absent(four);
    await office.day('2026-09-14');
    expect(await office.openTasks()).toEqual(['contact-family']);
    office.absent(four.slice(0, 3));
    office.sis.absences.push(aDeletedAbsence('ada', '2026-09-11'));
    await office.day('2026-09-15');
    expect(await office.steps()).toEqual({ contact: 'withdrawn' });
    expect(await office.openTasks()).toEqual([]);
    const [closed] = await office.db.selectFrom('task').select(['state', 'reason']).execute();
    expect(closed).toEqual({ state: 'closed', reason: 'count-fell' });
    office.absent([...four.slice(0, 3), '2026-09-14']);
    await office.day('2026-09-16');
    expect(await office.steps()).toEqual({ contact: 'taken' });
    expect(await office.openTasks()).toEqual(['contact-family']);
  });

  test('a jump over several steps gives the contact and only the highest letter', async () => {
    office.absent(weekdaysFrom('2026-09-08', 10));
    await office.day('2026-09-28');
    expect(await office.steps()).toMatchObject({
      contact: 'taken',
      'first-letter': 'skipped',
      'medical-letter': 'taken',
    });
    expect((await office.letters()).map(({ step, state }) => ({ step, state }))).toEqual([
      { step: 'medical-letter', state: 'sent' },
    ]);
  });

  test('a letter still waiting when a higher one becomes owed is cancelled and skipped', async () => {
    office.absent(weekdaysFrom('2026-09-08', 7));
    // After the sending window: the letter is planned and waits.
    await office.day('2026-09-21', '17:00');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'owed' });
    office.absent(weekdaysFrom('2026-08-31', 5).concat(weekdaysFrom('2026-09-08', 7)));
    await office.day('2026-09-21', '18:00');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'skipped', 'medical-letter': 'owed' });
    await office.day('2026-09-22');
    expect((await office.letters()).map(({ step, state }) => `${step} ${state}`).sort()).toEqual([
      'first-letter cancelled',
      'medical-letter sent',
    ]);
    expect(office.sink.delivered).toHaveLength(1);
  });

  test('when the higher letter is withdrawn before it left, the one skipped for it is owed again', async () => {
    const ten = weekdaysFrom('2026-08-31', 5).concat(weekdaysFrom('2026-09-08', 5));
    office.absent(ten);
    await office.day('2026-09-21', '17:00');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'skipped', 'medical-letter': 'owed' });
    office.absent(ten.slice(0, 8));
    await office.day('2026-09-22', '07:00');
    expect(await office.steps()).toMatchObject({ 'medical-letter': 'owed' });
    await office.day('2026-09-23', '07:00');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'owed', 'medical-letter': 'withdrawn' });
    await office.day('2026-09-23');
    expect((await office.letters()).map(({ step, state }) => `${step} ${state}`).sort()).toEqual([
      'first-letter sent',
      'medical-letter cancelled',
    ]);
  });

  test('after hand-over a fallen count supersedes; rising again reinstates and sends nothing twice', async () => {
    const seven = weekdaysFrom('2026-09-08', 7);
    office.absent(seven);
    await office.day('2026-09-21');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    const superseded = async () => (await office.letters()).map((letter) => letter.superseded);
    office.absent(seven.slice(1));
    office.sis.absences.push(aDeletedAbsence('ada', '2026-09-08'));
    await office.day('2026-09-22');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken, superseded' });
    expect(await superseded()).toEqual([true]);
    office.absent([...seven.slice(1), '2026-09-17']);
    await office.day('2026-09-28');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(await superseded()).toEqual([false]);
    expect(office.sink.delivered).toHaveLength(1);
  });
});

describe('what stands in the way', () => {
  test('a hold on letters lets the contact go on; when it ends the letter follows by itself', async () => {
    office.absent(weekdaysFrom('2026-09-08', 7));
    office.at('2026-09-10');
    await office.sync();
    await office.hold({ scope: 'letters', begins: '2026-09-10', ends: '2026-09-23' });
    await office.day('2026-09-21');
    expect(await office.steps()).toEqual({ contact: 'taken', 'first-letter': 'owed' });
    expect(await office.letters()).toEqual([]);
    await office.days('2026-09-22', '2026-09-23');
    expect(office.sink.delivered).toHaveLength(0);
    await office.day('2026-09-24');
    expect(await office.steps()).toEqual({ contact: 'taken', 'first-letter': 'taken' });
    expect(office.sink.delivered).toHaveLength(1);
  });

  test('a hold on everything stops the contact, too', async () => {
    office.absent(weekdaysFrom('2026-09-08', 4));
    office.at('2026-09-10');
    await office.sync();
    await office.hold({ scope: 'everything', begins: '2026-09-10', ends: '2026-09-15' });
    await office.day('2026-09-14');
    expect(await office.steps()).toEqual({ contact: 'owed' });
    expect(await office.openTasks()).toEqual([]);
    await office.days('2026-09-15', '2026-09-16');
    expect(await office.steps()).toEqual({ contact: 'taken' });
  });

  test('a hold that comes between planning and sending makes the letter wait, and it goes on afterwards', async () => {
    office.absent(weekdaysFrom('2026-09-08', 7));
    await office.day('2026-09-21', '17:00');
    expect((await office.letters()).map((letter) => letter.state)).toEqual(['queued']);
    await office.hold({ scope: 'letters', begins: '2026-09-21', ends: '2026-09-23' });
    await office.day('2026-09-22');
    expect((await office.letters()).map(({ state, reason }) => ({ state, reason }))).toEqual([
      { state: 'held', reason: 'hold' },
    ]);
    await office.day('2026-09-23');
    expect(office.sink.delivered).toHaveLength(0);
    await office.day('2026-09-24');
    expect((await office.letters()).map((letter) => letter.state)).toEqual(['sent']);
    expect(office.sink.delivered).toHaveLength(1);
  });

  test('an unknown code stops the letter, not the contact, and asks somebody; it goes on when the code is known', async () => {
    office.absent(weekdaysFrom('2026-09-08', 7));
    office.sis.absences.push(
      anAbsence('ada', '2026-09-17', { codeSourcedId: 'new', schoolSourcedId: office.school }),
    );
    await office.day('2026-09-22');
    expect(await office.steps()).toEqual({ contact: 'taken', 'first-letter': 'owed' });
    expect(await office.openTasks()).toEqual(['contact-family', 'unmapped-code']);
    expect(office.sink.delivered).toHaveLength(0);
    office.sis.codes.push(aCode('new', { status: 'tardy' }));
    await office.day('2026-09-23');
    expect(await office.steps()).toEqual({ contact: 'taken', 'first-letter': 'taken' });
    expect(await office.openTasks()).toEqual(['consider-meeting', 'contact-family']);
    expect(office.sink.delivered).toHaveLength(1);
  });

  test('without anybody who may be written to there is a task, and the letter follows once there is somebody', async () => {
    office.sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], noContact: true })];
    office.absent(weekdaysFrom('2026-09-08', 7));
    await office.day('2026-09-21');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'owed' });
    expect(await office.openTasks()).toEqual(['contact-family', 'no-recipient']);
    office.sis.guardians.push(aGuardian('dad', { links: [linkTo('ada')] }));
    await office.day('2026-09-22');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(office.sink.delivered.map((mail) => mail.to)).toEqual([['dad@family.example.org']]);
    expect(await office.openTasks()).not.toContain('no-recipient');
  });

  test('contradictory rows and contradictory guardianship make letters wait', async () => {
    office.absent(weekdaysFrom('2026-09-08', 7));
    const dad = aGuardian('dad', { links: [linkTo('ada')] });
    office.sis.guardians = [
      aGuardian('mum', { links: [linkTo('ada'), linkTo('ada', { guardian: false })] }),
      dad,
    ];
    await office.day('2026-09-21');
    expect(await office.openTasks()).toEqual(['contact-family', 'data-problem']);
    expect(office.sink.delivered).toHaveLength(0);
    office.sis.guardians = [dad];
    office.sis.absences.push(
      anAbsence('ada', '2026-09-08', { excuse: 'excused', schoolSourcedId: office.school }),
    );
    await office.day('2026-09-22');
    expect(office.sink.delivered).toHaveLength(0);
    expect(await office.openTasks()).toContain('data-problem');
    office.sis.absences.pop();
    await office.day('2026-09-23');
    expect(office.sink.delivered).toHaveLength(1);
    expect(await office.openTasks()).not.toContain('data-problem');
  });

  test('who has left school gets nothing', async () => {
    office.absent(weekdaysFrom('2026-09-08', 7));
    const [ada] = office.sis.students;
    if (ada === undefined) throw new Error('Ada is missing');
    const [enrolment] = ada.enrolments;
    if (enrolment === undefined) throw new Error('Ada is enrolled nowhere');
    office.sis.students = [{ ...ada, enrolments: [{ ...enrolment, ends: '2026-09-17' as never }] }];
    await office.day('2026-09-21');
    expect(await office.steps()).toEqual({ contact: 'owed', 'first-letter': 'owed' });
    expect(await office.openTasks()).toEqual([]);
    office.sis.students = [ada];
    await office.day('2026-09-22');
    expect(await office.steps()).toEqual({ contact: 'taken', 'first-letter': 'taken' });
  });

  test('at 18 letters wait for the administrator', async () => {
    office.sis.demographics = [
      { sourcedId: 'ada', birthDate: '2008-09-20' as never, address: null, phone: null },
    ];
    office.absent(weekdaysFrom('2026-09-08', 7));
    await office.day('2026-09-21');
    expect(await office.openTasks()).toEqual(['confirm-adult-student', 'contact-family']);
    expect(office.sink.delivered).toHaveLength(0);
  });

  test.each([
    ['student', ['paper to the student']],
    ['guardians', ['email to mum']],
    ['both', ['email to mum', 'paper to the student']],
  ])('at 18 the administrator says that letters go to %s', async (lettersTo, expected) => {
    office.sis.demographics = [
      { sourcedId: 'ada', birthDate: '2008-09-20' as never, address: null, phone: null },
    ];
    office.absent(weekdaysFrom('2026-09-08', 7));
    await office.day('2026-09-21');
    expect(await office.answer('confirm-adult-student', 'sent')).toMatchObject({ kind: 'bad-outcome' });
    expect(await office.answer('confirm-adult-student', lettersTo)).toMatchObject({ kind: 'done' });
    await office.day('2026-09-22');
    const letters = await office.db
      .selectFrom('letter')
      .innerJoin('letter_addressee', 'letter_addressee.letter_id', 'letter.id')
      .select(['channel', 'guardian_id'])
      .execute();
    const whom = letters.map(
      (one) => `${one.channel} to ${one.guardian_id === null ? 'the student' : 'mum'}`,
    );
    expect(whom.sort()).toEqual(expected);
    expect(await office.openTasks()).not.toContain('confirm-adult-student');
  });
});
