import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { browserMissing, openBrowser, type TestBrowser, WIDTHS } from '../support/browser.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';

const CLERK = 'help-clerk@cedar-valley.example.org';
const IT = 'help-it@cedar-valley.example.org';

let office: PagesOffice;
let browser: TestBrowser | undefined;

const missing = browserMissing();
const look = missing === null ? describe : describe.skip;

beforeAll(async () => {
  office = await openPagesOffice({
    staff: [
      { name: 'Casey Clerk', email: CLERK, role: 'attendance-clerk' },
      { name: 'Ira <It>', email: IT, role: 'it-contact' },
    ],
  });
  await office.day('2026-08-31');
  if (missing === null) browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await office.close();
});

test('help says what the steps are and whom to ask, and names nobody who is absent', async () => {
  const clerk = await office.signedIn(CLERK);
  const page = await clerk.get('/help');
  expect(page.status).toBe(200);
  expect(page.text).toContain('First Letter , at 7 days: letter to the guardians');
  expect(page.text).toContain(`This is the policy ${office.config.policy.version}`);
  expect(page.body).toContain(`Ira &lt;It&gt; (<a href="mailto:${IT}">${IT}</a>)`);
  expect((await clerk.get('/tasks')).body).toContain('href="/help"');
});

test('nobody reads it who has not signed in, and the officer has no part in it', async () => {
  expect((await office.visitor().get('/help')).status).toBe(303);
  const officer = await office.signedIn(office.config.truancyOfficer.email);
  expect((await officer.get('/help')).status).toBe(404);
});

look.each(Object.entries(WIDTHS))('on a %s', (_name, width) => {
  test('it can be read', async () => {
    if (browser === undefined) throw new Error('there is no browser');
    const { page, context, faults, picture } = await browser.window(width);
    await context.addCookies(await office.cookiesOf(CLERK));
    await page.goto(`${office.origin}/help`);
    await page.getByText('How days are counted').click();
    await picture('help');
    expect(await faults()).toEqual([]);
  });
});
