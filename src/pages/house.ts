import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PagesConfig } from '../config/pages-config.ts';
import type { AuditViews } from './audit-views.ts';
import type { Cookies } from './cookies.ts';
import type { PageSecrets } from './secrets.ts';
import type { OpenSession, SessionKeeper } from './session-keeper.ts';
import type { NavigationEntry, Page, PageAnswer, PageDeps, PageRequest } from './site.ts';

/** What the server's own files share: everything that stands between the network and the pages of the parts. */
export interface House {
  readonly deps: PageDeps;
  readonly config: PagesConfig;
  readonly cookies: Cookies;
  readonly secrets: PageSecrets;
  readonly sessions: SessionKeeper;
  readonly views: AuditViews;
  readonly navigation: NavigationEntry[];
  /** Called after each form. */
  readonly afterForm: (() => void)[];
  readonly stylePath: string;
  /** Sends an answer as a page of the site. @param status of a page; 200 where it is not given */
  send(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: PageAnswer,
    visitor: Visitor | null,
    status?: number,
  ): FastifyReply;
  /** A page for somebody who has not signed in, or an error. */
  sendPlain(request: FastifyRequest, reply: FastifyReply, page: Page, status: number): FastifyReply;
}

/** A request with its session. */
export interface Visitor {
  readonly session: OpenSession;
  /** Of the session's cookie. */
  readonly token: string;
  readonly csrf: string;
}

export async function visitorOf(house: House, request: FastifyRequest): Promise<Visitor | null> {
  const token = house.cookies.read(request, 'session');
  const session = await house.sessions.find(token, house.deps.moment().now);
  if (session === null || token === undefined) return null;
  return { session, token, csrf: house.secrets.csrfOf(token) };
}

/**
 * Whether a form comes from a page of ours, as far as the browser says where it comes from. With `no-referrer` browsers
 * send the origin `null` with our own forms, so that word alone tells nothing; the CSRF token decides.
 */
export function comesFromOurPages({ config }: Pick<House, 'config'>, request: FastifyRequest): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && origin !== 'null' && origin !== config.origin) return false;
  return site === undefined || site === 'same-origin' || site === 'none';
}

/** A request, and what the house keeps of it. */
export interface HeardRequest extends PageRequest {
  /** One row for an attempt that is refused, also where the transaction of a form is undone. */
  recordRefusal(answer: Pick<PageAnswer, 'kind'>): Promise<void>;
}
