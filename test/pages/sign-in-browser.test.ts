import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { browserMissing, openBrowser, type TestBrowser, WIDTHS } from '../support/browser.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';

let office: PagesOffice;
let browser: TestBrowser;
let clerk: string;

const missing = browserMissing();
const look = missing === null ? describe : describe.skip;

beforeAll(async () => {
  if (missing !== null) return;
  office = await openPagesOffice();
  office.mode('live');
  office.absent(['2026-08-24', '2026-08-25', '2026-08-26', '2026-08-27']);
  await office.day('2026-09-01');
  clerk = office.config.staff.find(({ role }) => role === 'attendance-clerk')?.email ?? '';
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await office?.close();
});

look.each(Object.entries(WIDTHS))('on a %s', (_name, width) => {
  test('a clerk comes in by a link and a code, looks at the tasks, reports one as done and leaves', async () => {
    office.absent(['2026-08-24', '2026-08-25', '2026-08-26', '2026-08-27']);
    const { page, faults, picture, context } = await browser.window(width);
    const at = async (what: string) => {
      await picture(what);
      expect([what, await faults()]).toEqual([what, []]);
    };
    await page.goto(await office.link(clerk));
    await at('enter');
    await page.getByRole('button', { name: 'Go on' }).click();
    await at('code');
    await page.getByRole('textbox', { name: 'Code' }).fill('000');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await at('code-wrong');
    await page.getByRole('textbox', { name: 'Code' }).fill(await office.code(clerk));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('**/tasks');
    await at('tasks');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Go to the page itself');
    await page.locator('.card a').first().click();
    await at('task');
    await page.goto(`${office.origin}/tasks/T-NONE-NONE`);
    await at('not-found');
    await page.goto(`${office.origin}/tasks`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await at('signed-out');
    await page.goto(`${office.origin}/tasks`);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    await at('sign-in');
    await context.close();
  });
});
