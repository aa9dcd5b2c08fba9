import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openOutboxTransport } from '../../src/mail/outbox-transport.ts';
import { aMail } from './mails.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rollcall-outbox-'));
});
afterEach(() => rm(home, { recursive: true }));

const marked = () => Promise.resolve();

describe('the outbox folder', () => {
  test('keeps each mail as a file named by date, kind and reference, for its owner only', async () => {
    const outbox = openOutboxTransport(join(home, 'data', 'outbox'));
    const letter = await aMail();
    const digest = await aMail('clerk@example.org', { kind: 'digest', ref: 'M-2345-6789', step: null });
    expect(await outbox.submit(letter, marked)).toMatchObject({
      kind: 'sent',
      serverId: '2026-10-05-letter-L-7F3K-2Q9M.eml',
    });
    await outbox.submit(digest, marked);
    const dir = join(home, 'data', 'outbox');
    expect((await readdir(dir)).sort()).toEqual([
      '2026-10-05-digest-M-2345-6789.eml',
      '2026-10-05-letter-L-7F3K-2Q9M.eml',
    ]);
    const file = join(dir, '2026-10-05-letter-L-7F3K-2Q9M.eml');
    expect(await readFile(file)).toEqual(letter.raw);
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect((await stat(dir)).mode & 0o077).toBe(0);
  });

  test('is written after the mark, and not at all when the mark cannot be set', async () => {
    const outbox = openOutboxTransport(home);
    const seen: string[][] = [];
    await outbox.submit(await aMail(), async () => {
      seen.push(await readdir(home));
    });
    expect(seen).toEqual([[]]);
    const refused = await outbox.submit(await aMail('b@families.test', { ref: 'L-3333-3333' }), () =>
      Promise.reject(new Error('claim lost')),
    );
    expect(refused).toEqual({ kind: 'not-started', reason: 'mark-failed', reply: null });
    expect(await readdir(home)).toHaveLength(1);
  });

  test('that cannot be written leaves nothing half-done, asks for another attempt, and is found by the check', async () => {
    const dir = join(home, 'not-a-folder');
    await writeFile(dir, 'a file');
    const outbox = openOutboxTransport(dir);
    expect(await outbox.submit(await aMail(), marked)).toEqual({
      kind: 'try-later',
      reason: 'outbox-eexist',
      reply: null,
    });
    expect(await outbox.verify()).toEqual({
      ok: false,
      finding: `the outbox folder ${dir} cannot be written (EEXIST)`,
    });
    expect(await readdir(home)).toEqual(['not-a-folder']);
  });

  test('takes no file name from a hostile header', async () => {
    const mail = await aMail();
    const raw = Buffer.from(
      'X-Rollcall-Kind: ../../etc\r\nX-Rollcall-Ref: a/b\r\nDate: never\r\n\r\nX-Rollcall-Ref: L-1\r\n',
    );
    const outbox = openOutboxTransport(home);
    await outbox.submit({ raw, envelope: mail.envelope }, marked);
    expect(await readdir(home)).toEqual([expect.stringMatching(/^undated-mail-[0-9a-f]{16}\.eml$/)]);
  });

  test.each([
    ['"g@ok.org\r\nBcc: evil@x.com"', { kind: 'rejected', reason: 'bad-recipient', reply: null }],
    ['two@ok.org, evil@x.com', { kind: 'rejected', reason: 'bad-recipient', reply: null }],
  ])('refuses the recipient %j', async (to, outcome) => {
    const mail = await aMail();
    const refused = await openOutboxTransport(home).submit(
      { raw: mail.raw, envelope: { from: mail.envelope.from, to } },
      marked,
    );
    expect(refused).toEqual(outcome);
    expect(await readdir(home)).toEqual([]);
  });

  test('finishes what is under way before it is closed, and can be checked', async () => {
    const outbox = openOutboxTransport(home);
    expect(await outbox.verify()).toEqual({ ok: true });
    const submission = outbox.submit(await aMail(), marked);
    await outbox.close();
    expect(await readdir(home)).toEqual(['2026-10-05-letter-L-7F3K-2Q9M.eml']);
    expect((await submission).kind).toBe('sent');
  });
});
