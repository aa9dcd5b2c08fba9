import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../ops/describe-error.ts';
import { ConfigError } from './config-error.ts';
import type { Config } from './config-types.ts';
import { readSecretFile } from './secret-file.ts';
import { SHORTEST_KEY_BYTES } from './secret-words.ts';

/**
 * The installation's own key: from the environment, else from `secret.key` in the data folder, which is made on
 * first use (mode 0600). It must stay the same over restarts, since the ids of mails are made with it.
 * @throws ConfigError when the file can be read by everybody, or holds no key
 */
export function secretKeyOf({ environment, dataDir }: Pick<Config, 'environment' | 'dataDir'>): string {
  if (environment.secretKey !== null) return environment.secretKey;
  const path = join(dataDir, 'secret.key');
  const first = readSecretFile(path);
  if (first.kind === 'refused' && first.code === 'ENOENT') makeKey(dataDir, path);
  const read = readSecretFile(path);
  if (read.kind === 'refused') throw keyError(path, read.reason);
  if (Buffer.byteLength(read.secret) < SHORTEST_KEY_BYTES) {
    throw keyError(path, `has less than ${SHORTEST_KEY_BYTES} bytes, expected a whole key`);
  }
  return read.secret;
}

/** The file appears under its name only when it is whole; of two processes that make it at once, one wins. */
function makeKey(dataDir: string, path: string): void {
  mkdirSync(dataDir, { recursive: true });
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
}

function keyError(path: string, message: string): ConfigError {
  return new ConfigError([{ file: path, line: null, column: null, key: '', message }]);
}
