import { envelopeFault } from './envelope.ts';
import { lazyMessage } from './lazy-message.ts';
import type { MailTransport, OutgoingMail, SubmitOutcome, Verification } from './mail-transport.ts';
import { createMailTokens, type TokenRequest } from './oauth-token.ts';
import { outcomeOfAnswer, outcomeOfFailure, type SmtpFailure } from './smtp-outcome.ts';
import { type Lease, type SmtpPool, smtpPool } from './smtp-pool.ts';
import { openSession, type SmtpTimeouts } from './smtp-session.ts';
import { parseSmtpUrl, type SmtpServer } from './smtp-url.ts';

export interface SmtpTransportOptions {
  /** See `parseSmtpUrl` for its form. */
  readonly url: string;
  /** Certificates to trust instead of the system's, as PEM. */
  readonly ca?: string;
  readonly timeouts?: Partial<SmtpTimeouts>;
  /** Where tokens come from, for a URL that signs in by xoauth2. */
  readonly oauth2?: TokenRequest;
}

/** @throws RangeError when the URL cannot be used */
export function openSmtpTransport(options: SmtpTransportOptions): MailTransport {
  const server = parseSmtpUrl(options.url);
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const tokens = options.oauth2 === undefined ? undefined : createMailTokens(options.oauth2);
  const open = () => openSession(server, { timeouts, ca: options.ca, tokens });
  const pool = smtpPool(server, open);
  const underWay = new Set<Promise<SubmitOutcome>>();

  return {
    description: describeServer(server),
    submit(mail, onFirstRead) {
      const fault = envelopeFault(mail.envelope);
      if (fault === 'bad-recipient') return Promise.resolve({ kind: 'rejected', reason: fault, reply: null });
      if (fault !== null) return Promise.resolve({ kind: 'not-started', reason: fault, reply: null });
      const submission = handOver(pool, mail, onFirstRead).finally(() => underWay.delete(submission));
      underWay.add(submission);
      return submission;
    },
    async verify() {
      try {
        await (await open()).quit();
        return { ok: true };
      } catch (failure) {
        return finding(server, failure as SmtpFailure);
      }
    },
    async close() {
      pool.stop();
      await Promise.all(underWay);
      await pool.ended();
    },
  };
}

async function handOver(
  pool: SmtpPool,
  mail: OutgoingMail,
  onFirstRead: () => Promise<void>,
): Promise<SubmitOutcome> {
  const first = await attempt(pool, mail, onFirstRead, false);
  if (!first.staleSession) return first.outcome;
  // A kept connection had been ended by the server before it asked for the message: the mail was not touched.
  return (await attempt(pool, mail, onFirstRead, true)).outcome;
}

async function attempt(
  pool: SmtpPool,
  mail: OutgoingMail,
  onFirstRead: () => Promise<void>,
  fresh: boolean,
): Promise<{ outcome: SubmitOutcome; staleSession: boolean }> {
  let lease: Lease;
  try {
    lease = await pool.take({ fresh });
  } catch (failure) {
    return { outcome: outcomeOfFailure(failure as SmtpFailure, 'untouched'), staleSession: false };
  }
  const { session, reused } = lease;
  const message = lazyMessage(mail.raw, { mayStart: session.askedForMessage, mark: onFirstRead });
  // Stopping the message and judging by how far it came is one step: no byte can slip out between the two.
  const outcome = await session.send(mail, message).then(
    (answer) => outcomeOfAnswer(answer, mail.envelope.to, message.stop()),
    (failure: SmtpFailure) => outcomeOfFailure(failure, message.stop()),
  );
  // After anything but success the state of the conversation is not known well enough for another mail.
  pool.giveBack(session, outcome.kind === 'sent');
  await message.settled();
  return { outcome, staleSession: reused && message.stop() === 'untouched' && endedByServer(outcome) };
}

function endedByServer(outcome: SubmitOutcome): boolean {
  if (outcome.kind !== 'not-started' && outcome.kind !== 'try-later') return false;
  return outcome.reply === null || outcome.reason.endsWith('-421');
}

function describeServer(server: SmtpServer): string {
  const security = { implicit: 'TLS', required: 'STARTTLS required', none: 'no TLS, loopback only' }[
    server.tls
  ];
  return `mail server ${server.host}:${server.port} (${security}${server.signIn === null ? '' : ', with sign-in'})`;
}

function finding(server: SmtpServer, failure: SmtpFailure): Verification {
  const outcome = outcomeOfFailure(failure, 'untouched');
  const reason = outcome.kind === 'sent' ? 'unknown' : outcome.reason;
  const [, stage = ''] = /^(name-lookup|connection|timed-out|tls|auth|protocol)/.exec(reason) ?? [];
  const said = 'reply' in outcome && outcome.reply !== null ? `; it said "${outcome.reply}"` : '';
  return {
    ok: false,
    finding: `${describeServer(server)}: ${FINDINGS[stage] ?? 'it cannot be used'} (${reason})${said}`,
  };
}

const FINDINGS: Readonly<Record<string, string>> = {
  'name-lookup': 'its name cannot be resolved',
  connection: 'no usable connection',
  'timed-out': 'it does not answer in time',
  tls: 'no secure connection',
  auth: 'it does not sign us in',
  protocol: 'it does not speak SMTP as expected',
};

const DEFAULT_TIMEOUTS: SmtpTimeouts = { connectMs: 60_000, silenceMs: 600_000, mailMs: 900_000 };
