import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { explainEvaluation } from '../../src/domain/explanation.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { importLetters } from '../../src/procedure/import-letters.ts';
import { removeLetters } from '../../src/procedure/remove-letters.ts';
import { loadStudentFacts } from '../../src/store/student-facts.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aGuardian, linkTo, weekdaysFrom } from '../support/sis-records.ts';

const SECOND_TERM = '2026-10-05';
const FIRST_THREE = weekdaysFrom('2026-09-08', 3);
const NEXT_THREE = weekdaysFrom(SECOND_TERM, 3);

let office: Office;
afterEach(() => office.close());

/** The first letter at three days of a term, and once more in the next. */
async function openTerms(): Promise<void> {
  office = await openOffice({
    district: (text) =>
      text.replace(
        'calendar:\n',
        `calendar:\n  terms:\n    - { name: First, from: 2026-08-19 }\n    - { name: Second, from: ${SECOND_TERM} }\n`,
      ),
    policy: (text) =>
      text
        .replace('at: 7', 'at: 3\n    window: term\n    requalify: true')
        .replace('dueInSchoolDays: 2', 'dueInSchoolDays: 3'),
  });
  office.absent(FIRST_THREE);
}

const lettersInShort = async () =>
  (await office.letters())
    .filter(({ step }) => step === 'first-letter')
    .map(
      ({ round, state, channel, reason }) =>
        `${round} ${channel} ${state}${reason === null ? '' : ` ${reason}`}`,
    );
const stepOf = async (step = 'first-letter') =>
  office.db.selectFrom('ladder_step').selectAll().where('step', '=', step).executeTakeFirstOrThrow();
const mailsToMum = () => office.sink.delivered.filter((mail) => mail.to[0] === 'mum@family.example.org');
const due = () => office.db.selectFrom('evaluation_due').select('reason').execute();
const lettersOut = async () =>
  (await loadStudentFacts(office.db, { id: await office.studentId(), schoolYear: '2027' }))?.lettersOut ?? [];

describe('a letter that is owed once more', () => {
  test('goes out again in the next term, and once only', async () => {
    await openTerms();
    await office.days('2026-09-14', '2026-09-16');
    expect(await lettersInShort()).toEqual(['1 email sent']);
    office.absent([...FIRST_THREE, ...NEXT_THREE]);
    await office.days('2026-10-09', '2026-10-16');
    expect(await lettersInShort()).toEqual(['1 email sent', '2 email sent']);
    expect(mailsToMum()).toHaveLength(2);
    expect(await stepOf()).toMatchObject({ state: 'taken', round: 2 });
    const events = await office.db
      .selectFrom('ladder_event')
      .select(['from_state', 'to_state'])
      .where('step', '=', 'first-letter')
      .orderBy('id')
      .execute();
    expect(events.map((one) => `${one.from_state} ${one.to_state}`)).toEqual([
      'null owed',
      'owed taken',
      'taken owed',
      'owed taken',
    ]);
    const letters = await office.letters();
    expect(new Set(letters.map(({ ref }) => ref)).size).toBe(2);
    expect(new Set(letters.map(({ messageId }) => messageId)).size).toBe(2);
  });

  test('is not sent for a round for which the school sent its own', async () => {
    await openTerms();
    office.absent([...FIRST_THREE, ...NEXT_THREE]);
    office.at('2026-10-20');
    await office.sync();
    const letters = ['2026-09-15', '2026-10-13'].map((date, index) => ({
      line: index + 2,
      student: 'ada',
      step: 'first-letter',
      sentOn: schoolDate(date),
    }));
    const list = { letters, by: 'Clerk', keep: true };
    const imported = await importLetters(office.db, await office.jobs.procedure(), list, office.moment());
    expect(imported).toEqual({ kind: 'imported', recorded: 2, known: 0, takenBefore: 0 });
    await office.days('2026-10-20', '2026-10-22');
    expect(await lettersInShort()).toEqual([]);
    expect(mailsToMum()).toEqual([]);
    expect(await stepOf()).toMatchObject({ state: 'taken', taken_on: '2026-10-13', outside: true });
  });

  test('says so in the explanation', async () => {
    await openTerms();
    await office.days('2026-09-14', '2026-09-16');
    office.absent([...FIRST_THREE, ...NEXT_THREE]);
    await office.days('2026-10-09', '2026-10-13');
    const decided = await office.decide();
    if (decided.kind !== 'decided') throw new Error('Ada is not known');
    const { steps } = explainEvaluation(decided.evaluation, office.config.policy, 'Ada');
    expect(steps.find(({ step }) => step === 'first-letter')?.sentence).toMatch(
      /from October 5, 2026, .* It is owed for the 2nd time this school year\./,
    );
  });

  test('ends what the first round has printed and nobody has posted; posting that run takes nothing', async () => {
    await openTerms();
    office.sis.guardians.push(
      aGuardian('dad', { links: [linkTo('ada')], email: null, givenName: 'Other', familyName: 'Parent' }),
    );
    await office.days('2026-09-14', '2026-09-16');
    expect((await lettersInShort()).sort()).toEqual(['1 email sent', '1 paper printed']);
    const before = await office.db
      .selectFrom('task')
      .select(['ref'])
      .where('kind', '=', 'print-letters')
      .execute();
    expect(before).toHaveLength(1);
    office.absent([...FIRST_THREE, ...NEXT_THREE]);
    await office.day('2026-10-09');
    office.at('2026-10-12', '06:00');
    await office.sync();
    await office.decide();
    expect((await lettersInShort()).sort()).toEqual([
      '1 email sent',
      '1 paper cancelled new-round',
      '2 email planned',
      '2 paper planned',
    ]);
    await office.answer('print-letters', 'posted');
    expect(await stepOf()).toMatchObject({ state: 'owed', round: 2 });
  });

  test('is not owed again without the policy saying so', async () => {
    office = await openOffice();
    office.absent(weekdaysFrom('2026-09-08', 7));
    await office.days('2026-09-18', '2026-09-22');
    office.absent(weekdaysFrom('2026-09-08', 6));
    await office.days('2026-09-23', '2026-09-28');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken, superseded' });
    office.absent(weekdaysFrom('2026-09-08', 7));
    await office.days('2026-09-29', '2026-10-06');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(await lettersInShort()).toEqual(['1 email sent']);
  });

  test('after a correction goes out again, and what the first round sent stays superseded', async () => {
    office = await openOffice({
      policy: (text) => text.replace('letter: first-letter', 'letter: first-letter\n    requalify: true'),
    });
    office.absent(weekdaysFrom('2026-09-08', 7));
    await office.days('2026-09-18', '2026-09-22');
    office.absent(weekdaysFrom('2026-09-08', 6));
    await office.days('2026-09-23', '2026-09-28');
    expect(await lettersOut()).toEqual([]);
    office.absent(weekdaysFrom('2026-09-08', 7));
    await office.days('2026-09-29', '2026-10-06');
    const letters = await office.letters();
    expect(letters.map(({ round, superseded }) => [round, superseded])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(await stepOf()).toMatchObject({ state: 'taken', round: 2, superseded: false });
    expect(await lettersOut()).toEqual([{ step: 'first-letter', handedOverOn: letters[1]?.handedOverOn }]);
  });
});

describe('a letter of the school’s own after a correction of Rollcall’s', () => {
  const SEVEN = weekdaysFrom('2026-09-08', 7);
  const list = (sentOn: string) => ({
    letters: [{ line: 2, student: 'ada', step: 'first-letter', sentOn: schoolDate(sentOn) }],
    by: 'Clerk',
    keep: true,
  });
  const imported = async (sentOn: string) =>
    importLetters(office.db, await office.jobs.procedure(), list(sentOn), office.moment());

  beforeEach(async () => {
    office = await openOffice({
      policy: (text) => text.replace('letter: first-letter', 'letter: first-letter\n    requalify: true'),
    });
    office.absent(SEVEN);
    await office.days('2026-09-18', '2026-09-22');
    office.absent(SEVEN.slice(1));
    await office.days('2026-09-23', '2026-09-28');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken, superseded' });
  });

  test('is of the round that would be next, which is not sent again', async () => {
    expect(await imported('2026-09-28')).toMatchObject({ recorded: 1, takenBefore: 0 });
    office.absent(SEVEN);
    await office.days('2026-09-29', '2026-10-06');
    expect(await lettersInShort()).toEqual(['1 email sent']);
    expect(await stepOf()).toMatchObject({ state: 'taken', outside: true, superseded: false });
  });

  test('taken back, the step is Rollcall’s as before, and the next round goes out', async () => {
    await imported('2026-09-28');
    await office.day('2026-09-29');
    const removed = removeLetters(
      office.db,
      await office.jobs.procedure(),
      list('2026-09-28'),
      office.moment(),
    );
    expect(await removed).toMatchObject({ removed: 1 });
    await office.day('2026-09-30');
    expect(await stepOf()).toMatchObject({
      state: 'taken',
      outside: false,
      superseded: true,
      taken_on: '2026-09-21',
    });
    office.absent(SEVEN);
    await office.days('2026-10-01', '2026-10-08');
    expect(await lettersInShort()).toEqual(['1 email sent', '2 email sent']);
  });

  test('that is older than the correction may be Rollcall’s own on paper, and changes nothing', async () => {
    expect(await imported('2026-09-22')).toMatchObject({ recorded: 0, takenBefore: 1 });
    expect(await stepOf()).toMatchObject({ state: 'taken', outside: false, superseded: true });
  });
});

describe('the letters on which a referral may rest', () => {
  test('are those that stand: one that is superseded is none, and it is again once the count has risen', async () => {
    office = await openOffice();
    office.absent(weekdaysFrom('2026-09-08', 7));
    await office.days('2026-09-18', '2026-09-22');
    expect(await lettersOut()).toEqual([{ step: 'first-letter', handedOverOn: '2026-09-21' }]);
    office.absent(weekdaysFrom('2026-09-08', 6));
    await office.days('2026-09-23', '2026-09-28');
    expect(await lettersOut()).toEqual([]);
    office.absent(weekdaysFrom('2026-09-08', 7));
    office.at('2026-09-29');
    await office.sync();
    await office.decide();
    // What rests on the letter could not know yet: it is looked at again at once.
    expect(await due()).toEqual([{ reason: 'stands-again' }]);
    expect(await lettersOut()).toHaveLength(1);
  });
});
