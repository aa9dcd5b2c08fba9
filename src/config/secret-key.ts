import { join } from 'node:path';
import type { Config } from './config-types.ts';
import { makeKeyFile, readKeyFile } from './key-file.ts';

/**
 * The installation's own key: from the environment, else from `secret.key` in the data folder, which is made on
 * first use (mode 0600). It must stay the same over restarts, since the ids of mails are made with it.
 * @throws ConfigError when the file can be read by everybody, or holds no key
 */
export function secretKeyOf({
  environment,
  dataDir,
}: Pick<Config, 'dataDir'> & { readonly environment: Pick<Config['environment'], 'secretKey'> }): string {
  if (environment.secretKey !== null) return environment.secretKey;
  const path = secretKeyFile({ dataDir });
  return readKeyFile(path) ?? makeKeyFile(path);
}

/** The key in use, and the one before it, if any: what was signed or named with that one is still known. */
export function secretKeysOf(
  source: Pick<Config, 'dataDir'> & {
    readonly environment: Pick<Config['environment'], 'secretKey' | 'secretKeyBefore'>;
  },
): string[] {
  const before = source.environment.secretKeyBefore ?? readKeyFile(formerSecretKeyFile(source));
  return [secretKeyOf(source), ...(before === null ? [] : [before])];
}

export function secretKeyFile({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'secret.key');
}

/** Where the key lies that was in use before. */
export function formerSecretKeyFile({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'secret.key.before');
}
