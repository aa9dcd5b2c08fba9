import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { browserMissing, openBrowser, type TestBrowser, WIDTHS } from '../support/browser.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';

const COUNSELOR = 'files-counselor@cedar-valley.example.org';

let office: PagesOffice;
let browser: TestBrowser;
let clerk: string;

const missing = browserMissing();
const look = missing === null ? describe : describe.skip;

beforeAll(async () => {
  if (missing !== null) return;
  office = await openPagesOffice({
    staff: [{ name: 'Cory Counselor', email: COUNSELOR, role: 'counselor' }],
    district: (text) => text.replace('brakes:\n', 'brakes:\n  bouncesInARow: 9\n'),
  });
  office.mode('live');
  clerk = office.config.staff.find(({ role }) => role === 'attendance-clerk')?.email ?? '';
  // Seven days, and the letter is out: there is something of everything to look at.
  office.absent([
    '2026-08-20',
    '2026-08-21',
    '2026-08-24',
    '2026-08-25',
    '2026-08-26',
    '2026-08-27',
    '2026-08-28',
  ]);
  await office.days('2026-08-27', '2026-09-04');
  browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await office?.close();
});

look.each(Object.entries(WIDTHS))('on a %s', (_name, width) => {
  async function windowOf(email: string) {
    const window = await browser.window(width);
    const { page } = window;
    const at = async (what: string) => {
      await window.picture(what);
      expect([what, await window.faults()]).toEqual([what, []]);
    };
    await page.goto(await office.link(email));
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('textbox', { name: 'Code' }).fill(await office.code(email));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('**/tasks');
    return { ...window, at };
  }

  test('a clerk’s morning: from the link to the task, a contact logged, taken back and logged once more', async () => {
    await office.db.updateTable('task').set({ state: 'open' }).where('kind', '=', 'contact-family').execute();
    const { page, at, context } = await windowOf(clerk);
    await page.getByRole('link', { name: 'Contact the family' }).click();
    await at('contact-task');
    await page.getByText('No answer').click();
    await page.getByRole('button', { name: 'Log the contact' }).click();
    await page.waitForURL('**/contacts/K-*');
    await at('contact-logged');
    await page.getByLabel('Reason (optional)').fill('that was another family');
    await page.getByRole('button', { name: 'Take it back' }).click();
    await page.getByRole('status').filter({ hasText: 'The task is open again.' }).waitFor();
    await at('contact-undone');
    await page.getByRole('link', { name: 'My tasks' }).first().click();
    await page.getByRole('link', { name: 'Contact the family' }).click();
    await page.getByLabel('Reached').check();
    await page.getByLabel('Note (optional)').fill('The grandmother is ill; back on Monday.');
    await page.getByRole('button', { name: 'Log the contact' }).click();
    await page.getByRole('link', { name: 'To the file' }).click();
    await at('file');
    await expect(page.locator('.timeline del').count()).resolves.toBeGreaterThan(0);
    await page.getByRole('link', { name: 'My tasks' }).first().click();
    expect(await page.getByRole('link', { name: 'Contact the family' }).count()).toBe(0);
    await context.close();
  });

  test('a counselor’s: finds a student, reads the file, why it stands so and the letter, and logs a contact', async () => {
    const { page, at, context } = await windowOf(COUNSELOR);
    await page.getByRole('link', { name: 'Files', exact: true }).click();
    await at('files');
    await page.getByText('Narrow the list').click();
    await at('files-narrow');
    const row = page.locator('table.files th a').first();
    const [family = ''] = ((await row.textContent()) ?? '').split(',');
    await page.getByLabel('Find a student').fill(family.slice(0, 3));
    await page.getByRole('button', { name: 'Find' }).click();
    await at('files-found');
    await page.locator('table.files th a').first().click();
    await page.getByText('as a list').click();
    await at('file-list');
    await page.getByRole('link', { name: /Every step/ }).click();
    await at('explanation');
    await page.goBack();
    await page.locator('#letters ~ ul a, [aria-labelledby="letters"] a').first().click();
    await at('letter');
    const pdf = page.getByRole('link', { name: /PDF/ });
    const file = await page.request.get(new URL((await pdf.getAttribute('href')) ?? '', page.url()).href);
    expect([file.status(), file.headers()['content-type']]).toEqual([200, 'application/pdf']);
    await page.getByRole('link', { name: 'To the file' }).click();
    await page.getByRole('link', { name: 'Log a contact' }).click();
    await page.getByLabel('Reached').check();
    await page.getByLabel('Day of the contact').fill('2027-01-01');
    await page
      .locator('form')
      .filter({ hasText: 'How it ended' })
      .evaluate('(form) => { form.noValidate = true; }');
    await page.getByRole('button', { name: 'Log the contact' }).click();
    await at('contact-wrong');
    await page.getByLabel('Day of the contact').fill('2026-09-03');
    await page.getByRole('button', { name: 'Log the contact' }).click();
    await page.waitForURL('**/contacts/K-*');
    await context.close();
  });

  test('an administrator places a hold', async () => {
    const email = office.config.staff.find(({ role }) => role === 'administrator')?.email ?? '';
    const { page, at, context } = await windowOf(email);
    await page.goto(`${office.origin}/files`);
    await page.locator('table.files th a').first().click();
    await page.getByRole('link', { name: 'Place a hold' }).click();
    await at('holds');
    await page.getByLabel('Kind').selectOption('illness-plan');
    await page.getByLabel('Reason').last().fill('plan agreed with the nurse');
    await page.getByRole('button', { name: 'Place the hold' }).click();
    await page.getByRole('status').waitFor();
    await at('file-held');
    await context.close();
  });
});
