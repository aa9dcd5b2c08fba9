import { afterEach, describe, expect, test } from '@jest/globals';
import { type ImapAccount, openImapInbox } from '../../../src/mail/inbound/imap-inbox.ts';
import { LARGEST_MAIL } from '../../../src/mail/inbound/inbox.ts';
import { type ImapServer, type ImapServerOptions, startImapServer } from '../../support/imap-server.ts';
import { testCertificate } from '../../support/test-certificate.ts';

const USER = { user: 'box@district.example.org', password: 'a password "with" quotes' };
const MAIL = 'From: a@family.example.org\r\nSubject: x\r\n\r\nHello\r\n';

let server: ImapServer;
afterEach(() => server.stop());

async function started(options: ImapServerOptions = {}, account: Partial<ImapAccount> = {}) {
  server = await startImapServer({ ...USER, ...options });
  return openImapInbox({
    host: 'localhost',
    port: server.port,
    tls: options.tls ?? 'none',
    user: USER.user,
    secret: () => ({ kind: 'password', value: USER.password }),
    folder: 'INBOX',
    processedFolder: 'Rollcall',
    ca: testCertificate.cert,
    waitMs: 2_000,
    ...account,
  });
}

describe('a mailbox', () => {
  test.each(['implicit', 'starttls', 'none'] as const)('is opened with TLS %s', async (tls) => {
    const inbox = await started({ tls });
    expect(await inbox.verify()).toEqual({ ok: true });
    expect(server.uids('Rollcall')).toEqual([]);
  });

  test('takes a token instead of a password, and asks for it at each sign-in', async () => {
    const tokens = ['stale', 'fresh'];
    const inbox = await started(
      { token: 'fresh' },
      { secret: () => ({ kind: 'token', value: tokens.shift() ?? '' }) },
    );
    expect(await inbox.verify()).toMatchObject({ ok: false });
    expect(await inbox.verify()).toEqual({ ok: true });
  });

  test('gives the mails behind a number, whole, and the headers alone of one that is too large', async () => {
    const inbox = await started();
    server.deliver(MAIL);
    server.deliver(MAIL.replace('Hello', 'H'.repeat(LARGEST_MAIL)));
    const open = await inbox.open();
    expect(await open.listAfter(0, null)).toEqual([1, 2]);
    expect(await open.listAfter(1, new Date('2026-09-01T00:00:00Z'))).toEqual([2]);
    expect(await open.listAfter(2, null)).toEqual([]);
    expect(await open.fetch(1)).toEqual({ raw: Buffer.from(MAIL), whole: true });
    const large = await open.fetch(2);
    expect(large?.whole).toBe(false);
    expect(large?.raw.toString()).toBe('From: a@family.example.org\r\nSubject: x\r\n\r\n');
    expect(await open.fetch(3)).toBeNull();
    await open.close();
  });

  test.each([
    ['MOVE', ['MOVE'], 'UID MOVE'],
    ['COPY and UID EXPUNGE', ['UIDPLUS'], 'UID EXPUNGE'],
  ])('files mails away by %s', async (_name, extensions, command) => {
    const inbox = await started({ extensions });
    for (let index = 0; index < 3; index += 1) server.deliver(MAIL);
    const open = await inbox.open();
    expect(await open.fileAway([3, 1])).toBe(true);
    await open.close();
    expect(server.uids()).toEqual([2]);
    expect(server.uids('Rollcall')).toEqual([1, 2]);
    expect(server.flagsOf(1, 'Rollcall')).toContain('\\Seen');
    expect(server.commands).toContain(command);
  });

  test('marks mails as read where nothing can be moved without harm, or nothing is to be', async () => {
    for (const [extensions, processedFolder] of [
      [[], 'Rollcall'],
      [['MOVE'], null],
    ] as const) {
      const inbox = await started({ extensions }, { processedFolder });
      server.deliver(MAIL);
      const open = await inbox.open();
      expect(await open.fileAway([1])).toBe(true);
      await open.close();
      expect(server.uids()).toEqual([1]);
      expect(server.flagsOf(1)).toEqual(['\\Seen']);
      expect(server.commands.filter((command) => /EXPUNGE|COPY|MOVE/.test(command))).toEqual([]);
      if (processedFolder !== null) await server.stop();
    }
  });
});

describe('a mailbox that cannot be used', () => {
  const finding = 'mailbox box@district.example.org on localhost';

  test('says so when the password is wrong, and repeats nothing of it', async () => {
    const inbox = await started({}, { secret: () => ({ kind: 'password', value: 'wrong secret' }) });
    const verified = await inbox.verify();
    expect(verified).toEqual({
      ok: false,
      finding: `${finding}:${server.port}, folder INBOX: it does not sign us in`,
    });
    await expect(inbox.open()).rejects.toMatchObject({ name: 'InboxError', code: 'sign-in' });
  });

  test.each<[string, ImapServerOptions, Partial<ImapAccount>, string]>([
    ['the folder is missing', {}, { folder: 'Bounces' }, 'folder-missing'],
    ['the other folder cannot be made', { mayCreate: false }, {}, 'processed-folder-missing'],
    ['its certificate is nobody’s', { tls: 'implicit' }, { ca: '' }, 'tls'],
    ['it offers no STARTTLS', { tls: 'none' }, { tls: 'starttls' }, 'tls'],
  ])('when %s', async (_name, options, account, code) => {
    const inbox = await started(options, account);
    await expect(inbox.open()).rejects.toMatchObject({ code });
  });

  test('when nobody listens, and when a server ends the connection in the middle', async () => {
    const inbox = await started();
    server.deliver(MAIL);
    const open = await inbox.open();
    server.fault = (command) => (command === 'UID FETCH' ? 'drop' : null);
    await expect(open.fetch(1)).rejects.toMatchObject({ code: 'connection' });
    await open.close();
    await server.stop();
    await expect(inbox.open()).rejects.toMatchObject({ code: 'connection' });
  });

  test('when it does not answer in time', async () => {
    const inbox = await started({}, { waitMs: 150 });
    server.fault = (command) => (command === 'SELECT' ? 'silent' : null);
    await expect(inbox.open()).rejects.toMatchObject({ code: 'timed-out' });
  });

  test('no password is given to a server that should speak TLS and does not', async () => {
    const inbox = await started({ tls: 'none' }, { tls: 'starttls' });
    await inbox.verify();
    expect(server.commands.filter((command) => /LOGIN|AUTHENTICATE/.test(command))).toEqual([]);
  });
});
