import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Office, openOffice } from '../support/office.ts';

let office: Office;
const other = createServer();
let port = 0;

beforeAll(async () => {
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
  const address = other.address();
  port = address !== null && typeof address === 'object' ? address.port : 0;
  office = await openOffice({
    district: (text) =>
      `${text.replace(/^pages:.*\n(?: .*\n)*/m, '')}\npages:\n  url: http://127.0.0.1:${port}\n  listen: "127.0.0.1:${port}"\n`,
  });
});
afterAll(async () => {
  await office.close();
  await new Promise((closed) => other.close(closed));
});

test('the service does not start by half where the address of the pages is taken', async () => {
  const started = await office.rollcall('start');
  expect(started.code).toBe(78);
  expect(started.err).toContain('pages.listen');
  expect(started.err).toContain(`found 127.0.0.1:${port}, which another program listens on`);
  expect(started.out).not.toContain('Pages:');
  const schedule = await office.db.selectFrom('schedule_slot').selectAll().execute();
  expect(schedule).toEqual([]);
}, 60_000);
