import { describe, expect, test } from '@jest/globals';
import { judgeNotice } from '../../../src/mail/inbound/delivery-status.ts';
import { type Inbound, readInbound } from '../../../src/mail/inbound/read-inbound.ts';
import { referenceIn, sealedReference } from '../../../src/mail/return-path.ts';
import { type About, asMail, notices, writtenBy } from './samples.ts';

const SECRET = 'a key for tests that nobody else has';
const about: About = {
  messageId: '<0123456789abcdef@district.example.org>',
  returnPath: `bounces+${sealedReference(SECRET, 'L-7F3K-2Q9M')}@district.example.org`,
  recipient: 'mum@family.example.org',
};

const read = (text: string) => readInbound(asMail(text));

async function kindOf(text: string): Promise<string> {
  const inbound = await read(text);
  return inbound.kind === 'automatic' ? `automatic ${inbound.sign}` : inbound.kind;
}

function noticeOf(inbound: Inbound) {
  if (inbound.kind !== 'notice') throw new Error(`it was taken for ${inbound.kind}`);
  return inbound;
}

describe('a notice', () => {
  test.each<[keyof typeof notices, string, string | null]>([
    ['postfix', 'failed', '5.1.1'],
    ['exchange', 'failed', '5.1.10'],
    ['gmail', 'failed', '5.1.1'],
    ['exim', 'failed', '5.1.1'],
    ['forwarded', 'failed', '5.2.1'],
    ['expired', 'failed', '4.4.1'],
    ['delivered', 'delivered', '2.0.0'],
    ['delayed', 'undecided', null],
    ['relayed', 'undecided', null],
  ])('of %s means %s, and names the mail it is about', async (name, kind, status) => {
    const { traces, reports } = noticeOf(await read(notices[name](about)));
    const verdict = judgeNotice(reports, about.recipient);
    expect(verdict.kind).toBe(kind);
    if (verdict.kind !== 'undecided') expect(verdict.report.status).toBe(status);
    expect(traces.messageIds).toContain(about.messageId);
    expect(traces.deliveredTo.map((address) => referenceIn(SECRET, address))).toContain('L-7F3K-2Q9M');
  });

  test('keeps what the server said on one line, without addresses', async () => {
    const { reports } = noticeOf(await read(notices.postfix(about)));
    expect(reports[0]?.said).toBe(
      '550 5.1.1 …: Recipient address rejected: User unknown in virtual mailbox table',
    );
  });

  test('about several recipients counts by ours', () => {
    const failed = { action: 'failed', status: '5.1.1', said: null } as const;
    const delivered = { action: 'delivered', status: '2.0.0', said: null } as const;
    const both = [
      { ...failed, recipients: ['other@list.example.org'] },
      { ...delivered, recipients: ['mum@family.example.org'] },
    ];
    expect(judgeNotice(both, 'Mum@Family.example.org').kind).toBe('delivered');
    expect(judgeNotice(both, 'nobody@family.example.org').kind).toBe('undecided');
    expect(judgeNotice([], 'mum@family.example.org').kind).toBe('undecided');
  });
});

describe('a return path', () => {
  const sealed = sealedReference(SECRET, 'L-7F3K-2Q9M');

  test.each([
    ['as it was', `bounces+${sealed}@d.example.org`, 'L-7F3K-2Q9M'],
    ['in lower case', `bounces+${sealed}@d.example.org`.toLowerCase(), 'L-7F3K-2Q9M'],
    ['in upper case', `bounces+${sealed}@d.example.org`.toUpperCase(), 'L-7F3K-2Q9M'],
    ['of another letter', `bounces+${sealed.replace('7F3K', '8F3K')}@d.example.org`, null],
    ['with a guessed seal', 'bounces+L-7F3K-2Q9M-0000000000000000@d.example.org', null],
    ['without a seal', 'bounces+L-7F3K-2Q9M@d.example.org', null],
    ['with something before it', `x${sealed}@d.example.org`, null],
  ])('%s', (_name, address, ref) => {
    expect(referenceIn(SECRET, address)).toBe(ref);
  });

  test('of another installation is not ours', () => {
    expect(referenceIn('another key, of nobody that we know', `b+${sealed}@d.example.org`)).toBeNull();
  });
});

describe('a mail that nobody wrote by hand', () => {
  const from = 'mum@family.example.org';
  const inReplyTo = `In-Reply-To: ${about.messageId}`;

  test.each([
    ['auto-submitted', 'Auto-Submitted: auto-replied'],
    ['auto-submitted', 'Auto-Submitted: auto-generated; owner-email="x@y.example.org"'],
    ['precedence', 'Precedence: bulk'],
    ['precedence', 'Precedence: auto_reply'],
    ['auto-reply', 'X-Autoreply: yes'],
    ['auto-reply', 'X-Autorespond: A message about attendance'],
    ['mailing-list', 'List-Id: <parents.list.example.org>'],
    ['suppresses-answers', 'X-Auto-Response-Suppress: All'],
    ['read-receipt', 'Content-Type: multipart/report; report-type=disposition-notification; boundary=x'],
  ])('%s: %s', async (sign, headers) => {
    const mail = writtenBy(from, { headers: `${headers}\n${inReplyTo}` });
    const own = headers.startsWith('Content-Type');
    expect(await kindOf(own ? mail.replace('Content-Type: text/plain; charset=utf-8\n', '') : mail)).toBe(
      `automatic ${sign}`,
    );
  });

  test.each([
    'Automatic reply: A message about attendance',
    'Out of Office: A message about attendance',
    'Respuesta automática: A message about attendance',
    'Réponse automatique : A message about attendance',
    'Abwesenheitsnotiz: A message about attendance',
    'Resposta automática: A message about attendance',
    'Автоматический ответ: A message about attendance',
    'Trả lời tự động: A message about attendance',
    'رد تلقائي: A message about attendance',
    '自动回复：A message about attendance',
    '자동 회신: A message about attendance',
  ])('%s', async (subject) => {
    const encoded = `=?utf-8?B?${Buffer.from(subject).toString('base64')}?=`;
    expect(await kindOf(writtenBy(from, { subject: encoded, headers: inReplyTo }))).toBe(
      'automatic absence-subject',
    );
  });

  test('one of ours that has come back', async () => {
    expect(await kindOf(writtenBy(from, { headers: 'X-Rollcall-Kind: digest' }))).toBe('own');
  });

  test('with a return path of nobody, or from a machine', async () => {
    expect(await kindOf(writtenBy(from).replace(/^Return-Path: .*$/m, 'Return-Path: <>'))).toBe(
      'automatic null-return-path',
    );
    expect(await kindOf(writtenBy('no-reply@shop.example.com'))).toBe('automatic machine-sender');
  });
});

describe('a mail by a person', () => {
  test.each([
    ['an answer', 'Re: A message about attendance', 'Auto-Submitted: no'],
    ['an answer that speaks of absence', 'He is out of office hours often: why?', ''],
    ['an answer to an automatic one', 'Re: Automatic reply: hello', ''],
    ['a new mail', 'My son was ill', ''],
  ])('%s', async (_name, subject, headers) => {
    expect(await kindOf(writtenBy('mum@family.example.org', { subject, headers }))).toBe('personal');
  });

  test('is read with its sender, its text and what it answers', async () => {
    const inbound = await read(
      writtenBy('Mum@Family.example.org', {
        to: `x@d.example.org, ${about.returnPath}`,
        headers: `In-Reply-To: ${about.messageId}\nReferences: <a@b.example.org>\n ${about.messageId}`,
        body: 'Línea uno\n\n\n\u202Eeno owt\n{{ district.name }} <b>x</b>',
      }),
    );
    expect(inbound).toMatchObject({
      kind: 'personal',
      traces: { messageIds: [about.messageId, '<a@b.example.org>', about.messageId] },
      writing: {
        from: 'mum@family.example.org',
        lines: ['Línea uno', '', 'eno owt', '{{ district.name }} <b>x</b>'],
        attachments: 0,
      },
    });
  });

  test('in HTML alone is read as text, without what does not show', async () => {
    const mail = writtenBy('mum@family.example.org', {
      body: '<html><head><title>t</title><style>p{}</style></head><body><p>He was ill.<br>Caf&eacute; &amp; &#39;x&#39;</p><script>alert(1)</script><div>Thanks</div></body></html>',
    }).replace('text/plain', 'text/html');
    const inbound = await read(mail);
    expect(inbound.kind === 'personal' ? inbound.writing.lines.filter((line) => line !== '') : []).toEqual([
      'He was ill.',
      "Caf&eacute; & 'x'",
      'Thanks',
    ]);
  });

  test('is the same in each of its copies, and another when it says something else', async () => {
    const key = async (text: string) => {
      const inbound = await read(text);
      return inbound.kind === 'personal' ? inbound.writing.key : '';
    };
    const first = await key(writtenBy('mum@family.example.org'));
    expect(await key(`Received: from a by b\n${writtenBy('mum@family.example.org')}`)).toBe(first);
    expect(await key(writtenBy('dad@family.example.org'))).not.toBe(first);
  });
});

describe('hostile input', () => {
  const nested = (depth: number) =>
    Array.from(
      { length: depth },
      (_, index) => `Content-Type: multipart/mixed; boundary=b${index}\n\n--b${index}\n`,
    ).join('');
  const inside = (depth: number): string =>
    depth === 0 ? 'Subject: x\n\nend\n' : `Content-Type: message/rfc822\n\n${inside(depth - 1)}`;

  test.each<[string, string | Buffer, string]>([
    ['nothing', '', 'personal'],
    ['no header at all', '\n\nhello', 'personal'],
    [
      'bytes without a meaning',
      Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 7919) % 256)),
      'personal',
    ],
    ['parts in parts in parts', nested(5_000), 'unreadable'],
    ['mails in mails in mails', inside(500), 'personal'],
    ['a header of a megabyte', `Subject: ${'x'.repeat(1024 * 1024)}\n\nhello`, 'unreadable'],
    ['ten thousand headers', `${'X-A: b\n'.repeat(10_000)}\nhello`, 'personal'],
    ['a line of eight megabytes', `Subject: x\n\n${'x'.repeat(8 * 1024 * 1024)}`, 'personal'],
    ['a million line breaks', `Subject: x\n\n${'\n'.repeat(1_000_000)}`, 'unreadable'],
    [
      'brackets without an end',
      `References: ${'<'.repeat(100_000)}\nTo: ${'a@'.repeat(50_000)}\n\n`,
      'personal',
    ],
    [
      'tags without an end',
      `Content-Type: text/html\n\n${'<'.repeat(300_000)}${'<p'.repeat(100_000)}`,
      'personal',
    ],
    [
      'a status of thousands of recipients',
      notices
        .postfix(about)
        .replace(
          'Action: failed',
          `Action: failed\n\n${'Final-Recipient: rfc822; a@b.example.org\nAction: failed\n\n'.repeat(5_000)}`,
        ),
      'notice',
    ],
    [
      'a status that says nothing',
      notices.postfix(about).replace(/^Action.*$/m, 'Action: exploded'),
      'notice',
    ],
  ])('%s is survived', async (_name, raw, kind) => {
    const began = performance.now();
    const inbound = await readInbound(typeof raw === 'string' ? asMail(raw) : raw);
    expect(inbound.kind).toBe(kind);
    // Far above what it takes: a hang is what this is about.
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('what is kept of it is short', async () => {
    const inbound = noticeOf(
      await read(
        notices
          .postfix(about)
          .replace('Status: 5.1.1', `Status: 5.1.1\nDiagnostic-Code: smtp; ${'é\u202E'.repeat(5_000)}`),
      ),
    );
    expect(inbound.reports[0]?.said?.length ?? 0).toBeLessThanOrEqual(300);
    const personal = await read(writtenBy('a@b.example.org', { body: 'word '.repeat(100_000) }));
    expect(personal.kind === 'personal' ? personal.writing.lines.join('\n').length : 0).toBe(7_999);
  });
});
