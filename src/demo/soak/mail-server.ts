import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/**
 * What the server makes of a mail: takes it, asks for it later (451), refuses the mailbox (550), cuts the connection in
 * the middle of it, or keeps it and is not heard.
 */
export type Treatment = 'take' | 'later' | 'refuse' | 'cut' | 'unheard';

export interface Delivered {
  readonly kind: string;
  readonly ref: string;
  /** For each time that it came: the mailboxes that it came for. */
  readonly to: readonly (readonly string[])[];
}

export interface DemoMailServer {
  readonly url: string;
  /** By Message-ID. */
  readonly delivered: ReadonlyMap<string, Delivered>;
  treat: (() => Treatment) | null;
  /**
   * Told when a mail has come completely and is not answered yet, with the name by which its sender has greeted.
   * @returns whether nobody is there any more to hear the answer
   */
  onMail: ((sender: string) => boolean) | null;
  close(): Promise<void>;
}

const END = '\r\n.\r\n';

/** A mail server on loopback that keeps only which mails it got and for whom, and does as it is told. */
export async function startMailServer(): Promise<DemoMailServer> {
  const delivered = new Map<string, Delivered & { readonly to: string[][] }>();
  const sockets = new Set<Socket>();

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let read = '';
    let inData = false;
    let treatment: Treatment = 'take';
    let sender = '';
    let mailboxes: string[] = [];
    const reply = (line: string) => socket.write(`${line}\r\n`);

    function onLine(line: string): void {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO' || verb === 'HELO') {
        sender = line.slice(5).trim();
        return void reply('250 demo');
      }
      if (verb === 'MAIL' || verb === 'RSET') mailboxes = [];
      if (verb === 'RCPT') {
        treatment = mailServer.treat?.() ?? 'take';
        if (treatment === 'later') return void reply('451 4.3.0 try again later');
        if (treatment === 'refuse') return void reply('550 5.1.1 no such mailbox');
        mailboxes.push(/<(.*?)>/.exec(line)?.[1] ?? '');
      }
      if (verb === 'DATA') {
        inData = true;
        return void reply('354 go on');
      }
      if (verb === 'QUIT') return void socket.end('221 bye\r\n');
      reply('250 ok');
    }

    function onMail(raw: string): void {
      if (treatment === 'cut') return void socket.destroy();
      const header = (name: string) => new RegExp(`^${name}: (.+?)\\r?$`, 'im').exec(raw)?.[1] ?? '';
      const id = header('Message-ID');
      const known = delivered.get(id);
      if (known === undefined)
        delivered.set(id, {
          kind: header('X-Rollcall-Kind'),
          ref: header('X-Rollcall-Ref'),
          to: [mailboxes],
        });
      else known.to.push(mailboxes);
      mailboxes = [];
      const isUnheard = mailServer.onMail?.(sender) ?? false;
      if (isUnheard || treatment === 'unheard') socket.destroy();
      else reply('250 2.0.0 kept');
    }

    socket.on('data', (chunk) => {
      read += chunk.toString('latin1');
      for (;;) {
        const end = read.indexOf(inData ? END : '\r\n');
        if (end === -1 || socket.destroyed) return;
        const piece = read.slice(0, end);
        read = read.slice(end + (inData ? END.length : 2));
        if (inData) {
          inData = false;
          onMail(piece);
        } else onLine(piece);
      }
    });
    reply('220 demo ESMTP');
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const mailServer: DemoMailServer = {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delivered,
    treat: null,
    onMail: null,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return mailServer;
}
