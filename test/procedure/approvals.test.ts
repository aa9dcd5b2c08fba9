import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import type { Policy, Step } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { answerApprovals } from '../../src/procedure/approvals.ts';
import { decideStudent } from '../../src/procedure/decide.ts';
import { importLetters } from '../../src/procedure/import-letters.ts';
import { planCycle } from '../../src/procedure/plan.ts';
import { createProcedureBook, procedureSettings } from '../../src/procedure/procedure-book.ts';
import { type ApprovalAnswer, listApprovals, listAskedApprovals } from '../../src/store/approvals.ts';
import { listWaiting } from '../../src/store/overview.ts';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

const SEVEN = weekdaysFrom('2026-09-08', 7);
/** The seventh absence is of 16 September and settled on the 21st. */
const REACHED = '2026-09-21';
const THE_DAY_AFTER = '2026-09-22';

let office: Office;
const open = async (keys = 'approvalDays: 2') => {
  office = await openOffice({
    policy: (text) =>
      text.replace('letter: first-letter', `letter: first-letter\n    approval: administrator\n    ${keys}`),
  });
  office.absent(SEVEN);
};
beforeEach(() => open());
afterEach(() => office.close());

async function onlyRef(): Promise<string> {
  const asked = await listAskedApprovals(office.db);
  expect(asked).toHaveLength(1);
  return asked[0]?.ref ?? '';
}

const answer = (refs: readonly string[], given: ApprovalAnswer, because: string | null = null) =>
  answerApprovals(office.db, refs, { answer: given, by: 'Dana Ruiz', because }, office.moment());

const history = async () =>
  listApprovals(
    office.db,
    { studentId: await office.studentId(), schoolYear: '2027' },
    office.moment().today,
  );
const stepOf = async (step = 'first-letter') =>
  office.db.selectFrom('ladder_step').selectAll().where('step', '=', step).executeTakeFirstOrThrow();
const due = () => office.db.selectFrom('evaluation_due').select('reason').execute();
const mailsToMum = () => office.sink.delivered.filter((mail) => mail.to[0] === 'mum@family.example.org');
/** What the digest of this day tells the one whom it asks to approve. */
async function digest(): Promise<string> {
  const before = office.sink.delivered.length;
  await office.jobs.correspondence.composeDigests(await office.jobs.procedure(), office.moment());
  await office.work();
  const texts: string[] = [];
  for (const mail of office.sink.delivered.slice(before))
    texts.push((await PostalMime.parse(mail.raw)).text ?? '');
  return texts.filter((text) => text.includes('Approve or refuse')).join('\n---\n');
}

describe('a step that a person has to approve', () => {
  test('asks once, and nothing is written before the answer', async () => {
    await office.days('2026-09-17', '2026-09-28');
    expect(await office.steps()).toEqual({ contact: 'taken', 'first-letter': 'owed' });
    expect(await office.letters()).toEqual([]);
    expect(await office.openTasks()).not.toContain('consider-meeting');
    expect(await history()).toEqual([
      {
        ref: expect.stringMatching(/^A-[2-9A-Z]{4}-[2-9A-Z]{4}$/),
        studentId: await office.studentId(),
        schoolYear: '2027',
        step: 'first-letter',
        role: 'administrator',
        state: 'asked',
        askedOn: REACHED,
        dueOn: '2026-09-23',
        answeredOn: null,
        by: null,
        reason: null,
      },
    ]);
    expect(await listWaiting(office.db, '2027')).toContainEqual({
      step: 'first-letter',
      reason: 'approval',
      students: 1,
    });
  });

  test('goes on at once when approved, without a night in which anything changed', async () => {
    await office.day(REACHED);
    const ref = await onlyRef();
    expect(await answer([ref.toLowerCase()], 'given', 'spoke with the teacher')).toMatchObject({
      kind: 'answered',
    });
    expect(await due()).toEqual([{ reason: 'approval' }]);
    await office.work();
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(mailsToMum()).toHaveLength(1);
    expect(await listAskedApprovals(office.db)).toEqual([]);
    expect(await stepOf()).toMatchObject({
      approval: 'given',
      approval_ref: ref,
      approval_by: 'Dana Ruiz',
      approval_because: 'spoke with the teacher',
    });
    const file = await office.db.selectFrom('file_entry').select(['title', 'detail', 'kind']).execute();
    expect(file).toContainEqual({
      kind: 'decision',
      title: `Approval ${ref} of first-letter given by Dana Ruiz`,
      detail: 'spoke with the teacher',
    });
  });

  test('is skipped when refused, for as long as the count stands', async () => {
    await office.day(REACHED);
    await answer([await onlyRef()], 'refused', 'the family moved');
    await office.work();
    expect(await office.steps()).toMatchObject({ 'first-letter': 'skipped' });
    await office.days(THE_DAY_AFTER, '2026-09-30');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'skipped' });
    expect(mailsToMum()).toEqual([]);
    expect(await history()).toMatchObject([
      { state: 'refused', by: 'Dana Ruiz', reason: 'the family moved', answeredOn: REACHED },
    ]);
  });

  test('is asked for anew when it is owed anew', async () => {
    await office.day(REACHED);
    const first = await onlyRef();
    await answer([first], 'refused', 'not yet');
    office.absent(SEVEN.slice(1));
    await office.days(THE_DAY_AFTER, '2026-09-24');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'withdrawn' });
    office.absent([...SEVEN.slice(1), '2026-09-24']);
    await office.days('2026-09-28', '2026-09-30');
    const second = await onlyRef();
    expect(second).not.toBe(first);
    expect(await stepOf()).toMatchObject({ approval: 'asked', approval_by: null, approval_because: null });
    await answer([second], 'given');
    await office.work();
    expect(mailsToMum()).toHaveLength(1);
  });

  test('is not asked for any more when it is withdrawn', async () => {
    await office.day(REACHED);
    const ref = await onlyRef();
    office.absent(SEVEN.slice(1));
    await office.days(THE_DAY_AFTER, '2026-09-24');
    expect(await listAskedApprovals(office.db)).toEqual([]);
    expect(await answer([ref], 'given')).toMatchObject({
      kind: 'not-answered',
      problems: [{ ref, approval: { state: 'closed', reason: 'count-fell' } }],
    });
  });

  test('approved while a hold keeps it back, it goes when the hold ends', async () => {
    await office.day(REACHED);
    await office.hold({ scope: 'letters', begins: REACHED, ends: '2026-09-23' });
    await office.work();
    await answer([await onlyRef()], 'given');
    await office.days(THE_DAY_AFTER, '2026-09-23');
    expect(mailsToMum()).toEqual([]);
    await office.day('2026-09-24');
    expect(mailsToMum()).toHaveLength(1);
    expect(await history()).toHaveLength(1);
  });

  test('of a student who has left, waits for a return', async () => {
    await office.day(REACHED);
    const ref = await onlyRef();
    const [ada] = office.sis.students;
    if (ada === undefined) throw new Error('there is no Ada');
    office.sis.students = [
      { ...ada, enrolments: ada.enrolments.map((one) => ({ ...one, ends: REACHED as never })) },
    ];
    await office.day(THE_DAY_AFTER);
    expect(await listAskedApprovals(office.db)).toEqual([]);
    expect(await answer([ref], 'given')).toMatchObject({ problems: [{ approval: { reason: 'left' } }] });
    office.sis.students = [ada];
    await office.day('2026-09-23');
    expect(await onlyRef()).toBe(ref);
  });
});

test('a referral that a person has to approve is opened once it is approved', async () => {
  await office.close();
  office = await openOffice({
    policy: (text) => text.replace('    referral: true', '    referral: true\n    approval: administrator'),
  });
  office.absent(weekdaysFrom('2026-09-08', 12));
  for (const date of ['2026-09-21', '2026-09-28', '2026-10-02']) await office.day(date);
  const referrals = () => office.db.selectFrom('referral').select(['step', 'round', 'state']).execute();
  expect(await office.steps()).toMatchObject({ 'medical-letter': 'taken', referral: 'owed' });
  expect(await referrals()).toEqual([]);
  await answer([await onlyRef()], 'given');
  await office.work();
  expect(await referrals()).toMatchObject([{ step: 'referral', round: 1 }]);
});

describe('another policy, while a step waits for an answer', () => {
  const decideUnder = async (change: (step: Step) => Step) => {
    const policy: Policy = {
      ...office.config.policy,
      version: 'another',
      steps: office.config.policy.steps.map((step) => (step.id === 'first-letter' ? change(step) : step)),
    };
    const book = createProcedureBook(office.db, { ...procedureSettings(office.config), policy });
    office.at(THE_DAY_AFTER);
    await office.sync();
    const procedure = await book.on(office.moment().today);
    await decideStudent(office.db, procedure, await office.studentId(), office.moment());
  };

  test('that asks nobody: the letter goes, and the task closes', async () => {
    await office.day(REACHED);
    await decideUnder((step) => ({ ...step, approval: null }));
    expect(await office.letters()).toMatchObject([{ state: 'planned' }]);
    expect(await history()).toMatchObject([{ state: 'closed', reason: 'no-longer-needed' }]);
  });

  test('that asks another role: the same question is theirs', async () => {
    await office.day(REACHED);
    const ref = await onlyRef();
    await decideUnder((step) => ({ ...step, approval: { role: 'supervisor', days: 2 } }));
    expect(await listAskedApprovals(office.db)).toMatchObject([{ ref, role: 'supervisor' }]);
  });
});

describe('an answer', () => {
  test('to something unknown, or already answered, changes nothing, neither of what is named beside it', async () => {
    await office.day(REACHED);
    const ref = await onlyRef();
    expect(await answer([ref, 'A-2222-2222'], 'given')).toEqual({
      kind: 'not-answered',
      problems: [{ ref: 'A-2222-2222', approval: null }],
    });
    expect(await stepOf()).toMatchObject({ approval: 'asked', approval_by: null });
    await answer([ref, ref], 'given');
    expect(await answer([ref], 'refused', 'too late')).toMatchObject({
      problems: [{ approval: { state: 'given', by: 'Dana Ruiz', answeredOn: REACHED } }],
    });
    expect(await stepOf()).toMatchObject({ approval: 'given', approval_because: null });
  });

  test('is recorded once when two people answer at the same time', async () => {
    await office.day(REACHED);
    const ref = await onlyRef();
    const answers = await Promise.all([
      answer([ref], 'given'),
      answer([ref], 'refused', 'no'),
      answer([ref], 'given'),
    ]);
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['answered', 'not-answered', 'not-answered']);
  });

  test('is not given by doing the task', async () => {
    await office.day(REACHED);
    expect(await office.answer('approval', 'done')).toEqual({ kind: 'approval' });
    expect(await listAskedApprovals(office.db)).toHaveLength(1);
  });
});

describe('the day by which the law wants it out', () => {
  const reopen = async (keys: string) => {
    await office.close();
    await open(keys);
  };

  test('stands in the plan of the next day, too, when nothing is to be decided about', async () => {
    await reopen('legalDeadlineDays: 8');
    await office.day(REACHED);
    office.at(THE_DAY_AFTER);
    await office.sync();
    await office.work();
    const plan = await planCycle(office.db, await office.jobs.procedure(), office.moment(), () => {});
    expect(plan).toMatchObject({
      studentsLookedAt: 0,
      blocked: [{ step: 'first-letter', reason: 'approval', students: 1, lastDay: '2026-09-29' }],
      waiting: [{ student: 'ada', step: 'first-letter', reason: 'approval', lastDay: '2026-09-29' }],
    });
    const asOf = ['--as-of', THE_DAY_AFTER];
    const { out } = await office.rollcall('plan', '--who', ...asOf);
    expect(out).toContain('The school is live.');
    expect(out).toMatch(/first-letter +approval +2026-09-29 +1\n/);
    expect(out).toMatch(/ada +\S+ \S+ +first-letter +waits +approval +2026-09-29/);
    const csv = await office.rollcall('plan', '--csv', ...asOf);
    expect(csv.out).toMatch(
      /^school,student,name,step,what,how,last day\r\n.*,ada,.*,waits,approval,2026-09-29/,
    );
    const json = JSON.parse((await office.rollcall('plan', '--json', ...asOf)).out);
    expect(json.waiting[0]).not.toHaveProperty('name');
  });

  test('what a withdrawal does is said in words', async () => {
    await office.day(REACHED);
    office.absent([]);
    await office.day(THE_DAY_AFTER);
    office.at('2026-09-23');
    await office.sync();
    const { out } = await office.rollcall('plan', '--as-of', '2026-09-23');
    expect(out).toMatch(/first-letter +withdrawn +count-fell/);
    expect(out).not.toMatch(/first-letter +withdraw /);
  });

  test('stands beside the task, in the plan and in the digest, as long as there is time', async () => {
    await reopen('legalDeadlineDays: 8');
    office.at(REACHED);
    await office.sync();
    const plan = await planCycle(office.db, await office.jobs.procedure(), office.moment(), () => {});
    expect(plan.totals).toContainEqual(
      expect.objectContaining({
        step: 'first-letter',
        what: 'approval',
        how: 'asked of the administrator',
        count: 1,
        lastDay: '2026-09-29',
      }),
    );
    expect(plan.totals.find(({ step }) => step === 'contact')?.lastDay).toBeNull();
    await office.work();
    expect(await listAskedApprovals(office.db)).toMatchObject([
      { dueOn: '2026-09-23', deadline: '2026-09-29' },
    ]);
    const text = await digest();
    expect(text).toContain('Approve or refuse: due Wed, Sep 23, 2026');
    expect(text).toContain('The law wants it out by Tue, Sep 29, 2026.');
    expect(text).toContain(`Reference ${await onlyRef()}`);
  });

  test('makes it due today where a late reading leaves less than the days for approving', async () => {
    await reopen('approvalDays: 3\n    legalDeadlineDays: 7');
    await office.day('2026-09-24');
    expect(await listAskedApprovals(office.db)).toMatchObject([
      { dueOn: '2026-09-24', deadline: '2026-09-28' },
    ]);
    expect(await digest()).toContain('Approve or refuse: approve today');
  });

  test('that is past is told as such', async () => {
    await reopen('legalDeadlineDays: 6');
    await office.day('2026-10-01');
    expect(await listAskedApprovals(office.db)).toMatchObject([
      { dueOn: '2026-10-01', deadline: '2026-09-24' },
    ]);
    const text = await digest();
    expect(text).toContain('Approve or refuse: overdue by law');
    expect(text).toContain('The law wanted it out by Thu, Sep 24, 2026: it is overdue.');
  });

  test('without one, an approval that nobody gave in time is only late', async () => {
    await office.day(REACHED);
    office.at('2026-10-01');
    await office.sync();
    await office.work();
    expect(await digest()).toContain('Approve or refuse: overdue since Wed, Sep 23, 2026');
  });
});

describe('while the school is not live', () => {
  test('what was asked when it was live is waited for, and nothing leaves without it', async () => {
    office.mode('live');
    await office.day(REACHED);
    const ref = await onlyRef();
    for (const [mode, date] of [
      ['shadow', THE_DAY_AFTER],
      ['tasks', '2026-09-23'],
      ['live', '2026-09-24'],
    ] as const) {
      office.mode(mode);
      await office.day(date);
      expect([await onlyRef(), await office.letters()]).toEqual([ref, []]);
      expect(await office.openTasks()).not.toContain('letter-due');
    }
    expect(mailsToMum()).toEqual([]);
    await answer([ref], 'given');
    await office.day('2026-09-28');
    expect(mailsToMum()).toHaveLength(1);
  });

  test('in tasks mode the office is asked for its letter once a person has approved it', async () => {
    office.mode('tasks');
    await office.day(REACHED);
    const ref = await onlyRef();
    expect(await office.openTasks()).not.toContain('letter-due');
    await answer([ref], 'given');
    await office.day(THE_DAY_AFTER);
    expect(await office.openTasks()).toContain('letter-due');
    expect(mailsToMum()).toEqual([]);
  });

  test('in shadow mode nobody is asked', async () => {
    office.mode('shadow');
    await office.day(REACHED);
    expect(await listAskedApprovals(office.db)).toEqual([]);
    expect((await office.letters()).map(({ state }) => state)).toEqual(['shadowed']);
  });

  test('going live, nobody is asked any more for a letter that is left to the school', async () => {
    office.mode('tasks');
    await office.day(REACHED);
    office.mode('live');
    await office.day(THE_DAY_AFTER);
    expect(await listAskedApprovals(office.db)).toEqual([]);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'pre-existing' });
  });
});

describe('a letter that the school has sent by itself', () => {
  async function imported(): Promise<void> {
    const letters = [{ line: 2, student: 'ada', step: 'first-letter', sentOn: schoolDate('2026-09-18') }];
    const list = { letters, by: 'Clerk', keep: true };
    await importLetters(office.db, await office.jobs.procedure(), list, office.moment());
  }

  test('needs nobody’s yes: the approval is asked no more, and a late answer is refused in words', async () => {
    await office.day(REACHED);
    const ref = await onlyRef();
    await imported();
    expect(await listAskedApprovals(office.db)).toEqual([]);
    expect(await answer([ref], 'given')).toMatchObject({
      kind: 'not-answered',
      problems: [{ ref, approval: { state: 'closed', reason: 'sent-by-school' } }],
    });
  });

  test('leaves no approval that can be answered, not even one that stayed open', async () => {
    await office.day(REACHED);
    const ref = await onlyRef();
    await imported();
    await office.db
      .updateTable('task')
      .set({ state: 'open', closed_on: null, reason: null })
      .where('ref', '=', ref)
      .execute();
    expect(await answer([ref], 'given')).toMatchObject({ kind: 'not-answered', problems: [{ ref }] });
    const told = await office.rollcall('approvals', 'approve', ref, '--by', 'Dana Ruiz');
    expect(told.err).toContain(`${ref}: found a step that does not wait for it any more`);
    expect(await stepOf()).toMatchObject({ state: 'taken', outside: true, approval_by: null });
  });

  test('closes the task about what kept the step waiting', async () => {
    office.sis.guardians = [];
    await office.day(REACHED);
    expect(await office.openTasks()).toContain('no-recipient');
    await imported();
    await office.day(THE_DAY_AFTER);
    expect(await office.openTasks()).not.toContain('no-recipient');
  });
});
