import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { load, newFolder, refusalOf, shippedWith } from './shipped.ts';

const KEY = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const CANARY = 'canary-Tr0ub4dor';

const environmentOf = (env: NodeJS.ProcessEnv) => load(shippedWith([]), env).environment;

/** What is said of an environment that cannot be used; the values must not be in it. */
function said(env: NodeJS.ProcessEnv): string[] {
  const refusal = refusalOf(shippedWith([]), env);
  expect(refusal.exitCode).toBe(78);
  expect(refusal.message).not.toContain(CANARY);
  expect(refusal.problems.every((problem) => problem.file === 'environment' && problem.line === null)).toBe(
    true,
  );
  return refusal.problems.map(({ key, message }) => `${key}: ${message}`);
}

function secretFile(content: string, mode: number): string {
  const path = join(newFolder(), 'secret');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

describe('the environment', () => {
  test('may be empty: everything runs on this machine', () => {
    const nothing = {
      databaseUrl: null,
      redisUrl: null,
      smtpUrl: null,
      sisClientId: null,
      sisClientSecret: null,
      attendanceClientId: null,
      attendanceClientSecret: null,
      mailboxPassword: null,
      mailboxToken: null,
      mailboxTokenFile: null,
      mailClientId: null,
      mailClientSecret: null,
      mailRefreshToken: null,
      dkimKey: null,
      oidcClientSecret: null,
      packetPassword: null,
      pingUrl: null,
      pingFailUrl: null,
      secretKey: null,
      secretKeyBefore: null,
      documentKey: null,
      backupKey: null,
      backupKeyBefore: null,
      logLevel: 'info',
    };
    expect(environmentOf({})).toEqual(nothing);
    expect(
      environmentOf({ DATABASE_URL: '', SMTP_URL: '', LOG_LEVEL: '', ROLLCALL_SECRET_KEY_FILE: '' }),
    ).toEqual(nothing);
  });

  test('gives every value', () => {
    const env = {
      DATABASE_URL: 'postgresql://rollcall:pw@db.example.org:5432/rollcall',
      REDIS_URL: 'rediss://cache.example.org:6379',
      SMTP_URL: 'smtp://mail.example.org:587',
      ROLLCALL_SIS_CLIENT_ID: 'b7c1f0a2',
      ROLLCALL_SIS_CLIENT_SECRET: CANARY,
      ROLLCALL_SECRET_KEY: KEY,
      ROLLCALL_DOCUMENT_KEY: `${KEY} for documents`,
      ROLLCALL_BACKUP_KEY: `${KEY} for backups`,
      LOG_LEVEL: 'debug',
      PATH: '/bin',
    };
    expect(environmentOf(env)).toEqual({
      databaseUrl: env.DATABASE_URL,
      redisUrl: env.REDIS_URL,
      smtpUrl: env.SMTP_URL,
      sisClientId: env.ROLLCALL_SIS_CLIENT_ID,
      sisClientSecret: CANARY,
      attendanceClientId: null,
      attendanceClientSecret: null,
      mailboxPassword: null,
      mailboxToken: null,
      mailboxTokenFile: null,
      mailClientId: null,
      mailClientSecret: null,
      mailRefreshToken: null,
      dkimKey: null,
      oidcClientSecret: null,
      packetPassword: null,
      pingUrl: null,
      pingFailUrl: null,
      secretKey: KEY,
      secretKeyBefore: null,
      documentKey: `${KEY} for documents`,
      backupKey: `${KEY} for backups`,
      backupKeyBefore: null,
      logLevel: 'debug',
    });
  });

  test('asks for an address after a night by TLS, or on this machine', () => {
    for (const url of ['https://hc-ping.example.org/7f3c', 'http://127.0.0.1:9999/ping'])
      expect(environmentOf({ ROLLCALL_PING_URL: url }).pingUrl).toBe(url);
    for (const url of [`http://hc-ping.example.org/${CANARY}`, CANARY])
      expect(said({ ROLLCALL_PING_URL: url })).toEqual([
        'ROLLCALL_PING_URL: cannot be used, expected an address that begins with https://',
      ]);
  });

  test.each([0o600, 0o640, 0o400])(
    'takes a secret from a file of mode %o, without its last line break',
    (mode) => {
      expect(environmentOf({ ROLLCALL_SECRET_KEY_FILE: secretFile(`${KEY}\n`, mode) }).secretKey).toBe(KEY);
      expect(environmentOf({ ROLLCALL_SECRET_KEY_FILE: secretFile(`${KEY}\r\n`, mode) }).secretKey).toBe(KEY);
    },
  );

  test.each([
    [
      'that everybody can read',
      CANARY,
      0o644,
      'can be read by everybody on this machine, expected mode 0600 or 0640',
    ],
    ['that is empty', '', 0o600, 'is empty, expected the secret in it'],
    ['with a line break only', '\n', 0o600, 'is empty, expected the secret in it'],
    ['with several lines', `${CANARY}\n${CANARY}\n`, 0o600, 'has several lines, expected the secret alone'],
  ])('refuses a file %s', (_name, content, mode, reason) => {
    const path = secretFile(content, mode);
    expect(said({ DATABASE_URL_FILE: path })).toEqual([`DATABASE_URL_FILE: ${path} ${reason}`]);
  });

  test('refuses a file that is not there', () => {
    const path = join(newFolder(), 'gone');
    expect(refusalOf(shippedWith([]), { SMTP_URL_FILE: path }).problems).toMatchObject([
      { file: 'environment', key: 'SMTP_URL_FILE', message: `${path} cannot be read (ENOENT)` },
    ]);
  });

  test('refuses a value beside a file', () => {
    expect(said({ REDIS_URL: `redis://:${CANARY}@h`, REDIS_URL_FILE: secretFile('x', 0o600) })).toEqual([
      'REDIS_URL: is set together with REDIS_URL_FILE, expected one of the two',
    ]);
  });

  test('a value from a file is checked like any other', () => {
    expect(said({ ROLLCALL_SECRET_KEY_FILE: secretFile('changeme', 0o600) })).toEqual([
      'ROLLCALL_SECRET_KEY: is a sample value, expected a real one; `openssl rand -hex 32` makes one',
    ]);
  });

  test.each([
    'changeme',
    'CHANGE-ME',
    'secret',
    'password',
    '<client secret>',
    ['$', '{SECRET}'].join(''),
    'your-secret',
    'xxxxxxxx',
  ])('refuses the sample value %s', (value) => {
    expect(said({ ROLLCALL_SIS_CLIENT_ID: 'b7c1f0a2', ROLLCALL_SIS_CLIENT_SECRET: value })).toEqual([
      'ROLLCALL_SIS_CLIENT_SECRET: is a sample value, expected the real secret',
    ]);
  });

  test('refuses one key for two purposes', () => {
    expect(said({ ROLLCALL_SECRET_KEY: KEY, ROLLCALL_DOCUMENT_KEY: KEY })).toEqual([
      'ROLLCALL_DOCUMENT_KEY: is the same as ROLLCALL_SECRET_KEY, expected a key of its own',
    ]);
  });

  test('refuses a key that is too short', () => {
    expect(said({ ROLLCALL_SECRET_KEY: CANARY })).toEqual([
      'ROLLCALL_SECRET_KEY: has 16 bytes, expected at least 32; `openssl rand -hex 32` makes one',
    ]);
  });

  test.each([
    [
      { ROLLCALL_SIS_CLIENT_ID: 'b7c1f0a2' },
      'ROLLCALL_SIS_CLIENT_SECRET: is not set, expected it together with ROLLCALL_SIS_CLIENT_ID',
    ],
    [
      { ROLLCALL_SIS_CLIENT_SECRET: CANARY },
      'ROLLCALL_SIS_CLIENT_ID: is not set, expected it together with ROLLCALL_SIS_CLIENT_SECRET',
    ],
  ])('refuses half of what the SIS needs: %#', (env, expected) => {
    expect(said(env)).toEqual([expected]);
  });

  test.each([
    ['DATABASE_URL', 'mysql://u:p@h/db', 'postgres:'],
    ['DATABASE_URL', `db.example.org ${CANARY}`, 'postgres:'],
    ['DATABASE_URL', `postgres://u:${CANARY}@h:99999/db`, 'postgres:'],
    ['REDIS_URL', `http://:${CANARY}@h`, 'redis:'],
    ['REDIS_URL', 'localhost:6379', 'redis:'],
  ])('refuses %s=%s', (name, value, protocol) => {
    expect(said({ [name]: value })).toEqual([
      `${name}: cannot be read as an address, expected the form ${protocol}//user:password@host:port/name (a @ inside the password is written %40)`,
    ]);
  });

  test.each([
    [
      'TLS turned off to another host',
      `smtp://u:${CANARY}@mail.example.org:25?tls=off`,
      'its option "tls" does not fit, expected "required"',
    ],
    [
      'TLS turned off in other words',
      `smtp://u:${CANARY}@mail.example.org:25?tls=none`,
      'its option "tls" does not fit, expected "required"',
    ],
    [
      'TLS passed over',
      `smtp://u:${CANARY}@mail.example.org:25?ignoreTLS=true`,
      'it has an unknown option, expected only tls, auth, name, connections',
    ],
    [
      'another protocol',
      `https://u:${CANARY}@mail.example.org`,
      'it starts with "https:", expected smtp:// or smtps://',
    ],
  ])('refuses an SMTP_URL with %s', (_name, url, reason) => {
    expect(said({ SMTP_URL: url })).toEqual([
      `SMTP_URL: The SMTP URL cannot be used: ${reason}. Example: smtp://user:password@mail.example.org:587`,
    ]);
  });

  test('refuses an unknown log level with the one that was meant', () => {
    expect(said({ LOG_LEVEL: 'wran' })).toEqual([
      'LOG_LEVEL: found "wran", expected one of debug, info, warn, error, silent; did you mean "warn"?',
    ]);
  });

  test('finds a misspelt variable of ours, and leaves those of others alone', () => {
    expect(said({ ROLLCALL_SECERT_KEY: KEY, OTHER_SECERT_KEY: 'x' })).toEqual([
      'ROLLCALL_SECERT_KEY: unknown variable; did you mean "ROLLCALL_SECRET_KEY"?',
    ]);
  });

  test('tells everything at once', () => {
    expect(
      said({ LOG_LEVEL: 'loud', DATABASE_URL: 'x', REDIS_URL: 'y', ROLLCALL_SECRET_KEY: 'z' }),
    ).toHaveLength(4);
  });
});

describe('what mail needs from the environment', () => {
  const DKIM = '  messageIdDomain: riverbend.example.org\n';
  const withMail = (more: string) => () => shippedWith([['district.yaml', DKIM, `${DKIM}${more}`]]);
  const dkim = (domain: string) => withMail(`  dkim: { domain: ${domain}, selector: rollcall1 }\n`);
  const OAUTH = '  oauth2: { tokenUrl: "https://login.example.org/token", grant: refresh-token }\n';
  const pem = (bits: number) =>
    generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const key = String(pem(2048));
  const wrong = (folder: string, env: NodeJS.ProcessEnv) =>
    refusalOf(folder, env).problems.map((problem) => `${problem.key}: ${problem.message}`);

  test('a signing key may come from a file with several lines', () => {
    const file = secretFile(key, 0o600);
    expect(load(dkim('example.org')(), { ROLLCALL_DKIM_KEY_FILE: file }).mail.dkim).toEqual({
      domain: 'example.org',
      selector: 'rollcall1',
      privateKey: key.trimEnd(),
    });
  });

  test.each<[string, () => string, NodeJS.ProcessEnv, string]>([
    ['without its key', dkim('riverbend.example.org'), {}, 'ROLLCALL_DKIM_KEY: is not set, expected the key'],
    [
      'a key without it',
      () => shippedWith([]),
      { ROLLCALL_DKIM_KEY: key },
      'ROLLCALL_DKIM_KEY: is set, expected `mail.dkim`',
    ],
    [
      'a short key',
      dkim('riverbend.example.org'),
      { ROLLCALL_DKIM_KEY: String(pem(1024)) },
      'ROLLCALL_DKIM_KEY: has 1024 bits, expected at least 2048',
    ],
    [
      'no key at all',
      dkim('riverbend.example.org'),
      { ROLLCALL_DKIM_KEY: CANARY },
      'ROLLCALL_DKIM_KEY: cannot be read as a private key, expected an RSA key as PEM',
    ],
    [
      'another domain',
      dkim('elsewhere.org'),
      { ROLLCALL_DKIM_KEY: key },
      'mail.dkim.domain: found "elsewhere.org", expected riverbend.example.org or a domain above it',
    ],
    [
      'tokens without credentials',
      withMail(OAUTH),
      { SMTP_URL: 'smtp://a%40b.org@mail.example.org?auth=xoauth2' },
      'ROLLCALL_MAIL_CLIENT_ID: is not set, expected it for `mail.oauth2`',
    ],
    [
      'tokens for a password',
      withMail(OAUTH),
      { SMTP_URL: 'smtp://a:p3ssw0rd@mail.example.org' },
      'SMTP_URL: has no auth=xoauth2, expected it together with `mail.oauth2`',
    ],
    [
      'a URL for tokens alone',
      () => shippedWith([]),
      { SMTP_URL: 'smtp://a@mail.example.org?auth=xoauth2' },
      'SMTP_URL: has auth=xoauth2, expected `mail.oauth2`',
    ],
  ])('is refused: %s', (_name, folder, env, message) => {
    const problems = wrong(folder(), env);
    expect(problems[0]).toContain(message);
    expect(problems.join()).not.toContain(CANARY);
  });
});
