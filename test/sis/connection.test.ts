import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createClient } from '../../src/sis/oneroster/client.ts';
import { clientOptions, failureOf, PAYLOAD, SECRET, TOKEN } from './sis-server.ts';

/** Real sockets: what breaks below HTTP cannot be shown with an answer that is whole. */

type Answer = (response: ServerResponse, before: number) => void;

const JSON_TYPE = { 'content-type': 'application/json' };
const page = JSON.stringify({ users: [{ sourcedId: 'u1', name: PAYLOAD.repeat(2_000) }] });
const half = page.slice(0, page.length / 2);

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A client of a server that answers `/users` like this, and hands out a token unless told otherwise. */
async function clientOf(
  users: Answer,
  changes: Parameters<typeof clientOptions>[0] = {},
  token: Answer = (response) => response.end(JSON.stringify({ access_token: TOKEN })),
) {
  const asked = { users: 0, token: 0 };
  const listening = createServer((request, response) => {
    const what = request.url?.startsWith('/token') ? 'token' : 'users';
    (what === 'token' ? token : users)(response, asked[what]++);
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  const client = createClient(
    clientOptions({ baseUrl: `${origin}/v1`, tokenUrl: `${origin}/token`, clientAuth: 'body', ...changes }),
  );
  return { client, asked };
}

const whole: Answer = (response) => response.writeHead(200, JSON_TYPE).end(page);

/** Sends the beginning, and takes the connection away when it has gone out. */
const cutAfter =
  (bytes: string | Buffer, headers: Record<string, string | number> = {}): Answer =>
  (response) => {
    response.writeHead(200, { ...JSON_TYPE, ...headers });
    response.write(bytes, () => response.socket?.destroy());
  };

const packed = gzipSync(page);
const cuts: [string, Answer, string][] = [
  ['before any answer', (response) => response.socket?.destroy(), 'could not be reached (ECONNRESET)'],
  [
    'inside a body of known length',
    cutAfter(half, { 'content-length': Buffer.byteLength(page) }),
    'broke off in the middle of its answer (ECONNRESET)',
  ],
  ['inside a chunked body', cutAfter(half), 'broke off in the middle of its answer (ECONNRESET)'],
  [
    'inside a packed body',
    cutAfter(packed.subarray(0, packed.length / 2), { 'content-encoding': 'gzip' }),
    'broke off in the middle of its answer (ECONNRESET)',
  ],
  [
    'after a packed body that lacks its end',
    (response) =>
      response
        .writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' })
        .end(packed.subarray(0, packed.length - 20)),
    'answered no complete JSON; expected JSON',
  ],
  [
    'in the middle, in order',
    (response) => response.writeHead(200, JSON_TYPE).end(half),
    'answered no complete JSON; expected JSON',
  ],
  [
    'by a packing that is none',
    (response) => response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(half),
    'broke off in the middle of its answer (Z_DATA_ERROR)',
  ],
];

describe('a connection that ends', () => {
  test.each(cuts)('%s is tried again', async (_name, cut) => {
    const { client, asked } = await clientOf((response, before) =>
      before === 0 ? cut(response, before) : whole(response, before),
    );
    expect((await client.get('/users')).body.value()).toEqual(JSON.parse(page));
    expect(asked.users).toBe(2);
    expect(client.retries()).toBe(1);
  });

  test.each(cuts)('%s every time is an error, never a shorter list', async (_name, cut, words) => {
    const { client, asked } = await clientOf(cut);
    const failure = await failureOf(client.get('/users'));
    expect(failure.message).toBe(`GET /v1/users ${words}`);
    expect(['unreachable', 'cut-off']).toContain(failure.kind);
    expect(asked.users).toBe(5);
  });

  test('at the token endpoint is tried again too', async () => {
    const { client, asked } = await clientOf(whole, {}, (response, before) => {
      if (before === 0) response.socket?.destroy();
      else response.end(JSON.stringify({ access_token: TOKEN }));
    });
    await client.get('/users');
    expect(asked).toEqual({ users: 1, token: 2 });
  });

  test.each<[string, Answer, Answer]>([
    ['of a collection', cutAfter(half), (response) => response.end(JSON.stringify({ access_token: TOKEN }))],
    ['of the token endpoint', whole, cutAfter(`{"access_token":"${TOKEN}`)],
  ])('%s is told without token, secret or payload', async (_name, users, token) => {
    const { client } = await clientOf(users, {}, token);
    const failure = await failureOf(client.get('/users'));
    const everything = JSON.stringify([failure, failure.message, failure.stack, failure.cause]);
    for (const canary of [TOKEN, SECRET, PAYLOAD]) expect(everything).not.toContain(canary);
  });

  test('nobody listens at all', async () => {
    const { client } = await clientOf(whole);
    server?.closeAllConnections();
    server?.close();
    expect(await failureOf(client.get('/users'))).toMatchObject({
      kind: 'unreachable',
      message: 'the token endpoint could not be reached (ECONNREFUSED)',
    });
  });
});

describe('a body', () => {
  test.each<[string, Answer]>([
    [
      'drips',
      (response) => {
        response.writeHead(200, JSON_TYPE);
        const drip = setInterval(() => response.write(' '), 10);
        response.on('close', () => clearInterval(drip));
      },
    ],
    ['stalls', (response) => response.writeHead(200, JSON_TYPE).write(half)],
    ['never begins', () => undefined],
  ])('that %s ends at the deadline of the request', async (_name, users) => {
    const { client } = await clientOf(users, { requestTimeoutMs: 60 });
    expect(await failureOf(client.get('/users'))).toMatchObject({
      kind: 'unreachable',
      message: 'GET /v1/users gave no complete answer within 1 s',
    });
    expect(client.retries()).toBe(4);
  });

  test('does not outlive the total time, however long a request may take', async () => {
    let now = 0;
    const { client, asked } = await clientOf(() => undefined, {
      requestTimeoutMs: 600_000,
      totalTimeoutMs: 100,
      clock: () => now,
      wait: async () => {
        now += 100;
      },
    });
    expect((await failureOf(client.get('/users'))).message).toBe(
      'GET /v1/users came after the total time for a sync was over',
    );
    expect(asked.users).toBe(1);
  });

  test.each<[string, Answer]>([
    [
      'as it is',
      (response) => {
        const block = Buffer.alloc(1024 * 1024, 0x20);
        response.writeHead(200, JSON_TYPE);
        const more = () => {
          while (!response.destroyed && response.write(block));
        };
        response.on('drain', more);
        more();
      },
    ],
    [
      'when unpacked',
      (response) => {
        response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' });
        response.end(gzipSync(Buffer.alloc(60 * 1024 * 1024, 0x20)));
      },
    ],
  ])('that is too large %s is refused, and asked for once', async (_name, users) => {
    const { client, asked } = await clientOf(users);
    expect(await failureOf(client.get('/users'))).toMatchObject({
      kind: 'protocol',
      message:
        'GET /v1/users answered more than 50 MB; expected less, so ask for fewer rows at once (pageSize)',
    });
    expect(asked.users).toBe(1);
  });

  test.each([
    ['Latin-1', Buffer.from('{"users":[{"name":"Zo\xeb"}]}', 'latin1')],
    ['UTF-16', Buffer.from('\uFEFF{"users":[]}', 'utf16le')],
  ])('in %s is refused: its names would be printed wrong', async (_name, bytes) => {
    const { client } = await clientOf((response) => response.writeHead(200, JSON_TYPE).end(bytes));
    expect(await failureOf(client.get('/users'))).toMatchObject({
      kind: 'protocol',
      message: 'GET /v1/users answered text in another encoding; expected UTF-8',
    });
  });

  test('in UTF-8 keeps its names, also across the packets in which it comes', async () => {
    const text = JSON.stringify({ users: [{ name: 'Nguyễn Łukasz 王' }] });
    const { client } = await clientOf((response) => {
      response.writeHead(200, JSON_TYPE);
      for (const byte of Buffer.from(text)) response.write(Buffer.of(byte));
      response.end();
    });
    expect((await client.get('/users')).body.value()).toEqual(JSON.parse(text));
  });

  test('of an error is not even read', async () => {
    const { client } = await clientOf((response) => {
      response.writeHead(404, JSON_TYPE);
      response.write(PAYLOAD);
    });
    expect((await failureOf(client.get('/users'))).kind).toBe('missing');
  });
});

describe('what is no web server', () => {
  test.each([
    [
      'another protocol',
      '220 mail.example.org ESMTP\r\n',
      /^GET \/v1\/users was not answered in HTTP \(HPE_/,
    ],
    [
      'endless headers',
      `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`,
      /^GET \/v1\/users was not answered in HTTP \(HPE_HEADER_OVERFLOW\)/,
    ],
  ])('is named so: %s', async (_name, bytes, message) => {
    const { client, asked } = await clientOf((response) => response.socket?.end(bytes));
    expect(await failureOf(client.get('/users'))).toMatchObject({
      kind: 'protocol',
      message: expect.stringMatching(message),
    });
    expect(asked.users).toBe(1);
  });
});
