import { type Http, jsonOf, request } from '../http.ts';
import { SisError } from '../sis-error.ts';

export interface TokenOptions {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  readonly clientAuth: 'basic' | 'body';
  readonly requestTimeoutMs: number;
}

export interface TokenSource {
  /** A token that is good for a while; asked of the server only when needed. */
  get(): Promise<string>;
  /** The server no longer takes it: the next `get` asks for a new one. */
  forget(token: string): void;
  /** Scopes that were asked for and that the last answer says were left out; none where it says nothing of scopes. */
  notGranted(): readonly string[];
}

const WHAT = 'the token endpoint';
const USUAL_LIFETIME_S = 3_600;
/** A token is not used up to its last second; one that lives shortly, for half of its life. */
const MARGIN_S = 30;

/** OAuth 2 client credentials, form-encoded, with id and secret by HTTP Basic or in the body. */
export function createTokenSource(http: Http, options: TokenOptions, clock: () => number): TokenSource {
  let current: { token: string; goodUntil: number } | null = null;
  let asking: Promise<string> | null = null;
  let notGranted: readonly string[] = [];
  return {
    async get() {
      if (current !== null && clock() < current.goodUntil) return current.token;
      asking ??= ask(http, options)
        .then(({ token, lifetimeS, granted }) => {
          notGranted = granted === null ? [] : leftOut(options.scopes, granted);
          const usableS = Math.max(lifetimeS - MARGIN_S, lifetimeS / 2);
          current = { token, goodUntil: clock() + usableS * 1000 };
          return token;
        })
        .finally(() => {
          asking = null;
        });
      return asking;
    },
    forget(token) {
      if (current?.token === token) current = null;
    },
    notGranted: () => notGranted,
  };
}

async function ask(
  http: Http,
  options: TokenOptions,
): Promise<{ token: string; lifetimeS: number; granted: readonly string[] | null }> {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (options.scopes.length > 0) form.set('scope', options.scopes.join(' '));
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  };
  if (options.clientAuth === 'basic') {
    const pair = `${encodeURIComponent(options.clientId)}:${encodeURIComponent(options.clientSecret)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  } else {
    form.set('client_id', options.clientId);
    form.set('client_secret', options.clientSecret);
  }
  const answer = await request(
    http,
    { method: 'POST', url: options.tokenUrl, headers, body: form.toString() },
    options.requestTimeoutMs,
    WHAT,
  );
  if (answer.status !== 200 && answer.status !== 201) throw refusal(answer.status);
  const body = jsonOf(answer, WHAT).value() as {
    access_token?: unknown;
    expires_in?: unknown;
    scope?: unknown;
  } | null;
  if (typeof body?.access_token !== 'string' || body.access_token === '') {
    throw new SisError('sign-in', `${WHAT} answered without access_token`);
  }
  const lifetimeS = Number(body.expires_in);
  return {
    token: body.access_token,
    lifetimeS: lifetimeS > 0 ? lifetimeS : USUAL_LIFETIME_S,
    granted: scopesIn(body.scope),
  };
}

/**
 * An answer without `scope` grants what was asked for (RFC 6749, section 5.1); some servers send a list.
 * @returns null: it says nothing of scopes
 */
function scopesIn(scope: unknown): string[] | null {
  const words = Array.isArray(scope) ? scope.map(String).join(' ') : scope;
  return typeof words === 'string' && words.trim() !== '' ? words.trim().split(/\s+/) : null;
}

/** A server may word a scope by another version of OneRoster than the one that was asked for. */
function leftOut(asked: readonly string[], granted: readonly string[]): string[] {
  const comparable = (scope: string) => scope.toLowerCase().replace(/\/v1p\d+\//, '/');
  const has = new Set(granted.map(comparable));
  return asked.filter((scope) => !has.has(comparable(scope)));
}

/** No status goes along: what the token endpoint says is nothing that a collection said. */
function refusal(status: number): SisError {
  if (status === 400 || status === 401 || status === 403) {
    return new SisError('sign-in', `${WHAT} refused the client id, the secret or a scope (${status})`);
  }
  if (status === 429) return new SisError('busy', `${WHAT} answered 429: too many requests`);
  const kind = status >= 500 ? 'server-error' : 'sign-in';
  return new SisError(kind, `${WHAT} answered ${status}; expected 200 with a token`);
}
