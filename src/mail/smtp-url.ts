/** A mail server, as its URL names it. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte (smtps). `required`: STARTTLS or nothing. `none`: loopback only. */
  readonly tls: 'implicit' | 'required' | 'none';
  /** A password of null: by an access token (XOAUTH2). */
  readonly signIn: { readonly user: string; readonly password: string | null } | null;
  /** SASL mechanism; null takes the first that the server offers. */
  readonly authMethod: string | null;
  /** The name we greet with (EHLO); null takes the machine's. */
  readonly name: string | null;
  readonly connections: number;
}

const DEFAULT_CONNECTIONS = 3;

/**
 * Reads `smtp://user:password@mail.example.org:587?name=rollcall.example.org`.
 *
 * `smtp:` means STARTTLS, which is not optional except on loopback; `smtps:` means TLS from the start. Query:
 * `tls=required` (STARTTLS on loopback too), `auth` (`plain`, `login`, `cram-md5`, or `xoauth2`, with a user and no
 * password), `name`, `connections` (1 to 20).
 * @throws RangeError that says what is wrong and repeats nothing secret
 */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = parseUrl(text);
  if (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') {
    throw wrong(`it starts with "${url.protocol}", expected smtp:// or smtps://`);
  }
  const host = decode(url.hostname, 'host')
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw wrong('it names no host');
  if (url.pathname !== '' && url.pathname !== '/')
    throw wrong('it has a path, expected nothing after the port');
  if (url.hash !== '') throw wrong('it has a # part; a # inside the user or password is written %23');
  const query = readQuery(url.searchParams);
  const implicit = url.protocol === 'smtps:';
  return {
    host,
    port: url.port === '' ? (implicit ? 465 : 587) : Number(url.port),
    tls: implicit ? 'implicit' : query.tls === 'required' || !isLoopback(host) ? 'required' : 'none',
    signIn: readSignIn(url, query.auth?.toLowerCase() === 'xoauth2'),
    authMethod: query.auth?.toUpperCase() ?? null,
    name: query.name ?? null,
    connections: query.connections === undefined ? DEFAULT_CONNECTIONS : Number(query.connections),
  };
}

const QUERY: Readonly<Record<string, { fits: RegExp; expected: string }>> = {
  tls: { fits: /^required$/, expected: '"required"' },
  auth: { fits: /^(?:plain|login|cram-md5|xoauth2)$/i, expected: 'plain, login, cram-md5 or xoauth2' },
  name: { fits: /^[A-Za-z0-9.-]{1,200}$/, expected: 'a host name' },
  connections: { fits: /^(?:[1-9]|1[0-9]|20)$/, expected: 'a number from 1 to 20' },
};

function readQuery(params: URLSearchParams): Partial<Record<string, string>> {
  const values: Partial<Record<string, string>> = {};
  for (const [key, value] of params) {
    const rule = Object.hasOwn(QUERY, key) ? QUERY[key] : undefined;
    if (rule === undefined)
      throw wrong(`it has an unknown option, expected only ${Object.keys(QUERY).join(', ')}`);
    if (!rule.fits.test(value)) throw wrong(`its option "${key}" does not fit, expected ${rule.expected}`);
    values[key] = value;
  }
  return values;
}

function readSignIn(url: URL, byToken: boolean): SmtpServer['signIn'] {
  if (byToken) {
    if (url.username === '' || url.password !== '')
      throw wrong('it signs in by xoauth2, expected a user and no password');
    return { user: decode(url.username, 'user'), password: null };
  }
  if (url.username === '' && url.password === '') return null;
  if (url.username === '' || url.password === '') {
    throw wrong('it has a user without a password, or a password without a user');
  }
  return { user: decode(url.username, 'user'), password: decode(url.password, 'password') };
}

/** A name of loopback, which no packet leaves: there, and only there, plain SMTP is allowed. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function parseUrl(text: string): URL {
  try {
    return new URL(text.trim());
  } catch {
    throw wrong(
      'it is no URL; special characters in the user or password must be percent-encoded (@ is %40)',
    );
  }
}

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(`its ${part} is not percent-encoded correctly (% itself is %25)`);
  }
}

function wrong(what: string): RangeError {
  return new RangeError(
    `The SMTP URL cannot be used: ${what}. Example: smtp://user:password@mail.example.org:587`,
  );
}
