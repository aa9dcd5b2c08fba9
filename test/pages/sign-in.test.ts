import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { formOf, type Visitor } from '../support/visitor.ts';

let office: PagesOffice;
let clerk: string;
let administrator: string;

const OTHER_SCHOOL = 'other.clerk@cedar-valley.test';

beforeAll(async () => {
  office = await openPagesOffice({
    staff: ['attendance-clerk', 'administrator'].map((role) => ({
      name: 'Olga Other',
      email: OTHER_SCHOOL,
      role,
      schools: ['elsewhere'],
    })),
    district: (text) =>
      text.replace(
        /^schools:\n( {2}- id: .*\n(?: {4}.*\n)*)/m,
        (whole, first: string) => `${whole}${first.replace(/- id: .*/, '- id: elsewhere')}`,
      ),
  });
  office.mode('live');
  office.absent(['2026-08-24', '2026-08-25', '2026-08-26', '2026-08-27']);
  await office.day('2026-09-01');
  const byRole = (role: string) =>
    office.config.staff.find((one) => one.role === role && one.email !== OTHER_SCHOOL)?.email ?? '';
  clerk = byRole('attendance-clerk');
  administrator = byRole('administrator');
});
afterAll(() => office.close());
beforeEach(() => office.at('2026-09-01', '09:00'));

/** Everything in the database, but what the scanner itself has asked for: sign-ins that wait. */
async function state(): Promise<string> {
  const tables = await office.db.introspection.getTables();
  const rows: string[] = [];
  for (const { name } of tables.filter(
    (table) => !/^(page_sign_in|staff_mail|document.*|send_attempt)$/.test(table.name),
  )) {
    const { rows: hashes } = await sql<{ hash: string }>`
      select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as hash from ${sql.id(name)} t`.execute(
      office.db,
    );
    rows.push(`${name} ${hashes[0]?.hash}`);
  }
  return rows.join('\n');
}

const pathOf = (link: string) => new URL(link).pathname;

describe('a link', () => {
  test('starts a sign-in; the code of the mail ends it; then the page of the link is there', async () => {
    const visitor = office.visitor();
    const page = await visitor.get(pathOf(await office.link(clerk, '/tasks')));
    expect(page.status).toBe(200);
    expect(page.text).not.toContain(clerk);
    expect((await visitor.get('/tasks')).location).toBe('/sign-in?to=%2Ftasks');
    const sent = await visitor.submit(page, {});
    expect([sent.status, sent.location]).toEqual([303, '/code']);
    expect((await visitor.get('/tasks')).location).toBe('/sign-in?to=%2Ftasks');
    const entered = await visitor.submit(await visitor.get('/code'), { code: await office.code(clerk) });
    expect([entered.status, entered.location]).toEqual([303, '/tasks']);
    expect((await visitor.get('/tasks')).text).toContain('One task is open');
  });

  test('on a remembered device asks for no code; on another, or for another person, it does', async () => {
    const visitor = await office.signedIn(OTHER_SCHOOL);
    const session = () => [...visitor.cookies.keys()].find((name) => name.endsWith('session')) ?? '';
    visitor.cookies.delete(session());
    const mine = await visitor.submit(
      await visitor.get(pathOf(await office.link(OTHER_SCHOOL, '/tasks'))),
      {},
    );
    expect(mine.location).toBe('/tasks');
    visitor.cookies.delete(session());
    const other = await visitor.submit(await visitor.get(pathOf(await office.link(administrator))), {});
    expect(other.location).toBe('/code');
    office.at('2026-10-05', '09:00');
    const late = await visitor.submit(
      await visitor.get(pathOf(await office.link(OTHER_SCHOOL, '/tasks'))),
      {},
    );
    expect(late.location).toBe('/code');
  });

  test('a browser is remembered for each person by another token', async () => {
    const device = ({ cookies }: Visitor) => [...cookies].find(([name]) => name.endsWith('device'))?.[1];
    const visitor = await office.signedIn(clerk);
    const first = device(visitor);
    expect(first).toMatch(/^\S{40,}$/);
    await visitor.submit(await visitor.get('/tasks'), {}, '/sign-out');
    await visitor.submit(await visitor.get(pathOf(await office.link(administrator))), {});
    await visitor.submit(await visitor.get('/code'), {
      code: await office.code(administrator),
      remember: 'yes',
    });
    expect(device(visitor)).toMatch(/^\S{40,}$/);
    expect(device(visitor)).not.toBe(first);
  });

  test.each([
    ['altered', 404, (path: string) => path.slice(0, -1) + (path.endsWith('A') ? 'B' : 'A')],
    ['cut', 404, (path: string) => path.slice(0, -5)],
    ['of nonsense', 404, () => '/enter/%00..%2f'],
    ['longer than any', 404, () => `/enter/${'A'.repeat(150)}`],
  ])('%s is none', async (_what, status, change) => {
    const path = change(pathOf(await office.link(clerk)));
    expect((await office.visitor().get(path)).status).toBe(status);
  });

  test('that has expired, or was revoked, says so and sends no code', async () => {
    const visitor = office.visitor();
    const path = pathOf(await office.link(clerk));
    const page = await visitor.get(path);
    office.at('2026-09-15', '09:01');
    expect((await visitor.get(path)).status).toBe(410);
    expect((await visitor.submit(page, {})).status).toBe(410);
  });

  test('of somebody who has left the configuration works no more', async () => {
    const visitor = office.visitor();
    expect((await visitor.get(pathOf(await office.link('gone@cedar-valley.test')))).status).toBe(410);
  });
});

describe('a mail scanner', () => {
  test('G17: that opens, asks for the head and posts every form changes nothing and gets nowhere', async () => {
    const before = await state();
    const scanner = office.visitor();
    const path = pathOf(await office.link(clerk, '/tasks'));
    await office.db.deleteFrom('page_link').where('path', '=', '/nowhere').execute();
    const withLink = await state();
    expect(withLink).not.toBe(before);
    const seen = new Set<string>();
    let posts = 0;
    const queue = [path, '/', '/tasks', '/sign-in', '/code', '/enter', '/tasks/T-2222-2222'];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (seen.has(next) || seen.size > 60) continue;
      seen.add(next);
      await scanner.head(next);
      const page = await scanner.get(next);
      expect(page.body).not.toContain('Zephyrine');
      for (const [, href = ''] of page.body.matchAll(/(?:href|action)="(\/[^"]*)"/g)) queue.push(href);
      if (page.location?.startsWith('/')) queue.push(page.location);
      for (const [, action = ''] of page.body.matchAll(/<form[^>]* action="([^"]*)"/g)) {
        const answer = await scanner.post(action, {
          ...formOf(page.body, action).hidden,
          code: '123456',
          email: clerk,
        });
        expect(answer.body).not.toContain('Zephyrine');
        const plain = await scanner.post(action, formOf(page.body, action).hidden);
        posts += 2;
        if (plain.location !== null) queue.push(plain.location);
      }
    }
    // Beyond where it began, and by forms that were there to be posted.
    expect(seen.size).toBeGreaterThan(7);
    expect(posts).toBeGreaterThan(2);
    expect([...scanner.cookies.keys()].some((name) => name.endsWith('session'))).toBe(false);
    const codes = (text: string) => text.split('\n').filter((line) => !/^(audit_)/.test(line));
    // A wrong code is put on record; nothing else is.
    expect(codes(await state())).toEqual(codes(withLink));
  });
});

describe('a code', () => {
  const started = async (): Promise<Visitor> => {
    const visitor = office.visitor();
    await visitor.submit(await visitor.get(pathOf(await office.link(clerk))), {});
    return visitor;
  };

  test('works once, in its own browser, and for ten minutes', async () => {
    office.at('2026-09-01', '11:00');
    const visitor = await started();
    const code = await office.code(clerk);
    const elsewhere = await started();
    const page = await elsewhere.get('/code');
    // The later mail has another code; that of the first browser is none here.
    if ((await office.code(clerk)) !== code)
      expect((await elsewhere.submit(page, { code })).status).toBe(422);
    const again = visitor.copy();
    expect(
      (await visitor.submit(await visitor.get('/code'), { code: `${code.slice(0, 3)} ${code.slice(3)}` }))
        .status,
    ).toBe(303);
    expect((await again.submit(await again.get('/code'), { code })).status).toBe(410);
    const late = await started();
    const lateCode = await office.code(clerk);
    office.at('2026-09-01', '11:10');
    expect((await late.submit(await late.get('/code'), { code: lateCode })).status).toBe(410);
  });

  test('is over after five wrong ones, the right one included', async () => {
    office.at('2026-09-01', '12:00');
    const visitor = await started();
    const code = await office.code(clerk);
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
    const answers: number[] = [];
    for (let tries = 0; tries < 5; tries += 1)
      answers.push((await visitor.copy().submit(await visitor.get('/code'), { code: wrong })).status);
    expect(answers).toEqual([422, 422, 422, 422, 410]);
    expect((await visitor.submit(await visitor.get('/code'), { code })).status).toBe(410);
  });

  test('is sent to one person five times in a quarter of an hour, by link and by address apart', async () => {
    office.at('2026-09-01', '13:00');
    const statuses: number[] = [];
    for (let asked = 0; asked < 6; asked += 1) {
      const visitor = office.visitor();
      const sent = await visitor.submit(await visitor.get(pathOf(await office.link(clerk))), {});
      statuses.push(sent.status);
    }
    expect(statuses).toEqual([303, 303, 303, 303, 303, 429]);
    const byAddress = office.visitor();
    const asked = await byAddress.submit(await byAddress.get('/sign-in'), { email: clerk, to: '/' });
    expect(asked.status).toBe(303);
    const entered = await byAddress.submit(await byAddress.get('/code'), { code: await office.code(clerk) });
    expect(entered.status).toBe(303);
  });

  test('that others ask for does not keep its owner from one, and no mailbox is flooded', async () => {
    office.at('2026-09-01', '17:00');
    const codes = async () => {
      const mails = office.db.selectFrom('staff_mail').select('id').where('kind', '=', 'code');
      return (await mails.where('to_email', '=', clerk).execute()).length;
    };
    const before = await codes();
    const ask = async (from: string) => {
      const headers = { 'x-forwarded-for': from };
      const visitor = office.visitor();
      const { hidden } = formOf((await visitor.get('/sign-in')).body, '/sign-in');
      const sent = await visitor.post('/sign-in', { ...hidden, email: clerk, to: '/' }, headers);
      expect([sent.status, sent.location]).toEqual([303, '/code']);
      return (await codes()) - before;
    };
    const sent: number[] = [];
    for (let asked = 0; asked < 7; asked += 1) sent.push(await ask('203.0.113.7'));
    expect(sent.at(-1)).toBe(5);
    expect(await ask('198.51.100.9')).toBe(6);
    for (let place = 10; place < 30; place += 1) sent.push(await ask(`198.51.100.${place}`));
    expect(sent.at(-1)).toBe(20);
  });
});

test('signing in by address does not tell whether anybody has it', async () => {
  office.at('2026-09-01', '14:00');
  const answers = await Promise.all(
    [clerk, 'nobody@cedar-valley.test'].map(async (email) => {
      const visitor = office.visitor();
      const sent = await visitor.submit(await visitor.get('/sign-in'), { email, to: '//evil.example/' });
      const page = await visitor.get('/code');
      const wrong = await visitor.submit(page, { code: '000000' });
      const names = [...visitor.cookies.keys()].sort();
      return [sent.status, sent.location, page.text, wrong.status, wrong.text, names];
    }),
  );
  expect(answers[0]).toEqual(answers[1]);
});

describe('a session', () => {
  test('ends by signing out, by revocation, by its time, and with its person', async () => {
    office.at('2026-09-02', '09:00');
    const one = await office.signedIn(clerk);
    const copy = one.copy();
    const page = await one.get('/tasks');
    expect((await one.submit(page, {}, '/sign-out')).text).toContain('You are signed out');
    expect((await copy.get('/tasks')).location).toBe('/sign-in?to=%2Ftasks');
    const two = await office.signedIn(clerk);
    const revoked = await office.rollcall('sessions', 'revoke', clerk.toUpperCase(), '--by', 'Ida IT');
    expect(revoked.out).toContain('Ended: ');
    office.at('2026-09-02', '09:01');
    expect((await two.get('/tasks')).location).toBe('/sign-in?to=%2Ftasks');
    const three = await office.signedIn(clerk);
    expect((await three.get('/tasks')).status).toBe(200);
    office.at('2026-09-03', '09:02');
    expect((await three.get('/tasks')).location).toBe('/sign-in?to=%2Ftasks');
  });

  test('of another school sees no task of this one, and cannot answer it', async () => {
    office.at('2026-09-03', '09:00');
    const mine = await office.signedIn(clerk);
    const ref = /\/tasks\/(T-[A-Z0-9-]+)/.exec((await mine.get('/tasks')).body)?.[1] ?? '';
    expect((await mine.get(`/tasks/${ref}`)).status).toBe(200);
    const theirs = await office.signedIn(OTHER_SCHOOL);
    const list = await theirs.get('/tasks');
    expect(list.text).toContain('Nothing waits for you');
    expect((await theirs.get(`/tasks/${ref}`)).status).toBe(404);
    const { hidden } = formOf(list.body, '/sign-out');
    expect((await theirs.post(`/tasks/${ref}/done`, { ...hidden, because: 'x' })).status).toBe(404);
  });
});
