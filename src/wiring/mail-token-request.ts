import type { Config } from '../config/config-types.ts';
import type { TokenRequest } from '../mail/oauth-token.ts';

/** Where access tokens for the mail server and the mailbox come from; null: both are signed in to otherwise. */
export function mailTokenRequest({ mail, environment }: Config): TokenRequest | null {
  const { oauth2 } = mail;
  if (oauth2 === null) return null;
  return {
    tokenUrl: oauth2.tokenUrl,
    scope: oauth2.scope,
    clientId: environment.mailClientId ?? '',
    clientSecret: environment.mailClientSecret ?? '',
    refreshToken: oauth2.grant === 'refresh-token' ? environment.mailRefreshToken : null,
  };
}
