import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { MailTransport } from '../../src/mail/mail-transport.ts';
import { openSmtpTransport, type SmtpTransportOptions } from '../../src/mail/smtp-transport.ts';
import { type SmtpScript, startScriptedServer } from '../support/scripted-smtp-server.ts';
import { type Fault, type SinkOptions, type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { testCertificate } from '../support/test-certificate.ts';
import { aMail } from './mails.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});

async function aSink(options?: SinkOptions): Promise<SmtpSink> {
  const sink = await startSmtpSink(options);
  running.push(sink);
  return sink;
}

async function aServer(script: SmtpScript) {
  const server = await startScriptedServer(script);
  running.push(server);
  return server;
}

function aTransport(url: string, options: Partial<SmtpTransportOptions> = {}): MailTransport {
  const transport = openSmtpTransport({ url, ca: testCertificate.cert, ...options });
  running.push({ stop: () => transport.close() });
  return transport;
}

/** Counts the marks, like the store's durable one. */
function aMark() {
  const mark = {
    set: 0,
    async toTransmitting() {
      mark.set += 1;
    },
  };
  return mark;
}

/** Whatever the server did before is known to this process afterwards. */
async function roundTrip(server: { readonly url: string }): Promise<void> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'data');
  socket.destroy();
}

describe('a letter that the server takes', () => {
  test('is sent, and arrives as the same bytes at the one recipient', async () => {
    const sink = await aSink();
    const mail = await aMail();
    const outcome = await aTransport(sink.url).submit(mail, aMark().toTransmitting);
    expect(outcome).toEqual({ kind: 'sent', reply: expect.stringMatching(/^250 /), serverId: null });
    expect(sink.delivered).toEqual([{ from: mail.envelope.from, to: [mail.envelope.to], raw: mail.raw }]);
  });

  test('is marked once, after the server has asked for it and before any byte of it has left', async () => {
    const sink = await aSink();
    const before: string[] = [];
    await aTransport(sink.url).submit(await aMail(), async () => {
      await roundTrip(sink);
      before.push(...sink.events.filter((event) => event !== 'connect' && event !== 'close'));
    });
    expect(before).toEqual(['mail', 'rcpt', 'data']);
    expect(sink.events).toEqual(expect.arrayContaining(['bytes', 'delivered']));
  });

  test('shares a connection with the letters after it', async () => {
    const sink = await aSink();
    const transport = aTransport(sink.url);
    for (const n of [1, 2, 3]) {
      expect((await transport.submit(await aMail(`g${n}@families.test`), aMark().toTransmitting)).kind).toBe(
        'sent',
      );
    }
    expect(sink.delivered.map(({ to }) => to)).toEqual([
      ['g1@families.test'],
      ['g2@families.test'],
      ['g3@families.test'],
    ]);
    expect(sink.events.filter((event) => event === 'connect')).toHaveLength(1);
  });

  test('is one of many at a time, over no more connections than allowed', async () => {
    const sink = await aSink();
    const transport = aTransport(`${sink.url}?connections=2`);
    const mails = await Promise.all(Array.from({ length: 20 }, (_, n) => aMail(`g${n}@families.test`)));
    const outcomes = await Promise.all(mails.map((mail) => transport.submit(mail, aMark().toTransmitting)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(mails.map(() => 'sent'));
    expect(new Set(sink.delivered.map(({ to }) => to[0])).size).toBe(20);
    expect(sink.events.filter((event) => event === 'connect')).toHaveLength(2);
  });

  test('is sent over a new connection when the server has ended the kept one', async () => {
    const sink = await aSink();
    const transport = aTransport(sink.url);
    await transport.submit(await aMail('g1@families.test'), aMark().toTransmitting);
    sink.dropConnections();
    const mark = aMark();
    expect((await transport.submit(await aMail('g2@families.test'), mark.toTransmitting)).kind).toBe('sent');
    expect(mark.set).toBe(1);
    expect(sink.delivered).toHaveLength(2);
  });

  test('keeps the id that the server gave it', async () => {
    const server = await aServer({});
    expect(await aTransport(server.url).submit(await aMail(), aMark().toTransmitting)).toMatchObject({
      kind: 'sent',
      serverId: '4XyZ12abcd',
    });
  });
});

describe('a fault of the server', () => {
  interface Row {
    fault: Fault;
    outcome: string;
    reason: string;
    marks: number;
    delivered?: number;
  }
  const rows: Row[] = [
    {
      fault: { at: 'connect', does: 'reply', code: 421 },
      outcome: 'not-started',
      reason: 'connection-421',
      marks: 0,
    },
    {
      fault: { at: 'connect', does: 'reply', code: 554 },
      outcome: 'not-started',
      reason: 'connection-554',
      marks: 0,
    },
    { fault: { at: 'connect', does: 'drop' }, outcome: 'not-started', reason: 'connection-lost', marks: 0 },
    { fault: { at: 'connect', does: 'stall' }, outcome: 'not-started', reason: 'timed-out', marks: 0 },
    { fault: { at: 'mail', does: 'reply', code: 451 }, outcome: 'try-later', reason: 'mail-451', marks: 0 },
    { fault: { at: 'mail', does: 'reply', code: 421 }, outcome: 'try-later', reason: 'mail-421', marks: 0 },
    { fault: { at: 'mail', does: 'reply', code: 550 }, outcome: 'not-started', reason: 'mail-550', marks: 0 },
    { fault: { at: 'mail', does: 'reply', code: 552 }, outcome: 'rejected', reason: 'mail-552', marks: 0 },
    { fault: { at: 'mail', does: 'reply', code: 530 }, outcome: 'not-started', reason: 'mail-530', marks: 0 },
    { fault: { at: 'mail', does: 'drop' }, outcome: 'not-started', reason: 'connection-lost', marks: 0 },
    { fault: { at: 'mail', does: 'stall' }, outcome: 'not-started', reason: 'timed-out', marks: 0 },
    { fault: { at: 'rcpt', does: 'reply', code: 450 }, outcome: 'try-later', reason: 'rcpt-450', marks: 0 },
    { fault: { at: 'rcpt', does: 'reply', code: 452 }, outcome: 'try-later', reason: 'rcpt-452', marks: 0 },
    { fault: { at: 'rcpt', does: 'reply', code: 550 }, outcome: 'rejected', reason: 'rcpt-550', marks: 0 },
    { fault: { at: 'rcpt', does: 'reply', code: 552 }, outcome: 'rejected', reason: 'rcpt-552', marks: 0 },
    { fault: { at: 'rcpt', does: 'reply', code: 503 }, outcome: 'not-started', reason: 'rcpt-503', marks: 0 },
    { fault: { at: 'rcpt', does: 'reply', code: 530 }, outcome: 'not-started', reason: 'rcpt-530', marks: 0 },
    { fault: { at: 'rcpt', does: 'drop' }, outcome: 'not-started', reason: 'connection-lost', marks: 0 },
    { fault: { at: 'rcpt', does: 'stall' }, outcome: 'not-started', reason: 'timed-out', marks: 0 },
    { fault: { at: 'message', does: 'drop' }, outcome: 'uncertain', reason: 'connection-lost', marks: 1 },
    { fault: { at: 'dot', does: 'reply', code: 421 }, outcome: 'try-later', reason: 'message-421', marks: 1 },
    { fault: { at: 'dot', does: 'reply', code: 451 }, outcome: 'try-later', reason: 'message-451', marks: 1 },
    { fault: { at: 'dot', does: 'reply', code: 552 }, outcome: 'rejected', reason: 'message-552', marks: 1 },
    { fault: { at: 'dot', does: 'reply', code: 554 }, outcome: 'rejected', reason: 'message-554', marks: 1 },
    { fault: { at: 'dot', does: 'reply', code: 503 }, outcome: 'uncertain', reason: 'message-503', marks: 1 },
    { fault: { at: 'dot', does: 'drop' }, outcome: 'uncertain', reason: 'connection-lost', marks: 1 },
    { fault: { at: 'dot', does: 'stall' }, outcome: 'uncertain', reason: 'timed-out', marks: 1 },
    {
      fault: { at: 'dot', does: 'keep-and-drop' },
      outcome: 'uncertain',
      reason: 'connection-lost',
      marks: 1,
      delivered: 1,
    },
  ];

  test.each(rows)(
    'G2: $fault.at $fault.does $fault.code: $outcome',
    async ({ fault, outcome, reason, marks, delivered = 0 }) => {
      const sink = await aSink({ fault: () => fault });
      const timeouts = fault.does === 'stall' ? { connectMs: 700, mailMs: 700 } : {};
      const mark = aMark();
      const transport = aTransport(sink.url, { timeouts });
      expect(await transport.submit(await aMail(), mark.toTransmitting)).toMatchObject({
        kind: outcome,
        reason,
      });
      expect({ marks: mark.set, delivered: sink.delivered.length }).toEqual({ marks, delivered });

      sink.fault = null;
      expect((await transport.submit(await aMail('next@families.test'), mark.toTransmitting)).kind).toBe(
        'sent',
      );
      expect(sink.delivered.at(-1)?.to).toEqual(['next@families.test']);
    },
  );

  test('no server at all: not started', async () => {
    const sink = await aSink();
    await sink.stop();
    const outcome = await aTransport(sink.url).submit(await aMail(), aMark().toTransmitting);
    expect(outcome).toEqual({ kind: 'not-started', reason: 'connection-econnrefused', reply: null });
  });
});

describe('a conversation that goes astray', () => {
  const rows: [
    what: string,
    script: SmtpScript,
    outcome: string,
    reason: string | undefined,
    bytes: boolean,
  ][] = [
    ['DATA is refused for now', { DATA: '451 later\r\n' }, 'try-later', 'data-451', false],
    ['DATA is refused', { DATA: '554 no\r\n' }, 'rejected', 'data-554', false],
    ['DATA is out of sequence', { DATA: '503 no\r\n' }, 'not-started', 'data-503', false],
    ['DATA is answered with 250', { DATA: '250 sure\r\n' }, 'not-started', 'protocol', false],
    [
      'one reply too many before the message',
      { MAIL: '250 a\r\n250 b\r\n' },
      'not-started',
      'protocol',
      false,
    ],
    [
      'success before the message',
      { DATA: '354 go on\r\n250 got it\r\n', dot: '' },
      'not-started',
      'answered-too-soon',
      false,
    ],
    ['a reply that is no reply', { dot: 'mail queued, thank you\r\n' }, 'uncertain', 'unclear-answer', true],
    ['a code of four digits', { dot: '2500 fine\r\n' }, 'uncertain', 'unclear-answer', true],
    ['a refusal of four digits', { dot: '5500 no\r\n' }, 'uncertain', 'unclear-answer', true],
    ['two codes in one reply', { dot: '250-fine\r\n550 no\r\n' }, 'uncertain', 'unclear-answer', true],
    ['another 354', { dot: '354 go on\r\n' }, 'uncertain', 'message-354', true],
    ['a reply without end', { dot: `250-${'x'.repeat(200_000)}\r\n` }, 'uncertain', 'protocol', true],
    ['a success in several lines', { dot: '250-fine\r\n250 done\r\n' }, 'sent', undefined, true],
    [
      'a server without pipelining',
      { EHLO: '250 localhost\r\n', RCPT: '550 no\r\n' },
      'rejected',
      'rcpt-550',
      false,
    ],
    ['a server that only knows HELO', { EHLO: '502 what?\r\n' }, 'not-started', 'connection-502', false],
    ['a size limit', { EHLO: '250-localhost\r\n250 SIZE 10\r\n' }, 'rejected', 'message-too-large', false],
    [
      'a greeting of nonsense',
      { greeting: 'HTTP/1.1 400 Bad Request\r\n' },
      'not-started',
      'protocol',
      false,
    ],
  ];

  test.each(rows)('%s', async (_what, script, kind, reason, bytes) => {
    const server = await aServer(script);
    const transport = aTransport(server.url, { timeouts: { mailMs: 1_000 } });
    const outcome = await transport.submit(await aMail(), async () => {
      await roundTrip(server);
      await roundTrip(server);
    });
    expect(outcome).toMatchObject(reason === undefined ? { kind } : { kind, reason });
    expect(server.sawMessageBytes()).toBe(bytes);
  });

  test('a long reply with control characters is kept short and clean', async () => {
    const server = await aServer({ RCPT: `550 5.1.1 \u0007no\u202e ${'é'.repeat(5_000)}\r\n` });
    const outcome = await aTransport(server.url).submit(await aMail(), aMark().toTransmitting);
    expect(outcome).toMatchObject({ kind: 'rejected', reply: expect.stringMatching(/^550 5\.1\.1 no é+$/) });
    expect('reply' in outcome && outcome.reply?.length).toBeLessThanOrEqual(300);
  });
});

describe('the mark', () => {
  test('that cannot be set keeps every byte back, and nothing arrives', async () => {
    const sink = await aSink();
    const transport = aTransport(sink.url);
    const outcome = await transport.submit(await aMail(), () => Promise.reject(new Error('claim lost')));
    expect(outcome).toEqual({ kind: 'not-started', reason: 'mark-failed', reply: null });
    await transport.close();
    expect(sink.events).not.toContain('bytes');
    expect(sink.delivered).toEqual([]);
  });

  test('during which the connection is lost: not one byte was given, so the letter is not started', async () => {
    const sink = await aSink();
    const outcome = await aTransport(sink.url).submit(await aMail(), async () => {
      sink.dropConnections();
      await roundTrip(sink);
      await roundTrip(sink);
    });
    expect(outcome).toEqual({ kind: 'not-started', reason: 'connection-lost', reply: null });
    expect(sink.delivered).toEqual([]);
  });

  test('during which the time is up: the outcome waits for it, and nothing is given afterwards', async () => {
    const server = await aServer({});
    let marked = false;
    const transport = aTransport(server.url, { timeouts: { mailMs: 100 } });
    const outcome = await transport.submit(await aMail(), async () => {
      await server.firstGone;
      marked = true;
    });
    expect({ outcome, marked }).toEqual({
      outcome: { kind: 'not-started', reason: 'timed-out', reply: null },
      marked: true,
    });
    expect(server.sawMessageBytes()).toBe(false);
  });
});

describe('the envelope', () => {
  test.each([
    '"g@ok.org\r\nBcc: evil@x.com"',
    'g@ok.org\r\nRCPT TO:<evil@x.com>',
    'g@ok.org>, <evil@x.com',
    'g@ok.org, evil@x.com',
    '<g@ok.org>',
    '"a b"@ok.org',
    'g@ok.org\u0000',
    'g@ok.org ',
    'gé@ok.org',
    'g@[127.0.0.1]',
    'g@ok@evil.com',
    'g@ok',
    'g..h@ok.org',
    `${'g'.repeat(65)}@ok.org`,
    `g@${'o.'.repeat(130)}org`,
    '',
  ])('with the recipient %j reaches no server', async (to) => {
    const sink = await aSink();
    const mail = await aMail();
    const mark = aMark();
    const outcome = await aTransport(sink.url).submit(
      { raw: mail.raw, envelope: { from: mail.envelope.from, to } },
      mark.toTransmitting,
    );
    expect(outcome).toEqual({ kind: 'rejected', reason: 'bad-recipient', reply: null });
    expect({ marks: mark.set, events: sink.events }).toEqual({ marks: 0, events: [] });
  });

  test('with a bad return path says nothing about the recipient', async () => {
    const sink = await aSink();
    const mail = await aMail();
    const outcome = await aTransport(sink.url).submit(
      { raw: mail.raw, envelope: { from: 'a@b.org\r\nDATA', to: mail.envelope.to } },
      aMark().toTransmitting,
    );
    expect(outcome).toEqual({ kind: 'not-started', reason: 'bad-return-path', reply: null });
  });
});

describe('security', () => {
  const signIn = { user: 'rollcall', password: 'p@ss/word' };
  const withUser = (url: string, password = signIn.password) =>
    url.replace('://', `://${signIn.user}:${encodeURIComponent(password)}@`);

  test('signs in over STARTTLS', async () => {
    const sink = await aSink({ tls: 'starttls', signIn });
    const outcome = await aTransport(`${withUser(sink.url)}?tls=required`).submit(
      await aMail(),
      aMark().toTransmitting,
    );
    expect(outcome.kind).toBe('sent');
    expect(sink.events).toContain('sign-in');
  });

  test('signs in over TLS', async () => {
    const sink = await aSink({ tls: 'implicit', signIn });
    expect((await aTransport(withUser(sink.url)).submit(await aMail(), aMark().toTransmitting)).kind).toBe(
      'sent',
    );
  });

  test('is refused with a wrong password', async () => {
    const sink = await aSink({ tls: 'implicit', signIn });
    const transport = aTransport(withUser(sink.url, 'guessed'));
    expect(await transport.submit(await aMail(), aMark().toTransmitting)).toMatchObject({
      kind: 'not-started',
      reason: 'auth-535',
    });
    const verification = await transport.verify();
    expect(verification).toMatchObject({
      ok: false,
      finding: expect.stringContaining('does not sign us in'),
    });
    expect(JSON.stringify([verification, transport.description])).not.toContain('guessed');
  });

  test('gives no password to a server that does not ask for one', async () => {
    const sink = await aSink();
    const outcome = await aTransport(withUser(sink.url)).submit(await aMail(), aMark().toTransmitting);
    expect(outcome).toMatchObject({ kind: 'not-started', reason: 'auth-not_offered' });
    expect(sink.events).not.toContain('sign-in');
  });

  test('sends nothing in the clear when STARTTLS is required and missing', async () => {
    const sink = await aSink();
    const outcome = await aTransport(`${sink.url}?tls=required`).submit(
      await aMail(),
      aMark().toTransmitting,
    );
    expect(outcome).toMatchObject({ kind: 'not-started', reason: expect.stringMatching(/^tls-50\d$/) });
    expect(sink.events).not.toContain('mail');
  });

  test.each(['implicit', 'starttls'] as const)('trusts no unknown certificate (%s)', async (tls) => {
    const sink = await aSink({ tls });
    const transport = openSmtpTransport({ url: `${sink.url}?tls=required` });
    running.push({ stop: () => transport.close() });
    expect(await transport.submit(await aMail(), aMark().toTransmitting)).toMatchObject({
      kind: 'not-started',
      reason: 'tls-depth_zero_self_signed_cert',
    });
  });
});

describe('a transport', () => {
  test('can be verified', async () => {
    const sink = await aSink();
    expect(await aTransport(sink.url).verify()).toEqual({ ok: true });
    await sink.stop();
    expect(await aTransport(sink.url).verify()).toEqual({
      ok: false,
      finding: `mail server localhost:${sink.port} (no TLS, loopback only): no usable connection (connection-econnrefused)`,
    });
  });

  test('that is closed finishes what is under way, starts nothing else and leaves no connection', async () => {
    const sink = await aSink();
    const transport = aTransport(`${sink.url}?connections=1`);
    let closing: Promise<void> = Promise.resolve();
    const first = transport.submit(await aMail(), async () => {
      closing = transport.close();
    });
    const second = transport.submit(await aMail(), aMark().toTransmitting);
    expect((await first).kind).toBe('sent');
    expect(await second).toEqual({ kind: 'not-started', reason: 'closed', reply: null });
    expect(await transport.submit(await aMail(), aMark().toTransmitting)).toMatchObject({ reason: 'closed' });
    await closing;
    await roundTrip(sink);
    expect(sink.events.filter((event) => event === 'close').length).toBeGreaterThanOrEqual(1);
    expect(sink.delivered).toHaveLength(1);
  });
});
