import { describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { createHttp } from '../../src/sis/http.ts';
import { createTokenSource } from '../../src/sis/oneroster/token.ts';
import { clientOptions, failureOf, ORIGIN, PAYLOAD, SECRET, TOKEN_PATH, useNoNetwork } from './sis-server.ts';

useNoNetwork();

interface Seen {
  readonly form: URLSearchParams;
  readonly authorization: unknown;
  readonly contentType: unknown;
}

/** Answers every request for a token; lists the forms that came. */
function answerTokens(answer: (before: number) => [number, unknown, Record<string, string>?]): Seen[] {
  const seen: Seen[] = [];
  nock(ORIGIN)
    .post(TOKEN_PATH)
    .reply(function reply(_uri, body) {
      const [status, content, headers = {}] = answer(seen.length);
      seen.push({
        form: new URLSearchParams(typeof body === 'string' ? body : (body as Record<string, string>)),
        authorization: this.req.headers.authorization,
        contentType: this.req.headers['content-type'],
      });
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      return [status, text, { 'content-type': 'application/json', ...headers }];
    })
    .persist();
  return seen;
}

function source(changes: Parameters<typeof clientOptions>[0] = {}, clock: () => number = () => 0) {
  return createTokenSource(createHttp(), clientOptions(changes), clock);
}

describe('asking for a token', () => {
  test('with HTTP Basic, id and secret are percent-encoded and not in the form', async () => {
    const seen = answerTokens(() => [200, { access_token: 'one' }]);
    const tokens = source({
      clientId: 'roll:call',
      clientSecret: 'p@ss/wörd',
      scopes: ['a.readonly', 'b.readonly'],
    });
    expect(await tokens.get()).toBe('one');
    const [request] = seen;
    const pair = Buffer.from('roll%3Acall:p%40ss%2Fw%C3%B6rd').toString('base64');
    expect(request?.authorization).toBe(`Basic ${pair}`);
    expect(String(request?.contentType)).toMatch(/^application\/x-www-form-urlencoded/);
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      grant_type: 'client_credentials',
      scope: 'a.readonly b.readonly',
    });
  });

  test('in the body, there is no Authorization header', async () => {
    const seen = answerTokens(() => [201, { access_token: 'one' }]);
    expect(await source({ clientAuth: 'body', scopes: [] }).get()).toBe('one');
    expect(seen[0]?.authorization).toBeUndefined();
    expect(Object.fromEntries(seen[0]?.form ?? [])).toEqual({
      grant_type: 'client_credentials',
      client_id: 'rollcall',
      client_secret: SECRET,
    });
  });

  test.each([
    ['a number', 600, 570],
    ['a string', '600', 570],
    ['short: half of it', 40, 20],
    ['very short', '2', 1],
    ['missing', undefined, 3570],
    ['null', null, 3570],
    ['no number', 'soon', 3570],
    ['empty', '', 3570],
    ['zero', 0, 3570],
    ['below zero', -5, 3570],
  ])('expires_in %s: the token is renewed after its time, not before', async (_name, expiresIn, goodForS) => {
    let now = 0;
    const seen = answerTokens((before) => [200, { access_token: `t${before + 1}`, expires_in: expiresIn }]);
    const tokens = source({}, () => now);
    expect(await tokens.get()).toBe('t1');
    now = goodForS * 1000 - 1;
    expect(await tokens.get()).toBe('t1');
    expect(seen).toHaveLength(1);
    now = goodForS * 1000;
    expect(await tokens.get()).toBe('t2');
    expect(seen).toHaveLength(2);
  });

  test('many callers at once share one request', async () => {
    const seen = answerTokens((before) => [200, { access_token: `t${before + 1}` }]);
    const tokens = source();
    expect(await Promise.all([tokens.get(), tokens.get(), tokens.get()])).toEqual(['t1', 't1', 't1']);
    expect(seen).toHaveLength(1);
  });

  test('a failed request is not remembered', async () => {
    answerTokens((before) => (before === 0 ? [500, ''] : [200, { access_token: 'one' }]));
    const tokens = source();
    expect((await failureOf(tokens.get())).kind).toBe('server-error');
    expect(await tokens.get()).toBe('one');
  });

  test('only the token in use can be forgotten', async () => {
    const seen = answerTokens((before) => [200, { access_token: `t${before + 1}` }]);
    const tokens = source();
    await tokens.get();
    tokens.forget('an older one');
    expect(await tokens.get()).toBe('t1');
    tokens.forget('t1');
    expect(await tokens.get()).toBe('t2');
    expect(seen).toHaveLength(2);
  });
});

describe('a token endpoint that gives none', () => {
  test.each([
    [400, 'sign-in', 'refused the client id, the secret or a scope (400)'],
    [401, 'sign-in', 'refused the client id, the secret or a scope (401)'],
    [403, 'sign-in', 'refused the client id, the secret or a scope (403)'],
    [404, 'sign-in', 'answered 404; expected 200 with a token'],
    [500, 'server-error', 'answered 500; expected 200 with a token'],
    [503, 'server-error', 'answered 503; expected 200 with a token'],
  ] as const)('%i is told as "%s"', async (status, kind, words) => {
    answerTokens(() => [status, { error: PAYLOAD, hint: SECRET }]);
    const failure = await failureOf(source().get());
    expect(failure).toMatchObject({ name: 'SisError', kind, status: null });
    expect(failure.message).toBe(`the token endpoint ${words}`);
  });

  test.each([
    ['no access_token', { token: PAYLOAD }, 'sign-in', 'the token endpoint answered without access_token'],
    [
      'an empty access_token',
      { access_token: '' },
      'sign-in',
      'the token endpoint answered without access_token',
    ],
    ['a number for it', { access_token: 5 }, 'sign-in', 'the token endpoint answered without access_token'],
    ['null', 'null', 'sign-in', 'the token endpoint answered without access_token'],
    [
      'half a document',
      `{"access_token":"${PAYLOAD}`,
      'cut-off',
      'the token endpoint answered no complete JSON; expected JSON',
    ],
    [
      'a web page',
      `<html>${PAYLOAD}</html>`,
      'protocol',
      'the token endpoint answered a web page, perhaps a sign-in form; expected JSON',
    ],
  ])('200 with %s', async (_name, body, kind, message) => {
    answerTokens(() => [200, body]);
    const failure = await failureOf(source().get());
    expect(failure).toMatchObject({ kind, message });
  });

  test('a redirect is not followed, so the secret stays here', async () => {
    answerTokens(() => [307, '', { location: 'https://evil.example.net/oauth2/token' }]);
    const elsewhere = nock('https://evil.example.net').post(TOKEN_PATH).reply(200, { access_token: 'evil' });
    const failure = await failureOf(source({ clientAuth: 'body' }).get());
    expect(failure).toMatchObject({ kind: 'sign-in', message: expect.stringContaining('answered 307') });
    expect(elsewhere.isDone()).toBe(false);
  });
});

describe('scopes', () => {
  test.each<[string, unknown, string[]]>([
    ['are all granted when the answer does not speak of them', undefined, []],
    ['are all granted when the answer leaves them empty', '', []],
    ['are granted as the answer says', 'a.readonly b.readonly', []],
    ['that the answer leaves out are not granted', 'a.readonly', ['b.readonly']],
    ['may come as a list', ['b.readonly'], ['a.readonly']],
    ['may be more than was asked for', 'c.readonly b.readonly  a.readonly', []],
  ])('%s', async (_name, scope, notGranted) => {
    answerTokens(() => [200, { access_token: 'one', scope }]);
    const tokens = source({ scopes: ['a.readonly', 'b.readonly'] });
    expect(tokens.notGranted()).toEqual([]);
    await tokens.get();
    expect(tokens.notGranted()).toEqual(notGranted);
  });

  test('worded by another version of OneRoster are the same', async () => {
    const scope = (version: string) => `https://purl.imsglobal.org/spec/or/${version}/scope/roster.readonly`;
    answerTokens(() => [200, { access_token: 'one', scope: scope('v1p2') }]);
    const tokens = source({ scopes: [scope('v1p1')] });
    await tokens.get();
    expect(tokens.notGranted()).toEqual([]);
  });
});
