import { createServer, type Socket } from 'node:net';

/** How a scanner behaves: what it answers to what it got, or what it does instead. */
export type ScannerManner = (file: Buffer, socket: Socket) => string | null;

/** A server that speaks clamd's INSTREAM on loopback, or on a Unix socket. */
export async function startClamd(manner: ScannerManner, path?: string) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let said = Buffer.alloc(0);
    socket.on('data', (part) => {
      said = Buffer.concat([said, part]);
      const file = streamedFile(said);
      if (file === null) return;
      const answer = manner(file, socket);
      if (answer !== null) socket.end(`${answer}\0`);
    });
  });
  await new Promise<void>((resolve) =>
    path === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(path, resolve),
  );
  const address = server.address();
  return {
    scanner:
      typeof address === 'object' && address !== null
        ? { host: '127.0.0.1', port: address.port }
        : { socket: path ?? '' },
    async stop(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const COMMAND = Buffer.from('zINSTREAM\0');

/** @returns null until the length of nothing has come */
function streamedFile(said: Buffer): Buffer | null {
  if (!said.subarray(0, COMMAND.length).equals(COMMAND)) return null;
  const pieces: Buffer[] = [];
  for (let at = COMMAND.length; at + 4 <= said.length; ) {
    const length = said.readUInt32BE(at);
    if (length === 0) return Buffer.concat(pieces);
    pieces.push(said.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return null;
}
