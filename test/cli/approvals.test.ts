import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listAskedApprovals } from '../../src/store/approvals.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aStudent, weekdaysFrom } from '../support/sis-records.ts';

const REACHED = '2026-09-21';
let office: Office;
/** References by student. */
let refs: Record<string, string>;

beforeAll(async () => {
  office = await openOffice({
    policy: (text) =>
      text
        .replace('version: "2026-27"', 'version: "with approval"')
        .replace(
          'letter: first-letter',
          'letter: first-letter\n    approval: administrator\n    legalDeadlineDays: 8',
        ),
  });
  const [ada] = office.sis.students;
  if (ada === undefined) throw new Error('there is no Ada');
  for (const id of ['ben', 'cleo']) {
    office.sis.students.push(aStudent(id, { enrolments: ada.enrolments, givenName: '=Hans' }));
    office.sis.guardians.push({
      ...(office.sis.guardians[0] as (typeof office.sis.guardians)[number]),
      sourcedId: `mum of ${id}`,
      email: `${id}@family.example.org`,
      links: office.sis.guardians[0]?.links.map((link) => ({ ...link, studentSourcedId: id })) ?? [],
    });
  }
  for (const id of ['ada', 'ben', 'cleo']) office.absent(weekdaysFrom('2026-09-08', 7), id);
  await office.day(REACHED);
  refs = Object.fromEntries((await listAskedApprovals(office.db)).map(({ student, ref }) => [student, ref]));
}, 60_000);
afterAll(() => office.close());

const approvals = (...words: string[]) => office.rollcall('approvals', ...words);

describe('approvals list', () => {
  test('shows who waits for a yes, and until when', async () => {
    const { code, out } = await approvals('--as-of', REACHED);
    expect(code).toBe(0);
    expect(out).toMatch(/reference +student +name +school +step +role +asked +due +last day +urgency/);
    expect(out).toMatch(
      new RegExp(`${refs.ada} +ada .* first-letter +administrator +2026-09-21 +2026-09-23 +2026-09-29`),
    );
    expect(out).not.toContain('approve today');
  });

  test('says what is pressing', async () => {
    expect((await approvals('list', '--as-of', '2026-09-23')).out).toContain('approve today');
    expect((await approvals('list', '--as-of', '2026-09-30')).out).toContain('overdue by law');
  });

  test('--csv is for a spreadsheet, and takes no name for a formula', async () => {
    const { out } = await approvals('list', '--csv', '--as-of', REACHED);
    expect(out.split('\r\n')).toHaveLength(5);
    expect(out).toContain(",'=Hans ");
  });

  test('--json has ids only', async () => {
    const { out } = await approvals('list', '--json', '--as-of', REACHED);
    expect(JSON.parse(out)).toContainEqual({
      ref: refs.ada,
      student: 'ada',
      schoolSourcedId: office.school,
      step: 'first-letter',
      role: 'administrator',
      askedOn: REACHED,
      dueOn: '2026-09-23',
      deadline: '2026-09-29',
      urgency: 'in-time',
    });
    expect(out).not.toContain('Hans');
  });

  test('--school is one of the district', async () => {
    expect(JSON.parse((await approvals('list', '--json', '--school', office.school)).out)).toHaveLength(3);
    const wrong = await approvals('list', '--school', `${office.school}x`);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain(
      `--school: found "${office.school}x", expected one of ${office.school}; did you mean "${office.school}"?`,
    );
  });
});

describe('plan, status and explain', () => {
  test('status counts what is asked for, and names the policy', async () => {
    const { out } = await office.rollcall('status');
    expect(out).toMatch(/Approvals asked for: 3.*\(rollcall approvals list\)/);
    expect(out).toMatch(/Policy in force: with approval \([0-9a-f]{8}\)/);
  });

  test('plan shows the last day, and the policy', async () => {
    await office.db
      .insertInto('evaluation_due')
      .values({ student_id: await office.studentId(), reason: 'test', since: new Date() })
      .execute();
    const { code, out } = await office.rollcall('plan', '--as-of', REACHED);
    await office.work();
    expect(code).toBe(0);
    expect(out).toMatch(/Policy in force: with approval/);
    expect(out).toMatch(/first-letter +approval +2026-09-29 +3\n/);
  });

  test('policy versions tells from when on it holds', async () => {
    const { out } = await office.rollcall('policy', 'versions');
    expect(out).toMatch(/version +from +until +first seen/);
    expect(out).toMatch(/with approval \([0-9a-f]{8}\) +the beginning +further notice/);
    expect(JSON.parse((await office.rollcall('policy', 'versions', '--json')).out)).toEqual([
      {
        version: expect.stringMatching(/^with approval/),
        from: null,
        until: null,
        seenOn: expect.any(String),
      },
    ]);
  });
});

describe('approvals approve and refuse', () => {
  test('a refusal needs a reason, and both need a name', async () => {
    expect((await approvals('refuse', refs.ada ?? '', '--by', 'Dana Ruiz')).err).toContain(
      "'--why <reason>'",
    );
    expect((await approvals('approve', refs.ada ?? '')).err).toContain("'--by <name>'");
    expect((await approvals('approve', refs.ada ?? '', '--by', 'a\nb')).err).toContain(
      '--by takes one line of plain text',
    );
    expect((await approvals('approve', '--by', 'Dana Ruiz')).code).toBe(2);
  });

  test('doing the task is no answer', async () => {
    const ref = refs.ada ?? '';
    const { code, err } = await office.rollcall('tasks', 'done', ref, '--by', 'Eve', '--outcome', 'done');
    expect(code).toBe(2);
    expect(err).toContain(
      `${ref} asks for an approval: answer it with \`rollcall approvals approve ${ref}\` or \`rollcall approvals refuse ${ref}\`.`,
    );
  });

  test('a wrong reference beside a right one stops both', async () => {
    const { code, err } = await approvals('approve', refs.ada ?? '', 'A-2222-2222', '--by', 'Dana Ruiz');
    expect(code).toBe(2);
    expect(err).toContain(
      'Nothing was approved:\n  A-2222-2222: no approval has this reference; `rollcall approvals list` shows those that wait.',
    );
    expect(await listAskedApprovals(office.db)).toHaveLength(3);
  });

  test('several are approved with one word, one is refused, and the next cycle follows', async () => {
    const by = ['--by', 'Dana Ruiz', '--as-of', REACHED];
    const yes = await approvals('approve', refs.ada ?? '', refs.ben ?? '', ...by);
    expect(yes.out).toBe(
      '2 steps approved: what they send goes on at once where the service runs, else with the next cycle.\n',
    );
    const no = await approvals('refuse', refs.cleo ?? '', '--why', 'in hospital', ...by);
    expect(no.out).toBe('One step refused: nothing of it is sent.\n');
    await office.work();
    const sent = office.sink.delivered.map((mail) => mail.to[0]);
    expect(sent).toEqual(expect.arrayContaining(['mum@family.example.org', 'ben@family.example.org']));
    expect(sent).not.toContain('cleo@family.example.org');
    expect((await approvals()).out).toBe('Nothing waits for approval.\n');
  });

  test('what was answered is not answered again', async () => {
    const { err } = await approvals('refuse', refs.ada ?? '', refs.cleo ?? '', '--by', 'Eve', '--why', 'no');
    expect(err).toContain(
      `${refs.ada}: found approved by Dana Ruiz on ${REACHED}, expected one that waits for an answer.`,
    );
    expect(err).toContain(
      `${refs.cleo}: found refused by Dana Ruiz on ${REACHED}, expected one that waits for an answer.`,
    );
  });

  test('explain tells who refused, and why', async () => {
    const { out } = await office.rollcall('explain', 'cleo', '--as-of', '2026-09-22');
    const text = out.replace(/\s+/g, ' ');
    expect(text).toContain(
      `Skipped: the approval was refused. Dana Ruiz refused it on September 21, 2026 (${refs.cleo}): “in hospital”.`,
    );
    expect(text).toMatch(/Approvals approval step asked of answer on by why/);
  });
});

test('explain says nothing of an earlier round about a later one', async () => {
  const terms = await openOffice({
    district: (text) =>
      text.replace(
        'calendar:\n',
        'calendar:\n  terms:\n    - { name: First, from: 2026-08-19 }\n    - { name: Second, from: 2026-10-05 }\n',
      ),
    policy: (text) =>
      text
        .replace('at: 7', 'at: 3\n    window: term\n    requalify: true')
        .replace('letter: first-letter', 'letter: first-letter\n    approval: administrator'),
  });
  const sentence = async (asOf: string) =>
    (await terms.rollcall('explain', 'ada', '--as-of', asOf)).out.replace(/\s+/g, ' ');
  try {
    terms.absent(weekdaysFrom('2026-09-08', 3));
    await terms.day('2026-09-15');
    const [first] = await listAskedApprovals(terms.db);
    await terms.rollcall(
      'approvals',
      'approve',
      first?.ref ?? '',
      '--by',
      'Dana Ruiz',
      '--as-of',
      '2026-09-15',
    );
    await terms.work();
    expect(await sentence('2026-09-16')).toContain('Dana Ruiz approved it on September 15, 2026');
    await terms.hold({ scope: 'letters', begins: '2026-10-05', ends: '2026-12-01' });
    terms.absent([...weekdaysFrom('2026-09-08', 3), ...weekdaysFrom('2026-10-05', 3)]);
    await terms.day('2026-10-12');
    const second = await sentence('2026-10-12');
    expect(second).toContain('It is owed for the 2nd time this school year.');
    expect(second).not.toContain('approved it on');
  } finally {
    await terms.close();
  }
});

test('a policy ahead is told by those who would decide by it', async () => {
  const ahead = await openOffice({
    policy: (text) => text.replace('version: "2026-27"', 'version: "ahead"\neffectiveFrom: 2027-01-04'),
  });
  try {
    ahead.at('2026-09-21');
    await ahead.sync();
    const plan = await ahead.rollcall('plan', '--as-of', '2026-09-21');
    expect(plan.code).toBe(1);
    expect(plan.err).toMatch(
      /The policy ahead \([0-9a-f]{8}\) holds from 2027-01-04 on \(effectiveFrom\), and none is in force before it: until then nothing is decided\./,
    );
  } finally {
    await ahead.close();
  }
});
