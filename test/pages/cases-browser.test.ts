import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listOpenTasks } from '../../src/store/tasks.ts';
import { browserMissing, openBrowser, type TestBrowser, WIDTHS } from '../support/browser.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { MANY } from '../support/sis-records.ts';

const missing = browserMissing();

(missing === null ? describe : describe.skip)('a case in a browser', () => {
  let office: PagesOffice;
  let browser: TestBrowser;

  beforeAll(async () => {
    office = await openPagesOffice({ district: (text) => text.replace('delivery: mail', 'delivery: link') });
    browser = await openBrowser();
    office.absent(MANY);
    await office.days('2026-09-21', '2026-09-22');
    await office.days('2026-09-28', '2026-09-29');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await office?.close();
  });

  /** Signs in as people do: the link of the mail, the code of the next mail. */
  async function signIn(email: string, to: string, width: number) {
    const window = await browser.window(width);
    const { page } = window;
    await page.goto(await office.link(email, to));
    await page.locator('main button[type=submit]').first().click();
    await page
      .getByLabel(/code/i)
      .first()
      .fill(await office.code(email));
    await page.locator('main button[type=submit]').first().click();
    return window;
  }

  const administrator = () => office.config.staffFor('administrator', office.school)[0]?.email ?? '';

  test.each(Object.entries(WIDTHS))(
    'the administrator sees what is missing and releases it: %s',
    async (_, width) => {
      const task = (await listOpenTasks(office.db)).find(({ kind }) => kind === 'fix-referral-gaps');
      const { page, faults, picture } = await signIn(administrator(), `/tasks/${task?.ref}`, width);
      expect(await page.locator('main').textContent()).toContain('no contact with the family is on record');
      expect(await faults()).toEqual([]);
      await picture('referral-gaps');
      if (width === WIDTHS.phone) return;
      await page.getByLabel('Why it is sent in spite of this').fill('The family has moved away.');
      await page.getByRole('button', { name: 'Release the packet' }).click();
      expect(await page.locator('body').textContent()).toMatch(/Case R-.* goes to the officer/);
      await office.day('2026-09-30');
      expect(await office.db.selectFrom('referral').select(['state', 'released_gaps']).execute()).toEqual([
        { state: 'delivered', released_gaps: ['no-contact-attempted'] },
      ]);
    },
  );

  test.each(Object.entries(WIDTHS))(
    'the officer fetches, confirms, decides and asks: %s',
    async (_, width) => {
      const { ref } = await office.db.selectFrom('referral').select('ref').executeTakeFirstOrThrow();
      const email = office.config.truancyOfficer.email;
      const { page, faults, picture } = await signIn(email, '/cases', width);
      expect(await faults()).toEqual([]);
      await picture('cases');
      await page.getByRole('link', { name: `Case ${ref}` }).click();
      expect(await faults()).toEqual([]);
      await picture('case-before');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: /Download the packet/ }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`attendance-file-${ref}.pdf`);
      if (width === WIDTHS.phone) {
        await page.getByRole('button', { name: 'I have received it' }).dblclick();
        await page.getByText(/Confirmed on September 30/).waitFor();
      }
      await page.getByLabel('Accepted').check();
      await page.getByRole('button', { name: 'Record the outcome' }).click();
      await page.getByLabel('Your question').fill('Is there a medical note?');
      await page.getByRole('button', { name: 'Ask the school' }).click();
      expect(await page.locator('main').textContent()).toContain('Is there a medical note?');
      expect(await faults()).toEqual([]);
      await picture('case-after');
      const receipts = await office.db
        .selectFrom('case_event')
        .select('id')
        .where('kind', '=', 'receipt')
        .execute();
      expect(receipts).toHaveLength(1);
    },
  );

  test('the student’s file shows the case and what was disclosed', async () => {
    const task = (await listOpenTasks(office.db)).find(({ kind }) => kind === 'officer-question');
    const { page, faults, picture } = await signIn(administrator(), `/tasks/${task?.ref}`, WIDTHS.phone);
    expect(await page.locator('main').textContent()).toContain('Is there a medical note?');
    expect(await faults()).toEqual([]);
    await picture('question');
    await page.goto(`${office.origin}/files`);
    await page.locator('main a[href^="/files/"]').first().click();
    expect(await page.locator('main').textContent()).toContain('fetched from the page');
    expect(await faults()).toEqual([]);
    await picture('file-with-case');
  });
});
