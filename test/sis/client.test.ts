import { describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { createClient } from '../../src/sis/oneroster/client.ts';
import {
  BASE_PATH,
  clientOptions,
  failureOf,
  ORIGIN,
  PAYLOAD,
  SECRET,
  serve,
  serveTokens,
  TOKEN,
  useNoNetwork,
} from './sis-server.ts';

useNoNetwork();

const HTML = { 'content-type': 'text/html; charset=utf-8' };

/** A client that notes how long it was told to wait. */
function noting(changes: Parameters<typeof clientOptions>[0] = {}) {
  const waits: number[] = [];
  const wait = async (ms: number) => {
    waits.push(ms);
  };
  return { client: createClient(clientOptions({ wait, ...changes })), waits };
}

/** A clock that stands still, with all of the time left. */
const TWO_HOURS = { clock: () => 0, totalTimeoutMs: 7_200_000 };

describe('a request', () => {
  test('carries the token and its query, encoded for servers that take + for a plus sign', async () => {
    serveTokens();
    const uris: string[] = [];
    nock(ORIGIN)
      .get(`${BASE_PATH}/users`)
      .query(true)
      .reply((uri) => {
        uris.push(uri);
        return [200, { users: [] }];
      });
    const { client } = noting({ baseUrl: `${ORIGIN}${BASE_PATH}//` });
    const page = await client.get('/users', { filter: "role='parent' AND status='active'", limit: '5' });
    expect(page.body.value()).toEqual({ users: [] });
    expect(uris).toHaveLength(1);
    expect(uris[0]).not.toContain('+');
    expect(new URL(uris[0] ?? '', ORIGIN).searchParams.get('filter')).toBe(
      "role='parent' AND status='active'",
    );
    expect(client.retries()).toBe(0);
  });

  test('sends the bearer token and asks for it once only', async () => {
    const tokens = serveTokens();
    const asked = serve('/users', () => ({ body: { users: [] } }));
    const { client } = noting();
    await client.get('/users');
    await client.get('/users');
    expect(asked.map((request) => request.authorization)).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
    expect(tokens.asked).toBe(1);
  });

  test('a byte order mark before the JSON is nothing', async () => {
    serveTokens();
    serve('/users', () => ({ body: '\uFEFF{"users":[]}' }));
    expect((await noting().client.get('/users')).body.value()).toEqual({ users: [] });
  });

  test('prototype keys are keys like any other and change no prototype', async () => {
    serveTokens();
    serve('/users', () => ({
      body: '{"__proto__":{"admin":true},"users":[{"sourcedId":"1","constructor":{"x":1},"metadata":{"prototype":{"y":1},"__proto__":{"z":1}}}]}',
    }));
    const body = (await noting().client.get('/users')).body.value();
    expect(Object.hasOwn(body as object, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  test('a whole address of the same server is taken, one of another is not asked at all', async () => {
    const tokens = serveTokens();
    serve('/users', () => ({ body: { users: [] } }));
    const { client } = noting();
    await client.get(`${ORIGIN}${BASE_PATH}/users?offset=5`);
    expect(tokens.asked).toBe(1);
    const elsewhere = nock('https://evil.example.net').get('/users').reply(200, {});
    const failure = await failureOf(client.get('https://evil.example.net/users'));
    expect(failure).toMatchObject({
      kind: 'protocol',
      message: 'a link points to another server; it is not followed',
    });
    expect(elsewhere.isDone()).toBe(false);
  });

  test('what a link says is asked for to the letter', async () => {
    serveTokens();
    const uris: string[] = [];
    nock(ORIGIN)
      .get(`${BASE_PATH}/users`)
      .query(true)
      .reply((uri) => {
        uris.push(uri);
        return [200, { users: [] }];
      });
    await noting().client.get(`${ORIGIN}${BASE_PATH}/users?cursor=ab+cd%2Bef%3D`);
    expect(uris).toEqual([`${BASE_PATH}/users?cursor=ab+cd%2Bef%3D`]);
  });

  test.each([
    ['another port', 'https://sis.example.org:8443/users'],
    ['no TLS', 'http://sis.example.org/users'],
    ['a name that begins alike', 'https://sis.example.org.evil.example.net/users'],
    ['the name as a user', 'https://sis.example.org@evil.example.net/users'],
  ])('%s is another server', async (_name, url) => {
    const failure = await failureOf(noting().client.get(url));
    expect(failure.message).toBe('a link points to another server; it is not followed');
  });
});

describe('a token that is not accepted', () => {
  test('is renewed once, in mid-run', async () => {
    const tokens = serveTokens();
    const asked = serve('/users', (_query, before) =>
      before === 1 ? { status: 401 } : { body: { users: [] } },
    );
    const { client, waits } = noting();
    await client.get('/users');
    await client.get('/users');
    expect(tokens.asked).toBe(2);
    expect(asked.map((request) => request.authorization)).toEqual([
      `Bearer ${TOKEN}`,
      `Bearer ${TOKEN}`,
      `Bearer ${TOKEN}-2`,
    ]);
    expect(client.retries()).toBe(1);
    expect(waits).toEqual([]);
  });

  test('is refused after the second time', async () => {
    const tokens = serveTokens();
    const asked = serve('/users', () => ({ status: 401, body: { error: PAYLOAD } }));
    const failure = await failureOf(noting().client.get('/users'));
    expect(failure).toMatchObject({
      kind: 'refused',
      status: 401,
      message: `GET ${BASE_PATH}/users answered 401: the token is not accepted`,
    });
    expect(asked).toHaveLength(2);
    expect(tokens.asked).toBe(2);
  });

  test('is renewed again in the next request', async () => {
    const tokens = serveTokens();
    serve('/users', (_query, before) => (before % 2 === 0 ? { status: 401 } : { body: { users: [] } }));
    const { client } = noting();
    await client.get('/users');
    await client.get('/users');
    expect(tokens.asked).toBe(3);
  });
});

describe('answers that are final', () => {
  test.each([
    [400, 'protocol', `GET ${BASE_PATH}/users answered 400; expected 200`],
    [403, 'refused', `GET ${BASE_PATH}/users answered 403: the scope for it is not granted`],
    [404, 'missing', `GET ${BASE_PATH}/users answered 404: this server does not offer it`],
    [405, 'missing', `GET ${BASE_PATH}/users answered 405: this server does not offer it`],
    [501, 'missing', `GET ${BASE_PATH}/users answered 501: this server does not offer it`],
    [500, 'server-error', `GET ${BASE_PATH}/users answered 500; expected 200`],
    [204, 'protocol', `GET ${BASE_PATH}/users answered 204; expected 200`],
  ] as const)('%i is "%s", asked once', async (status, kind, message) => {
    serveTokens();
    const asked = serve('/users', () => ({
      status,
      body: status === 204 ? '' : { imsx_description: PAYLOAD },
    }));
    const { client, waits } = noting();
    expect(await failureOf(client.get('/users'))).toMatchObject({ name: 'SisError', kind, status, message });
    expect(asked).toHaveLength(1);
    expect(waits).toEqual([]);
  });

  test.each([301, 302, 303, 307, 308])('redirect %i is not followed', async (status) => {
    serveTokens();
    const asked = serve('/users', () => ({
      status,
      headers: { location: 'https://evil.example.net/users' },
    }));
    const elsewhere = nock('https://evil.example.net').get('/users').reply(200, { users: [] });
    const sameServer = nock(ORIGIN).get('/users').reply(200, { users: [] });
    const failure = await failureOf(noting().client.get('/users'));
    expect(failure).toMatchObject({
      kind: 'protocol',
      status,
      message: `GET ${BASE_PATH}/users answered ${status}: a redirect, which is never followed`,
    });
    expect(asked).toHaveLength(1);
    expect(elsewhere.isDone()).toBe(false);
    expect(sameServer.isDone()).toBe(false);
  });

  test('a web page with 200 is a sign-in form, not data', async () => {
    serveTokens();
    const asked = serve('/users', () => ({ body: `<!DOCTYPE html><p>${PAYLOAD}</p>`, headers: HTML }));
    const failure = await failureOf(noting().client.get('/users'));
    expect(failure).toMatchObject({
      kind: 'protocol',
      message: `GET ${BASE_PATH}/users answered a web page, perhaps a sign-in form; expected JSON`,
    });
    expect(asked).toHaveLength(1);
  });
});

describe('answers that may be better the next time', () => {
  test.each([
    ['502', { status: 502, body: '<html>Bad Gateway</html>', headers: HTML }],
    ['503', { status: 503 }],
    ['504', { status: 504, body: '<html>Timeout</html>', headers: HTML }],
    ['429 as a web page', { status: 429, body: '<html>slow down</html>', headers: HTML }],
    ['half a document', { body: '{"users":[{"sourcedId":"u1"' }],
    ['an empty body', { body: '' }],
  ])('%s, then the page', async (_name, broken) => {
    serveTokens();
    const asked = serve('/users', (_query, before) => (before < 2 ? broken : { body: { users: [] } }));
    const { client, waits } = noting();
    expect((await client.get('/users')).body.value()).toEqual({ users: [] });
    expect(asked).toHaveLength(3);
    expect(client.retries()).toBe(2);
    expect(waits).toEqual([750, 1500]);
  });

  test.each([
    [
      '429',
      { status: 429, body: `<html>${PAYLOAD}</html>`, headers: HTML },
      'busy',
      `GET ${BASE_PATH}/users answered 429: too many requests`,
    ],
    ['502', { status: 502, body: PAYLOAD }, 'server-error', `GET ${BASE_PATH}/users answered 502`],
    ['504', { status: 504, body: PAYLOAD }, 'server-error', `GET ${BASE_PATH}/users answered 504`],
    [
      'half a document',
      { body: `{"users":[{"name":"${PAYLOAD}` },
      'cut-off',
      `GET ${BASE_PATH}/users answered no complete JSON; expected JSON`,
    ],
  ] as const)('%s for good ends after five attempts', async (_name, broken, kind, message) => {
    serveTokens();
    const asked = serve('/users', () => broken);
    const { client, waits } = noting();
    expect(await failureOf(client.get('/users'))).toMatchObject({ kind, message });
    expect(asked).toHaveLength(5);
    expect(waits).toEqual([750, 1500, 3000, 6000]);
  });

  test.each([
    ['Wed, 21 Oct 2026 07:28:00 GMT', 'Wed, 21 Oct 2026 07:27:40 GMT', 20_000],
    ['Wed, 21 Oct 2026 09:00:00 GMT', 'Wed, 21 Oct 2026 07:27:40 GMT', 60_000],
    ['Wed, 21 Oct 2026 07:00:00 GMT', 'Wed, 21 Oct 2026 07:27:40 GMT', 750],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 'never', 750],
  ])('Retry-After: %s, said at %s, waits %i ms', async (retryAfter, date, ms) => {
    serveTokens();
    serve('/users', (_query, before) =>
      before === 0 ? { status: 503, headers: { 'retry-after': retryAfter, date } } : { body: { users: [] } },
    );
    const { client, waits } = noting(TWO_HOURS);
    await client.get('/users');
    expect(waits).toEqual([ms]);
  });

  test.each([
    ['7', 7_000],
    ['0', 750],
    ['60', 60_000],
    ['300', 60_000],
    ['999999', 60_000],
    ['soon', 750],
    ['-3', 750],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 750],
  ])('Retry-After: %s waits %i ms', async (retryAfter, ms) => {
    serveTokens();
    serve('/users', (_query, before) =>
      before === 0
        ? { status: 429, headers: { ...HTML, 'retry-after': retryAfter } }
        : { body: { users: [] } },
    );
    const { client, waits } = noting(TWO_HOURS);
    await client.get('/users');
    expect(waits).toEqual([ms]);
  });

  test('the random part keeps a wait between half of it and the whole', async () => {
    serveTokens();
    serve('/users', (_query, before) => (before % 2 === 0 ? { status: 502 } : { body: { users: [] } }));
    const least = noting({ random: () => 0 });
    await least.client.get('/users');
    const most = noting({ random: () => 1 });
    await most.client.get('/users');
    expect([...least.waits, ...most.waits]).toEqual([500, 1000]);
  });

  test('an answer that never comes ends at the deadline of the request', async () => {
    serveTokens();
    nock(ORIGIN).get(`${BASE_PATH}/users`).times(5).delay(30_000).reply(200, { users: [] });
    const { client, waits } = noting({ requestTimeoutMs: 300 });
    expect(await failureOf(client.get('/users'))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining(`GET ${BASE_PATH}/users gave no complete answer within`),
    });
    expect(waits).toHaveLength(4);
  });

  test('clients of one sync share its time', async () => {
    serveTokens();
    serve('/users', () => ({ body: { users: [] } }));
    const left = { clock: () => 9_000, begunAt: 0 };
    await noting({ ...left, totalTimeoutMs: 10_000 }).client.get('/users');
    expect(await failureOf(noting({ ...left, totalTimeoutMs: 8_000 }).client.get('/users'))).toMatchObject({
      kind: 'unreachable',
    });
  });

  test('no attempt begins after the total time', async () => {
    serveTokens();
    let now = 0;
    const asked = serve('/users', () => ({ status: 502 }));
    const { client } = noting({
      clock: () => now,
      totalTimeoutMs: 10_000,
      wait: async () => {
        now += 6_000;
      },
    });
    expect(await failureOf(client.get('/users'))).toMatchObject({
      kind: 'unreachable',
      message: `GET ${BASE_PATH}/users came after the total time for a sync was over`,
    });
    expect(asked).toHaveLength(2);
  });
});

describe('an error', () => {
  test.each([
    ['403', { status: 403, body: PAYLOAD }],
    ['429', { status: 429, body: PAYLOAD }],
    ['500', { status: 500, body: PAYLOAD }],
    ['truncated', { body: `{"users":["${PAYLOAD}` }],
    ['a web page', { body: `<html>${PAYLOAD}${TOKEN}`, headers: HTML }],
    ['a redirect', { status: 302, headers: { location: `https://evil.example.net/?${TOKEN}` } }],
  ])('holds neither token nor secret nor payload: %s', async (_name, reply) => {
    serveTokens();
    serve('/users', () => reply);
    const failure = await failureOf(noting({ clientAuth: 'body' }).client.get('/users'));
    const everything = JSON.stringify([failure, failure.message, failure.stack, failure.cause]);
    expect(everything).toContain('/users');
    for (const canary of [TOKEN, SECRET, PAYLOAD]) expect(everything).not.toContain(canary);
  });
});
