import { isIP } from 'node:net';
import { z } from 'zod';
import { text, webAddress } from './fields.ts';
import { isListenAddress } from './listen-address.ts';

const days = (longest: number) => z.int().min(1).max(longest);

/** The pages of staff and the officer. The secret of `oidc` stands in the environment. */
export const pagesSchema = z.strictObject({
  url: webAddress
    .refine((value) => !URL.canParse(value) || new URL(value).href === `${new URL(value).origin}/`, {
      error: 'an address without a path such as https://attendance.example.org',
    })
    .describe(
      'Address under which people reach the pages: that of the TLS proxy. Links in mails begin with it.',
    ),
  listen: z
    .string()
    .refine(isListenAddress, { error: 'an address and a port such as "127.0.0.1:8080"' })
    .default('127.0.0.1:8080')
    .describe('Where the pages are served, in plain HTTP, to the proxy.'),
  proxies: z
    .array(z.string().refine(isNetwork, { error: 'an IP address or a network such as 10.0.0.0/8' }))
    .max(20)
    .default(['127.0.0.1', '::1'])
    .describe('Proxies whose word about where a request comes from (`X-Forwarded-For`) is taken.'),
  sessionDays: days(30)
    .default(1)
    .describe(
      'Days after which a person signs in again. A day is also what accessibility asks for at least.',
    ),
  linkDays: days(60).default(14).describe('Days for which a link in a mail works.'),
  deviceDays: days(90).default(30).describe('Days for which a device asks for no code again.'),
  oidc: z
    .strictObject({
      issuer: webAddress.describe('Address of the issuer: its `/.well-known/openid-configuration` is read.'),
      clientId: text.describe('Id that the district’s identity provider gave to Rollcall.'),
      name: text.default('your district account').describe('What the button says after “Sign in with”.'),
      email: z
        .enum(['verified', 'from-issuer'])
        .default('verified')
        .describe(
          '`verified` takes an e-mail address only with the claim `email_verified`; `from-issuer` trusts an issuer of the district’s own that does not send it.',
        ),
    })
    .optional()
    .describe('Sign-in with OpenID Connect. Not set: by links and codes in mails only.'),
});

function isNetwork(value: string): boolean {
  const [address = '', bits, ...more] = value.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
