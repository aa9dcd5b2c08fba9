import type { FastifyReply, FastifyRequest } from 'fastify';
import { newToken } from '../../procedure/links.ts';
import { CSRF_FIELD } from '../form.ts';
import { comesFromOurPages, type House, visitorOf } from '../house.ts';
import { type Html, html } from '../html.ts';

/**
 * For forms before anybody has signed in: a random mark of the browser takes the place of the session, so that no other
 * site can have a browser sign in, or ask for a code.
 */
export function visitorForm(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  parts: { action: string; fields?: Html; submit: string },
): Html {
  const known = house.cookies.read(request, 'visitor');
  const mark = known !== undefined && MARK.test(known) ? known : newToken();
  if (mark !== known) house.cookies.set(reply, 'visitor', mark);
  return html`<form method="post" action="${parts.action}"><input type="hidden" name="${CSRF_FIELD}" value="${house.secrets.csrfOf(mark)}">
${parts.fields}
<p class="actions"><button type="submit" class="main">${parts.submit}</button></p></form>`;
}

/** The fields of such a form, each of which stands there once. @returns null: it is not one that we made for this browser */
export function visitorFields(
  house: House,
  request: FastifyRequest,
  names: readonly string[],
): Readonly<Record<string, string>> | null {
  const { body } = request;
  const mark = house.cookies.read(request, 'visitor');
  if (!(body instanceof URLSearchParams) || mark === undefined || !comesFromOurPages(house, request))
    return null;
  const given = [...body.keys()];
  const known = [CSRF_FIELD, ...names];
  if (new Set(given).size !== given.length || given.some((name) => !known.includes(name))) return null;
  if (!house.secrets.isCsrfOf(mark, body.get(CSRF_FIELD) ?? '')) return null;
  return Object.fromEntries(names.map((name) => [name, body.get(name) ?? '']));
}

/** What the browser brings along: its device, and a session that a new one takes the place of. */
export async function browserOf(
  house: House,
  request: FastifyRequest,
): Promise<{ device: string | null; from: string; replaces: string | null }> {
  const visitor = await visitorOf(house, request);
  return {
    device: tokenIn(house.cookies.read(request, 'device')),
    from: request.ip,
    replaces: visitor?.session.id ?? null,
  };
}

export function tokenIn(cookie: string | undefined): string | null {
  return cookie !== undefined && MARK.test(cookie) ? cookie : null;
}

const MARK = /^[A-Za-z0-9_-]{43}$/;
