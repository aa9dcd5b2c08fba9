import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { buildMessage, type MessageParts } from '../../src/mail/message.ts';
import { messageId, verpAddress } from '../../src/mail/message-id.ts';
import { aMessage } from './mails.ts';

const pdf = {
  fileName: 'letter-L-7F3K-2Q9M.pdf',
  contentType: 'application/pdf',
  content: Buffer.from('%PDF-1.7 \u0000 x'),
};

describe('a message', () => {
  test('has text, HTML and the PDF under its neutral name', async () => {
    const raw = await buildMessage(aMessage({ attachments: [pdf] }));
    const mail = await PostalMime.parse(raw);
    expect(mail.text?.trimEnd()).toBe('Dear family,\n\n.a line that starts with a dot');
    expect(mail.html).toContain('<p>Dear family,</p>');
    expect(mail.attachments.map(({ filename, mimeType }) => [filename, mimeType])).toEqual([
      ['letter-L-7F3K-2Q9M.pdf', 'application/pdf'],
    ]);
    expect(Buffer.from(mail.attachments[0]?.content as ArrayBuffer)).toEqual(pdf.content);
    expect(structure(raw)).toEqual([
      'multipart/mixed',
      'multipart/alternative',
      'text/plain',
      'text/html',
      'application/pdf',
    ]);
  });

  test('without an attachment is the two alternatives alone', async () => {
    expect(structure(await buildMessage(aMessage()))).toEqual([
      'multipart/alternative',
      'text/plain',
      'text/html',
    ]);
  });

  test('tells machines what it is', async () => {
    const replyTo = { name: 'Office', address: 'office@example.org' };
    const mail = await PostalMime.parse(await buildMessage(aMessage({ language: 'es', replyTo })));
    const header = (key: string) => mail.headers.find((entry) => entry.key === key)?.value;
    expect(header('x-rollcall-kind')).toBe('letter');
    expect(header('x-rollcall-ref')).toBe('L-7F3K-2Q9M');
    expect(header('x-rollcall-step')).toBe('first-letter');
    expect(header('auto-submitted')).toBe('auto-generated');
    expect(header('x-auto-response-suppress')?.split(', ')).not.toContain('NDR');
    expect(header('content-language')).toBe('es');
    expect(header('date')).toBe('Mon, 05 Oct 2026 13:00:00 +0000');
    expect(mail.messageId).toBe('<0123456789abcdef@mail.example.org>');
    expect(mail.replyTo).toEqual([replyTo]);
  });

  test('names a step only when it has one', async () => {
    const raw = await buildMessage(aMessage({ kind: 'digest', ref: 'M-7F3K-2Q9M', step: null }));
    expect(raw.toString()).not.toContain('X-Rollcall-Step');
  });

  test('is the same bytes for the same parts, and others for another Message-ID', async () => {
    const parts = aMessage({ attachments: [pdf], text: 'Señora Łukasz', html: '<p>Nguyễn</p>' });
    expect(await buildMessage(parts)).toEqual(
      await buildMessage(structuredClone({ ...parts, attachments: [pdf] })),
    );
    expect(await buildMessage(parts)).not.toEqual(
      await buildMessage({ ...parts, messageId: '<other@example.org>' }),
    );
  });

  test.each([
    'Nguyễn Thị Hồng',
    'Łukasz Żółć',
    "Siobhán O'Brien-Sánchez",
    'محمد أحمد',
    '王小明',
    'Ana "Anita" Pérez, Jr.',
    '<b>x</b>',
  ])('carries the name %s unharmed', async (name) => {
    const raw = await buildMessage(
      aMessage({ to: { name, address: 'ana@families.test' }, subject: `About ${name}` }),
    );
    const mail = await PostalMime.parse(raw);
    expect(mail.to).toEqual([{ name, address: 'ana@families.test' }]);
    expect(mail.subject).toBe(`About ${name}`);
  });

  test('is 7-bit with CRLF line ends, so that the bytes on the wire are the bytes kept', async () => {
    const text = 'Grüße\nbare\rreturn\n\u0000 and a very long line '.padEnd(3_000, 'ä');
    const raw = await buildMessage(aMessage({ text, attachments: [pdf] }));
    const lines = raw.toString('latin1').split('\r\n');
    expect(lines.filter((line) => /[^\t\x20-\x7e]/.test(line) || line.length > 998)).toEqual([]);
  });

  test('cannot be given another header or recipient by a name', async () => {
    const hostile = fc.array(
      fc.constantFrom(
        '\r\n',
        '\n',
        '\r',
        'Bcc: evil@x.com',
        '"',
        '\\',
        '<evil@x.com>',
        ',',
        ';',
        '=?utf-8?q?',
        '?=',
        'é',
        '\u2028',
        '\u0000',
        ' ',
      ),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (pieces) => {
        const name = pieces.join('');
        const raw = await buildMessage(
          aMessage({
            from: { name, address: 'attendance@example.org' },
            to: { name, address: 'ana@families.test' },
            replyTo: { name, address: 'office@example.org' },
          }),
        );
        const mail = await PostalMime.parse(raw);
        expect(mail.to?.map(({ address }) => address)).toEqual(['ana@families.test']);
        expect(mail.from?.address).toBe('attendance@example.org');
        expect(mail.replyTo?.map(({ address }) => address)).toEqual(['office@example.org']);
        expect(mail.headers.map(({ key }) => key).sort()).toEqual(KEYS);
      }),
      { numRuns: 200 },
    );
  });

  const unfit: [part: string, changes: Partial<MessageParts>][] = [
    ['subject', { subject: 'Hello\r\nBcc: evil@x.com' }],
    ['subject', { subject: ' ' }],
    ['reference', { ref: 'L-1\r\nX: y' }],
    ['step', { step: 'first letter' }],
    ['Message-ID', { messageId: '<a@b>\r\nBcc: evil@x.com' }],
    ['language', { language: 'en\r\nBcc: evil@x.com' }],
    ['date', { date: new Date(Number.NaN) }],
    ['address', { to: { name: '', address: '"g@ok.org\r\nBcc: evil@x.com"' } }],
    ['address', { replyTo: { name: '', address: 'a@b.org, evil@x.com' } }],
    ['file name', { attachments: [{ ...pdf, fileName: '../Ana Pérez.pdf' }] }],
    ['content type', { attachments: [{ ...pdf, contentType: 'text/html; x="\r\n' }] }],
    ['text', { text: '' }],
  ];
  test.each(unfit)('with an unfit %s is refused without repeating it', async (part, changes) => {
    await expect(buildMessage(aMessage(changes))).rejects.toThrow(
      new RangeError(`a letter mail cannot be built: unfit ${part}`),
    );
  });
});

describe('a Message-ID', () => {
  const secret = 'a secret of enough characters';

  test('is stable, differs per record and secret, and shows nothing of the record', () => {
    const id = messageId(secret, 'letter-17', 'mail.example.org');
    expect(id).toMatch(/^<[0-9a-f]{40}@mail\.example\.org>$/);
    expect(messageId(secret, 'letter-17', 'mail.example.org')).toBe(id);
    expect(messageId(secret, 'letter-18', 'mail.example.org')).not.toBe(id);
    expect(messageId(`${secret}!`, 'letter-17', 'mail.example.org')).not.toBe(id);
  });

  test('needs a real secret and a host name', () => {
    expect(() => messageId('short', 'letter-17', 'mail.example.org')).toThrow(RangeError);
    expect(() => messageId(secret, 'letter-17', 'mail example>')).toThrow(RangeError);
  });
});

describe('a return path', () => {
  test('names the mail', () => {
    expect(verpAddress('bounces@example.org', 'L-7F3K-2Q9M')).toBe('bounces+L-7F3K-2Q9M@example.org');
  });

  test.each([
    ['bounces', 'L-1'],
    ['bounces@example.org', 'L 1'],
    ['bounces@example.org', 'a@b'],
    ['bounces@example.org', 'x'.repeat(64)],
  ])('of %s and %s is refused', (base, token) => {
    expect(() => verpAddress(base, token)).toThrow(RangeError);
  });
});

const KEYS = [
  'auto-submitted',
  'content-language',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'reply-to',
  'subject',
  'to',
  'x-auto-response-suppress',
  'x-rollcall-kind',
  'x-rollcall-ref',
  'x-rollcall-step',
];

function structure(raw: Buffer): string[] {
  return [...raw.toString('latin1').matchAll(/^Content-Type: ([a-z/]+)/gm)].map((match) => match[1] ?? '');
}
