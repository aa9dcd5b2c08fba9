import type { AxiosInstance } from 'axios';
import { type Answer, createHttp, jsonOf, request } from '../http.ts';
import { SisError } from '../sis-error.ts';
import { createTokenSource, type TokenOptions } from './token.ts';

export interface ClientOptions extends TokenOptions {
  readonly baseUrl: string;
  /** For everything that one client reads, retries included. */
  readonly totalTimeoutMs: number;
  /** Waits between attempts; tests do not. */
  readonly wait?: (ms: number) => Promise<void>;
  readonly clock?: () => number;
  readonly random?: () => number;
}

export interface OneRosterPage {
  /** Where it came from; relative links are meant from there. */
  readonly url: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

export interface OneRosterClient {
  /**
   * Reads `path` (`/users`) or a whole address of the same origin.
   * @throws SisError after retries where a retry can help
   */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<OneRosterPage>;
  /** Attempts that were repeated so far. */
  retries(): number;
  readonly origin: string;
}

const MOST_ATTEMPTS = 5;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

export function createClient(options: ClientOptions): OneRosterClient {
  const http = createHttp();
  const clock = options.clock ?? (() => performance.now());
  const wait = options.wait ?? ((ms: number) => new Promise((resolve) => setTimeout(resolve, ms)));
  const random = options.random ?? Math.random;
  const tokens = createTokenSource(http, options, clock);
  const base = options.baseUrl.replace(/\/+$/, '');
  const { origin } = new URL(base);
  const deadline = clock() + options.totalTimeoutMs;
  let retries = 0;

  return {
    origin,
    retries: () => retries,
    async get(path, query = {}) {
      const url = addressOf(base, origin, path, query);
      const what = `GET ${new URL(url).pathname.split('/').at(-1) ?? path}`;
      let renewed = false;
      for (let attempt = 1; ; attempt += 1) {
        if (clock() > deadline)
          throw new SisError('unreachable', `${what} came after the total time for a sync was over`);
        const outcome = await tryOnce(http, tokens, url, options.requestTimeoutMs, what);
        if (outcome.kind === 'ok') return outcome.page;
        if (outcome.kind === 'token-refused' && !renewed) {
          renewed = true;
          retries += 1;
          continue;
        }
        if (outcome.kind !== 'again' || attempt >= MOST_ATTEMPTS) throw outcome.error;
        retries += 1;
        await wait(outcome.afterMs ?? backOff(attempt, random));
      }
    },
  };
}

type Outcome =
  | { readonly kind: 'ok'; readonly page: OneRosterPage }
  | { readonly kind: 'again'; readonly error: SisError; readonly afterMs: number | null }
  | { readonly kind: 'token-refused' | 'final'; readonly error: SisError };

async function tryOnce(
  http: AxiosInstance,
  tokens: ReturnType<typeof createTokenSource>,
  url: string,
  timeoutMs: number,
  what: string,
): Promise<Outcome> {
  let token: string;
  let answer: Answer;
  try {
    token = await tokens.get();
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    answer = await request(http, { method: 'GET', url, headers }, timeoutMs, what);
  } catch (error) {
    if (!(error instanceof SisError)) throw error;
    const passing = ['unreachable', 'busy', 'server-error', 'cut-off'].includes(error.kind);
    return passing ? { kind: 'again', error, afterMs: null } : { kind: 'final', error };
  }
  if (answer.status === 401) tokens.forget(token);
  return judge(answer, what, url);
}

/** By status and content, never by the words of a message. */
function judge(answer: Answer, what: string, url: string): Outcome {
  const { status } = answer;
  if (status === 200) {
    try {
      return { kind: 'ok', page: { body: jsonOf(answer, what), headers: answer.headers, url } };
    } catch (error) {
      // Half a document may come whole the next time; a web page will not.
      const broken = error as SisError;
      return broken.kind === 'cut-off'
        ? { kind: 'again', error: broken, afterMs: null }
        : { kind: 'final', error: broken };
    }
  }
  const answered = `${what} answered ${status}`;
  if (status === 401) {
    return {
      kind: 'token-refused',
      error: new SisError('refused', `${answered}: the token is not accepted`, status),
    };
  }
  if (status === 403) {
    return {
      kind: 'final',
      error: new SisError('refused', `${answered}: the scope for it is not granted`, status),
    };
  }
  if (status === 404 || status === 405 || status === 501) {
    return {
      kind: 'final',
      error: new SisError('missing', `${answered}: this server does not offer it`, status),
    };
  }
  if (status === 429) {
    const error = new SisError('busy', `${answered}: too many requests`, status);
    return { kind: 'again', error, afterMs: retryAfter(answer.headers) };
  }
  if (status === 502 || status === 503 || status === 504) {
    const error = new SisError('server-error', answered, status);
    return { kind: 'again', error, afterMs: retryAfter(answer.headers) };
  }
  if (status >= 300 && status < 400) {
    return {
      kind: 'final',
      error: new SisError('protocol', `${answered}: a redirect, which is never followed`, status),
    };
  }
  const kind = status >= 500 ? 'server-error' : 'protocol';
  return { kind: 'final', error: new SisError(kind, `${answered}; expected 200`, status) };
}

/** The token goes to the configured origin only, whatever a link says. */
function addressOf(
  base: string,
  origin: string,
  path: string,
  query: Readonly<Record<string, string>>,
): string {
  const url = new URL(/^https?:/i.test(path) ? path : `${base}${path}`);
  if (url.origin !== origin) {
    throw new SisError('protocol', 'a link points to another server; it is not followed');
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href.replaceAll('+', '%20');
}

function backOff(attempt: number, random: () => number): number {
  const most = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS);
  return Math.round(most / 2 + (random() * most) / 2);
}

function retryAfter(headers: Readonly<Record<string, string>>): number | null {
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, LONGEST_WAIT_MS) : null;
}
