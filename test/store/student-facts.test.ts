import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { days } from '../../src/domain/days.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { loadStudentFacts } from '../../src/store/student-facts.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import { aLetterDesk, type LetterDesk } from '../support/stored-letters.ts';

const now = new Date('2026-10-05T15:00:00Z');
const begins = schoolDate('2026-09-01');
const ends = schoolDate('2026-12-01');
let store: Awaited<ReturnType<typeof openTestDatabase>>;
let desk: LetterDesk;

beforeEach(async () => {
  store = await openTestDatabase();
  desk = await aLetterDesk(store.db, now);
});
afterEach(() => store.drop());

async function facts() {
  const found = await loadStudentFacts(store.db, { id: desk.studentId, schoolYear: desk.schoolYear });
  if (found === null) throw new Error('the student is not there');
  return found;
}

test('a student about whom nothing was agreed or asked', async () => {
  expect(await facts()).toMatchObject({ steps: [], holds: [], contracts: [], medical: null });
});

test('a step comes with its round, the policy that owed it, and what people said about it', async () => {
  const { id } = await store.db.selectFrom('evaluation').select('id').executeTakeFirstOrThrow();
  await store.db
    .insertInto('ladder_step')
    .values({
      student_id: desk.studentId,
      school_year: desk.schoolYear,
      step: 'first-letter',
      state: 'owed',
      count: '7',
      owed_on: begins,
      superseded: false,
      acted: false,
      blocks: '[]',
      reason: 'reached',
      policy_version: 'test',
      evaluation_id: id,
      changed_at: now,
    })
    .execute();
  const asRead = {
    step: 'first-letter',
    round: 1,
    shadow: false,
    policyVersion: 'test',
    approval: null,
    released: false,
    reachedBy: 'count',
  };
  expect((await facts()).steps).toMatchObject([asRead]);
  await store.db
    .updateTable('ladder_step')
    .set({ round: 2, shadow: true, approval: 'asked', released_at: now, reached_by: 'contract' })
    .execute();
  expect((await facts()).steps).toMatchObject([
    { ...asRead, round: 2, shadow: true, approval: 'asked', released: true, reachedBy: 'contract' },
  ]);
});

test('a hold that a person has ended does not hold any more', async () => {
  const hold = { student_id: desk.studentId, kind: 'illness-plan', begins, owner: 'counselor' };
  await store.db
    .insertInto('hold')
    .values([
      { ...hold, scope: 'letters' },
      { ...hold, scope: 'absolute', ended_at: now },
    ])
    .execute();
  expect((await facts()).holds).toMatchObject([
    { kind: 'illness-plan', scope: 'letters', begins, ends: null },
  ]);
});

test('contracts of the year are in force until a person ends them', async () => {
  const contract = {
    student_id: desk.studentId,
    school_year: desk.schoolYear,
    begins,
    ends,
    allowed_days: '2.5',
    basis: 'unexcused' as const,
    grace_days: 3,
    except_codes: JSON.stringify(['MED']),
    agreed_by: 'Dana Ruiz',
    changed_at: now,
  };
  await store.db
    .insertInto('attendance_contract')
    .values([
      { ...contract, ref: 'C-1', state: 'in-force' },
      { ...contract, ref: 'C-2', state: 'ended' },
    ])
    .execute();
  expect((await facts()).contracts).toMatchObject([
    {
      ref: 'C-1',
      begins,
      ends,
      allowedDays: days('2.5'),
      basis: 'unexcused',
      graceDays: 3,
      exceptCodes: ['MED'],
    },
  ]);
});

test('where asking for medical notes stands', async () => {
  await store.db
    .insertInto('medical_documentation')
    .values({
      student_id: desk.studentId,
      school_year: desk.schoolYear,
      status: 'asked',
      since: begins,
      changed_at: now,
    })
    .execute();
  expect((await facts()).medical).toEqual({ status: 'asked' });
});
