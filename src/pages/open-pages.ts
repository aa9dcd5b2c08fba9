import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import type { PagesConfig } from '../config/pages-config.ts';
import { allPages } from './all-pages.ts';
import { createAuditViews } from './audit-views.ts';
import { createCookies } from './cookies.ts';
import { failedPage, problemPages } from './error-pages.ts';
import { type House, visitorOf } from './house.ts';
import { createSite } from './routes.ts';
import { createPageSecrets } from './secrets.ts';
import { senders } from './send-answer.ts';
import { createSessionKeeper } from './session-keeper.ts';
import { registerOidc } from './sign-in/oidc-pages.ts';
import { registerSignIn } from './sign-in/sign-in-pages.ts';
import type { PageDeps } from './site.ts';
import { readStyleSheet } from './style-sheet.ts';

export interface OpenPages {
  /** Where they are served, for example `http://127.0.0.1:8080`. */
  readonly address: string;
  /** What they are by another reading of the configuration. @returns what puts them in place of what they are now */
  prepare(deps: PageDeps, config: PagesConfig): Promise<() => void>;
  /** Takes no more requests, and ends once those under way are answered and every look is on record. */
  close(): Promise<void>;
}

export interface PagesOptions {
  /** Requests per minute from one network address, behind which a whole district may sit. */
  readonly requestsPerMinute?: number;
}

/** Serves the pages. @throws when the address is taken */
export async function openPages(
  deps: PageDeps,
  config: PagesConfig,
  options: PagesOptions = {},
): Promise<OpenPages> {
  const views = createAuditViews(deps.db, deps.log);
  const door = aDoor();
  const app = await buildServer(deps, config, views, options, door.serverOf);
  // Built later than the first one, whose server is the one that listens.
  const later = new Set<Room>();
  let open: Room | null = null;
  const close = async () => {
    const closing = door.letOut();
    await app.close();
    for (const { app } of later) await app.close();
    closing();
    await views.close();
  };
  try {
    const address = await app.listen({ host: config.listen.host, port: config.listen.port });
    return {
      address,
      async prepare(nextDeps, nextConfig) {
        const next = aRoom(await buildServer(nextDeps, nextConfig, views, options));
        await next.app.ready();
        return () => {
          const before = open;
          open = next;
          later.add(next);
          door.leadTo(next.enter);
          before?.empty(async () => {
            later.delete(before);
            await before.app.close();
          });
        };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Room {
  readonly app: FastifyInstance;
  readonly enter: RequestListener;
  /** Nobody enters any more. @param then once those within have been answered: requests end where they began */
  empty(then: () => Promise<void>): void;
}

function aRoom(app: FastifyInstance): Room {
  let within = 0;
  let isEmpty: (() => Promise<void>) | null = null;
  const look = () => {
    if (within === 0) void isEmpty?.();
  };
  return {
    app,
    enter(request, response) {
      within += 1;
      response.once('close', () => {
        within -= 1;
        look();
      });
      app.routing(request, response);
    },
    empty(then) {
      isEmpty = then;
      look();
    },
  };
}

/** Stays open while what lies behind it changes. */
function aDoor() {
  const servers: Server[] = [];
  let room: RequestListener | null = null;
  return {
    serverOf(first: RequestListener): Server {
      const server = createServer((request, response) => (room ?? first)(request, response));
      server.keepAliveTimeout = KEEP_ALIVE_MS;
      server.requestTimeout = REQUEST_MS;
      server.setTimeout(CONNECTION_MS);
      servers.push(server);
      return server;
    },
    leadTo(next: RequestListener): void {
      room = next;
    },
    /** Connections that have got their answer are not kept for another request. @returns what ends this */
    letOut(): () => void {
      const timer = setInterval(() => {
        for (const server of servers) server.closeIdleConnections();
      }, 100);
      return () => clearInterval(timer);
    },
  };
}

const KEEP_ALIVE_MS = 72_000;
/** A scan over a slow line takes its minutes. */
const REQUEST_MS = 300_000;
const CONNECTION_MS = 120_000;

async function buildServer(
  deps: PageDeps,
  config: PagesConfig,
  views: House['views'],
  { requestsPerMinute = 6_000 }: PagesOptions,
  serverOf?: (handler: RequestListener) => Server,
): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    trustProxy: [...config.proxies],
    bodyLimit: LARGEST_FORM,
    // A question about a page would count as a look at it, and one about a packet as a disclosure.
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    ...(serverOf && { serverFactory: serverOf }),
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
  });
  const style = readStyleSheet();
  const cookies = createCookies(config.secure);
  const secrets = createPageSecrets(deps.letterbox.secretKey, deps.letterbox.secretKeyBefore ?? null);
  const sessions = createSessionKeeper(deps.db, deps.config);
  const parts = {
    deps,
    config,
    cookies,
    secrets,
    sessions,
    views,
    navigation: [],
    afterForm: [],
    stylePath: style.path,
  };
  const house: House = { ...parts, ...senders(parts) };

  app.removeAllContentTypeParsers();
  await app.register(formbody, {
    bodyLimit: LARGEST_FORM,
    parser: (text) => new URLSearchParams(text) as unknown as Record<string, unknown>,
  });
  await app.register(multipart);
  await app.register(cookie);
  await app.register(helmet, headers(config));
  await app.register(rateLimit, { max: requestsPerMinute, timeWindow: 60_000 });
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  answerErrors(app, house);
  app.get(style.path, async (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type('text/css; charset=utf-8')
      .send(style.text),
  );
  app.get('/robots.txt', async (_request, reply) =>
    reply.type('text/plain').send('User-agent: *\nDisallow: /\n'),
  );
  registerSignIn(app, house);
  if (config.oidc !== null) registerOidc(app, house, config.oidc);
  const site = createSite(app, house);
  for (const register of allPages) register(site);
  return app;
}

/** Beyond any form without a file. */
const LARGEST_FORM = 256 * 1024;

function headers({ secure }: PagesConfig): Parameters<typeof helmet>[1] {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: false,
    strictTransportSecurity: secure ? { maxAge: 31_536_000 } : false,
    xFrameOptions: { action: 'deny' },
  };
}

function answerErrors(app: FastifyInstance, house: House): void {
  app.setNotFoundHandler(async (request, reply) => {
    const visitor = await visitorOf(house, request);
    return house.send(request, reply, { kind: 'not-found' }, visitor);
  });
  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status === 429) return house.sendPlain(request, reply, problemPages.tooMany, 429);
    if (status === 413) return house.sendPlain(request, reply, problemPages.tooLarge, 413);
    if (status >= 400 && status < 500)
      return house.sendPlain(request, reply, problemPages.badRequest, status);
    const reference = randomBytes(5).toString('hex');
    house.deps.log.error('page-failed', {
      ref: reference,
      error,
      job: request.routeOptions.url ?? 'unknown',
    });
    return house.sendPlain(request, reply, failedPage(reference), 500);
  });
}
