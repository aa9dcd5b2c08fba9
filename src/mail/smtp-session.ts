import SMTPConnection, { type SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection';
import type { LazyMessage } from './lazy-message.ts';
import type { OutgoingMail } from './mail-transport.ts';
import type { TokenSource } from './oauth-token.ts';
import { type SmtpFailure, smtpFailure } from './smtp-outcome.ts';
import type { SmtpServer } from './smtp-url.ts';

export interface SmtpTimeouts {
  /** Name look-up, connection, greeting, TLS and sign-in together. */
  readonly connectMs: number;
  /** Silence of the server (RFC 5321 asks for 10 minutes after the final dot). */
  readonly silenceMs: number;
  /** One mail from MAIL to the last reply, however the server drips. */
  readonly mailMs: number;
}

/** One signed-in connection, for one mail at a time. */
export interface SmtpSession {
  /** False once the server or an error has ended it. */
  alive(): boolean;
  /** Whether the last reply was the 354 that asks for the message. */
  askedForMessage(): boolean;
  /** @throws SmtpFailure */
  send(mail: OutgoingMail, message: LazyMessage): Promise<SMTPConnectionSendInfo>;
  /** Says goodbye when it can, and lets go. */
  quit(): Promise<void>;
  /** Drops the connection: no final dot is sent any more. */
  drop(): void;
}

/** @throws SmtpFailure when the server cannot be reached, is not secure as required, or refuses to sign us in */
export async function openSession(
  server: SmtpServer,
  options: {
    readonly timeouts: SmtpTimeouts;
    readonly ca?: string | undefined;
    readonly tokens?: TokenSource | undefined;
  },
): Promise<SmtpSession> {
  const { timeouts } = options;
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.tls === 'implicit',
    requireTLS: server.tls === 'required',
    ignoreTLS: server.tls === 'none',
    ...(server.name !== null && { name: server.name }),
    tls: {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(options.ca !== undefined && { ca: options.ca }),
    },
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.connectMs,
    dnsTimeout: timeouts.connectMs,
    socketTimeout: timeouts.silenceMs,
    socketCloseTimeout: CLOSING_MS,
    maxResponseSize: LONGEST_REPLY,
    allowInternalNetworkInterfaces: true,
    logger: false,
  });
  // An idle connection reports its end as an event; without a listener that would end the process.
  connection.on('error', () => {});
  try {
    await ask<true>(connection, timeouts.connectMs, (done) =>
      connection.connect((error) => done(error, true)),
    );
    if (server.tls !== 'none' && !connection.secure) throw smtpFailure('ETLS');
    if (server.signIn !== null) await signIn(connection, server, options);
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    alive: () => !connection.destroyed && connection.stage === 'connected',
    askedForMessage: () => /^354(?:[ -]|$)/.test(connection.lastServerResponse || ''),
    send: (mail, message) =>
      ask(connection, timeouts.mailMs, (done) =>
        connection.send(
          { from: mail.envelope.from, to: [mail.envelope.to], size: mail.raw.length },
          message.stream,
          done,
        ),
      ),
    quit: () => quit(connection),
    drop: () => connection.close(),
  };
}

async function signIn(
  connection: SMTPConnection,
  { signIn: account, authMethod }: SmtpServer,
  { timeouts, tokens }: { readonly timeouts: SmtpTimeouts; readonly tokens?: TokenSource | undefined },
): Promise<void> {
  if (account === null) return;
  // A server that offers no sign-in gets no password.
  if (!connection.allowsAuth) throw smtpFailure('EAUTH', 'not_offered');
  const { user, password } = account;
  const login = password === null ? null : { user, pass: password, method: authMethod ?? (false as const) };
  if (login === null) return signInByToken(connection, user, tokens, timeouts.connectMs);
  await ask<boolean>(connection, timeouts.connectMs, (done) => connection.login(login, done));
}

async function signInByToken(
  connection: SMTPConnection,
  user: string,
  tokens: TokenSource | undefined,
  ms: number,
): Promise<void> {
  if (tokens === undefined) throw smtpFailure('EAUTH', 'no_token_source');
  // Before the server is told anything: a failure here is not one of the server.
  let token = await tokens.get();
  const oauth2 = {
    /** A server that answers a wrong token with a challenge is told a new one at once. */
    getToken(renew: boolean, done: (error: unknown, token?: string) => void) {
      if (!renew) return done(null, token);
      tokens.forget(token);
      tokens.get().then((fresh) => {
        token = fresh;
        done(null, fresh);
      }, done);
    },
    buildXOAuth2Token: (given: string) =>
      Buffer.from(`user=${user}\x01auth=Bearer ${given}\x01\x01`).toString('base64'),
  };
  // The types know only nodemailer's own source of tokens, which follows redirects.
  const login = { user, method: 'XOAUTH2', oauth2 } as unknown as Parameters<SMTPConnection['login']>[0];
  try {
    await ask<boolean>(connection, ms, (done) => connection.login(login, done));
  } catch (failure) {
    tokens.forget(token);
    throw failure;
  }
}

type Done<T> = (error: SmtpFailure | null | undefined, value?: T) => void;

/**
 * One request to nodemailer as a promise. nodemailer calls back, or only emits an error, or only ends the connection,
 * or, with a server that drips, does none of it for a long time: the first of them counts.
 */
function ask<T>(connection: SMTPConnection, ms: number, request: (done: Done<T>) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      connection.close();
      fail(smtpFailure('ETIMEDOUT'));
    }, ms);
    // The end is often announced just before the call-back that knows the reason.
    const ended = () => setImmediate(() => fail(smtpFailure('ECONNECTION')));
    const release = () => {
      clearTimeout(timer);
      connection.removeListener('error', fail);
      connection.removeListener('end', ended);
    };
    function fail(failure: SmtpFailure): void {
      release();
      reject(failure);
    }
    connection.once('error', fail);
    connection.once('end', ended);
    request((error, value) => {
      if (error || value === undefined) return fail(error ?? smtpFailure('EPROTOCOL'));
      release();
      resolve(value);
    });
  });
}

function quit(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve) => {
    if (connection.destroyed) return resolve();
    const timer = setTimeout(() => connection.close(), CLOSING_MS);
    connection.once('end', () => {
      clearTimeout(timer);
      resolve();
    });
    connection.quit();
  });
}

const CLOSING_MS = 1_000;
const LONGEST_REPLY = 64 * 1024;
