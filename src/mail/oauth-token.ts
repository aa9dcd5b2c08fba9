import { smtpFailure } from './smtp-outcome.ts';

/** Where access tokens for the mail server come from: Microsoft 365 gives them to a client, Google for a refresh token. */
export interface TokenRequest {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** null: the client signs in as itself. */
  readonly refreshToken: string | null;
  readonly scope: string | null;
}

export interface TokenSource {
  /** A token that is good for a while. @throws SmtpFailure that holds no secret */
  get(): Promise<string>;
  /** The mail server no longer takes it: the next `get` asks for a new one. */
  forget(token: string): void;
}

const DEADLINE_MS = 30_000;
const USUAL_LIFETIME_S = 3_600;
const MARGIN_S = 60;
const LARGEST_ANSWER = 64 * 1024;

/** One token for all connections of the process; many who need one at once ask once. */
export function createMailTokens(request: TokenRequest, clock: () => number = Date.now): TokenSource {
  let current: { token: string; goodUntil: number } | null = null;
  let asking: Promise<string> | null = null;
  return {
    async get() {
      if (current !== null && clock() < current.goodUntil) return current.token;
      asking ??= ask(request)
        .then(({ token, lifetimeS }) => {
          current = { token, goodUntil: clock() + Math.max(lifetimeS - MARGIN_S, lifetimeS / 2) * 1000 };
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
  };
}

async function ask(request: TokenRequest): Promise<{ token: string; lifetimeS: number }> {
  const form = new URLSearchParams({
    grant_type: request.refreshToken === null ? 'client_credentials' : 'refresh_token',
    client_id: request.clientId,
    client_secret: request.clientSecret,
    ...(request.refreshToken !== null && { refresh_token: request.refreshToken }),
    ...(request.scope !== null && { scope: request.scope }),
  });
  // Most mail servers take a password: the client is loaded where one does not.
  const { default: axios, isAxiosError } = await import('axios');
  const { status, data } = await axios
    .post<unknown>(request.tokenUrl, form.toString(), {
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      // A redirect would carry the secret along, and half an answer would pass for a whole one.
      maxRedirects: 0,
      proxy: false,
      responseType: 'json',
      transitional: { silentJSONParsing: false },
      maxContentLength: LARGEST_ANSWER,
      signal: AbortSignal.timeout(DEADLINE_MS),
      validateStatus: () => true,
    })
    .catch((error: unknown) => {
      // An axios error holds the form with the secret in it: only its code goes on.
      throw tokenFailure(isAxiosError(error) ? (error.code ?? 'unknown') : 'unknown');
    });
  if (status !== 200) throw tokenFailure(String(status));
  const body = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  const { access_token: token, expires_in: lifetime } = body;
  // What goes into an SMTP command must be one word.
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(token)) throw tokenFailure('no_token');
  return { token, lifetimeS: Number(lifetime) > 0 ? Number(lifetime) : USUAL_LIFETIME_S };
}

function tokenFailure(code: string): Error {
  return smtpFailure('EAUTH', `token_${code.replace(/\W/g, '_').toLowerCase()}`);
}
