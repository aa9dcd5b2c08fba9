import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { sealAudit } from '../../src/store/audit-chain.ts';
import { verifyAudit } from '../../src/store/audit-verify.ts';
import { fileRefOf } from '../../src/store/file-view.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import type { Visitor } from '../support/visitor.ts';

const DAYS = ['2026-08-24', '2026-08-25', '2026-08-26', '2026-08-27'];

let office: PagesOffice;
let ada: string;
let email: string;
let clerk: Visitor;

beforeAll(async () => {
  office = await openPagesOffice({
    staff: [
      {
        name: 'Avery Administrator',
        email: 'looks-administrator@cedar-valley.example.org',
        role: 'administrator',
      },
    ],
  });
  office.mode('live');
  office.absent(DAYS);
  await office.day('2026-08-31');
  ada = (await fileRefOf(office.db, await office.studentId())) ?? '';
  email = office.config.staff.find(({ role }) => role === 'attendance-clerk')?.email ?? '';
  clerk = await office.signedIn(email);
}, 60_000);
afterAll(() => office.close());

async function looks(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from audit_event where action in ('file-viewed', 'files-listed')`.execute(
    office.db,
  );
  return rows[0]?.count ?? 0;
}

test('of many looks at once each has its place in the chain', async () => {
  const before = await looks();
  const paths = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? '/files' : `/files/${ada}`));
  const pages = await Promise.all(paths.map((path) => clerk.get(path)));
  expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await looks()).toBe(before + 60);
  await sealAudit(office.db);
  expect(await verifyAudit(office.db, [])).toMatchObject({ kind: 'intact', waiting: 0 });
});

test('a page is not answered before the look at it is on record', async () => {
  const before = await looks();
  let answered = false;
  let page: Promise<unknown> = Promise.resolve();
  await office.db.transaction().execute(async (tx) => {
    await sql`lock table audit_event in share mode`.execute(tx);
    page = clerk.get(`/files/${ada}`).then(() => {
      answered = true;
    });
    for (let waits = false; !waits; ) {
      const { rows } = await sql<{ waits: boolean }>`
        select exists (select from pg_locks where not granted and relation = 'audit_event'::regclass) as waits`.execute(
        office.db,
      );
      waits = rows[0]?.waits ?? false;
    }
    expect(answered).toBe(false);
  });
  await page;
  expect(await looks()).toBe(before + 1);
});

test('where the look cannot be put on record there is no page, and the next one is served', async () => {
  const { db } = office;
  await sql`alter table audit_event add constraint full_disk check (action <> 'file-viewed') not valid`.execute(
    db,
  );
  const pages = await Promise.all(Array.from({ length: 5 }, () => clerk.get(`/files/${ada}`)));
  expect(pages.map(({ status }) => status)).toEqual([500, 500, 500, 500, 500]);
  expect(pages.filter(({ text }) => text.includes('Days missed'))).toEqual([]);
  await sql`alter table audit_event drop constraint full_disk`.execute(db);
  expect((await clerk.get(`/files/${ada}`)).status).toBe(200);
});

/** By somebody else, in another process: nothing of it goes through these pages. `$S`, `$Y`: the student and the school year. */
describe('what was changed elsewhere is on the very next page', () => {
  test.each([
    ['a name', `update student set given_name = 'Adalina' where id = $S`, 'Adalina'],
    [
      'a guardian’s name',
      `update guardian set given_name = 'Renata' where id in (select guardian_id from guardianship where student_id = $S)`,
      'Renata',
    ],
    ['the name of the school', `update school set name = 'Renamed School'`, 'Renamed School'],
    [
      'a hold',
      `insert into hold (ref, student_id, kind, scope, begins, owner, source, created_by)
        values ('H-NEXT-PAGE', $S, 'bereavement', 'everything', '2026-08-31', 'counselor', 'staff', 'Elsewhere')`,
      'Hold H-NEXT-PAGE is in force',
    ],
    ['the end of a hold', `update hold set ended_at = now(), ended_by = 'Erin Ender'`, 'Ended by Erin Ender'],
    ['a task that was closed', `update task set state = 'closed' where student_id = $S`, null],
    [
      'a meeting',
      `insert into meeting (ref, student_id, school_year, school_id, purpose, on_date, at_time, minutes, place,
          scheduled_by, scheduled_at, changed_at)
        select 'E-NEXT-PAGE', $S, $Y, min(id), 'x', '2026-09-10', '15:30', 30, 'x', 'x', now(), now() from school`,
      'September 10, 2026 at 3:30 PM: scheduled',
    ],
    ['what came of it', `update meeting set state = 'refused'`, 'the family refused'],
    [
      'that none is needed',
      `insert into meeting_not_needed (student_id, school_year, step, round, decided_on, decided_by, because, at)
        values ($S, $Y, 'first-letter', 1, '2026-08-31', 'Elsewhere', 'They were here.', now())`,
      'They were here.',
    ],
    [
      'a contract',
      `insert into attendance_contract (ref, student_id, school_year, begins, ends, allowed_days, basis, grace_days,
          state, agreed_by, changed_at)
        values ('C-NEXT-PAGE', $S, $Y, '2026-09-01', '2026-12-01', 2.5, 'all', 0, 'in-force', 'x', now())`,
      'in force: from September 1, 2026 to December 1, 2026 at most 2.5 days',
    ],
    [
      'its violation',
      `update attendance_contract set violated_on = '2026-09-09'`,
      'violated since September 9, 2026',
    ],
    [
      'a referral',
      `insert into referral (ref, student_id, school_year, school_id, step, round, state, gaps, opened_on,
          evaluation_id, policy_version, shadow, delivered_on, changed_at)
        select 'R-NEXT-PAGE', $S, $Y, min(id), 'referral', 1, 'delivered', '[]', '2026-08-31',
          (select evaluation_id from ladder where student_id = $S), 'x', false, '2026-08-31', now() from school`,
      'Receipt: not confirmed',
    ],
    [
      'what the officer says',
      `insert into case_event (ref, referral_id, kind, by_name, on_date, at)
        select 'Q-NEXT-PAGE', id, 'receipt', 'x', '2026-09-01', now() from referral`,
      'Receipt: confirmed on September 1, 2026',
    ],
    ['a correction', `update referral set superseded = true`, 'The records behind it were corrected since.'],
    [
      'a disclosure',
      `insert into disclosure (student_id, school_year, state, what, how, to_name, to_agency, legal_basis, interest,
          made_by, planned_at, on_date, at)
        values ($S, $Y, 'made', 'The packet', 'by hand', 'x', 'x', 'x', 'x', 'x', now(), '2026-08-31', now())`,
      'by hand (made)',
    ],
  ])('%s', async (_what, statement, shown) => {
    const student = await office.studentId();
    const { rows } = await sql<{ id: string }>`select id from school_year`.execute(office.db);
    const before = await clerk.get(`/files/${ada}`);
    const text = statement.replaceAll('$S', String(student)).replaceAll('$Y', `'${rows[0]?.id}'`);
    await sql.raw(text).execute(office.db);
    const after = await clerk.get(`/files/${ada}`);
    expect([before.text.includes(shown ?? 'Open tasks'), after.text.includes(shown ?? 'Open tasks')]).toEqual(
      [shown === null, shown !== null],
    );
  });

  test('an absence that was taken back, and one that came', async () => {
    const shows = async () => {
      const { text } = await clerk.get(`/files/${ada}`);
      return [/Days missed (\d+), excused/.exec(text)?.[1], /The \d+ dates that count/.exec(text)?.[0]];
    };
    expect(await shows()).toEqual(['4', 'The 4 dates that count']);
    office.absent([...DAYS, '2026-08-28', '2026-08-31']);
    await office.day('2026-09-02');
    clerk = await office.signedIn(email);
    expect(await shows()).toEqual(['6', 'The 6 dates that count']);
    office.absent([...DAYS, '2026-08-28']);
    await office.days('2026-09-03', '2026-09-04');
    clerk = await office.signedIn(email);
    expect(await shows()).toEqual(['5', 'The 5 dates that count']);
  });

  test('and what was sent from here is in the list at once', async () => {
    expect((await clerk.get('/files')).text).toContain('On hold (0)');
    const administrator = await office.signedIn('looks-administrator@cedar-valley.example.org');
    const page = await administrator.get(`/files/${ada}/holds`);
    const fields = {
      kind: 'no-contact',
      scope: '',
      until: '',
      owner: 'counselor',
      reason: 'the family asks for it',
    };
    expect((await administrator.submit(page, fields, `/files/${ada}/holds`)).status).toBe(303);
    expect((await clerk.get('/files')).text).toContain('On hold (1)');
  });
});

test('what was recorded stays when the process dies before it answers', async () => {
  const database = await openTestDatabase();
  try {
    const script = fileURLToPath(new URL('../support/look-and-die.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, database.url, '20'], {
      stdio: 'inherit',
    });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    // Another process seals what the dead one had no time for.
    expect(await sealAudit(database.db)).toBe(20);
    expect(await verifyAudit(database.db, [])).toMatchObject({
      kind: 'intact',
      head: { seq: 20 },
      waiting: 0,
    });
  } finally {
    await database.drop();
  }
});
