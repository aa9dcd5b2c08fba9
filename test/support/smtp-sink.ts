import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { testCertificate } from './test-certificate.ts';

/** `message`: its first bytes have come. `dot`: it has come completely. */
type Stage = 'connect' | 'mail' | 'rcpt' | 'message' | 'dot';

export type Fault =
  /** The server answers with this code instead of accepting. */
  | {
      readonly at: Exclude<Stage, 'message'>;
      readonly does: 'reply';
      readonly code: number;
      readonly text?: string;
    }
  /** The connection is cut; at `dot` nothing was kept. */
  | { readonly at: Stage; readonly does: 'drop' }
  /** The server never answers. */
  | { readonly at: Exclude<Stage, 'message'>; readonly does: 'stall' }
  /** The mail is delivered, but its sender never learns it. */
  | { readonly at: 'dot'; readonly does: 'keep-and-drop' };

interface DeliveredMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As the sender gave it, without dot-stuffing. */
  readonly raw: Buffer;
}

/** What a fault may depend on: numbers count from 1; `to` is known from RCPT on. */
interface SinkMoment {
  readonly connection: number;
  readonly message: number;
  readonly to: string | null;
}

export interface SmtpSink {
  readonly url: string;
  readonly port: number;
  /** Oldest first. */
  readonly delivered: readonly DeliveredMail[];
  /** What happened, in order: connect, sign-in, mail, rcpt, data, bytes, delivered, close. */
  readonly events: readonly string[];
  /** Decides at each stage; may be exchanged at any time. Without one, everything is accepted. */
  fault: ((moment: SinkMoment) => Fault | null) | null;
  dropConnections(): void;
  stop(): Promise<void>;
}

export interface SinkOptions {
  readonly port?: number;
  /** `token`: it takes no password, but the access token that is good at the time. */
  readonly signIn?:
    | { readonly user: string; readonly password: string }
    | { readonly user: string; readonly token: () => string };
  /** How a wrong token is refused: by a challenge, as Google does it (334), or at once, as Microsoft does. */
  readonly refuses?: 535;
  readonly tls?: 'implicit' | 'starttls';
  readonly fault?: SmtpSink['fault'];
  /** So long it takes to keep a mail before it answers for it, in milliseconds. */
  readonly keepsInMs?: number;
}

/** A real SMTP server on loopback that keeps what it accepts and misbehaves on request. */
export async function startSmtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  const delivered: DeliveredMail[] = [];
  const events: string[] = [];
  const numbers = new Map<string, number>();
  let messages = 0;

  const server = new SMTPServer({
    ...testCertificate,
    secure: options.tls === 'implicit',
    disabledCommands: [
      ...(options.tls === 'starttls' ? [] : ['STARTTLS']),
      ...(options.signIn ? [] : ['AUTH']),
    ],
    authOptional: options.signIn === undefined,
    allowInsecureAuth: true,
    maxAllowedUnauthenticatedCommands: false,
    disableReverseLookup: true,
    closeTimeout: 100,
    logger: false,
    onConnect(session, answer) {
      numbers.set(session.id, numbers.size + 1);
      events.push('connect');
      behave(session, 'connect', null, answer);
    },
    onAuth({ username, password, accessToken }, _session, answer) {
      const account = options.signIn;
      const good = account !== undefined && 'token' in account ? account.token() : account?.password;
      const known = username === account?.user && good === (accessToken ?? password);
      events.push('sign-in');
      if (known) answer(null, { user: username });
      else if (accessToken !== undefined && options.refuses !== 535)
        answer(null, { data: { status: '401' } });
      else answer(reply(535, 'no'));
    },
    onMailFrom(_address, session, answer) {
      messages += 1;
      events.push('mail');
      behave(session, 'mail', null, answer);
    },
    onRcptTo({ address }, session, answer) {
      events.push('rcpt');
      behave(session, 'rcpt', address, answer);
    },
    onData(stream, session, answer) {
      events.push('data');
      const to = session.envelope.rcptTo.map(({ address }) => address);
      const chunks: Buffer[] = [];
      let cut = false;
      stream.on('data', (chunk: Buffer) => {
        if (chunks.length === 0) {
          events.push('bytes');
          cut = faultAt(session, 'message', to[0] ?? null) !== null;
          if (cut) socketOf(session)?.destroy();
        }
        chunks.push(chunk);
      });
      stream.on('end', () => {
        if (cut) return;
        const fault = faultAt(session, 'dot', to[0] ?? null);
        if (fault === null || fault.does === 'keep-and-drop') {
          const from = session.envelope.mailFrom;
          delivered.push({ from: from === false ? '' : from.address, to, raw: Buffer.concat(chunks) });
          events.push('delivered');
        }
        const answerNow = () => behave(session, 'dot', to[0] ?? null, answer);
        if (options.keepsInMs === undefined) answerNow();
        else setTimeout(answerNow, options.keepsInMs);
      });
    },
    onClose: () => events.push('close'),
    ...(options.signIn && { authMethods: 'token' in options.signIn ? ['XOAUTH2'] : ['PLAIN', 'LOGIN'] }),
  });
  server.on('error', () => {});

  function socketOf(session: SMTPServerSession) {
    return [...server.connections].find((connection) => connection.session === session)?._socket;
  }

  function faultAt(session: SMTPServerSession, stage: Stage, to: string | null): Fault | null {
    const fault = sink.fault?.({ connection: numbers.get(session.id) ?? 0, message: messages, to }) ?? null;
    return fault?.at === stage ? fault : null;
  }

  function behave(
    session: SMTPServerSession,
    stage: Exclude<Stage, 'message'>,
    to: string | null,
    answer: (error?: Error | null) => void,
  ): void {
    const fault = faultAt(session, stage, to);
    if (fault === null) answer();
    else if (fault.does === 'reply') answer(reply(fault.code, fault.text ?? 'as the test wants it'));
    else if (fault.does !== 'stall') socketOf(session)?.destroy();
  }

  const listener = server.listen(options.port ?? 0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const sink: SmtpSink = {
    url: `${options.tls === 'implicit' ? 'smtps' : 'smtp'}://localhost:${port}`,
    port,
    delivered,
    events,
    fault: options.fault ?? null,
    dropConnections() {
      for (const connection of server.connections) connection._socket.destroy();
    },
    async stop() {
      sink.dropConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return sink;
}

function reply(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code });
}
