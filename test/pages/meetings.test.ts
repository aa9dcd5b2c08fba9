import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fileRefOf } from '../../src/store/file-view.ts';
import { MEETING_FIELDS } from '../support/asked.ts';
import { browserMissing, openBrowser, type TestBrowser, WIDTHS } from '../support/browser.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { aStudent, enrolledAt, weekdaysFrom } from '../support/sis-records.ts';

const ELSEWHERE = 'elsewhere@cedar-valley.test';

let office: PagesOffice;
let browser: TestBrowser;
let principal: string;
let file: string;

beforeAll(async () => {
  office = await openPagesOffice({
    staff: [
      { name: 'Else Where', email: ELSEWHERE, role: 'administrator', schools: ['another-school'] },
      {
        name: 'Any Clerk',
        email: 'any@cedar-valley.test',
        role: 'attendance-clerk',
        schools: ['another-school'],
      },
    ],
    district: (text) =>
      text.replace(
        /^schools:\n/m,
        'schools:\n  - { id: another-school, phone: (801) 555-0199, address: [1 Way], signature: { name: E W, title: Principal } }\n',
      ),
  });
  office.mode('live');
  office.absent(weekdaysFrom('2026-09-08', 7));
  office.sis.students.push(aStudent('ben', { enrolments: [enrolledAt(office.school)] }));
  await office.days('2026-09-16', '2026-09-21');
  principal = office.config.staffFor('administrator', office.school)[0]?.email ?? '';
  file = (await fileRefOf(office.db, await office.studentId())) ?? '';
  office.at('2026-09-22');
});
afterAll(() => office?.close());

const meeting = (rest = {}) => ({ ...MEETING_FIELDS, ...rest });
const meetings = () =>
  office.db.selectFrom('meeting').select(['ref', 'state', 'on_date']).orderBy('scheduled_at').execute();

test('the staff of another school see neither meetings nor contracts, and change none', async () => {
  const visitor = await office.signedIn(ELSEWHERE);
  for (const path of ['meetings', 'contracts', 'meetings/E-2222-2222', 'contracts/C-2222-2222'])
    expect((await visitor.get(`/files/${file}/${path}`)).status).toBe(404);
  expect((await visitor.get('/meetings')).text).not.toContain('Room');
  const own = await visitor.get('/tasks');
  expect(own.status).toBe(200);
});

test('what is wrong is said beside its field, and nothing is kept', async () => {
  const visitor = await office.signedIn(principal);
  const page = await visitor.get(`/files/${file}/meetings`);
  const action = `/files/${file}/meetings`;
  const wrong = async (fields: object) => (await visitor.submit(page, meeting(fields), action)).text;
  expect(await wrong({ at: '23:30' })).toContain('Found "23:30", expected a time from 06:00 to 21:00.');
  expect(await wrong({ on: '' })).toContain('Please enter the day as a date.');
  expect(await wrong({ minutes: 'an hour' })).toContain('Please enter whole minutes, such as 45.');
  expect(await wrong({ minutes: '4' })).toContain('expected whole minutes, 5 to 480');
  expect(await wrong({ others: 'Pat' })).toContain('Write each person on a line, as Name <address>.');
  expect(await wrong({ others: 'Pat <mum@family.example.org>' })).toContain('families are invited as such');
  expect(await wrong({ families: 'nobody' })).toContain('a guardian who may be written to');
  expect(await wrong({ staff: ELSEWHERE })).toContain('somebody of the student’s school or of the district');
  expect(await meetings()).toEqual([]);
  const drafts = await visitor.get(`/files/${file}/contracts`);
  const terms = {
    begins: '2026-09-22',
    ends: '2026-09-01',
    allowedDays: '2',
    basis: 'all',
    graceDays: '3',
    exceptCodes: '',
    note: '',
  };
  const draft = async (fields: object) =>
    (await visitor.submit(drafts, { ...terms, ...fields }, `/files/${file}/contracts`)).text;
  expect(await draft({})).toContain('expected 2026-09-22, the day on which it begins, or later');
  expect(await draft({ ends: '2026-10-30', allowedDays: '0.25' })).toContain(
    'a number of whole or half days',
  );
});

test('a clerk schedules a meeting, and does not decide that none is needed', async () => {
  const clerk = await office.signedIn(
    office.config.staffFor('attendance-clerk', office.school)[0]?.email ?? '',
  );
  const page = await clerk.get(`/files/${file}/meetings`);
  expect([page.status, page.body.includes('none-needed')]).toEqual([200, false]);
  const [, csrf = ''] = /name="_csrf" value="([^"]+)"/.exec(page.body) ?? [];
  for (const because of ['They came by.', '']) {
    const forged = { _csrf: csrf, _once: `a-key-of-their-own${because.length}`, because };
    const to = `/files/${file}/meetings/none-needed`;
    expect((await clerk.post(to, forged, { origin: office.origin })).status).toBe(403);
  }
  expect((await (await office.signedIn(principal)).get(`/files/${file}/meetings`)).body).toContain(
    'none-needed',
  );
});

test('sent twice it is scheduled once', async () => {
  const visitor = await office.signedIn(principal);
  const page = await visitor.get(`/files/${file}/meetings`);
  const action = `/files/${file}/meetings`;
  const [one, two] = await Promise.all([
    visitor.submit(page, meeting(), action),
    visitor.submit(page, meeting(), action),
  ]);
  expect([one.status, two.status]).toEqual([303, 303]);
  expect(one.location).toBe(two.location);
  const [only, ...others] = await meetings();
  expect(others).toEqual([]);
  const shown = await visitor.get(one.location ?? '');
  const gone = await visitor.submit(
    shown,
    { because: 'a slip' },
    `/files/${file}/meetings/${only?.ref}/cancel`,
  );
  expect(gone.status).toBe(303);
  // The reference of another student's file leads nowhere.
  const bens = (await fileRefOf(office.db, await office.studentId('ben'))) ?? '';
  expect((await visitor.get(`/files/${bens}/meetings/${only?.ref}`)).status).toBe(404);
});

const missing = browserMissing();
const look = missing === null ? describe : describe.skip;

look('in a browser', () => {
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  test.each(Object.entries(WIDTHS))(
    'an administrator goes from the task over the meeting to the signed contract, on a %s',
    async (name, width) => {
      const isFirst = name === 'phone';
      office.at(isFirst ? '2026-09-22' : '2026-09-24');
      const { page, faults, picture, context } = await browser.window(width);
      const at = async (what: string) => {
        await picture(`meetings-${what}`);
        expect([what, await faults()]).toEqual([what, []]);
      };
      await page.goto(await office.link(principal));
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByRole('textbox', { name: 'Code' }).fill(await office.code(principal));
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL('**/tasks');
      if (isFirst) {
        await page.getByRole('link', { name: 'Schedule another meeting' }).first().click();
        await at('task');
        await page.getByRole('link', { name: 'Schedule a meeting, or record that none is needed' }).click();
      } else await page.goto(`${office.origin}/files/${file}/meetings`);
      await at('schedule');
      await page.getByLabel('Day', { exact: true }).fill(office.moment().today);
      await page.getByLabel('Time').fill('15:30');
      await page.getByLabel('Place').fill('Room 12');
      await page.getByRole('button', { name: 'Schedule and invite' }).click();
      await page.waitForURL(/meetings\/E-/);
      await at('meeting');
      await page.getByLabel('It was held').check();
      await page.getByLabel('Notes (optional)').fill('We agreed on a bus pass.');
      await page.getByRole('button', { name: 'Record', exact: true }).click();
      await at('held');
      await page.getByRole('link', { name: 'Draft an attendance contract' }).click();
      await page.getByLabel('First day').fill(isFirst ? '2026-09-23' : '2026-10-26');
      await page.getByLabel('Last day').fill(isFirst ? '2026-10-23' : '2026-11-20');
      await at('draft');
      await page.getByRole('button', { name: 'Draft the contract' }).click();
      await page.waitForURL(/contracts\/C-/);
      await at('contract');
      const form = await page.request.get(`${page.url()}/form`);
      expect(form.headers()['content-type']).toBe('application/pdf');
      await page.getByLabel('The family signed on (optional)').fill(office.moment().today);
      await page.getByRole('button', { name: 'Start the contract' }).click();
      await at('started');
      expect(await page.getByRole('main').textContent()).toContain('in force');
      await page.goto(`${office.origin}/files/${file}`);
      expect(await page.locator('#contracts').count()).toBe(1);
      expect(await page.getByRole('main').textContent()).toContain('We agreed on a bus pass.');
      await at('file');
      await page.goto(`${office.origin}/meetings`);
      await at('list');
      await context.close();
    },
  );

  test('what was done is audited, without names', async () => {
    const events = await office.db
      .selectFrom('audit_event')
      .select(['action', 'actor_email', 'detail'])
      .execute();
    const done = events.filter(({ action }) => /^(meeting|contract)-/.test(action));
    expect(new Set(done.map(({ action }) => action))).toEqual(
      new Set([
        'meeting-scheduled',
        'meeting-cancelled',
        'meeting-recorded',
        'contract-drafted',
        'contract-started',
      ]),
    );
    expect(JSON.stringify(done.map(({ detail }) => detail))).not.toMatch(/Room|bus|Zephyrine/);
  });
});
