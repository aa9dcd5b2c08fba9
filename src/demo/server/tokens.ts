import { createHash } from 'node:crypto';
import { jsonReply, type Reply } from './reply.ts';

export const scopes = {
  roster: 'https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly',
  rosterCore: 'https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly',
  demographics: 'https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly',
  attendance: 'https://rollcall.example.org/scope/attendance.readonly',
} as const;

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface Grant {
  readonly scopes: readonly string[];
  uses: number;
}

export interface TokenDesk {
  /** OAuth 2.0 client credentials, id and secret by HTTP Basic or in the form (RFC 6749, sections 2.3.1 and 4.4). */
  issue(authorization: string | undefined, contentType: string | undefined, form: URLSearchParams): Reply;
  /** Counts the use. @returns null for a token that is unknown, expired or revoked. */
  use(authorization: string | undefined): Grant | null;
  revokeAll(): void;
}

const lifetimeSeconds = 3600;

/** Tokens live in real time: `performance.now()` measures a span, it does not tell the date. */
export function openTokenDesk(credentials: Credentials): TokenDesk {
  const grants = new Map<string, Grant & { readonly until: number }>();
  let issued = 0;
  return {
    issue(authorization, contentType, form) {
      if (!contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded'))
        return refused(400, 'invalid_request');
      const client = clientOf(authorization, form);
      if (client.clientId !== credentials.clientId || client.clientSecret !== credentials.clientSecret) {
        return refused(401, 'invalid_client', { 'WWW-Authenticate': 'Basic realm="campus"' });
      }
      if (form.get('grant_type') !== 'client_credentials') return refused(400, 'unsupported_grant_type');
      const known: readonly string[] = Object.values(scopes);
      // OneRoster 1.1 has the same three scopes under its own version.
      const wanted = form.get('scope')?.replaceAll('/v1p1/', '/v1p2/').split(/\s+/).filter(Boolean) ?? [];
      if (!wanted.every((scope) => known.includes(scope))) return refused(400, 'invalid_scope');
      const granted = wanted.length === 0 ? known : wanted;
      const token = createHash('sha256')
        .update(`${credentials.clientSecret}/${++issued}`)
        .digest('base64url');
      grants.set(token, { scopes: granted, uses: 0, until: performance.now() + lifetimeSeconds * 1000 });
      return jsonReply(
        200,
        { access_token: token, token_type: 'bearer', expires_in: lifetimeSeconds, scope: granted.join(' ') },
        { 'Cache-Control': 'no-store' },
      );
    },
    use(authorization) {
      const token = /^bearer (.+)$/i.exec(authorization ?? '')?.[1];
      const grant = token === undefined ? undefined : grants.get(token);
      if (grant === undefined || grant.until < performance.now()) return null;
      grant.uses++;
      return grant;
    },
    revokeAll: () => grants.clear(),
  };
}

function clientOf(authorization: string | undefined, form: URLSearchParams): Credentials {
  const basic = /^basic (.+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) {
    return { clientId: form.get('client_id') ?? '', clientSecret: form.get('client_secret') ?? '' };
  }
  const [id = '', ...secret] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return { clientId: formDecoded(id), clientSecret: formDecoded(secret.join(':')) };
}

/** Id and secret are form-encoded before they go into the header; many clients leave that out. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function refused(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return jsonReply(status, { error }, headers);
}
