import { createHttp, type Http, request } from '../http.ts';
import { SisError } from '../sis-error.ts';
import { judgeAnswer, judgeError, type OneRosterPage, type Outcome } from './judge-answer.ts';
import { createTokenSource, type TokenOptions, type TokenSource } from './token.ts';

export interface ClientOptions extends TokenOptions {
  readonly baseUrl: string;
  /** For everything that is read, retries included. */
  readonly totalTimeoutMs: number;
  /** When that time began, by `clock`; clients of one sync share it. Default: when the client is made. */
  readonly begunAt?: number;
  /** How often a request is made at most where another attempt may help. Default: 5. */
  readonly attempts?: number;
  /** Waits between attempts; tests do not. */
  readonly wait?: (ms: number) => Promise<void>;
  readonly clock?: () => number;
  readonly random?: () => number;
}

export interface OneRosterClient {
  /** Gets a token and nothing else. @throws SisError */
  signIn(): Promise<void>;
  /**
   * Reads `path` (`/users`) or a whole address of the same origin.
   * @throws SisError after retries where a retry can help
   */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<OneRosterPage>;
  /** Attempts that were repeated so far. */
  retries(): number;
  /** Scopes that were asked for and not granted, as far as the token endpoint has said so. */
  scopesNotGranted(): readonly string[];
  readonly origin: string;
}

const USUAL_ATTEMPTS = 5;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** A link may lead anywhere on the server; a message stays readable. */
const LONGEST_PATH = 200;

export function createClient(options: ClientOptions): OneRosterClient {
  const http = createHttp();
  const { attempts = USUAL_ATTEMPTS } = options;
  const clock = options.clock ?? (() => performance.now());
  const wait = options.wait ?? ((ms: number) => new Promise((resolve) => setTimeout(resolve, ms)));
  const random = options.random ?? Math.random;
  const tokens = createTokenSource(http, options, clock);
  const base = options.baseUrl.replace(/\/+$/, '');
  const { origin } = new URL(base);
  const deadline = (options.begunAt ?? clock()) + options.totalTimeoutMs;
  let retries = 0;

  return {
    origin,
    retries: () => retries,
    scopesNotGranted: () => tokens.notGranted(),
    async signIn() {
      await tokens.get();
    },
    async get(path, query = {}) {
      const url = addressOf(base, origin, path, query);
      const what = `GET ${new URL(url).pathname.slice(0, LONGEST_PATH)}`;
      let renewed = false;
      for (let attempt = 1; ; attempt += 1) {
        const leftMs = deadline - clock();
        if (leftMs <= 0) {
          throw new SisError('unreachable', `${what} came after the total time for a sync was over`);
        }
        const timeoutMs = Math.max(1, Math.min(options.requestTimeoutMs, Math.ceil(leftMs)));
        const outcome = await tryOnce(http, tokens, url, timeoutMs, what);
        if (outcome.kind === 'ok') return outcome.page;
        if (outcome.kind === 'token-refused' && !renewed) {
          renewed = true;
          retries += 1;
          continue;
        }
        if (outcome.kind !== 'again' || attempt >= attempts) throw outcome.error;
        retries += 1;
        // A server may ask for more patience than ours, but neither for none nor for the whole night.
        const wantedMs = Math.max(outcome.afterMs ?? 0, backOff(attempt, random));
        await wait(Math.max(0, Math.min(wantedMs, LONGEST_WAIT_MS, deadline - clock())));
      }
    },
  };
}

/** The token is asked for inside the attempt: its own failures are judged and repeated like any other. */
async function tryOnce(
  http: Http,
  tokens: TokenSource,
  url: string,
  timeoutMs: number,
  what: string,
): Promise<Outcome> {
  try {
    const token = await tokens.get();
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const answer = await request(http, { method: 'GET', url, headers }, timeoutMs, what);
    if (answer.status === 401) tokens.forget(token);
    return judgeAnswer(answer, what, url);
  } catch (error) {
    if (!(error instanceof SisError)) throw error;
    return judgeError(error);
  }
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
  const ours = Object.entries(query);
  for (const [name, value] of ours) url.searchParams.set(name, value);
  // Some servers take `+` for a plus sign; what a link says is left as it is.
  if (ours.length > 0) url.search = url.search.replaceAll('+', '%20');
  return url.href;
}

function backOff(attempt: number, random: () => number): number {
  const most = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS);
  return Math.round(most / 2 + (random() * most) / 2);
}
