import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** Raw replies, sent as they are; an empty text is silence. A missing one is that of a good server. */
export interface SmtpScript {
  readonly greeting?: string;
  readonly EHLO?: string;
  readonly MAIL?: string;
  readonly RCPT?: string;
  readonly DATA?: string;
  readonly dot?: string;
}

export interface ScriptedServer {
  readonly url: string;
  /** Whether any byte came after a DATA command that was not refused. */
  sawMessageBytes(): boolean;
  /** Resolves when the first client has gone. */
  readonly firstGone: Promise<void>;
  stop(): Promise<void>;
}

/** A server that says exactly what the script says, also what no real server should: for the replies in between. */
export async function startScriptedServer(script: SmtpScript): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  let sawMessageBytes = false;
  let gone = () => {};
  const firstGone = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', gone);
    // Otherwise each second small reply waits for a delayed acknowledgement.
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.write(script.greeting ?? '220 localhost ESMTP\r\n');
    let buffered = '';
    let inMessage = false;
    socket.on('data', (chunk) => {
      buffered += chunk.toString('latin1');
      while (buffered !== '') {
        sawMessageBytes ||= inMessage;
        const end = inMessage && !buffered.startsWith(EMPTY_MESSAGE) ? END_OF_MESSAGE : '\r\n';
        const at = buffered.indexOf(end);
        if (at < 0) break;
        const command = inMessage ? 'dot' : buffered.slice(0, 4).toUpperCase();
        buffered = buffered.slice(at + end.length);
        inMessage = command === 'DATA' && !/^[45]/.test(script.DATA ?? '');
        socket.write(replyTo(command, script));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sawMessageBytes: () => sawMessageBytes,
    firstGone,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const EMPTY_MESSAGE = '.\r\n';
const END_OF_MESSAGE = '\r\n.\r\n';

function replyTo(command: string, script: SmtpScript): string {
  switch (command) {
    case 'EHLO':
      return script.EHLO ?? '250-localhost\r\n250 PIPELINING\r\n';
    case 'MAIL':
      return script.MAIL ?? '250 sender fine\r\n';
    case 'RCPT':
      return script.RCPT ?? '250 recipient fine\r\n';
    case 'DATA':
      return script.DATA ?? '354 go on\r\n';
    case 'dot':
      return script.dot ?? '250 2.0.0 Ok: queued as 4XyZ12abcd\r\n';
    case 'QUIT':
      return '221 bye\r\n';
    default:
      return '502 what?\r\n';
  }
}
