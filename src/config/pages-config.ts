import type { DistrictFile } from './district-schema.ts';
import { type ListenAddress, listenAddress } from './listen-address.ts';

/** The pages of staff and the officer. */
export interface PagesConfig {
  /** Without a slash at its end: `https://attendance.example.org`. */
  readonly origin: string;
  /** Cookies carry the prefix that only TLS can set; false on this machine alone. */
  readonly secure: boolean;
  readonly listen: ListenAddress;
  readonly proxies: readonly string[];
  readonly sessionDays: number;
  readonly linkDays: number;
  readonly deviceDays: number;
  readonly oidc: OidcConfig | null;
}

export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly name: string;
  readonly email: 'verified' | 'from-issuer';
}

export function pagesOf({ pages }: DistrictFile, oidcClientSecret: string | null): PagesConfig | null {
  if (pages === undefined) return null;
  const { url, listen, oidc, ...rest } = pages;
  const { origin, protocol } = new URL(url);
  return {
    ...rest,
    origin,
    secure: protocol === 'https:',
    listen: listenAddress(listen),
    oidc: oidc === undefined ? null : { ...oidc, clientSecret: oidcClientSecret ?? '' },
  };
}
