import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import type { AxiosInstance, AxiosResponse } from 'axios';
import { bodyBytes } from './body-bytes.ts';
import { type JsonDocument, readJsonDocument } from './json-document.ts';
import { SisError } from './sis-error.ts';

/**
 * An HTTP client that trusts nothing: no redirects (they would carry the token along) and no proxy from the
 * environment. The body comes as a stream: axios itself lets half a body pass for a whole one, and tells a broken
 * connection and a body over the limit by the same code.
 */
export function createHttp(): Http {
  let open: Promise<AxiosInstance> | undefined;
  return {
    open() {
      open ??= openClient();
      return open;
    },
  };
}

/** The client is loaded with the first request: a service is ready sooner without it. */
export interface Http {
  open(): Promise<AxiosInstance>;
}

async function openClient(): Promise<AxiosInstance> {
  const { default: axios } = await import('axios');
  return axios.create({
    responseType: 'stream',
    maxRedirects: 0,
    proxy: false,
    maxBodyLength: 1024 * 1024,
    validateStatus: () => true,
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: 5 }),
    httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: 5, minVersion: 'TLSv1.2' }),
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8; empty where the status says that there is nothing to read. */
  readonly body: Buffer;
}

/** One request under a deadline of its own: axios' `timeout` would let a dripping body go on for ever. */
export async function request(
  http: Http,
  config: { method: 'GET' | 'POST'; url: string; headers: Record<string, string>; body?: string },
  deadlineMs: number,
  what: string,
): Promise<Answer> {
  const client = await http.open();
  const signal = AbortSignal.timeout(deadlineMs);
  let response: AxiosResponse<Readable>;
  try {
    response = await client.request({
      method: config.method,
      url: config.url,
      headers: config.headers,
      ...(config.body !== undefined && { data: config.body }),
      signal,
    });
  } catch (error) {
    throw signal.aborted ? tooSlow(what, deadlineMs) : noAnswer(error, what);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) headers[name.toLowerCase()] = String(value);
  const { status, data: stream } = response;
  if (status !== 200 && status !== 201) {
    // What an error says is nothing that we would read, log or show.
    stream.on('error', () => undefined).destroy();
    return { status, headers, body: Buffer.alloc(0) };
  }
  const body = await bodyBytes(stream, signal);
  switch (body.kind) {
    case 'whole':
      return { status, headers, body: body.bytes };
    case 'aborted':
      throw tooSlow(what, deadlineMs);
    case 'broken':
      throw new SisError('cut-off', `${what} broke off in the middle of its answer (${body.code})`, status);
    case 'too-large':
      throw new SisError(
        'protocol',
        `${what} answered more than ${body.limitMb} MB; expected less, so ask for fewer rows at once (pageSize)`,
        status,
      );
    case 'not-utf-8':
      throw new SisError('protocol', `${what} answered text in another encoding; expected UTF-8`, status);
  }
}

/** The body as JSON. HTML with status 200 is a login page, and half a document a broken connection. */
export function jsonOf(answer: Answer, what: string): JsonDocument {
  try {
    // Rows are only ever read by name, so a key such as __proto__ stays what it is here: one more own key.
    return readJsonDocument(answer.body);
  } catch {
    const begins = answer.body.toString('utf8', 0, 100);
    const page = /html/i.test(answer.headers['content-type'] ?? '') || /^\s*</.test(begins);
    const found = page ? 'a web page, perhaps a sign-in form' : 'no complete JSON';
    throw new SisError(
      page ? 'protocol' : 'cut-off',
      `${what} answered ${found}; expected JSON`,
      answer.status,
    );
  }
}

function tooSlow(what: string, deadlineMs: number): SisError {
  return new SisError(
    'unreachable',
    `${what} gave no complete answer within ${Math.ceil(deadlineMs / 1000)} s`,
  );
}

/** Codes of OpenSSL and Node for a certificate that nobody should trust. */
const CERTIFICATE = /CERT|SELF_SIGNED|^UNABLE_TO_(GET|VERIFY)/;

/** An axios error holds the token and the form: only its code goes on. */
function noAnswer(error: unknown, what: string): SisError {
  const { code = 'unknown' } = error as { readonly code?: string };
  if (CERTIFICATE.test(code)) {
    return new SisError(
      'protocol',
      `${what} was not sent: the server's certificate is not trusted (${code})`,
    );
  }
  if (code.startsWith('HPE_')) {
    return new SisError('protocol', `${what} was not answered in HTTP (${code}); expected a web server`);
  }
  return new SisError('unreachable', `${what} could not be reached (${code})`);
}
