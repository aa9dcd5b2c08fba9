import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { listAskedApprovals } from '../../src/store/approvals.ts';
import { openBatches } from '../../src/store/batches.ts';
import { keepOffAddress } from '../../src/store/bounced-addresses.ts';
import { noteBounce, openStops } from '../../src/store/brakes.ts';
import { listHolds } from '../../src/store/holds.ts';
import { listPrintRuns } from '../../src/store/print-run-list.ts';
import { listOpenTasks } from '../../src/store/tasks.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aDeletedAbsence, aGuardian, aStudent, linkTo, weekdaysFrom } from '../support/sis-records.ts';

const SEVEN = weekdaysFrom('2026-09-08', 7);
const TEN: string[] = [...weekdaysFrom('2026-09-08', 9), '2026-08-31', '2026-09-01'];
const ADDRESS = { lines: ['12 Oak Street'], city: 'Salida', state: 'CO', postalCode: '81201' };
const BY = ['--by', 'Dana Ruiz'];
const WHY = ['--why', 'looked at it'];

/** Ada and ben get their letter by e-mail, cid and cat on paper; of dot, eve, fay and flo a letter waits for a yes. */
const days: Record<string, string[]> = {
  ben: SEVEN,
  cid: SEVEN,
  cat: SEVEN,
  dot: TEN,
  eve: TEN,
  fay: TEN,
  flo: TEN,
};

let office: Office;
beforeAll(async () => {
  office = await openOffice({
    district: (text) =>
      text.replace(
        'brakes:\n  canaryLetters: 0\n',
        'brakes:\n  canaryLetters: 0\n  volume: { letters: 1, share: 0.001, factor: 1 }\n',
      ),
    policy: (text) =>
      text.replace('letter: medical-letter', 'letter: medical-letter\n    approval: administrator'),
  });
  const { sis, school } = office;
  const enrolments = [{ schoolSourcedId: school, primary: true, begins: null, ends: null }];
  for (const name of [...Object.keys(days), ...Array.from({ length: 14 }, (_, index) => `other-${index}`)])
    sis.students.push(aStudent(name, { enrolments }));
  for (const name of Object.keys(days)) {
    const paper = name.startsWith('c') ? { email: null, wantsPaper: true, address: ADDRESS } : {};
    sis.guardians.push(aGuardian(`${name}-mum`, { familyName: name, links: [linkTo(name)], ...paper }));
    office.absent(days[name] ?? [], name);
  }
  office.absent(SEVEN);
  await office.day('2026-09-23');
}, 60_000);
afterAll(() => office.close());

async function letterOf(student: string): Promise<string> {
  return (await office.letters(student)).at(-1)?.ref ?? '';
}
async function approvalOf(student: string): Promise<string> {
  return (await listAskedApprovals(office.db)).find((one) => one.student === student)?.ref ?? '';
}
async function taskOf(kind: string): Promise<string> {
  return (await listOpenTasks(office.db)).find((task) => task.kind === kind)?.ref ?? '';
}
const holdOf = async (student: string) =>
  (await listHolds(office.db, office.moment().today)).find((hold) => hold.student === student)?.ref ?? '';
const theBatch = async () => (await openBatches(office.db))[0]?.ref ?? '';
const theRun = async () => (await listPrintRuns(office.db)).at(-1)?.ref ?? '';
async function latest(table: 'contact_log_entry' | 'meeting' | 'attendance_contract'): Promise<string> {
  const rows = await office.db.selectFrom(table).select('ref').execute();
  return rows.at(-1)?.ref ?? '';
}
async function aFile(name: string, text: string): Promise<string> {
  const path = join(office.config.dataDir, name);
  await writeFile(path, text);
  return path;
}

const NEW_CONTRACT = ['--begins', '2026-09-24', '--ends', '2026-10-30', '--allowed-days', '2'];
const MEETING = ['--on', '2026-10-06', '--at', '15:30', '--place', 'Room 12'];

/** What is typed, and what the record says of it: the action, and about whom. */
type Row = readonly [
  command: string,
  words: () => Promise<string[]> | string[],
  recorded: readonly (readonly [action: string, student: string | null])[],
];

const rows: readonly Row[] = [
  ['batches approve', async () => [await theBatch(), ...BY, ...WHY], [['batch-answered', null]]],
  [
    'approvals approve',
    async () => [await approvalOf('dot'), await approvalOf('flo'), ...BY],
    [
      ['approval-answered', 'dot'],
      ['approval-answered', 'flo'],
    ],
  ],
  ['approvals refuse', async () => [await approvalOf('eve'), ...BY, ...WHY], [['approval-answered', 'eve']]],
  [
    'batches refuse',
    async () => {
      const { out } = await office.rollcall('batches', 'list', '--json');
      return [JSON.parse(out).approvals[0].ref, ...BY, ...WHY];
    },
    [['approval-answered', 'fay']],
  ],
  [
    'brakes recall',
    async () => {
      await office.workOnce('evaluate-students');
      return [await letterOf('flo'), ...BY, ...WHY];
    },
    [['letter-recalled', 'flo']],
  ],
  [
    'prints confirm',
    async () => {
      await office.work();
      return [await theRun(), ...BY, '--posted-on', '2026-09-23'];
    },
    [['prints-confirmed', null]],
  ],
  ['prints returned', async () => [await letterOf('cid'), ...BY, ...WHY], [['post-returned', 'cid']]],
  [
    'prints reissue',
    async () => {
      const guardians = office.sis.guardians;
      office.sis.guardians = guardians.map((one) =>
        one.sourcedId === 'cid-mum' ? { ...one, address: { ...ADDRESS, lines: ['7 Elm Avenue'] } } : one,
      );
      await office.sync();
      return [await letterOf('cid'), ...BY, ...WHY];
    },
    [['letter-reissued', 'cid']],
  ],
  ['letters reissue', async () => [await letterOf('ada'), ...BY, ...WHY], [['letter-reissued', 'ada']]],
  [
    'letters correct',
    async () => {
      office.absent(SEVEN.slice(2), 'ben');
      for (const date of SEVEN.slice(0, 2)) office.sis.absences.push(aDeletedAbsence('ben', date));
      await office.sync();
      await office.decide('ben');
      return [await letterOf('ben'), ...BY, '--out', join(office.config.dataDir, 'correction.pdf')];
    },
    [['letter-corrected', 'ben']],
  ],
  ['letters stop', () => [...BY, ...WHY], [['sending-stopped', null]]],
  ['letters resume', () => BY, [['sending-resumed', null]]],
  [
    'brakes release',
    async () => {
      await office.db
        .transaction()
        .execute((tx) =>
          noteBounce(tx, { bouncesInARow: 1 }, { on: office.moment().today, now: office.moment().now }),
        );
      return [(await openStops(office.db))[0]?.ref ?? '', ...BY, ...WHY];
    },
    [['brake-released', null]],
  ],
  [
    'mailbox trust',
    async () => {
      const [letter] = await office.letters('ada');
      const bounce = { address: 'mum@family.example.org', letterId: letter?.id ?? '', status: null };
      await keepOffAddress(office.db, { ...bounce, now: office.moment().now });
      return [letter?.ref ?? '', ...BY, ...WHY];
    },
    [['addresses-trusted', null]],
  ],
  [
    'baseline import',
    async () => [
      await aFile(
        'letters.csv',
        'student,step,date\nother-1,first-letter,2026-09-10\nother-2,first-letter,2026-09-10\n',
      ),
      ...BY,
    ],
    [
      ['letters-imported', 'other-1'],
      ['letters-imported', 'other-2'],
    ],
  ],
  [
    'baseline import',
    async () => [
      await aFile('letters.csv', 'student,step,date\nother-1,first-letter,2026-09-10\n'),
      ...BY,
      '--remove',
    ],
    [['letters-removed', 'other-1']],
  ],
  [
    'baseline import',
    async () => [
      await aFile('letters.csv', 'student,step,date\nother-3,first-letter,2026-09-10\n'),
      ...BY,
      '--dry-run',
    ],
    [],
  ],
  [
    'baseline release',
    async () => {
      await office.db
        .updateTable('ladder_step')
        .set({ state: 'pre-existing' })
        .where('student_id', '=', await office.studentId('eve'))
        .where('step', '=', 'medical-letter')
        .execute();
      return ['eve', ...BY, ...WHY];
    },
    [['baseline-released', 'eve']],
  ],
  [
    'holds add',
    () => ['ada', ...BY, ...WHY, '--kind', 'bereavement', '--owner', 'counselor', '--until', '2026-09-25'],
    [['hold-placed', 'ada']],
  ],
  ['holds end', async () => [await holdOf('ada'), ...BY, ...WHY], [['hold-ended', 'ada']]],
  [
    'holds import',
    async () => [
      await aFile(
        'holds.csv',
        'student,kind,owner,reason,until\nben,bereavement,counselor,a death,2026-09-25\ncat,bereavement,counselor,a death,2026-09-25\n',
      ),
      ...BY,
    ],
    [
      ['hold-placed', 'ben'],
      ['hold-placed', 'cat'],
    ],
  ],
  [
    'holds import',
    async () => [
      await aFile(
        'holds.csv',
        'student,kind,owner,reason,until\nben,bereavement,counselor,a death,2026-09-28\n',
      ),
      ...BY,
      '--replace',
    ],
    [
      ['hold-changed', 'ben'],
      ['hold-ended', 'cat'],
    ],
  ],
  ['adult-student', () => ['ada', '--letters-to', 'guardians', ...BY], [['adult-answered', 'ada']]],
  ['contacts log', () => ['ada', '--outcome', 'reached', ...BY], [['contact-logged', 'ada']]],
  ['contacts undo', async () => [await latest('contact_log_entry'), ...BY], [['contact-undone', 'ada']]],
  [
    'contacts not-possible',
    async () => [await taskOf('contact-family'), ...BY, ...WHY],
    [['task-done', null]],
  ],
  ['meetings schedule', () => ['ada', ...MEETING, ...BY], [['meeting-scheduled', 'ada']]],
  [
    'meetings change',
    async () => [await latest('meeting'), '--at', '16:00', ...BY],
    [['meeting-changed', 'ada']],
  ],
  ['meetings cancel', async () => [await latest('meeting'), ...BY, ...WHY], [['meeting-cancelled', 'ada']]],
  [
    'contracts add',
    () => ['ada', ...NEW_CONTRACT, '--basis', 'unexcused', '--draft', ...BY],
    [['contract-drafted', 'ada']],
  ],
  [
    'contracts start',
    async () => [await latest('attendance_contract'), ...BY],
    [['contract-started', 'ada']],
  ],
  [
    'contracts sign',
    async () => [await latest('attendance_contract'), '--on', '2026-09-23', ...BY],
    [['contract-signed', 'ada']],
  ],
  [
    'contracts undo-signature',
    async () => [await latest('attendance_contract'), ...BY, ...WHY],
    [['contract-signature-undone', 'ada']],
  ],
  [
    'contracts end',
    async () => [await latest('attendance_contract'), ...BY, ...WHY],
    [['contract-ended', 'ada']],
  ],
  [
    'runs release',
    async () => {
      office.sis.students = office.sis.students.filter(({ sourcedId }) => !sourcedId.startsWith('other'));
      const outcome = await office.jobs.sync();
      if (outcome.kind !== 'quarantined') throw new Error(`the read was ${outcome.kind}`);
      return [outcome.runId, ...BY, ...WHY];
    },
    [['run-released', null]],
  ],
];

/** Commands of a person whose records other tests look at. */
const ELSEWHERE = [
  'tasks done',
  'tasks snooze',
  'away add',
  'away back',
  'letters resolve',
  'referrals release',
  'referrals copy',
  'referrals answer',
  'packet',
  'medical set',
  'contracts refuse',
  'contracts discard',
  'contracts renew',
  'contracts tell-kept',
  'documents add',
  'documents show',
  'documents reclassify',
  'documents remove',
  'documents rotate-key',
  'meetings invite',
  'meetings outcome',
  'meetings none-needed',
  'sessions revoke',
  'audit export',
  'staff accept',
];

/** Commands of which no test here says what the record has: one that is added belongs into `rows`. */
const NOT_LOOKED_AT = [
  'restore file',
  'restore settle',
  'retention apply',
  'retention hold',
  'retention release',
  'export',
  'archive year',
  'keys rotate',
  'meetings undo',
  'referrals undo-outcome',
];

test('every command that asks who answers for it is looked at', async () => {
  const asking = (command: Command, before: string): string[] => {
    const name = `${before} ${command.name()}`.trim();
    const own = command.options.some(({ long }) => long === '--by') ? [name] : [];
    return [...own, ...command.commands.flatMap((inner) => asking(inner, name))];
  };
  const looked = new Set([...rows.map(([command]) => command), ...ELSEWHERE, ...NOT_LOOKED_AT]);
  const { commands } = await createProgram();
  const all = commands.flatMap((command) => asking(command, ''));
  expect(all).toEqual(expect.arrayContaining([...looked]));
  expect(all.filter((name) => !looked.has(name))).toEqual([]);
});

test.each(rows)('%s: the record has it, by name', async (command, words, recorded) => {
  const all = await words();
  const before = await events();
  const today = /^(runs|letters stop|letters resume|mailbox)/.test(command) ? [] : ['--as-of', '2026-09-23'];
  const done = await office.rollcall(...command.split(' '), ...all, ...today);
  expect(done).toMatchObject({ code: 0, err: '' });
  const about = async (student: string | null) => (student === null ? null : office.studentId(student));
  const expected = await Promise.all(
    recorded.map(async ([action, student]) => ({
      action,
      student_id: await about(student),
      actor_kind: 'command-line',
      actor_name: 'Dana Ruiz',
      came_from: null,
    })),
  );
  const found = (await events()).slice(before.length);
  expect(found).toHaveLength(expected.length);
  expect(found).toEqual(expect.arrayContaining(expected));
});

const looks: readonly (readonly [
  command: string,
  words: () => Promise<string[]> | string[],
  seen: object,
])[] = [
  ['explain', () => ['ada', '--as-of', '2026-09-23'], { action: 'file-viewed', about: 'ada' }],
  [
    'contacts list',
    () => ['ada', '--as-of', '2026-09-23'],
    { action: 'list-viewed', about: 'ada', subject: 'contacts' },
  ],
  [
    'documents list',
    () => ['ada', '--as-of', '2026-09-23'],
    { action: 'list-viewed', about: 'ada', subject: 'documents' },
  ],
  [
    'contracts show',
    async () => [await latest('attendance_contract'), '--as-of', '2026-09-23'],
    { action: 'file-viewed', about: 'ada' },
  ],
  [
    'letters show',
    async () => [(await office.letters())[0]?.ref ?? ''],
    { action: 'letter-viewed', about: 'ada' },
  ],
  [
    'prints download',
    async () => [await theRun(), '--out', join(office.config.dataDir, 'run.pdf')],
    {
      action: 'prints-downloaded',
      about: null,
      detail: { letters: expect.any(Number), students: expect.stringMatching(/^\d/) },
    },
  ],
];
test.each(looks)('%s: that somebody has looked is on record', async (command, words, seen) => {
  const all = await words();
  const before = (await lookEvents()).length;
  expect(await office.rollcall(...command.split(' '), ...all)).toMatchObject({ code: 0, err: '' });
  const found = (await lookEvents()).slice(before);
  expect(found).toMatchObject([
    { actor_kind: 'command-line', actor_name: expect.stringMatching(/./), ...seen },
  ]);
});

async function lookEvents() {
  return office.db
    .selectFrom('audit_event')
    .leftJoin('student', 'student.id', 'audit_event.student_id')
    .select(['action', 'subject', 'detail', 'actor_kind', 'actor_name', 'student.sourced_id as about'])
    .orderBy('audit_event.id')
    .execute();
}

async function events() {
  return office.db
    .selectFrom('audit_event')
    .select(['action', 'student_id', 'actor_kind', 'actor_name', 'came_from'])
    .orderBy('id')
    .execute();
}
