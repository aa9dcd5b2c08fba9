import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { mailboxSchema } from '../../src/config/mailbox-schema.ts';
import { openInbox } from '../../src/wiring/open-inbox.ts';
import { load, newFolder, refusalOf, shippedWith } from './shipped.ts';

const PASSWORD = { ROLLCALL_MAILBOX_PASSWORD: 'w7-horse-battery' };

const withMailbox = (mailbox: string, more: readonly [string, string][] = []) =>
  shippedWith([
    ['district.yaml', 'schedule:\n', `mailbox: ${mailbox}\n\nschedule:\n`],
    ...more.map(([from, to]) => ['district.yaml', from, to] as const),
  ]);

const problemsOf = (folder: string, env: NodeJS.ProcessEnv = PASSWORD) =>
  refusalOf(folder, env).problems.map(({ key, message }) => `${key}: ${message}`);

describe('a mailbox', () => {
  test('is off where the district names none, and needs nothing', () => {
    const config = load(shippedWith([]));
    expect(config.mailbox).toBeNull();
    expect(openInbox(config)).toBeNull();
  });

  test('has the usual port, folder and schedule', () => {
    expect(load(withMailbox('{ host: imap.example.org, user: box }'), PASSWORD).mailbox).toEqual({
      host: 'imap.example.org',
      port: 993,
      tls: 'implicit',
      user: 'box',
      folder: 'INBOX',
      processedFolder: null,
      poll: '*/10 * * * *',
    });
    const starttls = load(withMailbox('{ host: imap.example.org, user: box, tls: starttls }'), PASSWORD);
    expect(starttls.mailbox?.port).toBe(143);
  });

  test.each<[string, string, NodeJS.ProcessEnv, string]>([
    [
      'without TLS on another machine',
      '{ host: imap.example.org, user: box, tls: none }',
      PASSWORD,
      'mailbox.tls: found "none" for imap.example.org, expected `implicit` or `starttls`: without TLS a mailbox is read on this machine only',
    ],
    [
      'with nothing to sign in with',
      '{ host: imap.example.org, user: box }',
      {},
      'mailbox.user: found nothing to sign in with in the environment, expected ROLLCALL_MAILBOX_PASSWORD or ROLLCALL_MAILBOX_TOKEN, or `mail.oauth2`',
    ],
    [
      'with a password and a token',
      '{ host: imap.example.org, user: box }',
      { ...PASSWORD, ROLLCALL_MAILBOX_TOKEN: 'eyJ0eXAiOiJKV1QiLCJhbGc' },
      'mailbox.user: found a password and a token in the environment, expected ROLLCALL_MAILBOX_PASSWORD or ROLLCALL_MAILBOX_TOKEN, or `mail.oauth2`',
    ],
    [
      'with a password in the file',
      '{ host: imap.example.org, user: box, password: x }',
      PASSWORD,
      'mailbox.password: secrets do not belong into this file; set them in the environment',
    ],
    [
      'with a sample for a password',
      '{ host: imap.example.org, user: box }',
      { ROLLCALL_MAILBOX_PASSWORD: 'changeme' },
      'ROLLCALL_MAILBOX_PASSWORD: is a sample value, expected the real one',
    ],
    [
      'that moves mails to where they were',
      '{ host: imap.example.org, user: box, folder: Bounces, processedFolder: Bounces }',
      PASSWORD,
      'mailbox.processedFolder: found "Bounces", expected another folder than the one that is read',
    ],
    [
      'at a whole address',
      '{ host: "imaps://imap.example.org", user: box }',
      PASSWORD,
      'mailbox.host: found "imaps://imap.example.org", expected the name of a server such as imap.example.org, without port or scheme',
    ],
    [
      'that is never read',
      '{ host: imap.example.org, user: box, poll: "0 0 31 2 *" }',
      PASSWORD,
      'mailbox.poll: found "0 0 31 2 *", which is never due, expected days that exist',
    ],
  ])('%s is refused', (_name, mailbox, env, problem) => {
    expect(problemsOf(withMailbox(mailbox), env)).toContain(problem);
  });

  test('a return path that leaves no room for the mark of a mail is refused', () => {
    const long = `${'b'.repeat(33)}@example.org`;
    const folder = shippedWith([
      ['district.yaml', '  messageIdDomain:', `  returnPath: ${long}\n  messageIdDomain:`],
    ]);
    expect(problemsOf(folder, {})).toEqual([
      'mail.returnPath: found 33 characters, expected at most 32 characters before the @, since a mark of each mail is added',
    ]);
  });

  test('a token in a file is one that others may renew, and that not everybody may read', () => {
    const file = join(newFolder(), 'token');
    writeFileSync(file, 'eyJ0eXAiOiJKV1QiLCJhbGc\n', { mode: 0o600 });
    const folder = withMailbox('{ host: imap.example.org, user: box }');
    const { environment } = load(folder, { ROLLCALL_MAILBOX_TOKEN_FILE: file });
    expect(environment).toMatchObject({ mailboxToken: 'eyJ0eXAiOiJKV1QiLCJhbGc', mailboxTokenFile: file });
    chmodSync(file, 0o644);
    expect(problemsOf(folder, { ROLLCALL_MAILBOX_TOKEN_FILE: file })[0]).toContain(
      'can be read by everybody',
    );
  });

  test('as config/README.md shows it can be used', () => {
    const blocks = readFileSync('config/README.md', 'utf8').match(/^```yaml\nmail:[\s\S]*?^```$/gm) ?? [];
    const [example] = blocks.map(
      (block) => parse(block.replace(/```(?:yaml)?/g, '')) as { mailbox: unknown },
    );
    expect(mailboxSchema.safeParse(example?.mailbox).error?.issues ?? []).toEqual([]);
    expect(blocks).toHaveLength(1);
  });
});
