import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { schoolDate } from '../../src/domain/school-date.ts';
import { type AskedContact, recordContact, recordNoContactPossible } from '../../src/procedure/contacts.ts';
import { undoContact } from '../../src/procedure/undo-contact.ts';
import { listFileEntries } from '../../src/store/attendance-files.ts';
import { listAllContacts, listContacts } from '../../src/store/contact-log.ts';
import { type Office, openOffice } from '../support/office.ts';

const FOUR_DAYS = ['2026-08-24', '2026-08-25', '2026-08-26', '2026-08-27'];

let office: Office;
let studentId: number;
const student = () => ({ studentId, schoolYear: '2027' });

beforeAll(async () => {
  office = await openOffice();
  office.absent(FOUR_DAYS);
  await office.day('2026-08-31');
  studentId = await office.studentId();
}, 60_000);
afterAll(() => office.close());

/** Every test begins with the contact task open and nothing on record. */
beforeEach(async () => {
  office.at('2026-08-31', '10:00');
  await sql`delete from file_entry where contact_id is not null or title like 'Contact%' or title like 'Hold%'`.execute(
    office.db,
  );
  await office.db.deleteFrom('contact_log_entry').execute();
  await office.db.deleteFrom('hold').execute();
  await sql`delete from task where kind = 'contact-not-possible'`.execute(office.db);
  await sql`update task set state = 'open', closed_on = null, closed_by = null, outcome = null`.execute(
    office.db,
  );
});

async function log(asked: Partial<AskedContact> = {}) {
  const whole: AskedContact = {
    studentId,
    task: null,
    outcome: 'reached',
    note: null,
    on: null,
    guardianId: null,
    by: 'Casey Clerk',
    byEmail: null,
    ...asked,
  };
  const procedure = await office.jobs.procedure();
  return office.db.transaction().execute((tx) => recordContact(tx, procedure, whole, office.moment()));
}

async function undo(ref: string) {
  const procedure = await office.jobs.procedure();
  const asked = { ref, by: 'Casey Clerk', because: 'wrong student' };
  return office.db.transaction().execute((tx) => undoContact(tx, procedure, asked, office.moment()));
}

async function logged(asked: Partial<AskedContact> = {}) {
  const answer = await log(asked);
  if (answer.kind !== 'logged') throw new Error(`refused: ${JSON.stringify(answer)}`);
  return answer;
}

describe('a contact', () => {
  test('answers the contact task, also when it is logged without it', async () => {
    expect(await office.openTasks()).toEqual(['contact-family']);
    const { answered } = await logged();
    expect(answered.map(({ kind }) => kind)).toEqual(['contact-family']);
    expect(await office.openTasks()).toEqual([]);
    expect((await listContacts(office.db, student())).map(({ outcome, by }) => [outcome, by])).toEqual([
      ['reached', 'Casey Clerk'],
    ]);
    expect((await listFileEntries(office.db, student())).at(-1)).toMatchObject({ title: 'Contact: reached' });
  });

  test.each<[string, Partial<AskedContact>, string]>([
    ['tomorrow', { on: schoolDate('2026-09-01') }, 'on'],
    ['before the school year', { on: schoolDate('2026-06-30') }, 'on'],
    ['an outcome of nobody’s', { outcome: 'shouted' }, 'outcome'],
    ['a note like a book', { note: 'x'.repeat(2_001) }, 'note'],
    ['a stranger', { guardianId: 99_999 }, 'guardian'],
    ['a task of nobody’s', { task: 'T-0000-0000' }, 'task'],
  ])('is refused for %s', async (_what, asked, part) => {
    expect(await log(asked)).toMatchObject({ kind: 'refused', part });
    expect(await listAllContacts(office.db, student())).toEqual([]);
    expect(await office.openTasks()).toEqual(['contact-family']);
  });

  test('in which a note was promised pauses the ladder for five school days', async () => {
    // Labor Day lies between.
    expect(await logged({ outcome: 'note-promised' })).toMatchObject({ pausedUntil: '2026-09-08' });
    const holds = await office.db.selectFrom('hold').selectAll().execute();
    expect(holds).toMatchObject([{ kind: 'note-promised', scope: 'everything', ends: '2026-09-08' }]);
  });
});

describe('taking a contact back', () => {
  test.each([
    ['23:59 hours later', '2026-09-01', '09:59', 'undone'],
    ['24:01 hours later', '2026-09-01', '10:01', 'too-late'],
  ])('%s', async (_when, date, time, kind) => {
    const { ref } = await logged();
    office.at(date, time);
    expect(await undo(ref)).toMatchObject({ kind });
    expect(await office.openTasks()).toEqual(kind === 'undone' ? ['contact-family'] : []);
  });

  test('it stays in the file, counts no more, and its pause is over', async () => {
    const { ref } = await logged({ outcome: 'note-promised', note: 'doctor on Friday' });
    expect(await undo(ref)).toMatchObject({ kind: 'undone', reopened: 1 });
    expect(await undo(ref)).toMatchObject({ kind: 'undone-before' });
    expect(await listContacts(office.db, student())).toEqual([]);
    expect(await listAllContacts(office.db, student())).toMatchObject([
      { ref, undone: { by: 'Casey Clerk', because: 'wrong student' } },
    ]);
    const standing = await office.db.selectFrom('hold').select('ref').where('ended_at', 'is', null).execute();
    expect(standing).toEqual([]);
    const titles = (await listFileEntries(office.db, student())).map(({ title }) => title);
    expect(titles).toContain('Contact: note-promised');
    expect(titles).toContain(`Contact ${ref} taken back by Casey Clerk: it was logged by mistake`);
  });

  test('a task whose step was superseded meanwhile is not asked again', async () => {
    const { ref } = await logged();
    await sql`update ladder_step set superseded = true where step = 'contact'`.execute(office.db);
    expect(await undo(ref)).toMatchObject({ kind: 'undone', reopened: 0 });
    await sql`update ladder_step set superseded = false where step = 'contact'`.execute(office.db);
  });
});

test('where nobody can be reached, the administrator is asked, and no contact is on record', async () => {
  const [{ ref = '' } = {}] = await office.db.selectFrom('task').select('ref').execute();
  const procedure = await office.jobs.procedure();
  const say = () =>
    office.db
      .transaction()
      .execute((tx) =>
        recordNoContactPossible(
          tx,
          procedure,
          { task: ref, by: 'Casey Clerk', because: 'no number works' },
          office.moment(),
        ),
      );
  expect(await say()).toBe(true);
  expect(await say()).toBe(false);
  expect(await office.openTasks()).toEqual(['contact-not-possible']);
  expect(await listContacts(office.db, student())).toEqual([]);
});

test('the command line logs, lists and takes back, and each is on the audit log', async () => {
  const added = await office.rollcall(
    'contacts',
    'log',
    'ada',
    '--outcome',
    'no-answer',
    '--by',
    'Casey Clerk',
    '--as-of',
    '2026-08-31',
  );
  expect(added).toMatchObject({ code: 0, err: '' });
  const [, ref = ''] = /^(K-\S+) is in the contact log\. Task T-\S+ is done\.\n$/.exec(added.out) ?? [];
  const undone = await office.rollcall(
    'contacts',
    'undo',
    ref,
    '--by',
    'Casey Clerk',
    '--as-of',
    '2026-08-31',
  );
  expect(undone.out).toBe(`${ref} is taken back. Its task is open again.\n`);
  expect((await office.rollcall('contacts', 'list', 'ada', '--as-of', '2026-08-31')).out).toMatch(
    new RegExp(`${ref}\\s+2026-08-31\\s+no-answer\\s+Casey Clerk\\s+Casey Clerk`),
  );
  expect(await office.rollcall('contacts', 'undo', ref, '--by', 'Casey Clerk')).toMatchObject({ code: 2 });
  const events = await office.db
    .selectFrom('audit_event')
    .select(['action', 'subject'])
    .orderBy('id')
    .execute();
  expect(events).toEqual([
    { action: 'contact-logged', subject: ref },
    { action: 'contact-undone', subject: ref },
    { action: 'list-viewed', subject: 'contacts' },
  ]);
}, 60_000);
