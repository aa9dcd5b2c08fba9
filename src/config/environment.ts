import { createPrivateKey } from 'node:crypto';
import { parseSmtpUrl } from '../mail/smtp-url.ts';
import type { ConfigProblem } from './config-error.ts';
import type { Environment } from './config-types.ts';
import { readSecretFile } from './secret-file.ts';
import { looksLikeSample, SHORTEST_KEY_BYTES } from './secret-words.ts';
import { hintFor, suggest } from './suggest.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const PREFIX = 'ROLLCALL_';
/** Read elsewhere, and named here so that a misspelt one is found. */
const FOLDERS = ['ROLLCALL_DATA_DIR', 'ROLLCALL_CONFIG_DIR', 'ROLLCALL_STOP_FILE'];
const SECRETS = [
  'DATABASE_URL',
  'REDIS_URL',
  'SMTP_URL',
  'ROLLCALL_SIS_CLIENT_ID',
  'ROLLCALL_SIS_CLIENT_SECRET',
  'ROLLCALL_ATTENDANCE_CLIENT_ID',
  'ROLLCALL_ATTENDANCE_CLIENT_SECRET',
  'ROLLCALL_MAILBOX_PASSWORD',
  'ROLLCALL_MAILBOX_TOKEN',
  'ROLLCALL_MAIL_CLIENT_ID',
  'ROLLCALL_MAIL_CLIENT_SECRET',
  'ROLLCALL_MAIL_REFRESH_TOKEN',
  'ROLLCALL_DKIM_KEY',
  'ROLLCALL_OIDC_CLIENT_SECRET',
  'ROLLCALL_PACKET_PASSWORD',
  'ROLLCALL_PING_URL',
  'ROLLCALL_PING_FAIL_URL',
  'ROLLCALL_SECRET_KEY',
  'ROLLCALL_SECRET_KEY_BEFORE',
  'ROLLCALL_DOCUMENT_KEY',
  'ROLLCALL_BACKUP_KEY',
  'ROLLCALL_BACKUP_KEY_BEFORE',
] as const;

type Complain = (key: string, message: string) => void;

/** Reads the environment; each secret may also stand in a file that `NAME_FILE` points to. Values are never repeated. */
export function readEnvironment(env: NodeJS.ProcessEnv): {
  environment: Environment;
  problems: ConfigProblem[];
} {
  const problems: ConfigProblem[] = [];
  const complain: Complain = (key, message) =>
    problems.push({ file: 'environment', line: null, column: null, key, message });
  const value = (name: (typeof SECRETS)[number]) => readValue(env, name, complain);
  const environment: Environment = {
    databaseUrl: value('DATABASE_URL'),
    redisUrl: value('REDIS_URL'),
    smtpUrl: value('SMTP_URL'),
    sisClientId: value('ROLLCALL_SIS_CLIENT_ID'),
    sisClientSecret: value('ROLLCALL_SIS_CLIENT_SECRET'),
    attendanceClientId: value('ROLLCALL_ATTENDANCE_CLIENT_ID'),
    attendanceClientSecret: value('ROLLCALL_ATTENDANCE_CLIENT_SECRET'),
    mailboxPassword: value('ROLLCALL_MAILBOX_PASSWORD'),
    mailboxToken: value('ROLLCALL_MAILBOX_TOKEN'),
    mailboxTokenFile: env.ROLLCALL_MAILBOX_TOKEN_FILE || null,
    mailClientId: value('ROLLCALL_MAIL_CLIENT_ID'),
    mailClientSecret: value('ROLLCALL_MAIL_CLIENT_SECRET'),
    mailRefreshToken: value('ROLLCALL_MAIL_REFRESH_TOKEN'),
    dkimKey: value('ROLLCALL_DKIM_KEY'),
    oidcClientSecret: value('ROLLCALL_OIDC_CLIENT_SECRET'),
    packetPassword: value('ROLLCALL_PACKET_PASSWORD'),
    pingUrl: value('ROLLCALL_PING_URL'),
    pingFailUrl: value('ROLLCALL_PING_FAIL_URL'),
    secretKey: value('ROLLCALL_SECRET_KEY'),
    secretKeyBefore: value('ROLLCALL_SECRET_KEY_BEFORE'),
    documentKey: value('ROLLCALL_DOCUMENT_KEY'),
    backupKey: value('ROLLCALL_BACKUP_KEY'),
    backupKeyBefore: value('ROLLCALL_BACKUP_KEY_BEFORE'),
    logLevel: readLogLevel(env.LOG_LEVEL, complain),
  };
  checkUrl(environment.databaseUrl, 'DATABASE_URL', ['postgres:', 'postgresql:'], complain);
  checkUrl(environment.redisUrl, 'REDIS_URL', ['redis:', 'rediss:'], complain);
  checkSmtp(environment.smtpUrl, complain);
  checkPing('ROLLCALL_PING_URL', environment.pingUrl, complain);
  checkPing('ROLLCALL_PING_FAIL_URL', environment.pingFailUrl, complain);
  checkSis(environment, complain);
  checkSample('ROLLCALL_MAILBOX_PASSWORD', environment.mailboxPassword, complain);
  checkSample('ROLLCALL_MAILBOX_TOKEN', environment.mailboxToken, complain);
  checkSample('ROLLCALL_OIDC_CLIENT_SECRET', environment.oidcClientSecret, complain);
  checkPair('ROLLCALL_MAIL', environment.mailClientId, environment.mailClientSecret, complain);
  checkDkimKey(environment.dkimKey, complain);
  checkPacketPassword(environment.packetPassword, complain);
  checkKey('ROLLCALL_SECRET_KEY', environment.secretKey, complain);
  checkKey('ROLLCALL_DOCUMENT_KEY', environment.documentKey, complain);
  checkKey('ROLLCALL_SECRET_KEY_BEFORE', environment.secretKeyBefore, complain);
  checkKey('ROLLCALL_BACKUP_KEY', environment.backupKey, complain);
  checkKey('ROLLCALL_BACKUP_KEY_BEFORE', environment.backupKeyBefore, complain);
  checkOwnKey('ROLLCALL_BACKUP_KEY', environment.backupKey, environment, complain);
  if (environment.documentKey !== null && environment.documentKey === environment.secretKey)
    complain('ROLLCALL_DOCUMENT_KEY', 'is the same as ROLLCALL_SECRET_KEY, expected a key of its own');
  checkNames(Object.keys(env), complain);
  return { environment, problems };
}

/** An empty variable is one that is not set, as in every compose file. */
function readValue(env: NodeJS.ProcessEnv, name: string, complain: Complain): string | null {
  const direct = env[name] || null;
  const path = env[`${name}_FILE`] || null;
  if (path === null) return direct;
  if (direct !== null) {
    complain(name, `is set together with ${name}_FILE, expected one of the two`);
    return null;
  }
  const read = readSecretFile(path, { several: name === 'ROLLCALL_DKIM_KEY' });
  if (read.kind === 'read') return read.secret;
  complain(`${name}_FILE`, `${path} ${read.reason}`);
  return null;
}

function readLogLevel(asked: string | undefined, complain: Complain): Environment['logLevel'] {
  if (asked === undefined || asked === '') return 'info';
  const level = LOG_LEVELS.find((known) => known === asked);
  if (level !== undefined) return level;
  const hint = hintFor(suggest(asked, LOG_LEVELS));
  complain('LOG_LEVEL', `found ${JSON.stringify(asked)}, expected one of ${LOG_LEVELS.join(', ')}${hint}`);
  return 'info';
}

function checkUrl(
  value: string | null,
  name: string,
  protocols: readonly string[],
  complain: Complain,
): void {
  if (value === null) return;
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !protocols.includes(url.protocol) || url.hostname + url.search === '') {
    const form = `${protocols[0]}//user:password@host:port/name`;
    complain(
      name,
      `cannot be read as an address, expected the form ${form} (a @ inside the password is written %40)`,
    );
  }
}

/** The address is the secret: whoever has it can say that all is well. */
function checkPing(name: string, value: string | null, complain: Complain): void {
  if (value === null) return;
  const url = URL.canParse(value) ? new URL(value) : null;
  const onThisMachine = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && onThisMachine)) return;
  complain(name, 'cannot be used, expected an address that begins with https://');
}

/** Letters are education records: without TLS they go to this machine only. */
function checkSmtp(value: string | null, complain: Complain): void {
  if (value === null) return;
  try {
    parseSmtpUrl(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    complain('SMTP_URL', error.message);
  }
}

function checkSis(environment: Environment, complain: Complain): void {
  const { sisClientId, sisClientSecret, attendanceClientId, attendanceClientSecret } = environment;
  checkPair('ROLLCALL_SIS', sisClientId, sisClientSecret, complain);
  checkPair('ROLLCALL_ATTENDANCE', attendanceClientId, attendanceClientSecret, complain);
}

function checkPair(prefix: string, id: string | null, secret: string | null, complain: Complain): void {
  const [idName, secretName] = [`${prefix}_CLIENT_ID`, `${prefix}_CLIENT_SECRET`];
  if (id !== null && secret === null) complain(secretName, `is not set, expected it together with ${idName}`);
  if (id === null && secret !== null) complain(idName, `is not set, expected it together with ${secretName}`);
  if (id !== null && looksLikeSample(id)) complain(idName, 'is a sample value, expected the real id');
  if (secret !== null && looksLikeSample(secret)) {
    complain(secretName, 'is a sample value, expected the real secret');
  }
}

function checkSample(name: string, secret: string | null, complain: Complain): void {
  if (secret !== null && looksLikeSample(secret)) complain(name, 'is a sample value, expected the real one');
}

const SHORTEST_PACKET_PASSWORD = 12;

/** Whoever has the mail can try passwords without anybody noticing. */
function checkPacketPassword(password: string | null, complain: Complain): void {
  if (password === null) return;
  if (looksLikeSample(password)) {
    complain('ROLLCALL_PACKET_PASSWORD', 'is a sample value, expected the one agreed with the officer');
  } else if ([...password].length < SHORTEST_PACKET_PASSWORD) {
    const length = `${[...password].length} characters, expected at least ${SHORTEST_PACKET_PASSWORD}`;
    complain('ROLLCALL_PACKET_PASSWORD', `has ${length}`);
  }
}

function checkKey(name: string, key: string | null, complain: Complain): void {
  if (key === null) return;
  if (looksLikeSample(key)) {
    complain(name, 'is a sample value, expected a real one; `openssl rand -hex 32` makes one');
  } else if (Buffer.byteLength(key) < SHORTEST_KEY_BYTES) {
    const length = `${Buffer.byteLength(key)} bytes, expected at least ${SHORTEST_KEY_BYTES}`;
    complain(name, `has ${length}; \`openssl rand -hex 32\` makes one`);
  }
}

/** Whoever may fetch backups from another machine is not meant to read documents for that. */
function checkOwnKey(
  name: string,
  key: string | null,
  others: Pick<Environment, 'secretKey' | 'documentKey'>,
  complain: Complain,
): void {
  if (key === null) return;
  if (key === others.documentKey)
    complain(name, 'is the same as ROLLCALL_DOCUMENT_KEY, expected a key of its own');
  if (key === others.secretKey)
    complain(name, 'is the same as ROLLCALL_SECRET_KEY, expected a key of its own');
}

const SHORTEST_RSA_BITS = 2048;

/** A key that cannot sign would stop every letter on the day on which it is sent. */
function checkDkimKey(key: string | null, complain: Complain): void {
  if (key === null) return;
  const expected = `expected an RSA key as PEM; \`openssl genrsa ${SHORTEST_RSA_BITS}\` makes one`;
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(key);
    const bits = asymmetricKeyDetails?.modulusLength ?? 0;
    if (asymmetricKeyType !== 'rsa')
      complain('ROLLCALL_DKIM_KEY', `is a key of kind ${asymmetricKeyType}, ${expected}`);
    else if (bits < SHORTEST_RSA_BITS)
      complain('ROLLCALL_DKIM_KEY', `has ${bits} bits, expected at least ${SHORTEST_RSA_BITS}`);
  } catch {
    complain('ROLLCALL_DKIM_KEY', `cannot be read as a private key, ${expected}`);
  }
}

/** A variable of ours that is misspelt would be passed over in silence. */
function checkNames(names: readonly string[], complain: Complain): void {
  const known = [...FOLDERS, ...SECRETS, ...SECRETS.map((name) => `${name}_FILE`)].filter((name) =>
    name.startsWith(PREFIX),
  );
  for (const name of names) {
    if (!name.startsWith(PREFIX) || known.includes(name)) continue;
    const guess = suggest(
      name.slice(PREFIX.length),
      known.map((one) => one.slice(PREFIX.length)),
    );
    if (guess !== null) complain(name, `unknown variable${hintFor(`${PREFIX}${guess}`)}`);
  }
}
