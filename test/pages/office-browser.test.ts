import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Role } from '../../src/domain/policy.ts';
import { beginMedical } from '../../src/store/medical.ts';
import { browserMissing, openBrowser, type TestBrowser, WIDTHS } from '../support/browser.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { aGuardian, aStudent, linkTo, weekdaysFrom } from '../support/sis-records.ts';

const missing = browserMissing();
const look = missing === null ? describe : describe.skip;

let office: PagesOffice;
let browser: TestBrowser;

const SEVEN = weekdaysFrom('2026-09-08', 7);

beforeAll(async () => {
  if (missing !== null) return;
  office = await openPagesOffice({
    policy: (text) =>
      text.replace(
        'letter: first-letter',
        'letter: first-letter\n    approval: administrator\n    approvalDays: 2',
      ),
  });
  office.mode('live');
  const enrolments = [{ schoolSourcedId: office.school, primary: true, begins: null, ends: null }];
  office.sis.students = [...office.sis.students, aStudent('ben', { enrolments })];
  office.sis.guardians = [
    aGuardian('mum', { links: [linkTo('ada')], wantsPaper: true }),
    aGuardian('dad', { links: [linkTo('ben')] }),
  ];
  office.absent(SEVEN);
  office.absent(SEVEN, 'ben');
  await office.day('2026-09-21');
  browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await office?.close();
});

const emailOf = (role: Role) => office.config.staff.find((one) => one.role === role)?.email ?? '';

async function enter(role: Role, width: number, path: string) {
  const window = await browser.window(width);
  const { page, faults, picture } = window;
  page.setDefaultTimeout(25_000);
  await page.goto(await office.link(emailOf(role), path));
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('textbox', { name: 'Code' }).fill(await office.code(emailOf(role)));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`**${path}`);
  const at = async (what: string) => {
    await picture(`office-${what}`);
    expect([what, await faults()]).toEqual([what, []]);
  };
  return { ...window, at };
}

look('the day of an office', () => {
  test.each(Object.entries(WIDTHS))(
    'every page of the supervisor’s is as it should be: %s',
    async (name, width) => {
      const { page, at, context } = await enter('supervisor', width, '/tasks');
      for (const path of [
        'tasks',
        'batches',
        'letters',
        'prints',
        'medical',
        'away',
        'summary',
        'brakes',
        'stop',
        'help',
      ]) {
        await page.goto(`${office.origin}/${path}`);
        expect(await page.locator('h1').count()).toBe(1);
        await at(`${path}-${name}`);
      }
      await context.close();
    },
    120_000,
  );

  test('the administrator reads what waits for a yes, and says yes to all but one', async () => {
    const { page, at, context } = await enter('administrator', WIDTHS.phone, '/batches');
    await at('batches');
    await page.locator('.card a').first().click();
    await at('batch');
    await page.getByRole('button', { name: 'Answer' }).click();
    expect(await page.evaluate('document.activeElement.name')).toBe('answer');
    await page.getByRole('radio', { name: /^Yes/ }).check();
    await page.getByRole('textbox', { name: 'Why' }).fill('Spoke with both families');
    await page.getByRole('button', { name: 'Answer' }).click();
    await page.waitForURL('**/batches');
    expect(await page.getByRole('status').textContent()).toContain('Approved: 2, refused: 0.');
    await at('batches-answered');
    await context.close();
    office.sink.fault = ({ to }) => (to?.startsWith('dad@') ? { at: 'dot', does: 'keep-and-drop' } : null);
    await office.work();
    office.sink.fault = null;
    expect((await office.letters('ben')).map(({ state }) => state)).toEqual(['uncertain']);
    expect((await office.letters()).map(({ state }) => state)).toEqual(['printed']);
  }, 120_000);

  test('the clerk prints, posts all letters, and records one that came back', async () => {
    office.at('2026-09-22');
    const { page, at, context } = await enter('attendance-clerk', WIDTHS.desktop, '/tasks');
    await at('tasks');
    await page.getByRole('link', { name: 'Print and post letters' }).click();
    await at('task-print');
    await page.getByRole('link', { name: /Go to print run/ }).click();
    await at('print-run');
    const file = await page.request.get(`${page.url()}/file`);
    expect([file.headers()['content-type'], (await file.body()).subarray(0, 5).toString()]).toEqual([
      'application/pdf',
      '%PDF-',
    ]);
    expect((await page.request.get(`${page.url()}/control`)).status()).toBe(200);
    await page.getByRole('button', { name: 'Confirm as posted' }).click();
    expect(await page.getByRole('status').textContent()).toContain('1 letter recorded as posted');
    await at('print-run-posted');
    const [{ ref } = { ref: '' }] = await office.letters();
    await page.getByRole('link', { name: 'Print runs' }).click();
    await at('print-runs');
    await page.getByRole('link', { name: 'Record returned post' }).click();
    await page.getByRole('textbox', { name: 'Reference of the letter' }).fill('L-NONE-NONE');
    await page.getByRole('textbox', { name: 'What the post says' }).fill('no such number');
    await page.getByRole('button', { name: 'Record as come back' }).click();
    await at('returned-wrong');
    await page.getByRole('textbox', { name: 'Reference of the letter' }).fill(ref.toLowerCase());
    await page.getByRole('button', { name: 'Record as come back' }).click();
    expect(await page.getByRole('status').textContent()).toContain(`Letter ${ref} is recorded as come back`);
    await at('returned');
    await context.close();
  }, 120_000);

  test('the clerk finds out about an uncertain letter, and keeps the medical roster', async () => {
    const { page, at, context } = await enter('attendance-clerk', WIDTHS.phone, '/letters');
    await at('letters');
    await page.locator('.card a').first().click();
    expect(await page.getByText('Message-ID', { exact: true }).count()).toBe(1);
    await at('letter');
    const pdf = await page.request.get(`${page.url()}/pdf`);
    expect(pdf.status()).toBe(200);
    await page.getByRole('radio', { name: /^Yes, it arrived/ }).check();
    await page.getByRole('textbox', { name: 'How you found out' }).fill('The log of the mail server has it');
    await page.getByRole('button', { name: 'Record what I found' }).click();
    await page.waitForURL('**/letters');
    expect((await office.letters('ben')).map(({ state }) => state)).toEqual(['sent']);
    await at('letters-none');

    await beginMedical(
      office.db,
      { studentId: await office.studentId(), schoolYear: '2027' },
      { on: office.moment().today, now: office.moment().now },
    );
    await page.goto(`${office.origin}/medical`);
    await at('medical');
    await page.getByRole('combobox', { name: 'Student' }).selectOption({ index: 1 });
    await page.getByRole('radio', { name: 'Not given' }).check();
    await page.getByLabel('They hold until').fill('2026-12-01');
    await page.getByRole('button', { name: 'Record' }).click();
    await at('medical-wrong');
    await page.getByRole('radio', { name: 'On file' }).check();
    await page.getByRole('button', { name: 'Record' }).click();
    expect(await page.getByRole('status').textContent()).toBe('Recorded: medical notes on file.');
    expect(await page.locator('tbody tr').first().textContent()).toContain('on file until December 1, 2026');
    await context.close();
  }, 120_000);

  test('a task is put off, somebody is away, and the supervisor reads the summary and stops sending', async () => {
    const clerk = await enter('attendance-clerk', WIDTHS.desktop, '/tasks');
    await clerk.page.getByRole('link', { name: 'Contact the family' }).first().click();
    await clerk.page.getByText('It cannot be done yet').click();
    await clerk.at('task-snooze');
    await clerk.page.getByLabel('Until', { exact: true }).fill('2027-05-01');
    await clerk.page.getByRole('textbox', { name: 'Why it has to wait' }).fill('Abroad');
    const snooze = clerk.page.getByRole('button', { name: 'Put it off' });
    await clerk.page.locator('input[name=until]').evaluate('(one) => one.removeAttribute("max")');
    await snooze.click();
    await clerk.at('snooze-wrong');
    await clerk.page.getByLabel('Until', { exact: true }).fill('2026-09-25');
    await snooze.click();
    expect(await clerk.page.getByRole('status').textContent()).toContain('comes back on September 25, 2026.');
    await clerk.page.goto(`${office.origin}/away`);
    await clerk.at('away');
    await clerk.page.getByLabel('First day away').fill('2026-09-24');
    await clerk.page.getByLabel('Last day away').fill('2026-09-25');
    await clerk.page.getByRole('combobox').selectOption({ index: 1 });
    await clerk.page.getByRole('button', { name: 'Record', exact: true }).click();
    await clerk.at('away-recorded');
    await clerk.page.getByRole('button', { name: /^Back again/ }).click();
    expect(await clerk.page.getByRole('status').textContent()).toBe('Recorded: back again.');
    await clerk.context.close();

    const { page, at, context } = await enter('supervisor', WIDTHS.desktop, '/summary');
    await at('summary');
    expect(await page.locator('main').textContent()).toContain('First Letter');
    await page.goto(`${office.origin}/stop`);
    await at('stop');
    await page.getByRole('textbox', { name: 'Why' }).fill('A letter had a wrong name');
    await page.getByRole('button', { name: 'Stop all sending' }).click();
    await at('stopped');
    expect(await page.getByRole('status').textContent()).toContain(
      'Stopped: no letter and no packet leaves.',
    );
    await context.close();
  }, 120_000);
});
