import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as client from 'openid-client';
import { z } from 'zod';
import type { OidcConfig } from '../../config/pages-config.ts';
import { openSession } from '../../procedure/sign-in.ts';
import { personNow } from '../../procedure/staff-directory.ts';
import type { House } from '../house.ts';
import { html } from '../html.ts';
import type { Page } from '../site.ts';
import { browserOf } from './door.ts';
import { safePath } from './paths.ts';
import { beginSession } from './sign-in-pages.ts';

const MINUTES = 10;
const SECONDS_TO_WAIT = 10;

/** What has to come back unchanged; it lies with the browser, signed, so that opening the page keeps nothing here. */
const attemptSchema = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  to: z.string(),
  until: z.number(),
});

/** Sign-in at the district's identity provider (OpenID Connect: code flow, PKCE, nonce). */
export function registerOidc(app: FastifyInstance, house: House, oidc: OidcConfig): void {
  const { deps, cookies, secrets, config } = house;
  const redirectUri = `${config.origin}/oidc/callback`;
  let provider: Promise<client.Configuration> | null = null;
  const discovered = () => {
    provider ??= discover(oidc);
    provider.catch(() => {
      provider = null;
    });
    return provider;
  };

  const failed = (request: FastifyRequest, reply: FastifyReply, error: unknown) => {
    deps.log.warn('oidc-sign-in-failed', { error });
    return house.sendPlain(request, reply, failedPage, 403);
  };

  app.get('/oidc/start', async (request, reply) => {
    const { to } = request.query as { to?: unknown };
    const state = client.randomState();
    const nonce = client.randomNonce();
    const verifier = client.randomPKCECodeVerifier();
    const until = deps.moment().now.getTime() + MINUTES * 60_000;
    const path = safePath(typeof to === 'string' ? to : undefined);
    try {
      const url = client.buildAuthorizationUrl(await discovered(), {
        redirect_uri: redirectUri,
        scope: 'openid email',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      const attempt = JSON.stringify({ state, nonce, verifier, to: path, until });
      cookies.set(reply, 'oidc', secrets.signed('oidc', attempt), MINUTES * 60);
      return reply.redirect(url.href, 303);
    } catch (error) {
      return failed(request, reply, error);
    }
  });

  app.get('/oidc/callback', async (request, reply) => {
    const attempt = attemptIn(secrets.unsigned('oidc', cookies.read(request, 'oidc') ?? ''));
    cookies.clear(reply, 'oidc');
    const moment = deps.moment();
    if (attempt === null || attempt.until <= moment.now.getTime())
      return house.sendPlain(request, reply, failedPage, 403);
    try {
      const url = new URL(request.url, config.origin);
      const tokens = await client.authorizationCodeGrant(await discovered(), url, {
        pkceCodeVerifier: attempt.verifier,
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        idTokenExpected: true,
      });
      const email = emailIn(tokens.claims(), oidc);
      const person = email === null ? null : await personNow(deps.db, deps.config, email, moment);
      if (person === null) return house.sendPlain(request, reply, unknownPage, 403);
      const { from, replaces } = await browserOf(house, request);
      const token = await deps.db
        .transaction()
        .execute((tx) => openSession(tx, deps.letterbox, person, { by: 'oidc', from, replaces }, moment));
      house.views.soon();
      beginSession(house, reply, token);
      return reply.redirect(safePath(attempt.to), 303);
    } catch (error) {
      return failed(request, reply, error);
    }
  });
}

/** An address that the provider has not verified could be anybody's. */
function emailIn(claims: client.IDToken | undefined, { email: wanted }: OidcConfig): string | null {
  if (claims === undefined) return null;
  const { email, email_verified: verified } = claims;
  if (typeof email !== 'string') return null;
  if (wanted === 'verified' ? verified === true : verified !== false) return email;
  return null;
}

function discover({ issuer, clientId, clientSecret }: OidcConfig): Promise<client.Configuration> {
  const url = new URL(issuer);
  // The configuration allows plain HTTP for this machine only.
  const execute = url.protocol === 'http:' ? [client.allowInsecureRequests] : [];
  return client.discovery(url, clientId, clientSecret, undefined, { execute, timeout: SECONDS_TO_WAIT });
}

function attemptIn(text: string | null): z.output<typeof attemptSchema> | null {
  if (text === null) return null;
  try {
    return attemptSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

const failedPage: Page = {
  kind: 'page',
  title: 'Signing in did not work',
  body: html`<p>Please <a href="/sign-in">try once more</a>, or sign in by mail.</p>`,
};

const unknownPage: Page = {
  kind: 'page',
  title: 'You are not known here',
  body: html`<p>The account is right, but its e-mail address is not one of Rollcall’s staff, or is not verified. Please tell the IT contact.</p>`,
};
