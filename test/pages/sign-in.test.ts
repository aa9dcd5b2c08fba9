import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';

let office: PagesOffice;
let clerk: string;

beforeAll(async () => {
  office = await openPagesOffice();
  office.mode('live');
  await office.day('2026-09-01');
  clerk = office.config.staff.find(({ role }) => role === 'attendance-clerk')?.email ?? '';
});
afterAll(() => office.close());

describe('a link', () => {
  test('starts a sign-in; the code of the mail ends it; then the page of the link is there', async () => {
    const visitor = office.visitor();
    const link = new URL(await office.link(clerk, '/tasks'));
    const page = await visitor.get(link.pathname);
    expect(page.status).toBe(200);
    expect(page.text).not.toContain(clerk);
    expect((await visitor.get('/tasks')).location).toBe('/sign-in?to=%2Ftasks');
    const sent = await visitor.submit(page, {});
    expect([sent.status, sent.location]).toEqual([303, '/code']);
    const entered = await visitor.submit(await visitor.get('/code'), { code: await office.code(clerk) });
    expect([entered.status, entered.location]).toEqual([303, '/tasks']);
    const tasks = await visitor.get('/tasks');
    expect(tasks.status).toBe(200);
    expect(tasks.text).toContain('My tasks');
  });
});
