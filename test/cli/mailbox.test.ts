import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { asMail, notices } from '../mail/inbound/samples.ts';
import { type ImapServer, startImapServer } from '../support/imap-server.ts';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
let server: ImapServer;
beforeEach(async () => {
  const env = {
    ROLLCALL_MAILBOX_PASSWORD: 'a password for tests',
    // Nobody is asked: `check` goes on behind an SIS that does not answer.
    ROLLCALL_SIS_CLIENT_ID: 'nobody at all',
    ROLLCALL_SIS_CLIENT_SECRET: 'a password of nobody',
  };
  server = await startImapServer({ user: 'bounces', password: env.ROLLCALL_MAILBOX_PASSWORD });
  office = await openOffice({
    env,
    district: (text) =>
      `${text}mailbox: { host: 127.0.0.1, port: ${server.port}, tls: none, user: bounces }\n`,
  });
});
afterEach(async () => {
  await office.close();
  await server.stop();
});

test('a bounce is read, its address is named by the letter, and a person says that it works', async () => {
  office.absent(weekdaysFrom('2026-09-08', 7));
  await office.day('2026-09-21');
  const letter = await office.db.selectFrom('letter').selectAll().executeTakeFirstOrThrow();
  const about = {
    messageId: letter.message_id ?? '',
    returnPath: letter.envelope_from ?? '',
    recipient: letter.envelope_to ?? '',
  };
  server.deliver(asMail(notices.postfix(about)));

  const checked = await office.rollcall('check');
  expect(checked.out).toMatch(/ok +mailbox +mailbox bounces on 127\.0\.0\.1:\d+, folder INBOX/);
  const read = await office.rollcall('mailbox', 'read', '--as-of', '2026-09-22');
  expect(read.out).toMatch(/notice bounced *\W *1/);
  expect(read.code).toBe(0);
  expect((await office.rollcall('mailbox', 'read', '--as-of', '2026-09-22')).out).toContain('Nothing new');

  const addresses = await office.rollcall('mailbox', 'addresses', '--json');
  expect(JSON.parse(addresses.out)).toMatchObject([
    { ref: letter.ref, status: '5.1.1', guardians: ['mum'], on: '2026-09-21' },
  ]);
  expect(addresses.out).not.toContain('@');
  expect((await office.rollcall('mailbox', 'addresses', '--csv')).out).toContain(`${letter.ref},`);
  const status = await office.rollcall('status');
  expect(status.out).toContain('Mailbox: mailbox bounces on 127.0.0.1');

  const trust = ['mailbox', 'trust', letter.ref, '--by', 'Ana Silva', '--why', 'the box was full'];
  const unknown = await office.rollcall(...trust, 'L-NONE-0000');
  expect(unknown).toMatchObject({ code: 2 });
  const said = trust.slice(3);
  expect((await office.rollcall('mailbox', 'trust', ...said)).code).toBe(2);
  const later = await office.rollcall('mailbox', 'trust', '--all-since', '2026-09-23', ...said);
  expect(later.out).toContain('0 addresses are written to again');
  expect(JSON.parse((await office.rollcall('mailbox', 'addresses', '--json')).out)).toHaveLength(1);
  expect((await office.rollcall(...trust)).out).toContain('is written to again');
  const again = await office.rollcall(...trust);
  expect(again.err).toContain('no address is left alone');
  expect(again.code).not.toBe(0);

  server.fault = (command) => (command === 'SELECT' ? 'no' : null);
  const failed = await office.rollcall('mailbox', 'read', '--as-of', '2026-09-22');
  expect(failed.out).toContain('The mailbox cannot be read: the folder is missing.');
  expect(failed.code).toBe(1);
  expect((await office.rollcall('mailbox')).out).toMatch(/cannot be read since .*: the folder is missing/);
});
