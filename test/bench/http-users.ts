import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What came of asking for a while. */
export interface Asked {
  readonly seconds: number;
  /** Milliseconds of each request. */
  readonly times: readonly number[];
  /** Of all answers with their headers. */
  readonly bytes: number;
}

export interface Load {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Bytes of one answer with its headers, on average. */
  readonly bytes: number;
  readonly requests: number;
}

/** @param asked several turns of the same */
export function loadOf(asked: readonly Asked[]): Load {
  const times = asked.flatMap((one) => one.times).sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? 0;
  const sum = (of: (one: Asked) => number) => asked.reduce((total, one) => total + of(one), 0);
  return {
    perSecond: times.length / sum(({ seconds }) => seconds),
    p50: at(0.5),
    p99: at(0.99),
    bytes: sum(({ bytes }) => bytes) / Math.max(1, times.length),
    requests: times.length,
  };
}

/**
 * So many users at once, each on a connection that is kept, asking one page after the other. A bare client: what it
 * costs itself is little against the server.
 * @param pathFor of the n-th request of a user
 */
export async function askFor(
  port: number,
  seconds: number,
  users: readonly { readonly cookie: string }[],
  pathFor: (user: number, request: number) => string,
): Promise<Asked> {
  const times: number[] = [];
  let bytes = 0;
  const began = performance.now();
  const until = began + seconds * 1_000;
  await Promise.all(
    users.map(async ({ cookie }, user) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      await once(socket, 'connect');
      for (let request = 0; performance.now() < until; request += 1) {
        const asked = performance.now();
        const got = await answerTo(socket, port, pathFor(user, request), cookie);
        bytes += got;
        times.push(performance.now() - asked);
      }
      socket.destroy();
    }),
  );
  return { seconds: (performance.now() - began) / 1_000, times, bytes };
}
/** @returns bytes of the answer. @throws when it is not 200 */
function answerTo(socket: Socket, port: number, path: string, cookie: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let head = '';
    let missing = -1;
    let got = 0;
    const onData = (chunk: Buffer) => {
      got += chunk.length;
      if (missing < 0) {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
        if (!head.startsWith('HTTP/1.1 200') || length === undefined) {
          socket.off('data', onData);
          reject(new Error(`${path} was answered with ${head.slice(0, 200)}`));
          return;
        }
        missing = end + 4 + Number(length) - got;
      } else missing -= chunk.length;
      if (missing > 0) return;
      socket.off('data', onData);
      resolve(got);
    };
    socket.on('data', onData);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\n\r\n`);
  });
}
