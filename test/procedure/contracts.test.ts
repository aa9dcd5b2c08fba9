import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { addDays, schoolDate } from '../../src/domain/school-date.ts';
import {
  discardDraft,
  refuseContract,
  renewContract,
  startContract,
} from '../../src/procedure/contract-drafts.ts';
import { addContract, endContract, showContract, signContract } from '../../src/procedure/contracts.ts';
import { planCycle } from '../../src/procedure/plan.ts';
import { findContract, listContracts, shownState } from '../../src/store/contracts.ts';
import { readDocument } from '../../src/store/documents.ts';
import { type Office, openOffice } from '../support/office.ts';
import { readPdf } from '../support/pdf.ts';
import { aDeletedAbsence, aStudent, enrolledAt, weekdaysFrom } from '../support/sis-records.ts';

/** Seven days up to the 16th of September: the First Letter and no more. */
const SEVEN = weekdaysFrom('2026-09-08', 7);
const BROKEN = ['2026-09-28', '2026-09-29', '2026-09-30'];

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

type Asked = Parameters<typeof addContract>[2];

const add = async (rest: Partial<Asked> = {}) =>
  addContract(
    office.db,
    await office.jobs.procedure(),
    {
      student: 'ada',
      begins: schoolDate('2026-09-22'),
      ends: schoolDate('2026-11-20'),
      allowedDays: '2',
      basis: 'all',
      graceDays: 3,
      exceptCodes: [],
      signedOn: schoolDate('2026-09-21'),
      refused: false,
      by: 'Dana Ruiz',
      note: null,
      ...rest,
    },
    office.moment(),
  );

/** The First Letter has been out, the family was reached, and the contract is signed. */
async function agreed(rest: Partial<Asked> = {}): Promise<string> {
  office.absent(SEVEN);
  await office.days('2026-09-16', '2026-09-21');
  await office.answer('contact-family', 'reached');
  const added = await add(rest);
  if (added.kind !== 'added') throw new Error(JSON.stringify(added));
  return added.ref;
}

const contracts = async () =>
  (
    await listContracts(office.db, {
      schoolYear: '2027',
      school: null,
      state: null,
      today: office.moment().today,
    })
  ).map((contract) => `${contract.student} ${shownState(contract)}`);

const lines = async (word = 'contract') =>
  (await office.db.selectFrom('file_entry').select('title').orderBy('id').execute())
    .map(({ title }) => title)
    .filter((title) => title.includes(word));

const referral = async () =>
  office.db
    .selectFrom('ladder_step')
    .innerJoin('student', 'student.id', 'ladder_step.student_id')
    .select(['state', 'reached_by', 'superseded', 'owed_on'])
    .where('step', '=', 'referral')
    .where('student.sourced_id', '=', 'ada')
    .execute();

const referrals = async () =>
  office.db.selectFrom('referral').select(['state', 'gaps', 'superseded']).orderBy('opened_on').execute();

const contractTasks = async () =>
  (
    await office.db
      .selectFrom('task')
      .select(['kind', 'state', 'opened_on', 'reason', 'role'])
      .where('kind', 'like', 'contract-%')
      .orderBy('opened_on')
      .orderBy('kind')
      .execute()
  ).map((task) => `${task.kind} for ${task.role} ${task.opened_on} ${task.reason ?? task.state}`);

/** The SIS takes back rows that it has given before. */
function excuse(kept: readonly string[], gone: readonly string[]): void {
  office.absent(kept);
  for (const date of gone) office.sis.absences.push(aDeletedAbsence('ada', date));
}

test('a violated contract makes the referral owed when the grace is over, and the packet leaves once', async () => {
  const ref = await agreed();
  office.absent([...SEVEN, ...BROKEN]);
  await office.days('2026-09-22', '2026-10-02');
  expect(await referral()).toEqual([]);
  // Three school days after the third day: Monday.
  await office.days('2026-10-03', '2026-10-08');
  expect(await referral()).toEqual([
    { state: 'taken', reached_by: 'contract', superseded: false, owed_on: '2026-10-05' },
  ]);
  expect(await referrals()).toMatchObject([{ state: 'delivered' }]);
  expect(await contractTasks()).toEqual(['contract-violated for administrator 2026-10-05 open']);
  expect(await contracts()).toEqual(['ada violated']);
  expect((await lines()).at(-1)).toBe(`Attendance contract ${ref} is violated since 2026-09-30`);

  // The count gets there as well: the file is not sent again.
  office.absent([...SEVEN, ...BROKEN, ...weekdaysFrom('2026-10-05', 4)]);
  await office.days('2026-10-09', '2026-10-23');
  expect(await referral()).toMatchObject([{ state: 'taken', reached_by: 'contract', superseded: false }]);
  expect(await referrals()).toHaveLength(1);
  expect(await contractTasks()).toHaveLength(1);
});

test('in shadow the list shows the violation of which nobody is told', async () => {
  const ref = await agreed();
  office.mode('shadow');
  office.absent([...SEVEN, ...BROKEN]);
  await office.days('2026-09-22', '2026-10-06');
  expect(await contracts()).toEqual(['ada violated']);
  expect(await contractTasks()).toEqual([]);
  const shown = await showContract(office.db, await office.jobs.procedure(), ref, office.moment());
  expect(shown === null ? null : shownState(shown.contract)).toBe('violated');
  const violated = {
    schoolYear: '2027',
    school: null,
    state: 'violated',
    today: office.moment().today,
  } as const;
  expect(await listContracts(office.db, violated)).toMatchObject([{ ref, violatedOn: '2026-09-30' }]);
});

test('excused before anything has left, the violation withdraws the referral, and the task closes', async () => {
  const ref = await agreed({ signedOn: null });
  office.absent([...SEVEN, ...BROKEN]);
  await office.days('2026-09-22', '2026-10-06');
  expect(await referrals()).toMatchObject([{ state: 'gathering', gaps: ['contract-not-signed'] }]);
  excuse([...SEVEN, ...BROKEN.slice(1)], BROKEN.slice(0, 1));
  await office.day('2026-10-07');
  expect(await referral()).toMatchObject([{ state: 'withdrawn' }]);
  expect(await referrals()).toMatchObject([{ state: 'withdrawn' }]);
  expect(await contractTasks()).toEqual(['contract-violated for administrator 2026-10-05 violation-excused']);
  expect((await lines()).at(-1)).toBe(
    `Attendance contract ${ref} is no longer violated: its days were corrected`,
  );
  expect(await contracts()).toEqual(['ada in-force']);
});

test('the plan says that a referral rests on a contract', async () => {
  await agreed();
  office.absent([...SEVEN, ...BROKEN]);
  await office.days('2026-09-22', '2026-10-02');
  office.at('2026-10-05');
  await office.sync();
  const plan = await planCycle(office.db, await office.jobs.procedure(), office.moment(), () => {});
  expect(plan.actions).toContainEqual(
    expect.objectContaining({
      student: 'ada',
      step: 'referral',
      what: 'open-referral',
      how: 'contract violated',
      lastDay: null,
    }),
  );
});

test('a signature on record lets the packet go', async () => {
  const ref = await agreed({ signedOn: null });
  office.absent([...SEVEN, ...BROKEN]);
  await office.days('2026-09-22', '2026-10-06');
  const sign = (on: string) =>
    signContract(office.db, { ref, on: schoolDate(on), by: 'Dana Ruiz' }, office.moment());
  expect(await sign('2026-09-21')).toMatchObject({ kind: 'changed' });
  expect(await sign('2026-09-21')).toEqual({ kind: 'signed-before' });
  await office.day('2026-10-07');
  expect(await referrals()).toMatchObject([{ state: 'delivered' }]);
});

test('excused after the packet has left: superseded, the officer hears of it, and whoever acted on it too', async () => {
  await agreed();
  office.absent([...SEVEN, ...BROKEN]);
  await office.days('2026-09-22', '2026-10-06');
  await office.answer('contract-violated', 'The family was called.');
  excuse([...SEVEN, ...BROKEN.slice(1)], BROKEN.slice(0, 1));
  await office.days('2026-10-07', '2026-10-08');
  expect(await referral()).toMatchObject([{ state: 'taken', reached_by: 'contract', superseded: true }]);
  expect(await referrals()).toMatchObject([{ state: 'delivered', superseded: true }]);
  expect(await contractTasks()).toEqual([
    'contract-violated for administrator 2026-10-05 done',
    'contract-violation-excused for administrator 2026-10-07 open',
  ]);
  expect(await lines('superseded')).toContain('referral is superseded: the contract is no longer violated');
  const correction = office.sink.delivered.find(({ raw }) => /^Subject: Correction/m.test(String(raw)));
  expect(correction?.to).toEqual([office.config.truancyOfficer.email]);
  expect(String(correction?.raw).replaceAll(/=?\r\n/g, ' ')).toMatch(
    /the +attendance +contract +is +no +longer +violated/,
  );
});

test('kept to its end, it is told once, with nothing owed', async () => {
  const ref = await agreed({ ends: schoolDate('2026-10-02'), graceDays: 1 });
  office.absent([...SEVEN, ...BROKEN.slice(1)]);
  await office.days('2026-09-22', '2026-10-09');
  expect(await contracts()).toEqual(['ada kept']);
  expect(await contractTasks()).toEqual(['contract-kept for administrator 2026-10-05 open']);
  expect((await lines()).at(-1)).toBe(`Attendance contract ${ref} was kept to its end, 2026-10-02`);
  expect(await referral()).toEqual([]);
  expect(
    await endContract(office.db, { ref, by: 'Dana Ruiz', because: 'no longer needed' }, office.moment()),
  ).toEqual({ kind: 'over' });
});

test('ended by a person: what waits is withdrawn, what has left stands, and another one can follow', async () => {
  const ref = await agreed();
  office.absent([...SEVEN, ...BROKEN]);
  await office.days('2026-09-22', '2026-10-06');
  const end = () =>
    endContract(office.db, { ref, by: 'Dana Ruiz', because: 'a new one was agreed' }, office.moment());
  expect(await add()).toMatchObject({ kind: 'refused', part: 'begins' });
  expect(await end()).toMatchObject({ kind: 'changed' });
  expect(await end()).toEqual({ kind: 'over' });
  expect(await add({ begins: schoolDate('2026-10-07') })).toMatchObject({ kind: 'added' });
  await office.days('2026-10-07', '2026-10-08');
  expect(await referral()).toMatchObject([{ state: 'taken', superseded: false }]);
  expect(await contractTasks()).toEqual(['contract-violated for administrator 2026-10-05 contract-ended']);
  const shown = await showContract(office.db, await office.jobs.procedure(), ref, office.moment());
  expect(shown?.standing).toMatchObject({ kind: 'violated', on: '2026-09-30', endedOn: '2026-10-06' });

  // Its days are excused after all: it never was violated.
  excuse([...SEVEN, ...BROKEN.slice(1)], BROKEN.slice(0, 1));
  await office.day('2026-10-09');
  expect(await referral()).toMatchObject([{ state: 'taken', superseded: true }]);
});

test('what the family refused is in the file and is not watched', async () => {
  const ref = await agreed({ refused: true, signedOn: null });
  office.absent([...SEVEN, ...BROKEN]);
  await office.days('2026-09-22', '2026-10-08');
  expect(await contracts()).toEqual(['ada refused']);
  expect(await referral()).toEqual([]);
  expect(await lines()).toEqual([
    `Attendance contract ${ref} refused by the family, recorded by Dana Ruiz: from September 22, 2026 to November 20, 2026 at most 2 days may be missed, with 3 school days for a note`,
  ]);
});

test('the contract of a student who left before its end was not kept', async () => {
  const ref = await agreed({ ends: schoolDate('2026-10-02'), graceDays: 1 });
  office.sis.students = office.sis.students.map((student) =>
    student.sourcedId === 'ada'
      ? { ...student, enrolments: [{ ...enrolledAt(office.school), ends: schoolDate('2026-09-29') }] }
      : student,
  );
  await office.days('2026-09-22', '2026-10-08');
  expect(await contracts()).toEqual(['ada ended']);
  expect(await contractTasks()).toEqual([]);
  expect((await lines()).at(-1)).toBe(
    `Attendance contract ${ref} ended: the student had left before its end`,
  );
});

test('nothing is told of a student of whom nothing may be said', async () => {
  await agreed();
  office.absent([...SEVEN, ...BROKEN]);
  await office.db
    .insertInto('hold')
    .values({
      student_id: await office.studentId(),
      kind: 'missing',
      scope: 'absolute',
      owner: 'administrator',
      begins: office.moment().today,
    })
    .execute();
  await office.days('2026-09-22', '2026-10-08');
  expect(await contractTasks()).toEqual([]);
  expect(await contracts()).toEqual([]);
});

test('who is unknown or enrolled nowhere gets none', async () => {
  office.sis.students.push(
    aStudent('bo', { enrolments: [{ ...enrolledAt(office.school), ends: schoolDate('2026-09-01') }] }),
  );
  office.absent([]);
  await office.day('2026-09-21');
  expect(await add({ student: 'nobody' })).toEqual({ kind: 'unknown-student' });
  expect(await add({ student: 'bo' })).toEqual({ kind: 'not-enrolled' });
  expect(await contracts()).toEqual([]);
});

/** The evidence that lies with a contract, as text. */
async function evidenceOf(ref: string): Promise<string> {
  const contract = await findContract(office.db, ref);
  if (contract?.evidenceDocumentId == null) return 'none';
  const { text } = await readPdf((await readDocument(office.db, contract.evidenceDocumentId)).bytes);
  return text.replace(/\s+/g, ' ');
}

test('the evidence of a violation is kept when it is told, and another page when it is excused', async () => {
  const ref = await agreed({ basis: 'all', graceDays: 1 });
  office.absent([...SEVEN, ...BROKEN]);
  await office.days('2026-09-22', '2026-09-30');
  expect(await evidenceOf(ref)).toBe('none');
  await office.day('2026-10-01');
  const violated = await evidenceOf(ref);
  expect(violated).toContain('Violated since September 30, 2026');
  expect(violated).toMatch(/September 28, 2026 1 1 .*September 29, 2026 1 2 .*September 30, 2026 1 3/);
  expect(violated).toContain('at most 2 days may be missed');
  expect(violated).toContain('signed on September 21, 2026, recorded by Dana Ruiz');
  expect(violated).not.toContain('September 16, 2026');
  const filed = await office.db
    .selectFrom('file_entry')
    .select('title')
    .where('document_id', '=', (await findContract(office.db, ref))?.evidenceDocumentId ?? '')
    .execute();
  expect(filed).toEqual([{ title: `Attendance contract ${ref} is violated since 2026-09-30` }]);

  excuse([...SEVEN, ...BROKEN.slice(1)], BROKEN.slice(0, 1));
  await office.day('2026-10-02');
  const excused = await evidenceOf(ref);
  expect(excused).toContain('Not violated any more');
  expect(excused).not.toContain('September 28, 2026 1 1');
});

test('a draft is not watched before it is started, and is judged once more then', async () => {
  const ref = await agreed({ draft: true, signedOn: null });
  expect(await office.openTasks()).not.toContain('contract-violated');
  office.absent([...SEVEN, ...BROKEN]);
  await office.days('2026-09-22', '2026-10-06');
  expect(await contracts()).toEqual(['ada draft']);
  expect(await contractTasks()).toEqual([]);
  expect(await referral()).toEqual([]);
  const procedure = await office.jobs.procedure();
  const start = (on: string) =>
    startContract(office.db, procedure, { ref, signedOn: schoolDate(on), by: 'Dana Ruiz' }, office.moment());
  expect(await start('2026-10-07')).toMatchObject({ kind: 'refused', part: 'signed-on' });
  const other = await add();
  expect(await start('2026-10-06')).toMatchObject({ kind: 'refused', part: 'begins' });
  if (other.kind !== 'added') throw new Error(other.kind);
  await endContract(office.db, { ref: other.ref, by: 'Dana Ruiz', because: 'twice' }, office.moment());
  expect(await start('2026-10-06')).toMatchObject({ kind: 'changed' });
  expect(await start('2026-10-06')).toEqual({ kind: 'not-a-draft' });
  await office.days('2026-10-07', '2026-10-08');
  expect(await referral()).toMatchObject([{ state: 'taken', reached_by: 'contract' }]);
});

test('a draft cannot be signed, since nobody would watch it, nor anything on a day to come', async () => {
  const ref = await agreed({ draft: true, signedOn: null });
  const sign = (on: string) =>
    signContract(office.db, { ref, on: schoolDate(on), by: 'Dana Ruiz' }, office.moment());
  const { today } = office.moment();
  expect(await sign(today)).toEqual({ kind: 'draft' });
  const started = { ref, signedOn: null, by: 'Dana Ruiz' };
  const procedure = await office.jobs.procedure();
  expect(await startContract(office.db, procedure, started, office.moment())).toMatchObject({
    kind: 'changed',
  });
  expect(await sign(addDays(today, 1))).toEqual({ kind: 'day-to-come' });
  expect(await sign(today)).toMatchObject({ kind: 'changed' });
});

test('a draft is refused or discarded, and the file says so', async () => {
  const refused = await agreed({ draft: true, signedOn: null });
  const procedure = await office.jobs.procedure();
  const by = 'Dana Ruiz';
  expect(
    await refuseContract(office.db, procedure, { ref: refused, by, note: null }, office.moment()),
  ).toMatchObject({ kind: 'changed' });
  expect(await contracts()).toEqual(['ada refused']);
  const second = await add({ draft: true, signedOn: null });
  if (second.kind !== 'added') throw new Error(second.kind);
  const gone = { ref: second.ref, by, because: 'a slip' };
  expect(await discardDraft(office.db, gone, office.moment())).toMatchObject({ kind: 'changed' });
  expect(await discardDraft(office.db, gone, office.moment())).toEqual({ kind: 'unknown' });
  expect((await lines('discarded')).at(-1)).toBe(`Draft ${second.ref} discarded by Dana Ruiz: a slip`);
});

test('staff are reminded of its end once, in time, and renewing it proposes the same terms', async () => {
  const ref = await agreed({ begins: schoolDate('2026-09-22'), ends: schoolDate('2026-10-09') });
  const reminders = async () => (await contractTasks()).filter((task) => task.startsWith('contract-ends'));
  for (const date of ['2026-10-01', '2026-10-02', '2026-10-05']) {
    await office.day(date);
    await office.digests();
  }
  // Five school days before the ninth: the second.
  expect(await reminders()).toEqual(['contract-ends for administrator 2026-10-02 open']);
  const procedure = await office.jobs.procedure();
  const renewed = await renewContract(
    office.db,
    procedure,
    { ref, by: 'Dana Ruiz', changed: {} },
    office.moment(),
  );
  if (renewed.kind !== 'added') throw new Error(renewed.kind);
  expect(await findContract(office.db, renewed.ref)).toMatchObject({
    state: 'draft',
    begins: '2026-10-12',
    ends: '2026-10-29',
    graceDays: 3,
    followsId: (await findContract(office.db, ref))?.id,
  });
  const signed = { ref: renewed.ref, signedOn: schoolDate('2026-10-05'), by: 'Dana Ruiz' };
  expect(await startContract(office.db, procedure, signed, office.moment())).toMatchObject({
    kind: 'changed',
  });
  expect(await reminders()).toEqual(['contract-ends for administrator 2026-10-02 contract-renewed']);
});
