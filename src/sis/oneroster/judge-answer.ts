import { type Answer, jsonOf } from '../http.ts';
import type { JsonDocument } from '../json-document.ts';
import { SisError } from '../sis-error.ts';

export interface OneRosterPage {
  /** Where it came from; relative links are meant from there. */
  readonly url: string;
  readonly body: JsonDocument;
  readonly headers: Readonly<Record<string, string>>;
}

export type Outcome =
  | { readonly kind: 'ok'; readonly page: OneRosterPage }
  /** Worth another attempt, after as long as the server asks for. */
  | { readonly kind: 'again'; readonly error: SisError; readonly afterMs: number | null }
  | { readonly kind: 'token-refused' | 'final'; readonly error: SisError };

/** What an answer means: by status and content, never by the words of a message. */
export function judgeAnswer(answer: Answer, what: string, url: string): Outcome {
  const { status } = answer;
  const answered = `${what} answered ${status}`;
  switch (status) {
    case 200:
      return readPage(answer, what, url);
    case 401:
      return {
        kind: 'token-refused',
        error: new SisError('refused', `${answered}: the token is not accepted`, status),
      };
    case 403:
      return final(new SisError('refused', `${answered}: the scope for it is not granted`, status));
    case 404:
    case 405:
    case 501:
      return final(new SisError('missing', `${answered}: this server does not offer it`, status));
    case 429:
      return again(
        new SisError('busy', `${answered}: too many requests`, status),
        retryAfter(answer.headers),
      );
    case 502:
    case 503:
    case 504:
      return again(new SisError('server-error', answered, status), retryAfter(answer.headers));
    default:
      return final(new SisError(...otherwise(status, answered), status));
  }
}

/** An error that came in place of an answer. */
export function judgeError(error: SisError): Outcome {
  const passing = ['unreachable', 'busy', 'server-error', 'cut-off'].includes(error.kind);
  return passing ? again(error) : final(error);
}

function readPage(answer: Answer, what: string, url: string): Outcome {
  try {
    return { kind: 'ok', page: { body: jsonOf(answer, what), headers: answer.headers, url } };
  } catch (error) {
    if (!(error instanceof SisError)) throw error;
    // Half a document may come whole the next time; a web page will not.
    return judgeError(error);
  }
}

function otherwise(status: number, answered: string): [SisError['kind'], string] {
  if (status >= 300 && status < 400) return ['protocol', `${answered}: a redirect, which is never followed`];
  return [status >= 500 ? 'server-error' : 'protocol', `${answered}; expected 200`];
}

const final = (error: SisError): Outcome => ({ kind: 'final', error });
const again = (error: SisError, afterMs: number | null = null): Outcome => ({
  kind: 'again',
  error,
  afterMs,
});

/** Seconds, or a date by the server's own clock (RFC 9110, 10.2.3); null where neither can be read. */
function retryAfter(headers: Readonly<Record<string, string>>): number | null {
  const told = headers['retry-after'];
  if (told === undefined) return null;
  if (/^\d{1,9}$/.test(told.trim())) return Number(told) * 1000;
  const ms = Date.parse(told) - Date.parse(headers.date ?? '');
  return /^\D/.test(told.trim()) && ms >= 0 ? ms : null;
}
