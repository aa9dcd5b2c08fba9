import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { auditAnchor, sealAudit } from '../../src/store/audit-chain.ts';
import { openTask } from '../../src/store/tasks.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { type Answer, formOf, type Visitor } from '../support/visitor.ts';

let office: PagesOffice;
let visitor: Visitor;
let task: string;
let page: Answer;
let broken = false;

beforeAll(async () => {
  office = await openPagesOffice({
    deps: (deps) => ({
      ...deps,
      procedure: () => {
        if (broken) throw new Error('canary-secret of the database');
        return deps.procedure();
      },
    }),
  });
  office.mode('live');
  await office.day('2026-09-01');
  const clerk = office.config.staff.find(({ role }) => role === 'attendance-clerk')?.email ?? '';
  visitor = await office.signedIn(clerk);
});
afterAll(() => office.close());
beforeEach(async () => {
  await office.db.deleteFrom('task').execute();
  const moment = office.moment();
  await openTask(
    office.db,
    {
      key: 'consider',
      kind: 'data-problem',
      role: 'attendance-clerk',
      openedOn: moment.today,
      dueOn: moment.today,
      studentId: await office.studentId(),
      schoolYear: '2027',
    },
    moment.now,
  );
  const row = await office.db.selectFrom('task').select('ref').executeTakeFirstOrThrow();
  task = `/tasks/${row.ref}`;
  page = await visitor.get(task);
});

const done = () => `${task}/done`;
const fieldsOf = () => formOf(page.body, done()).hidden;

async function tasksDone(): Promise<number> {
  const rows = await office.db.selectFrom('task').select('ref').where('state', '=', 'done').execute();
  return rows.length;
}

async function events(): Promise<number> {
  const rows = await office.db
    .selectFrom('audit_event')
    .select('id')
    .where('action', '=', 'task-done')
    .execute();
  return rows.length;
}

test('G18: a form is done once, and a double click is answered twice', async () => {
  const before = await events();
  const fields = { ...fieldsOf(), because: 'Talked it over.' };
  const answers = await Promise.all([1, 2, 3].map(() => visitor.copy().post(done(), fields)));
  expect(answers.map(({ status, location }) => [status, location])).toEqual(Array(3).fill([303, '/tasks']));
  expect([await tasksDone(), (await events()) - before]).toEqual([1, 1]);
  const replayed = await visitor.post(done(), fields);
  expect([replayed.status, replayed.location]).toEqual([303, '/tasks']);
  const list = await visitor.get('/tasks');
  expect(list.text).toMatch(/Task T-\S+ is done\./);
  expect((await visitor.get('/tasks')).text).not.toContain('is done.');
});

test('more forms at once than there are connections are all answered', async () => {
  const { _once: key = '', ...fields } = fieldsOf();
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_one, at) =>
      visitor
        .copy()
        .post(done(), { ...fields, because: 'Talked it over.', _once: key.replace(/^.{4}/, `k${at + 100}`) }),
    ),
  );
  const by = (status: number) => answers.filter((one) => one.status === status).length;
  expect([by(303), by(500)]).toEqual([1, 0]);
}, 30_000);

test('pages that are opened once more have forms and sections of their own', async () => {
  const other = await openPagesOffice();
  try {
    await other.day('2026-09-01');
    const [email = ''] = other.config.staff.flatMap((one) =>
      one.role === 'attendance-clerk' ? one.email : [],
    );
    const list = await (await other.signedIn(email)).get('/tasks');
    expect(list.status).toBe(200);
  } finally {
    await other.close();
  }
  expect((await visitor.get(task)).status).toBe(200);
}, 30_000);

describe('nothing is done by a form', () => {
  test.each<
    [
      string,
      number,
      (fields: Record<string, string>) => Record<string, string | string[]>,
      Record<string, string>?,
    ]
  >([
    ['without a CSRF token', 403, ({ _csrf, ...rest }) => rest],
    ['with an altered CSRF token', 403, (fields) => ({ ...fields, _csrf: altered(fields._csrf) })],
    [
      'with two CSRF tokens',
      403,
      (fields) => ({ ...fields, _csrf: [fields._csrf ?? '', fields._csrf ?? ''] }),
    ],
    ['without a key', 403, ({ _once, ...rest }) => rest],
    ['of another site', 403, (fields) => fields, { origin: 'https://evil.example' }],
    [
      'that a browser says to be of another site',
      403,
      (fields) => fields,
      { 'sec-fetch-site': 'cross-site' },
    ],
    ['with a field too many', 400, (fields) => ({ ...fields, by: 'Somebody else' })],
    ['with a field of a prototype', 400, (fields) => ({ ...fields, ['__proto__']: 'x', constructor: 'x' })],
    ['with a field twice', 400, (fields) => ({ ...fields, because: ['a', 'b'] })],
    ['with an empty field', 422, (fields) => ({ ...fields, because: '  \r\n ' })],
    ['with a note too long', 422, (fields) => ({ ...fields, because: 'x'.repeat(2_001) })],
    ['with marks that turn text around', 422, (fields) => ({ ...fields, because: 'a\u202eb' })],
    ['with a control character', 422, (fields) => ({ ...fields, because: 'a\u0000b' })],
    ['larger than any', 413, (fields) => ({ ...fields, because: 'x'.repeat(300_000) })],
  ])('%s', async (_what, status, change, headers = {}) => {
    const answer = await visitor.post(done(), { because: 'Done.', ...change(fieldsOf()) }, headers);
    expect([answer.status, await tasksDone()]).toEqual([status, 0]);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  test('as JSON', async () => {
    const body = JSON.stringify({ ...fieldsOf(), because: 'x' });
    const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { 'content-type': 'application/json', cookie };
    const answer = await fetch(new URL(done(), office.origin), { method: 'POST', body, headers });
    expect([answer.status, await tasksDone()]).toEqual([415, 0]);
  });

  test('with the token of another session', async () => {
    const other = await office.signedIn(office.config.truancyOfficer.email);
    const answer = await other.post(done(), { ...fieldsOf(), because: 'x' });
    expect([answer.status, await tasksDone()]).toEqual([403, 0]);
  });

  test('of nobody', async () => {
    const answer = await office.visitor().post(done(), { ...fieldsOf(), because: 'x' });
    expect([answer.status, await tasksDone()]).toEqual([401, 0]);
  });
});

test('what was typed comes back with what is wrong, and can be sent again', async () => {
  const wrong = await visitor.post(done(), { ...fieldsOf(), because: '<b>"x"</b>\u202e' });
  expect(wrong.body).toContain('&lt;b&gt;&quot;x&quot;&lt;/b&gt;');
  expect(wrong.text).toContain('Please enter what you did without invisible characters.');
  expect(wrong.body).toContain('href="#field-because"');
  expect((await visitor.submit(wrong, { because: 'Fine.' }, done())).status).toBe(303);
});

test('an error tells nothing of itself', async () => {
  broken = true;
  const answer = await visitor.get('/tasks');
  broken = false;
  expect(answer.status).toBe(500);
  expect(answer.body).not.toContain('canary');
  expect(answer.text).toMatch(/reference: [0-9a-f]{10}/);
});

test('pages forbid scripts, frames, referrers and caches, whatever host is asked for', async () => {
  const { headers } = await visitor.get('/tasks');
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none';style-src 'self';img-src 'self' data:;form-action 'self';frame-ancestors 'none';base-uri 'none'",
  );
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(page.body).not.toMatch(/<script|style="|javascript:/i);
  const answer = await new Promise<string>((resolve, reject) => {
    const asked = httpRequest(`${office.origin}/tasks`, {
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    });
    asked
      .on('response', (response) => resolve(JSON.stringify(response.headers)))
      .on('error', reject)
      .end();
  });
  expect(answer).not.toContain('evil');
});

test('every look is on record with who and from where, and the log of it is whole', async () => {
  await visitor.get(task, { 'x-forwarded-for': '192.0.2.7' });
  const event = await office.db
    .selectFrom('audit_event')
    .selectAll()
    .where('action', '=', 'task-viewed')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  expect(event).toMatchObject({
    actor_kind: 'staff',
    came_from: '192.0.2.7',
    student_id: await office.studentId(),
    subject: task.slice('/tasks/'.length),
  });
  const whole = await office.rollcall('audit', 'verify');
  expect([whole.code, whole.out]).toEqual([0, expect.stringContaining('The audit log is whole')]);
  await sealAudit(office.db);
  const anchor = await auditAnchor(office.db);
  const beyond = `${(anchor?.seq ?? 0) + 5}:${anchor?.hash}`;
  const cut = await office.rollcall('audit', 'verify', '--anchor', beyond);
  expect([cut.code, cut.out]).toEqual([1, expect.stringContaining('the chain ends before')]);
  const lines = (await office.rollcall('audit', 'export', '--by', 'Ida IT')).out.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).action)).toContain('task-viewed');
  expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({ action: 'audit-read', actorName: 'Ida IT' });
});

/** Another first character, whichever it is. */
function altered(token = ''): string {
  return `${token.startsWith('x') ? 'y' : 'x'}${token.slice(1)}`;
}
