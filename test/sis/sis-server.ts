import { afterAll, afterEach, beforeEach } from '@jest/globals';
import nock from 'nock';
import type { ClientOptions } from '../../src/sis/oneroster/client.ts';
import type { SisError } from '../../src/sis/sis-error.ts';

export const ORIGIN = 'https://sis.example.org';
export const BASE_PATH = '/ims/oneroster/rostering/v1p2';
export const TOKEN_PATH = '/oauth2/token';
export const TOKEN = 'canary-token-5bd1';
export const SECRET = 'canary-secret-c0ffee';
/** Stands in payloads; no message may repeat it. */
export const PAYLOAD = 'canary-payload-Zoë';

export interface Asked {
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
}

export interface Reply {
  readonly status?: number;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** No test of the file reaches a network, and none leaves its answers to the next, nor the file to another. */
export function useNoNetwork(): void {
  afterAll(() => nock.restore());
  beforeEach(() => {
    nock.disableNetConnect();
  });
  afterEach(() => {
    nock.abortPendingRequests();
    nock.cleanAll();
  });
}

export function clientOptions(changes: Partial<ClientOptions> = {}): ClientOptions {
  return {
    baseUrl: `${ORIGIN}${BASE_PATH}`,
    tokenUrl: `${ORIGIN}${TOKEN_PATH}`,
    clientId: 'rollcall',
    clientSecret: SECRET,
    scopes: ['roster.readonly'],
    clientAuth: 'basic',
    requestTimeoutMs: 5_000,
    totalTimeoutMs: 60_000,
    wait: async () => {},
    random: () => 0.5,
    ...changes,
  };
}

/** Hands out a new token each time: the token itself, then `…-2`, `…-3`. Returns how often it was asked. */
export function serveTokens(): { asked: number } {
  const count = { asked: 0 };
  nock(ORIGIN)
    .post(TOKEN_PATH)
    .reply(() => {
      count.asked += 1;
      return [
        200,
        { access_token: count.asked === 1 ? TOKEN : `${TOKEN}-${count.asked}`, expires_in: 3600 },
        { 'content-type': 'application/json' },
      ];
    })
    .persist();
  return count;
}

/** Answers a path by a function of the query and of how many requests came before; lists what was asked. */
export function serve(path: string, answer: (query: URLSearchParams, before: number) => Reply): Asked[] {
  const asked: Asked[] = [];
  nock(ORIGIN)
    .get(`${BASE_PATH}${path}`)
    .query(true)
    .reply(function reply(uri) {
      const { searchParams } = new URL(uri, ORIGIN);
      const { status = 200, body = '', headers = {} } = answer(searchParams, asked.length);
      asked.push({ query: searchParams, authorization: headerOf(this.req.headers, 'authorization') });
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return [status, text, { 'content-type': 'application/json', ...headers }];
    })
    .persist();
  return asked;
}

function headerOf(headers: Record<string, unknown>, name: string): string | undefined {
  const value = headers[name];
  return value === undefined ? undefined : String(value);
}

/** Rows `u1` to `u<count>`. */
export function rows(count: number): { sourcedId: string; name: string }[] {
  return Array.from({ length: count }, (_, index) => ({ sourcedId: `u${index + 1}`, name: `n${index + 1}` }));
}

/** What a faithful server answers for these rows. */
export function pageOf(
  all: readonly unknown[],
  query: URLSearchParams,
  key = 'users',
): { [key: string]: unknown[] } {
  const offset = Number(query.get('offset'));
  return { [key]: all.slice(offset, offset + Number(query.get('limit'))) };
}

/** The error of a promise that must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<SisError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as SisError;
  }
  throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
}
