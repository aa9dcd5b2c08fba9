import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import { listGroups } from '../../src/procedure/approval-groups.ts';
import { beginMedical, saveMedical } from '../../src/store/medical.ts';
import { listPrintRuns } from '../../src/store/print-run-list.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { aGuardian, linkTo, weekdaysFrom } from '../support/sis-records.ts';
import { formOf, type Visitor } from '../support/visitor.ts';

let office: PagesOffice;
let clerk: Visitor;
let stranger: Visitor;
let counselor: Visitor;
let administrator: Visitor;

const STRANGERS = ['attendance-clerk', 'administrator'].map((role) => ({
  name: `Other ${role}`,
  email: `${role}@other.test`,
  role,
  schools: ['other'],
}));

const TEACHER = 'teacher@example.org';

beforeAll(async () => {
  office = await openPagesOffice({
    staff: [...STRANGERS, { name: 'Teo Gray', email: TEACHER, role: 'teacher' }],
    district: (text) =>
      text.replace(
        /^schools:\n/m,
        'schools:\n  - id: other\n    phone: "303 555 0199"\n    address: [1 Main Street]\n    signature: { name: Pat, title: Principal }\n',
      ),
    policy: (text) =>
      text.replace(
        'letter: first-letter',
        'letter: first-letter\n    approval: administrator\n    approvalDays: 2',
      ),
  });
  office.mode('live');
  office.sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], wantsPaper: true })];
  office.absent(weekdaysFrom('2026-09-08', 7));
  await office.day('2026-09-21');
  const at = (role: string) =>
    office.signedIn(
      office.config.staff.find((one) => one.role === role && !one.email.endsWith('other.test'))?.email ?? '',
    );
  clerk = await at('attendance-clerk');
  counselor = await at('counselor');
  administrator = await at('administrator');
  stranger = await office.signedIn('attendance-clerk@other.test');
}, 60_000);
afterAll(() => office.close());

const audited = async (action: string) =>
  (
    await office.db
      .selectFrom('audit_event')
      .select(['subject', 'actor_kind'])
      .where('action', '=', action)
      .execute()
  ).length;

test('lists are there for those whose work they are, and an unfinished form shows no page to anybody else', async () => {
  const officer = await office.signedIn(office.config.truancyOfficer.email);
  const teacher = await office.signedIn(TEACHER);
  const lists = ['/batches', '/prints', '/letters'];
  for (const visitor of [officer, teacher])
    for (const path of lists) expect([path, (await visitor.get(path)).status]).toEqual([path, 404]);
  const forms = [
    [teacher, '/stop', 403],
    [teacher, '/medical', 403],
    [teacher, '/returned', 403],
    [officer, '/stop', 403],
    [officer, '/away', 404],
  ] as const;
  const before = new Map(
    await Promise.all(
      [officer, teacher].map(
        async (one) => [one, formOf((await one.get('/nothing')).body, '/sign-out').hidden] as const,
      ),
    ),
  );
  for (const [visitor, path, status] of forms) {
    const answer = await visitor.post(path, { ...before.get(visitor), _once: 'A'.repeat(22) });
    expect([path, answer.status]).toEqual([path, status]);
    expect(answer.body).not.toContain(`action="${path}"`);
  }
});

describe('the office’s pages', () => {
  test('a link of the daily mail leads to its task, once the person has signed in', async () => {
    office.at('2026-09-22', '07:00');
    await office.digests();
    await office.workOnce('send-staff-mail');
    const email = office.config.staff.find(({ role }) => role === 'attendance-clerk')?.email ?? '';
    const mail = office.sink.delivered.findLast(
      ({ to, raw }) =>
        raw.includes('X-Rollcall-Kind: digest') && !to[0]?.endsWith('other.test') && to[0] !== undefined,
    );
    const { text = '', html = '' } = await PostalMime.parse(mail?.raw ?? '');
    expect(email).not.toBe('');
    const link = /Open this task\s+<(http[^>]+)>/.exec(text)?.[1] ?? '';
    expect(html).toContain(`href="${link}"`);
    expect(text).not.toContain('rollcall ');
    const visitor = office.visitor();
    const page = await visitor.get(new URL(link).pathname);
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('Quillon');
    await visitor.submit(page, {});
    const entered = await visitor.submit(await visitor.get('/code'), {
      code: await office.code(mail?.to[0] ?? ''),
    });
    expect(entered.location).toMatch(/^\/tasks\/[TA]-/);
    expect((await visitor.get(entered.location ?? '')).text).toContain('Quillon');
  });

  test('a yes counts once, is on record, and is nobody else’s to give', async () => {
    const [group] = await listGroups(office.db);
    const path = `/batches/${group?.ref}`;
    for (const other of [clerk, counselor, stranger]) expect((await other.get(path)).status).toBe(404);
    const page = await administrator.get(path);
    const said = { answer: 'approve', because: 'Looked at it' };
    expect((await clerk.submit(page, said)).status).toBe(403);
    const wrong = await administrator.submit(page, { answer: 'approve', because: '' });
    expect([wrong.status, wrong.text.includes('Please enter a reason.')]).toEqual([422, true]);
    expect((await administrator.submit(page, { ...said, except: 'A-NONE-NONE' })).status).toBe(422);
    const [one, two] = await Promise.all([
      administrator.submit(page, said),
      administrator.submit(page, said),
    ]);
    expect([one.status, two.status, one.location, two.location]).toEqual([303, 303, '/batches', '/batches']);
    expect(await audited('approval-answered')).toBe(1);
    expect((await administrator.get(path)).status).toBe(404);
  });

  test('a print run is nobody’s of another school, and is confirmed in part', async () => {
    office.at('2026-09-22', '08:20');
    await office.work();
    const [run] = await listPrintRuns(office.db);
    const ref = run?.ref ?? '';
    for (const path of [`/prints/${ref}`, `/prints/${ref}/file`, `/prints/${ref}/control`]) {
      expect([path, (await stranger.get(path)).status]).toEqual([path, 404]);
      expect([path, (await counselor.get(path)).status]).toEqual([path, 404]);
    }
    expect((await stranger.get('/prints')).text).toContain('Nothing was printed yet.');
    const page = await clerk.get(`/prints/${ref}`);
    const [letter] = await office.letters();
    const early = await clerk.submit(page, { on: '2026-09-01' });
    expect(early.status).toBe(422);
    const partly = await clerk.submit(page, { on: '2026-09-22', left: letter?.ref ?? '' });
    expect(partly.status).toBe(303);
    expect((await clerk.get(`/prints/${ref}`)).text).toContain('1 letter still to be posted.');
    expect(await audited('prints-confirmed')).toBe(1);
    expect((await stranger.submit(page, { on: '2026-09-22' })).status).toBe(403);
    for (const path of [`/letters/${letter?.ref}`, `/letters/${letter?.ref}/pdf`])
      expect([path, (await stranger.get(path)).status]).toEqual([path, 404]);
  });

  test('nobody stops, keeps notes or reads figures without the right; a stopped run is not confirmed', async () => {
    expect((await clerk.get('/stop')).status).toBe(403);
    expect((await clerk.get('/summary')).status).toBe(404);
    expect((await counselor.get('/medical')).status).toBe(403);
    expect((await counselor.get('/returned')).status).toBe(403);
    expect((await administrator.get('/summary')).text).toContain('First Letter');
    expect(
      (await administrator.submit(await administrator.get('/stop'), { because: 'A wrong name' })).status,
    ).toBe(303);
    expect(await audited('sending-stopped')).toBe(1);
    const [run] = await listPrintRuns(office.db);
    const page = await clerk.get(`/prints/${run?.ref}`);
    expect(page.text).toContain('nothing of it may be posted now');
    expect((await clerk.submit(page, { on: '2026-09-22' })).status).toBe(422);
    expect(
      (await clerk.submit(await clerk.get(`/prints/${run?.ref}`), { on: '2026-09-22', before: 'yes' }))
        .status,
    ).toBe(303);
  });

  test('what keeps letters back is there to see, and whoever is responsible for all schools lets them go, with a reason', async () => {
    await office.db
      .insertInto('sending_stop')
      .values({
        ref: 'S-AAAA-BBBB',
        kind: 'refusals',
        mails: 5,
        opened_on: office.moment().today,
        opened_at: office.moment().now,
      })
      .execute();
    expect((await clerk.get('/brakes')).status).toBe(403);
    const seen = await administrator.get('/brakes');
    expect(seen.text).toContain('5 letters were refused, none accepted in between');
    expect(seen.text).toContain('A wrong name');
    expect(seen.body).not.toContain('action="/brakes');
    const supervisor = await office.signedIn(
      office.config.staff.find(({ role }) => role === 'supervisor')?.email ?? '',
    );
    const page = await supervisor.get('/brakes');
    const forged = formOf(page.body, '/brakes/release').hidden;
    expect((await supervisor.submit(page, { because: '' }, '/brakes/release')).status).toBe(422);
    expect(
      (await supervisor.submit(page, { because: 'The server had a bad list' }, '/brakes/release')).status,
    ).toBe(303);
    const resumed = await supervisor.submit(
      await supervisor.get('/brakes'),
      { why: 'The name is right now' },
      '/brakes/resume',
    );
    expect(resumed.status).toBe(303);
    expect((await supervisor.get('/brakes')).text).toContain('No brake keeps a letter back');
    const stop = await office.db.selectFrom('sending_stop').selectAll().executeTakeFirstOrThrow();
    expect([stop.ended_because, stop.ended_by !== null]).toEqual(['The server had a bad list', true]);
    expect([await audited('brake-released'), await audited('sending-resumed')]).toEqual([1, 1]);
    expect(forged).toHaveProperty('stop', 'S-AAAA-BBBB');
  });

  test('a roster row without a document says so, and leads to where one is added', async () => {
    const student = { studentId: await office.studentId(), schoolYear: '2027' };
    const { today: on, now } = office.moment();
    await beginMedical(office.db, student, { on, now });
    expect((await clerk.get('/medical')).body).toMatch(
      /None\. <a href="\/files\/[0-9a-f-]+\/documents#add">/,
    );
    await saveMedical(office.db, student, {
      status: 'on-file',
      validUntil: null,
      note: null,
      by: 'Ana',
      on,
      now,
    });
    expect((await clerk.get('/medical')).text).toContain('On file, but no document is here.');
    const path = /\/files\/[0-9a-f-]+\/documents/.exec((await clerk.get('/medical')).body)?.[0] ?? '';
    expect((await clerk.get(path)).body).toContain('id="add"');
  });

  test('no page and no mail carries a name in its address, and looks are on record', async () => {
    const adasId = await office.studentId();
    const [run] = await listPrintRuns(office.db);
    for (const part of ['file', 'control'])
      expect((await clerk.get(`/prints/${run?.ref}/${part}`)).status).toBe(200);
    const looks = await office.db.selectFrom('audit_event').select(['action', 'detail', 'subject']).execute();
    expect(looks.map(({ action }) => action)).toEqual(expect.arrayContaining(['list-viewed', 'task-viewed']));
    const downloads = looks.filter(({ action }) => action === 'prints-downloaded');
    expect(downloads.map(({ detail }) => detail.students)).toEqual(downloads.map(() => String(adasId)));
    expect(downloads).toHaveLength(2);
    expect(JSON.stringify(looks)).not.toMatch(/Quillon|Xanthe|Zephyrine/);
  });
});
