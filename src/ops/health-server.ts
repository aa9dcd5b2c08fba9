import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { METRICS_TYPE } from './metrics-text.ts';

/** Each part by name: whether it is ready, and a word about it. */
export type Readiness = Readonly<Record<string, { readonly ok: boolean; readonly state: string }>>;

export interface HealthSources {
  /** Never throws: what cannot be asked is not ready. */
  readiness(): Promise<Readiness>;
  /** @throws when the figures cannot be had */
  metrics(): Promise<string>;
}

export interface HealthServer {
  /** For example `http://127.0.0.1:8081`. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves `/live`, `/ready` and `/metrics`, without sign-in and without anything about a person. `/live` says only that
 * the process answers: with the database away a restart would help nobody.
 * @throws when the address is taken
 */
export async function serveHealth(
  listen: { readonly host: string; readonly port: number },
  sources: HealthSources,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, { error: 'GET only' });
    if (path === '/live') return answer(response, 200, { live: true });
    if (path === '/ready') return void ready(response, sources);
    if (path === '/metrics') return void metrics(response, sources);
    answer(response, 404, { error: 'there are /live, /ready and /metrics' });
  });
  server.requestTimeout = 10_000;
  server.listen({ host: listen.host, port: listen.port });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : listen.port;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return {
    address: `http://${host}:${port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

async function ready(response: ServerResponse, sources: HealthSources): Promise<void> {
  const parts = await sources.readiness();
  const isReady = Object.values(parts).every(({ ok }) => ok);
  const states = Object.fromEntries(Object.entries(parts).map(([name, { state }]) => [name, state]));
  answer(response, isReady ? 200 : 503, { ready: isReady, ...states });
}

async function metrics(response: ServerResponse, sources: HealthSources): Promise<void> {
  try {
    const text = await sources.metrics();
    response.writeHead(200, { 'content-type': METRICS_TYPE, 'cache-control': 'no-store' }).end(text);
  } catch {
    answer(response, 503, { error: 'the figures cannot be had' });
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .end(`${JSON.stringify(body)}\n`);
}
