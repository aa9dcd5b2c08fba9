import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * `pass`: as if there were nothing between. `refuse`: a connection ends as it begins. `swallow`: it begins and stays, and
 * nothing that either side says ever arrives.
 */
type ProxyMode = 'pass' | 'refuse' | 'swallow';

export interface FaultProxy {
  readonly port: number;
  /** Holds for what comes from now on, in connections that are there and in new ones. */
  mode: ProxyMode;
  /** A connection is cut once so many bytes of it have come from the server; null: never. */
  cutAfter: number | null;
  /** So long everything from the server is on its way, in milliseconds. */
  delayMs: number;
  /** Told what a client says; where it is true, the connection is cut when the answer is there, which never arrives. */
  losesAnswerTo: ((said: Buffer) => boolean) | null;
  /** How many connections were begun. */
  readonly begun: number;
  /** Ends every connection that is there, whatever is on its way. */
  cut(): void;
  /** The same address by way of the proxy. */
  through(url: string): string;
  stop(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Something of it was swallowed: it never comes back, and the server does not learn that the client has gone. */
  lost: boolean;
  answerIsLost: boolean;
}

/** Stands on loopback between a program and a server of its, and does to the connection what networks do. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port, protocol } = new URL(target);
  const pairs = new Set<Pair>();
  let begun = 0;

  const server = createServer((client) => {
    begun += 1;
    client.on('error', () => {});
    if (proxy.mode === 'refuse') {
      client.destroy();
      return;
    }
    const upstream = connect(Number(port || USUAL_PORTS[protocol]), hostname);
    const pair: Pair = { client, upstream, lost: false, answerIsLost: false };
    upstream.on('error', () => client.destroy());
    pairs.add(pair);
    let answered = 0;
    carry(pair, client, upstream, (bytes) => {
      pair.answerIsLost ||= proxy.losesAnswerTo?.(bytes) === true;
      return true;
    });
    carry(pair, upstream, client, (bytes) => {
      if (pair.answerIsLost) {
        end(pair);
        return false;
      }
      answered += bytes.length;
      if (proxy.cutAfter !== null && answered > proxy.cutAfter) end(pair);
      return true;
    });
    for (const socket of [client, upstream])
      socket.once('close', () => {
        pair.lost ||= proxy.mode === 'swallow';
        if (pair.lost && socket === client) return;
        const over = () => {
          pairs.delete(pair);
          end(pair);
        };
        // What the server has said last is on its way still.
        if (socket === upstream && proxy.delayMs > 0) setTimeout(over, proxy.delayMs);
        else over();
      });
  });

  function carry(pair: Pair, from: Socket, to: Socket, may: (bytes: Buffer) => boolean): void {
    const isAnswer = from === pair.upstream;
    from.on('data', (chunk: Buffer) => {
      pair.lost ||= proxy.mode === 'swallow';
      if (pair.lost || !may(chunk)) return;
      if (isAnswer && proxy.delayMs > 0) setTimeout(() => to.write(chunk), proxy.delayMs);
      else to.write(chunk);
    });
    from.on('end', () => {
      pair.lost ||= proxy.mode === 'swallow';
      if (pair.lost) return;
      if (isAnswer && proxy.delayMs > 0) setTimeout(() => to.end(), proxy.delayMs);
      else to.end();
    });
  }

  function end({ client, upstream }: Pair): void {
    client.destroy();
    upstream.destroy();
  }

  const proxy: FaultProxy & { port: number } = {
    port: 0,
    mode: 'pass',
    cutAfter: null,
    delayMs: 0,
    losesAnswerTo: null,
    get begun() {
      return begun;
    },
    cut() {
      for (const pair of pairs) end(pair);
    },
    through(url: string): string {
      const by = new URL(url);
      by.hostname = '127.0.0.1';
      by.port = String(proxy.port);
      return by.href;
    },
    async stop(): Promise<void> {
      proxy.cut();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.port = (server.address() as AddressInfo).port;
  return proxy;
}

const USUAL_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'postgres:': 5432 };
