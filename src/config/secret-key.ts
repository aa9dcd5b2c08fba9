import { join } from 'node:path';
import type { Config } from './config-types.ts';
import { makeKeyFile, readKeyFile } from './key-file.ts';

/**
 * The installation's own key: from the environment, else from `secret.key` in the data folder, which is made on
 * first use (mode 0600). It must stay the same over restarts, since the ids of mails are made with it.
 * @throws ConfigError when the file can be read by everybody, or holds no key
 */
export function secretKeyOf({ environment, dataDir }: Pick<Config, 'environment' | 'dataDir'>): string {
  if (environment.secretKey !== null) return environment.secretKey;
  const path = join(dataDir, 'secret.key');
  return readKeyFile(path) ?? makeKeyFile(path);
}
