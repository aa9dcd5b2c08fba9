import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createMailTokens } from '../../src/mail/oauth-token.ts';
import { openSmtpTransport } from '../../src/mail/smtp-transport.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { testCertificate } from '../support/test-certificate.ts';
import { aMail } from './mails.ts';

const running: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

const SECRET = 'canary-s3cret';

/** A token endpoint; `answer` may be exchanged at any time. */
async function aTokenServer() {
  const forms: Record<string, string>[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    forms.push(Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())));
    endpoint.answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  running.push(() => server.close() && server.closeAllConnections());
  const endpoint = {
    forms,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    answer(response: ServerResponse) {
      response.end(JSON.stringify({ access_token: `token-${forms.length}`, expires_in: 3600 }));
    },
    request: {
      clientId: 'client',
      clientSecret: SECRET,
      refreshToken: null as string | null,
      scope: 'smtp.send',
    },
  };
  return endpoint;
}

async function aTransport(good: () => string, refuses?: 535) {
  const tokens = await aTokenServer();
  const signIn = { user: 'attendance@example.org', token: good };
  const sink = await startSmtpSink({ tls: 'starttls', signIn, ...(refuses && { refuses }) });
  running.push(() => sink.stop());
  const url = `smtp://attendance%40example.org@localhost:${sink.port}?auth=xoauth2&tls=required`;
  const oauth2 = { tokenUrl: tokens.url, ...tokens.request };
  const transport = openSmtpTransport({ url, ca: testCertificate.cert, oauth2 });
  running.push(() => transport.close());
  return { tokens, sink, transport };
}

const mark = async () => {};

test('signs in by a token that is asked for once, and delivers', async () => {
  const { tokens, sink, transport } = await aTransport(() => 'token-1');
  expect(await transport.verify()).toEqual({ ok: true });
  const outcomes = await Promise.all([1, 2, 3].map(async () => transport.submit(await aMail(), mark)));
  expect(outcomes.map(({ kind }) => kind)).toEqual(['sent', 'sent', 'sent']);
  expect(sink.delivered).toHaveLength(3);
  expect(tokens.forms).toEqual([
    { grant_type: 'client_credentials', client_id: 'client', client_secret: SECRET, scope: 'smtp.send' },
  ]);
});

test('a token that the server no longer takes is replaced at once', async () => {
  const { tokens, transport } = await aTransport(() => 'token-2');
  expect((await transport.submit(await aMail(), mark)).kind).toBe('sent');
  expect(tokens.forms).toHaveLength(2);
});

test('one that is refused without a challenge is replaced for the next attempt', async () => {
  const { transport } = await aTransport(() => 'token-2', 535);
  expect(await transport.submit(await aMail(), mark)).toMatchObject({
    kind: 'not-started',
    reason: 'auth-535',
  });
  expect((await transport.submit(await aMail(), mark)).kind).toBe('sent');
});

test('a server that takes no token at all costs no letter', async () => {
  const { sink, transport } = await aTransport(() => 'another');
  expect(await transport.submit(await aMail(), mark)).toMatchObject({ kind: 'not-started' });
  expect(sink.delivered).toHaveLength(0);
});

test('a refresh token is sent where there is one', async () => {
  const { url, forms, request } = await aTokenServer();
  const tokens = createMailTokens({ tokenUrl: url, ...request, refreshToken: 'refresh' });
  expect(await tokens.get()).toBe('token-1');
  expect(forms[0]).toMatchObject({ grant_type: 'refresh_token', refresh_token: 'refresh' });
});

test('a token is used until shortly before its end', async () => {
  const { url, request, forms } = await aTokenServer();
  let now = 0;
  const tokens = createMailTokens({ tokenUrl: url, ...request }, () => now);
  await tokens.get();
  now = 3_539_000;
  expect(await tokens.get()).toBe('token-1');
  now = 3_541_000;
  expect(await tokens.get()).toBe('token-2');
  expect(forms).toHaveLength(2);
});

test.each<[string, string, (response: ServerResponse) => unknown]>([
  ['a refusal', 'token_401', (response) => response.writeHead(401).end('{}')],
  [
    'a redirect, which would carry the secret along',
    'token_302',
    (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
  ],
  ['half an answer', 'token_err_bad_response', (response) => response.end('{"access_token":"tok')],
  ['a web page', 'token_err_bad_response', (response) => response.end('<html>sign in</html>')],
  ['no token', 'token_no_token', (response) => response.end('{}')],
  [
    'a token with a line break',
    'token_no_token',
    (response) => response.end('{"access_token":"a\\r\\nQUIT"}'),
  ],
  [
    'an answer without end',
    'token_err_bad_response',
    (response) => response.end(Buffer.alloc(1_000_000, ' ')),
  ],
])('%s is a failure before anything is sent, without the secret', async (_, code, answer) => {
  const { tokens, sink, transport } = await aTransport(() => 'token-1');
  tokens.answer = answer;
  const outcome = await transport.submit(await aMail(), mark);
  expect(outcome).toEqual({ kind: 'not-started', reason: `auth-${code}`, reply: null });
  expect(JSON.stringify(await transport.verify())).not.toContain(SECRET);
  expect(sink.events).not.toContain('sign-in');
});
