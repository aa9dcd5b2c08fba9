import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../ops/describe-error.ts';
import { ConfigError } from './config-error.ts';
import { readSecretFile } from './secret-file.ts';
import { SHORTEST_KEY_BYTES } from './secret-words.ts';

/**
 * @returns the key in a file; null: there is no such file
 * @throws ConfigError when the file can be read by everybody, or holds no key
 */
export function readKeyFile(path: string): string | null {
  const read = readSecretFile(path);
  if (read.kind === 'refused' && read.code === 'ENOENT') return null;
  if (read.kind === 'refused') throw keyFileError(path, read.reason);
  if (Buffer.byteLength(read.secret) < SHORTEST_KEY_BYTES) {
    throw keyFileError(path, `has less than ${SHORTEST_KEY_BYTES} bytes, expected a whole key`);
  }
  return read.secret;
}

/**
 * Makes a file with a new key (mode 0600), and its folder. It appears under its name only when it is whole; of two
 * processes that make it at once, one wins.
 * @returns the key in the file
 */
export function makeKeyFile(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, `${randomBytes(SHORTEST_KEY_BYTES).toString('hex')}\n`, {
      flag: 'wx',
      mode: 0o600,
      flush: true,
    });
    linkSync(draft, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const key = readKeyFile(path);
  if (key === null) throw keyFileError(path, 'was taken away while it was made');
  return key;
}

export function keyFileError(path: string, message: string): ConfigError {
  return new ConfigError([{ file: path, line: null, column: null, key: '', message }]);
}
