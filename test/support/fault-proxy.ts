import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** `pass`: as if there were nothing between. `refuse`: a connection ends as it begins. */
type ProxyMode = 'pass' | 'refuse';

export interface FaultProxy {
  readonly port: number;
  /** Holds for what comes from now on, in connections that are there and in new ones. */
  mode: ProxyMode;
  /** A connection is cut once so many bytes of it have come from the server; null: never. */
  cutAfter: number | null;
  /** How many connections were begun. */
  readonly begun: number;
  /** Ends every connection that is there, whatever is on its way. */
  cut(): void;
  /** The same address by way of the proxy. */
  through(url: string): string;
  stop(): Promise<void>;
}

/** Stands on loopback between a program and a server of its, and does to the connection what networks do. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let begun = 0;

  const server = createServer((client) => {
    begun += 1;
    client.on('error', () => {});
    if (proxy.mode === 'refuse') {
      client.destroy();
      return;
    }
    const upstream = connect(Number(port), hostname);
    upstream.on('error', () => client.destroy());
    const pair = [client, upstream] as const;
    pairs.add(pair);
    let answered = 0;
    carry(client, upstream, () => {});
    carry(upstream, client, (bytes) => {
      answered += bytes;
      if (proxy.cutAfter !== null && answered > proxy.cutAfter) end(pair);
    });
    for (const socket of pair)
      socket.once('close', () => {
        pairs.delete(pair);
        for (const one of pair) one.destroy();
      });
  });

  function carry(from: Socket, to: Socket, seen: (bytes: number) => void): void {
    from.on('data', (chunk: Buffer) => {
      seen(chunk.length);
      to.write(chunk);
    });
    from.on('end', () => to.end());
  }

  function end(pair: readonly [Socket, Socket]): void {
    for (const socket of pair) socket.destroy();
  }

  const proxy = {
    port: 0,
    mode: 'pass' as ProxyMode,
    cutAfter: null as number | null,
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
