import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** What the provider says of whoever signs in next, and what it gets wrong. */
export interface OidcAnswer {
  email: string;
  verified: boolean | null;
  /** Instead of the nonce that was asked for. */
  nonce?: string;
  issuer?: string;
}

/** A small OpenID Connect provider on loopback: discovery, keys, the code flow with PKCE. Everybody is signed in at once. */
export async function startOidcServer(client: { id: string; secret: string }) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const codes = new Map<string, { nonce: string; challenge: string; redirect: string }>();
  const answer: OidcAnswer = { email: '', verified: true };
  let url = '';
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '/', url);
    const json = (status: number, value: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (asked.pathname === '/.well-known/openid-configuration')
      return json(200, {
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    if (asked.pathname === '/keys')
      return json(200, {
        keys: [{ ...publicKey.export({ format: 'jwk' }), kid: '1', alg: 'RS256', use: 'sig' }],
      });
    if (asked.pathname === '/authorize') {
      const given = (name: string) => asked.searchParams.get(name) ?? '';
      const code = randomUUID();
      const redirect = given('redirect_uri');
      codes.set(code, { nonce: given('nonce'), challenge: given('code_challenge'), redirect });
      const back = new URL(redirect);
      back.search = new URLSearchParams({ code, state: given('state') }).toString();
      return response.writeHead(302, { location: back.href }).end();
    }
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const form = new URLSearchParams(body);
      const known = codes.get(form.get('code') ?? '');
      codes.delete(form.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      if (
        known?.challenge !== challenge ||
        form.get('client_secret') !== client.secret ||
        form.get('redirect_uri') !== known.redirect
      )
        return json(400, { error: 'invalid_grant' });
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: answer.issuer ?? url,
        aud: client.id,
        sub: 'somebody',
        iat: now,
        exp: now + 300,
        nonce: answer.nonce ?? known.nonce,
        email: answer.email,
        ...(answer.verified !== null && { email_verified: answer.verified }),
      };
      const unsigned = `${part({ alg: 'RS256', kid: '1' })}.${part(claims)}`;
      const signature = createSign('RSA-SHA256').update(unsigned).sign(privateKey).toString('base64url');
      json(200, { access_token: 'access', token_type: 'bearer', id_token: `${unsigned}.${signature}` });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return {
    url,
    answer,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
