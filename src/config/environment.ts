import { readFileSync, statSync } from 'node:fs';
import { parseSmtpUrl } from '../mail/smtp-url.ts';
import type { ConfigProblem } from './config-error.ts';
import type { Environment } from './config-types.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const SHORTEST_KEY = 32;
const SAMPLE_VALUES = new Set(['changeme', 'change-me', 'secret', 'password', 'example', 'your-secret', 'xxx']);

/** Reads the environment; each secret may also stand in a file that `NAME_FILE` points to. */
export function readEnvironment(env: NodeJS.ProcessEnv): { environment: Environment; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const complain = (key: string, message: string) =>
    problems.push({ file: 'environment', line: null, column: null, key, message });
  const value = (name: string) => readValue(env, name, complain);
  const logLevel = value('LOG_LEVEL') ?? 'info';
  const level = LOG_LEVELS.find((known) => known === logLevel);
  if (level === undefined) complain('LOG_LEVEL', `found ${JSON.stringify(logLevel)}, expected one of ${LOG_LEVELS.join(', ')}`);
  const environment: Environment = {
    databaseUrl: value('DATABASE_URL'),
    redisUrl: value('REDIS_URL'),
    smtpUrl: value('SMTP_URL'),
    sisClientId: value('ROLLCALL_SIS_CLIENT_ID'),
    sisClientSecret: value('ROLLCALL_SIS_CLIENT_SECRET'),
    secretKey: value('ROLLCALL_SECRET_KEY'),
    logLevel: level ?? 'info',
  };
  checkUrl(environment.databaseUrl, 'DATABASE_URL', ['postgres:', 'postgresql:'], complain);
  checkUrl(environment.redisUrl, 'REDIS_URL', ['redis:', 'rediss:'], complain);
  checkSmtp(environment.smtpUrl, complain);
  if (environment.secretKey !== null && environment.secretKey.length < SHORTEST_KEY) {
    complain('ROLLCALL_SECRET_KEY', `is too short, expected at least ${SHORTEST_KEY} characters; openssl rand -hex 32 makes one`);
  }
  for (const [name, secret] of [
    ['ROLLCALL_SIS_CLIENT_SECRET', environment.sisClientSecret],
    ['ROLLCALL_SECRET_KEY', environment.secretKey],
  ] as const) {
    if (secret !== null && SAMPLE_VALUES.has(secret.toLowerCase())) complain(name, 'is a sample value, expected a real secret');
  }
  return { environment, problems };
}

type Complain = (key: string, message: string) => void;

function readValue(env: NodeJS.ProcessEnv, name: string, complain: Complain): string | null {
  const direct = env[name];
  const path = env[`${name}_FILE`];
  if (path === undefined || path === '') return direct === undefined || direct === '' ? null : direct;
  if (direct !== undefined && direct !== '') {
    complain(name, `is set together with ${name}_FILE, expected one of the two`);
    return null;
  }
  try {
    if ((statSync(path).mode & 0o004) !== 0) {
      complain(`${name}_FILE`, `${path} can be read by everybody on this machine, expected mode 0600 or 0640`);
      return null;
    }
    const content = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (content === '') complain(`${name}_FILE`, `${path} is empty, expected the value in it`);
    return content === '' ? null : content;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    complain(`${name}_FILE`, `${path} cannot be read (${code})`);
    return null;
  }
}

function checkUrl(value: string | null, name: string, protocols: readonly string[], complain: Complain): void {
  if (value === null) return;
  if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
    complain(name, `is not an address of the form ${protocols[0]}//user:password@host:port/name`);
  }
}

/** Letters are education records: without TLS they go to this machine only. */
function checkSmtp(value: string | null, complain: Complain): void {
  if (value === null) return;
  try {
    parseSmtpUrl(value);
  } catch (error) {
    complain('SMTP_URL', error instanceof Error ? error.message : 'cannot be used');
  }
}
