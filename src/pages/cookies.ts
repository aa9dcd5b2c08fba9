import type { FastifyReply, FastifyRequest } from 'fastify';

/** `session`: signed in; `device`: remembered; `code`: a sign-in that waits; `visitor`: for forms before it; `notice`: what the next page says. */
export type CookieName = 'session' | 'device' | 'code' | 'visitor' | 'notice' | 'oidc';

export interface Cookies {
  read(request: FastifyRequest, name: CookieName): string | undefined;
  /** @param seconds not given: until the browser ends */
  set(reply: FastifyReply, name: CookieName, value: string, seconds?: number): void;
  clear(reply: FastifyReply, name: CookieName): void;
}

/** @param secure with the prefix that a browser takes over TLS only, for this host and all of its paths */
export function createCookies(secure: boolean): Cookies {
  const nameOf = (name: CookieName) => `${secure ? '__Host-' : ''}rollcall-${name}`;
  const options = { path: '/', httpOnly: true, secure, sameSite: 'lax' } as const;
  return {
    read: (request, name) => request.cookies[nameOf(name)],
    set: (reply, name, value, seconds) =>
      void reply.setCookie(nameOf(name), value, {
        ...options,
        ...(seconds !== undefined && { maxAge: seconds }),
      }),
    clear: (reply, name) => void reply.clearCookie(nameOf(name), options),
  };
}
