import type { Progress } from './lazy-message.ts';
import { type SubmitOutcome, TRANSPORT_CLOSED } from './mail-transport.ts';
import { cleanReply, replyCode, serverIdOf } from './smtp-reply.ts';

/** What nodemailer tells of a failure; `command` is the SMTP command that the reply answered. */
export interface SmtpFailure {
  readonly code?: string | undefined;
  readonly originalCode?: string | undefined;
  readonly command?: string | undefined;
  readonly response?: string | undefined;
}

/** A failure that we find ourselves, in nodemailer's form. */
export function smtpFailure(code: string, originalCode?: string): Error & SmtpFailure {
  return Object.assign(new Error('the mail server conversation failed'), { code, originalCode });
}

export interface SmtpAnswer {
  readonly response: string;
  readonly accepted: readonly string[];
  readonly rejected: readonly string[];
}

/** Reads an answer that nodemailer takes for success: it is one only for exactly our recipient, all bytes and 2xx. */
export function outcomeOfAnswer(answer: SmtpAnswer, to: string, progress: Progress): SubmitOutcome {
  const code = replyCode(answer.response);
  const ours = answer.accepted.length === 1 && answer.accepted[0] === to && answer.rejected.length === 0;
  const reply = cleanReply(answer.response);
  if (!mayHaveLeft(progress)) return { kind: 'not-started', reason: 'answered-too-soon', reply };
  if (ours && progress === 'complete' && code !== null && code < 300) {
    return { kind: 'sent', reply, serverId: serverIdOf(answer.response) };
  }
  return { kind: 'uncertain', reason: 'unclear-answer', reply };
}

/** Decides by codes and by whether a byte of the mail can have left, never by words. */
export function outcomeOfFailure(failure: SmtpFailure, progress: Progress): SubmitOutcome {
  const code = replyCode(failure.response);
  const reply = failure.response === undefined ? null : cleanReply(failure.response);
  if (mayHaveLeft(progress)) {
    const toTheDot = progress === 'complete' && failure.code === 'EMESSAGE' && failure.command === 'DATA';
    const answered = toTheDot ? code : null;
    if (answered === null) return { kind: 'uncertain', reason: lostHow(failure), reply };
    return refusal(answered, 'message', reply) ?? { kind: 'uncertain', reason: `message-${answered}`, reply };
  }
  if (progress === 'mark-failed') return { kind: 'not-started', reason: 'mark-failed', reply: null };
  if (failure.code === 'EMESSAGE' && reply === null)
    return { kind: 'rejected', reason: 'message-too-large', reply };
  if (code === null) return { kind: 'not-started', reason: lostHow(failure), reply };
  return beforeTheMessage(code, failure, reply);
}

/** Replies that came before any byte of the message: they are about us, about the recipient, or about the moment. */
function beforeTheMessage(code: number, failure: SmtpFailure, reply: string | null): SubmitOutcome {
  const stage = STAGES[failure.command ?? ''] ?? STAGES[failure.code ?? ''] ?? 'connection';
  const aboutUs: SubmitOutcome = { kind: 'not-started', reason: `${stage}-${code}`, reply };
  if (SIGN_IN_CODES.has(code)) return aboutUs;
  switch (stage) {
    case 'rcpt':
    case 'data':
      return refusal(code, stage, reply) ?? aboutUs;
    case 'mail':
      // Any other 5xx here is about the sender: one wrong setting must not turn every letter into paper.
      return code < 500 || code === TOO_LARGE ? (refusal(code, stage, reply) ?? aboutUs) : aboutUs;
    default:
      return aboutUs;
  }
}

function refusal(code: number, stage: string, reply: string | null): SubmitOutcome | null {
  const reason = `${stage}-${code}`;
  if (code >= 400 && code < 500) return { kind: 'try-later', reason, reply };
  if (code >= 500 && code !== OUT_OF_SEQUENCE) return { kind: 'rejected', reason, reply };
  return null;
}

function mayHaveLeft(progress: Progress): boolean {
  return progress === 'given' || progress === 'complete';
}

/** For example `connection-econnrefused`. */
function lostHow({ code = '', originalCode }: SmtpFailure): string {
  const detail = originalCode !== undefined && /^\w{1,60}$/.test(originalCode) ? originalCode : '';
  const name = CERTIFICATE_CODES.test(detail) ? 'tls' : (LOST[code] ?? 'failed');
  return detail === '' ? name : `${name}-${detail.toLowerCase()}`;
}

const OUT_OF_SEQUENCE = 503;
const TOO_LARGE = 552;
/** Sign-in needed or refused (RFC 4954): the server's word about us, at whatever command it says it. */
const SIGN_IN_CODES = new Set([530, 534, 535, 538]);
const STAGES: Readonly<Record<string, string>> = {
  'MAIL FROM': 'mail',
  'RCPT TO': 'rcpt',
  DATA: 'data',
  EAUTH: 'auth',
  ETLS: 'tls',
};
/** Of Node and OpenSSL, for example CERT_HAS_EXPIRED or UNABLE_TO_VERIFY_LEAF_SIGNATURE. */
const CERTIFICATE_CODES = /CERT|TLS|SSL|VERIFY/;
const LOST: Readonly<Record<string, string>> = {
  EDNS: 'name-lookup',
  ECONNECTION: 'connection-lost',
  ESOCKET: 'connection',
  ETIMEDOUT: 'timed-out',
  ETLS: 'tls',
  EAUTH: 'auth',
  EPROTOCOL: 'protocol',
  ESTREAM: 'protocol',
  EENVELOPE: 'bad-envelope',
  EMESSAGE: 'unclear-answer',
  ECLOSED: TRANSPORT_CLOSED,
};
