import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance, type AxiosResponse, isAxiosError } from 'axios';
import { SisError } from './sis-error.ts';

/** The largest body that is read into memory: a page of 50,000 rows fits. */
const LARGEST_BODY = 64 * 1024 * 1024;

/**
 * An HTTP client that trusts nothing: no redirects (they would carry the token along), no proxy from the
 * environment, no silently truncated JSON, no endless body.
 */
export function createHttp(): AxiosInstance {
  return axios.create({
    responseType: 'json',
    transitional: { silentJSONParsing: false, clarifyTimeoutError: true },
    maxRedirects: 0,
    proxy: false,
    maxContentLength: LARGEST_BODY,
    maxBodyLength: 1024 * 1024,
    validateStatus: () => true,
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: 5 }),
    httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: 5, minVersion: 'TLSv1.2' }),
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** One request under a deadline of its own: axios' `timeout` would let a dripping body go on for ever. */
export async function request(
  http: AxiosInstance,
  config: { method: 'GET' | 'POST'; url: string; headers: Record<string, string>; body?: string },
  deadlineMs: number,
  what: string,
): Promise<Answer> {
  let response: AxiosResponse<unknown>;
  try {
    response = await http.request({
      method: config.method,
      url: config.url,
      headers: config.headers,
      ...(config.body !== undefined && { data: config.body }),
      signal: AbortSignal.timeout(deadlineMs),
      transformResponse: [(data: unknown) => data],
      responseType: 'text',
    });
  } catch (error) {
    throw asSisError(error, what, deadlineMs);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) headers[name.toLowerCase()] = String(value);
  return { status: response.status, headers, body: response.data };
}

/** The body as JSON. HTML with status 200 is a login page, and half a document a broken connection. */
export function jsonOf(answer: Answer, what: string): unknown {
  const text = typeof answer.body === 'string' ? answer.body.replace(/^\uFEFF/, '') : '';
  const type = answer.headers['content-type'] ?? '';
  try {
    return JSON.parse(text, withoutPrototypeKeys);
  } catch {
    const page = /html/i.test(type) || /^\s*</.test(text);
    const found = page ? 'a web page, perhaps a sign-in form' : 'no complete JSON';
    throw new SisError(
      page ? 'protocol' : 'cut-off',
      `${what} answered ${found}; expected JSON`,
      answer.status,
    );
  }
}

function withoutPrototypeKeys(key: string, value: unknown): unknown {
  return key === '__proto__' || key === 'constructor' || key === 'prototype' ? undefined : value;
}

/** An axios error holds the token and the form: only its code goes on. */
function asSisError(error: unknown, what: string, deadlineMs: number): SisError {
  const code = isAxiosError(error) ? (error.code ?? 'unknown') : 'unknown';
  if (code === 'ERR_CANCELED' || code === 'ETIMEDOUT' || code === 'ECONNABORTED') {
    return new SisError(
      'unreachable',
      `${what} gave no complete answer within ${Math.round(deadlineMs / 1000)} s`,
    );
  }
  if (code === 'ERR_BAD_RESPONSE')
    return new SisError('protocol', `${what} sent a larger body than can be read`);
  return new SisError('unreachable', `${what} could not be reached (${code})`);
}
