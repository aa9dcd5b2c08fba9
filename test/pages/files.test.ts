import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fileRefOf } from '../../src/store/file-view.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { aSchool, aStudent } from '../support/sis-records.ts';
import { formOf, type Visitor } from '../support/visitor.ts';

const DAYS = ['2026-08-24', '2026-08-25', '2026-08-26', '2026-08-27'];
const OTHER = 'the-other-school';
/** Names that would be markup, or a header of a file, if anybody let them. */
const HOSTILE = `<img src=x onerror=alert(1)>"'&`;

const people = {
  clerk: 'files-clerk@cedar-valley.example.org',
  administrator: 'files-administrator@cedar-valley.example.org',
  counselor: 'files-counselor@cedar-valley.example.org',
  teacher: 'files-teacher@cedar-valley.example.org',
  elsewhere: 'files-elsewhere@cedar-valley.example.org',
  both: 'files-both@cedar-valley.example.org',
  it: 'files-it@cedar-valley.example.org',
};

let office: PagesOffice;
let ada: string;
let clerk: Visitor;

beforeAll(async () => {
  office = await openPagesOffice({
    district: (text) => {
      const [, block = ''] = /^schools:\n((?: {2,}.*\n|\n)+)/m.exec(text) ?? [];
      return text.replace(block, `${block}${block.replace(/id: \S+/, `id: ${OTHER}`)}`);
    },
    staff: [
      { name: 'Casey Clerk', email: people.clerk, role: 'attendance-clerk' },
      { name: 'Avery Administrator', email: people.administrator, role: 'administrator' },
      { name: 'Cory Counselor', email: people.counselor, role: 'counselor' },
      { name: 'Terry Teacher', email: people.teacher, role: 'teacher' },
      { name: 'Elsa Elsewhere', email: people.elsewhere, role: 'administrator', schools: [OTHER] },
      { name: 'Bo Both', email: people.both, role: 'administrator', schools: [OTHER] },
      { name: 'Bo Both', email: people.both, role: 'counselor' },
      { name: 'Ira Itcontact', email: people.it, role: 'it-contact' },
    ],
  });
  office.sis.schools = [...office.sis.schools, aSchool(OTHER)];
  office.sis.students = [
    ...office.sis.students,
    aStudent('hostile', {
      givenName: HOSTILE,
      familyName: HOSTILE,
      enrolments: [{ schoolSourcedId: office.school, primary: true, begins: null, ends: null }],
    }),
  ];
  office.mode('live');
  office.absent(DAYS);
  office.absent(DAYS, 'hostile');
  await office.day('2026-08-31');
  ada = (await fileRefOf(office.db, await office.studentId())) ?? '';
  clerk = await office.signedIn(people.clerk);
}, 60_000);
afterAll(() => office.close());

describe('who sees a file', () => {
  test.each([
    ['the clerk', people.clerk, 200, true, false],
    ['the administrator', people.administrator, 200, true, true],
    ['the counselor', people.counselor, 200, true, false],
    ['a teacher', people.teacher, 404, false, false],
    ['another school’s administrator', people.elsewhere, 404, false, false],
    ['the IT contact', people.it, 404, false, false],
  ])('%s', async (_who, email, status, logs, holds) => {
    const visitor = await office.signedIn(email);
    const page = await visitor.get(`/files/${ada}`);
    expect(page.status).toBe(status);
    expect(page.body.includes(`/files/${ada}/contacts`)).toBe(logs);
    expect(page.body.includes(`/files/${ada}/holds`)).toBe(holds);
    expect((await visitor.get(`/files/${ada}/contacts`)).status).toBe(status);
    for (const more of ['/explanation', '/letters/L-0000-0000', '/letters/L-0000-0000/pdf'])
      expect([200, 404]).toContain((await visitor.get(`/files/${ada}${more}`)).status);
    if (status === 404) expect((await visitor.get(`/files/${ada}/explanation`)).status).toBe(404);
  });

  test('what is no reference is no file', async () => {
    for (const ref of ['1', 'ada', '00000000-0000-4000-8000-000000000000', `${ada}'`, '%00'])
      expect((await clerk.get(`/files/${ref}`)).status).toBeGreaterThanOrEqual(400);
  });

  test('every look is on the audit log', async () => {
    const { events } = await office.db
      .selectFrom('audit_event')
      .select(({ fn }) => fn.countAll<string>().as('events'))
      .where('action', '=', 'file-viewed')
      .where('actor_email', '=', people.counselor)
      .executeTakeFirstOrThrow();
    expect(Number(events)).toBeGreaterThanOrEqual(3);
  });
});

describe('what is refused', () => {
  const ELSEWHERE = { origin: 'https://elsewhere.example' };
  const HOLD = { kind: 'bereavement', scope: '', until: '', owner: 'counselor', reason: 'a death' };
  const refused = async () =>
    office.db
      .selectFrom('audit_event')
      .select(['actor_email', 'student_id', 'subject', 'detail'])
      .where('action', '=', 'refused')
      .orderBy('id')
      .execute();
  const since = async (before: readonly unknown[]) => (await refused()).slice(before.length);

  test('leaves one row where there is such a file, and none where there is not', async () => {
    const elsewhere = await office.signedIn(people.elsewhere);
    const before = await refused();
    for (const path of [`/files/${ada}`, `/files/${ada}/documents`])
      expect((await elsewhere.get(path)).status).toBe(404);
    for (const path of ['/files/00000000-0000-4000-8000-000000000000', '/tasks/T-2222-2222', '/letters/L-2'])
      expect((await elsewhere.get(path)).status).toBe(404);
    const [task] = await office.db.selectFrom('task').select(['ref', 'student_id']).execute();
    expect((await elsewhere.get(`/tasks/${task?.ref}`)).status).toBe(404);
    const adasId = await office.studentId();
    expect(await since(before)).toEqual([
      {
        actor_email: people.elsewhere,
        student_id: adasId,
        subject: ada,
        detail: { method: 'GET', page: '/files/:file' },
      },
      expect.objectContaining({ student_id: adasId, subject: ada }),
      expect.objectContaining({ student_id: task?.student_id, subject: task?.ref }),
    ]);
  });

  test('leaves one row also for a form, whose transaction is undone', async () => {
    const counselor = await office.signedIn(people.counselor);
    const page = await counselor.get(`/files/${ada}/contacts`);
    const before = await refused();
    const { hidden } = formOf(page.body, `/files/${ada}/contacts`);
    expect((await counselor.post(`/files/${ada}/holds`, { ...hidden, ...HOLD })).status).toBe(403);
    expect((await counselor.post(`/files/${ada}/holds`, { ...hidden, ...HOLD }, ELSEWHERE)).status).toBe(403);
    expect(await since(before)).toEqual([
      expect.objectContaining({ subject: ada, detail: { method: 'POST', page: '/files/:file/holds' } }),
      expect.objectContaining({ subject: null, student_id: null }),
    ]);
  });
});

describe('the list', () => {
  test('has the files of the school, and finds by name without a name in any address', async () => {
    const page = await clerk.get('/files');
    expect(page.text).toContain('Attendance files (2)');
    const { family_name: name } = await office.db
      .selectFrom('student')
      .select('family_name')
      .where('sourced_id', '=', 'ada')
      .executeTakeFirstOrThrow();
    const found = await clerk.submit(page, { words: name.slice(0, 3).toUpperCase() }, '/files');
    expect(found.status).toBe(200);
    expect(found.body).toContain(`/files/${ada}`);
    const listed = await office.db
      .selectFrom('audit_event')
      .select('detail')
      .where('action', '=', 'files-listed')
      .orderBy('id')
      .execute();
    const adasId = String(await office.studentId());
    expect(listed.at(-1)?.detail).toEqual({ search: true, students: adasId });
    expect(String(listed.at(-2)?.detail.students).split(' ')).toContain(adasId);
    const links = [...found.body.matchAll(/(?:href|action)="([^"]*)"/g)].map(([, to]) => to);
    expect(links.filter((to) => to?.includes(name))).toEqual([]);
  });

  test('of another school has none of them, also when it is asked for', async () => {
    const visitor = await office.signedIn(people.elsewhere);
    for (const query of ['', `?school=${office.school}`, '?state=everyone', `?after=${ada}`]) {
      const page = await visitor.get(`/files${query}`);
      expect(page.status).toBe(200);
      expect(page.body).not.toContain(ada);
    }
    expect((await (await office.signedIn(people.it)).get('/files')).status).toBe(403);
  });
});

test('a hostile name is text wherever it stands', async () => {
  const ref = await fileRefOf(office.db, await office.studentId('hostile'));
  for (const path of ['/files', `/files/${ref}`, `/files/${ref}/explanation`, `/files/${ref}/contacts`]) {
    const { status, body } = await clerk.get(path);
    expect(status).toBe(200);
    expect(body).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    expect(body).not.toContain('<img');
  }
});

describe('a contact', () => {
  const openTask = async () =>
    (
      await office.db
        .selectFrom('task')
        .select('ref')
        .where('kind', '=', 'contact-family')
        .where('student_id', '=', await office.studentId())
        .where('state', '=', 'open')
        .executeTakeFirst()
    )?.ref;

  test('is logged from the task, taken back, and logged once more', async () => {
    const task = (await openTask()) ?? '';
    const page = await clerk.get(`/tasks/${task}`);
    const wrong = await clerk.submit(
      page,
      { outcome: 'reached', on: '2026-12-24' },
      `/tasks/${task}/contact`,
    );
    expect([wrong.status, await openTask()]).toEqual([422, task]);
    expect(wrong.text).toContain('The day of the contact has to be today or a day before.');
    const none = await clerk.submit(page, {}, `/tasks/${task}/contact`);
    expect(none.text).toContain('Please choose how it ended.');

    const fields = { outcome: 'left-message', note: 'called at noon', guardian: '', on: '' };
    const logged = await clerk.submit(page, fields, `/tasks/${task}/contact`);
    expect(logged.status).toBe(303);
    expect(logged.location).toMatch(/^\/contacts\/K-/);
    expect(await openTask()).toBeUndefined();
    // The second click of a double click is answered like the first.
    expect((await clerk.submit(page, fields, `/tasks/${task}/contact`)).location).toBe(logged.location);

    const entry = await clerk.get(logged.location ?? '');
    expect(entry.text).toContain('Left a message');
    const undone = await clerk.submit(entry, { because: 'wrong family' }, `${logged.location}/undo`);
    expect([undone.status, await openTask()]).toEqual([303, task]);
    const file = await clerk.get(`/files/${ada}`);
    expect(file.body).toContain('<del>');
    expect(file.text).toContain('Taken back by Casey Clerk: wrong family');

    const again = await clerk.submit(
      await clerk.get(`/files/${ada}/contacts`),
      { outcome: 'note-promised' },
      `/files/${ada}/contacts`,
    );
    expect(again.status).toBe(303);
    expect((await clerk.get(`/files/${ada}`)).text).toMatch(/Hold H-\S+ is in force until September 8, 2026/);
  });

  test('of somebody else is not taken back by a clerk, nor seen by another school', async () => {
    const { ref } = await office.db
      .selectFrom('contact_log_entry')
      .select('ref')
      .where('undone_at', 'is', null)
      .executeTakeFirstOrThrow();
    const counselor = await office.signedIn(people.counselor);
    const page = await counselor.get(`/contacts/${ref}`);
    expect(page.status).toBe(200);
    expect(page.body).not.toContain(`/contacts/${ref}/undo`);
    const { body } = await counselor.get(`/files/${ada}/contacts`);
    const [, csrf = ''] = /name="_csrf" value="([^"]+)"/.exec(body) ?? [];
    const forged = { _csrf: csrf, _once: 'a-key-of-their-own', because: '' };
    expect((await counselor.post(`/contacts/${ref}/undo`, forged, { origin: office.origin })).status).toBe(
      404,
    );
    const elsewhere = await office.signedIn(people.elsewhere);
    expect((await elsewhere.get(`/contacts/${ref}`)).status).toBe(404);
    // An administrator there, and no more than a counselor here.
    const both = await office.signedIn(people.both);
    const shown = await both.get(`/contacts/${ref}`);
    expect([shown.status, shown.body.includes(`/contacts/${ref}/undo`)]).toEqual([200, false]);
    const [, own = ''] =
      /name="_csrf" value="([^"]+)"/.exec((await both.get(`/files/${ada}/contacts`)).body) ?? [];
    const undo = { _csrf: own, _once: 'another-key-of-theirs', because: '' };
    expect((await both.post(`/contacts/${ref}/undo`, undo, { origin: office.origin })).status).toBe(404);
  });
});

test('a teacher answers an own task with a contact, and sees no file', async () => {
  await office.db
    .updateTable('task')
    .set({ person: people.teacher, state: 'open' })
    .where('kind', '=', 'contact-family')
    .where('student_id', '=', await office.studentId('hostile'))
    .execute();
  const teacher = await office.signedIn(people.teacher);
  const tasks = await teacher.get('/tasks');
  const [, task = ''] = /\/tasks\/(T-[A-Z0-9-]+)"/.exec(tasks.body) ?? [];
  const page = await teacher.get(`/tasks/${task}`);
  expect(page.body).not.toContain('/files/');
  const logged = await teacher.submit(page, { outcome: 'reached' }, `/tasks/${task}/contact`);
  const entry = await teacher.get(logged.location ?? '');
  expect([entry.status, entry.body.includes('/files/')]).toEqual([200, false]);
});

test('an administrator places a hold and ends it', async () => {
  const administrator = await office.signedIn(people.administrator);
  const page = await administrator.get(`/files/${ada}/holds`);
  const fields = {
    kind: 'bereavement',
    scope: '',
    until: '2026-12-31',
    owner: 'counselor',
    reason: 'a death in the family',
  };
  const tooLong = await administrator.submit(page, fields, `/files/${ada}/holds`);
  expect(tooLong.status).toBe(422);
  expect(tooLong.text).toContain('bereavement lasts up to 30 days');
  const placed = await administrator.submit(page, { ...fields, until: '' }, `/files/${ada}/holds`);
  expect(placed).toMatchObject({ status: 303, location: `/files/${ada}` });
  const listed = await administrator.get(`/files/${ada}/holds`);
  const [, action = ''] = [...listed.body.matchAll(/action="([^"]*\/holds\/H-[^"]*\/end)"/g)].at(-1) ?? [];
  expect((await administrator.submit(listed, { because: 'over' }, action)).status).toBe(303);
  expect((await administrator.get(`/files/${ada}`)).text).toContain('Ended by Avery Administrator');
});
