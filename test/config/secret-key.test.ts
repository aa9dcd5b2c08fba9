import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ConfigError } from '../../src/config/config-error.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { secretKeyOf } from '../../src/config/secret-key.ts';
import { newFolder } from './shipped.ts';

const FROM_ENVIRONMENT = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** @param secretKey what the environment says; without it the data folder is asked */
function keyIn(dataDir: string, secretKey?: string): string {
  const { environment } = readEnvironment(secretKey === undefined ? {} : { ROLLCALL_SECRET_KEY: secretKey });
  return secretKeyOf({ dataDir, environment });
}

test('the key of the environment goes before that of the data folder, and none is made', () => {
  const dataDir = newFolder();
  expect(keyIn(dataDir, FROM_ENVIRONMENT)).toBe(FROM_ENVIRONMENT);
  expect(existsSync(join(dataDir, 'secret.key'))).toBe(false);
});

test('without one a key is made once, readable by its owner alone, and stays', () => {
  const dataDir = join(newFolder(), 'data');
  const key = keyIn(dataDir);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(keyIn(dataDir)).toBe(key);
  expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir)).toEqual(['secret.key']);
});

test('two data folders have different keys', () => {
  expect(keyIn(newFolder())).not.toBe(keyIn(newFolder()));
});

test.each([
  ['that everybody can read', `${FROM_ENVIRONMENT}\n`, 0o644, 'can be read by everybody on this machine'],
  ['that is empty', '', 0o600, 'is empty'],
  ['that is cut off', `${FROM_ENVIRONMENT.slice(0, 20)}\n`, 0o600, 'has less than 32 bytes'],
])('a key file %s is refused, left as it is, and never shown', (_name, content, mode, reason) => {
  const dataDir = newFolder();
  const path = join(dataDir, 'secret.key');
  writeFileSync(path, content);
  chmodSync(path, mode);
  const refusal = refusalIn(dataDir);
  expect(refusal.exitCode).toBe(78);
  expect(refusal.problems).toMatchObject([{ file: path, message: expect.stringContaining(reason) }]);
  expect(refusal.message).not.toContain(FROM_ENVIRONMENT.slice(0, 20));
  expect(readFileSync(path, 'utf8')).toBe(content);
});

test('what stands in the place of the key file is not replaced', () => {
  const dataDir = newFolder();
  mkdirSync(join(dataDir, 'secret.key'), { mode: 0o700 });
  expect(refusalIn(dataDir).message).toContain('cannot be read (EISDIR)');
});

function refusalIn(dataDir: string): ConfigError {
  try {
    keyIn(dataDir);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('expected the key to be refused');
}
