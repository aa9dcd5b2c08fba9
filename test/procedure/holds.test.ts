import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import type { HoldRow } from '../../src/procedure/hold-file.ts';
import { addHold, endHold } from '../../src/procedure/holds.ts';
import { importHolds } from '../../src/procedure/import-holds.ts';
import { holdDesk } from '../support/asked.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aStudent, enrolledAt, weekdaysFrom } from '../support/sis-records.ts';

const SEVEN = weekdaysFrom('2026-09-08', 7);

let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.absent(SEVEN);
});
afterEach(() => office.close());

const desk = () => holdDesk(office);

type Asked = Partial<Omit<Parameters<typeof addHold>[1], 'from' | 'until'>> & {
  from?: string;
  until?: string;
};

async function add({ from, until, ...asked }: Asked = {}): Promise<string> {
  const added = await addHold(
    await desk(),
    {
      student: 'ada',
      kind: 'illness-plan',
      scope: null,
      from: from === undefined ? null : schoolDate(from),
      until: until === undefined ? null : schoolDate(until),
      owner: 'counselor',
      reason: 'treatment in the mornings',
      by: 'Dana Ruiz',
      ...asked,
    },
    office.moment(),
  );
  if (added.kind !== 'added') throw new Error(`the hold was ${JSON.stringify(added)}`);
  return added.ref;
}

const end = async (ref: string) =>
  endHold(await desk(), { ref, by: 'Dana Ruiz', because: 'the plan has ended' }, office.moment());

const due = () => office.db.selectFrom('evaluation_due').select(['reason', 'student_id']).execute();
const fileLines = async () =>
  (await office.db.selectFrom('file_entry').select(['title', 'detail']).orderBy('id').execute()).filter(
    ({ title }) => title.startsWith('Hold '),
  );
const mailsToFamilies = () => office.sink.delivered.filter((mail) => mail.to[0] === 'mum@family.example.org');

describe('a hold that a person places', () => {
  test('keeps the letter back until it ends, and contact goes on', async () => {
    await office.day('2026-09-14');
    const ref = await add({ until: '2026-09-23' });
    expect(ref).toMatch(/^H-[2-9A-Z]{4}-[2-9A-Z]{4}$/);
    await office.days('2026-09-15', '2026-09-23');
    expect(await office.steps()).toEqual({ contact: 'taken', 'first-letter': 'owed' });
    expect(mailsToFamilies()).toHaveLength(0);
    await office.day('2026-09-24');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(mailsToFamilies()).toHaveLength(1);
  });

  test('of two, the one that lasts longer decides; ended by a person, the letter goes', async () => {
    await office.day('2026-09-14');
    await add({ until: '2026-09-21' });
    const other = await add({ kind: 'homelessness' });
    await office.days('2026-09-15', '2026-09-24');
    expect(mailsToFamilies()).toHaveLength(0);
    expect(await end(other.toLowerCase())).toMatchObject({ kind: 'ended' });
    expect(await end(other)).toEqual({ kind: 'ended-before' });
    await office.day('2026-09-25', '08:30');
    await office.day('2026-09-28');
    expect(mailsToFamilies()).toHaveLength(1);
  });

  test('stops a letter that is in line already, by the look inside the claim', async () => {
    await office.day('2026-09-21', '17:00');
    expect((await office.letters())[0]?.state).toBe('queued');
    office.at('2026-09-22');
    await add();
    await office.workOnce('send-letter');
    expect((await office.letters())[0]).toMatchObject({ state: 'held', reason: 'hold' });
    expect(mailsToFamilies()).toHaveLength(0);
  });

  test('marks the student as due, and a file that is open says so, without kind or reason', async () => {
    await office.day('2026-09-08');
    await add({ until: '2026-10-01' });
    // Nobody gets a file because of a hold.
    expect(await fileLines()).toEqual([]);
    await office.days('2026-09-09', '2026-09-16');
    expect(await due()).toEqual([]);
    const ref = await add({ until: '2026-10-01' });
    expect(await due()).toEqual([{ reason: 'hold', student_id: await office.studentId() }]);
    await office.work();
    await end(ref);
    expect(await due()).toHaveLength(1);
    expect(await fileLines()).toEqual([
      { title: `Hold ${ref} placed by Dana Ruiz: letters until 2026-10-01`, detail: null },
      { title: `Hold ${ref} ended by Dana Ruiz`, detail: null },
    ]);
  });

  test('what cannot stand leaves nothing behind', async () => {
    await office.day('2026-09-08');
    await expect(add({ student: 'nobody' })).rejects.toThrow('unknown-student');
    await expect(add({ kind: 'ilness-plan' })).rejects.toThrow('"part":"kind"');
    await expect(add({ until: '2026-09-07' })).rejects.toThrow('"part":"until"');
    expect(await end('H-0000-0000')).toEqual({ kind: 'unknown' });
    expect(await office.db.selectFrom('hold').selectAll().execute()).toEqual([]);
    expect(await due()).toEqual([]);
  });
});

describe('a hold that ends soon', () => {
  const digest = async () => {
    await office.jobs.correspondence.composeDigests(await office.jobs.procedure(), office.moment());
  };
  const reminders = () =>
    office.db
      .selectFrom('task')
      .select(['state', 'role', 'person', 'opened_on', 'due_on', 'reason'])
      .where('kind', '=', 'hold-ends')
      .execute();
  const digestOf = async (email: string) =>
    office.db.selectFrom('staff_mail').select('key').where('to_email', '=', email).execute();

  test('is told once, on a school day, to the person whose hold it is', async () => {
    const [person] = office.config.staff;
    if (person === undefined) throw new Error('nobody is on the staff');
    await office.day('2026-09-08');
    const ref = await add({ until: '2026-09-20', owner: person.email });
    for (const date of ['2026-09-14', '2026-09-15', '2026-09-16', '2026-09-17', '2026-09-18']) {
      office.at(date);
      await digest();
    }
    expect(await reminders()).toEqual([
      {
        state: 'open',
        role: person.role,
        person: person.email,
        opened_on: '2026-09-15',
        due_on: '2026-09-18',
        reason: null,
      },
    ]);
    expect(await digestOf(person.email)).not.toHaveLength(0);
    const others = office.config.staff.filter((one) => one.email !== person.email);
    for (const one of others) expect(await digestOf(one.email)).toHaveLength(0);

    // Once it is over there is nothing left to decide.
    office.at('2026-09-21');
    await digest();
    expect(await reminders()).toMatchObject([{ state: 'closed', reason: 'hold-over' }]);
    expect(ref).toBeDefined();
  });

  test('of somebody who has left the staff is told to the administrators', async () => {
    await office.day('2026-09-08');
    await add({ until: '2026-09-10' });
    await office.db.updateTable('hold').set({ owner: 'gone@school.example.org' }).execute();
    await digest();
    expect(await reminders()).toMatchObject([{ role: 'administrator', person: 'gone@school.example.org' }]);
    const administrators = office.config.staffFor('administrator', office.school);
    for (const one of administrators) expect(await digestOf(one.email)).toHaveLength(1);
  });

  test('and is ended before: nobody is asked any more', async () => {
    await office.day('2026-09-08');
    const ref = await add({ until: '2026-09-10' });
    await digest();
    await end(ref);
    expect(await reminders()).toMatchObject([{ state: 'closed', reason: 'hold-ended' }]);
  });

  test('not on a day without school', async () => {
    await office.day('2026-09-04');
    await add({ until: '2026-09-07' });
    office.at('2026-09-07');
    await digest();
    expect(await reminders()).toEqual([]);
  });
});

describe('holds from a file', () => {
  beforeEach(async () => {
    office.sis.students.push(
      aStudent('bo', { number: '42', enrolments: [enrolledAt(office.school)] }),
      aStudent('cy', { number: '43', enrolments: [enrolledAt(office.school)] }),
      aStudent('di', { number: '43', enrolments: [enrolledAt(office.school)] }),
    );
    await office.day('2026-09-16');
  });

  const row = (line: number, hold: Partial<HoldRow> = {}): HoldRow => ({
    line,
    student: 'ada',
    kind: 'illness-plan',
    scope: null,
    from: null,
    until: null,
    owner: 'counselor',
    reason: 'as the nurse has it',
    ...hold,
  });
  const load = async (rows: readonly HoldRow[], replace = false) =>
    importHolds(await desk(), { rows, by: 'Dana Ruiz', replace }, office.moment());
  const holds = () =>
    office.db
      .selectFrom('hold')
      .innerJoin('student', 'student.id', 'hold.student_id')
      .select(['sourced_id', 'kind', 'begins', 'ends', 'ended_because', 'source'])
      .orderBy('sourced_id')
      .orderBy('begins')
      .execute();

  test('are placed together, found by id or number, and twice is once', async () => {
    const rows = [row(2), row(3, { student: '42', kind: 'homelessness' })];
    expect(await load(rows)).toMatchObject({ kind: 'imported', placed: 2 });
    const standing = await holds();
    expect(standing).toMatchObject([
      { sourced_id: 'ada', begins: '2026-09-16', ends: '2027-03-14', source: 'csv' },
      { sourced_id: 'bo', ends: null },
    ]);
    expect(await due()).toHaveLength(2);
    expect(await fileLines()).toHaveLength(1);
    // The days that a row leaves open do not move with the day of the import.
    office.at('2026-09-18');
    expect(await load(rows)).toMatchObject({ placed: 0, changed: 0, unchanged: 2, ended: 0 });
    expect(await holds()).toEqual(standing);
  });

  test('a later file changes what it says otherwise, and reminds again', async () => {
    await load([row(2, { until: schoolDate('2026-09-30') })]);
    await office.db
      .updateTable('hold')
      .set({ reminded_on: schoolDate('2026-09-25') })
      .execute();
    expect(await load([row(2, { until: schoolDate('2026-12-01') })])).toMatchObject({ changed: 1 });
    expect(await office.db.selectFrom('hold').select(['ends', 'reminded_on']).execute()).toEqual([
      { ends: '2026-12-01', reminded_on: null },
    ]);
    expect((await fileLines()).at(-1)?.title).toMatch(
      /^Hold H-.* changed by Dana Ruiz: letters until 2026-12-01$/,
    );
  });

  test('with --replace the others of earlier files end; those of people and absolute ones stay', async () => {
    await add({ student: 'bo' });
    await load([row(2), row(3, { student: 'bo' }), row(4, { student: 'cy', kind: 'missing' })]);
    expect(await load([row(2)], true)).toMatchObject({
      kind: 'imported',
      placed: 0,
      changed: 0,
      unchanged: 1,
      ended: 1,
      kept: 1,
    });
    expect(await holds()).toMatchObject([
      { sourced_id: 'ada', ended_because: null },
      { sourced_id: 'bo', ended_because: null, source: 'staff' },
      { sourced_id: 'bo', ended_because: 'not in the file any more', source: 'csv' },
      { sourced_id: 'cy', ended_because: null },
    ]);
  });

  test('one whose last day is over gives way to a new one', async () => {
    await load([row(2, { until: schoolDate('2026-09-18') })]);
    office.at('2026-09-21');
    expect(await load([row(2, { until: schoolDate('2026-09-30') })])).toMatchObject({ placed: 1 });
    expect(await holds()).toMatchObject([
      { ends: '2026-09-18', ended_because: 'its last day was over' },
      { begins: '2026-09-21', ends: '2026-09-30', ended_because: null },
    ]);
  });

  test.each<[string, Partial<HoldRow>, object]>([
    ['nobody', { student: 'nobody' }, { column: 'student', found: 'nobody of this name' }],
    ['a number that two students have', { student: '43' }, { column: 'student' }],
    ['a kind that is none', { kind: 'ilness-plan' }, { column: 'kind', told: 'ilness-plan' }],
    ['a scope that is none', { scope: 'mails' }, { column: 'scope' }],
    ['an owner who is nobody', { owner: 'nobody@north.example.org' }, { column: 'owner' }],
    [
      'an end that is over',
      { until: schoolDate('2026-09-15') },
      { column: 'until', found: 'a day that is over' },
    ],
    ['longer than the kind allows', { until: schoolDate('2027-05-01') }, { column: 'until' }],
    [
      'longer, counted from the day that it has',
      { student: 'bo', until: schoolDate('2027-03-14') },
      { column: 'until' },
    ],
    [
      'an absolute one with an end',
      { kind: 'deceased', until: schoolDate('2026-12-01') },
      { column: 'until' },
    ],
    ['the same hold twice', { student: 'ada' }, { column: 'student', found: 'the hold of line 2 once more' }],
  ])('%s: nothing of the file is imported', async (_, wrong, problem) => {
    await load([row(2, { student: 'bo', from: schoolDate('2026-09-01') })]);
    const before = await holds();
    const answer = await load([row(2), row(3, wrong), row(4, { student: 'cy' })]);
    expect(answer).toMatchObject({ kind: 'refused', problems: [{ line: 3, ...problem }] });
    expect(await holds()).toEqual(before);
  });
});
