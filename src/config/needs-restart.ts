import type { ConfigProblem } from './config-error.ts';
import type { Config } from './config-types.ts';

/** What a running process cannot take up, with the place where it stands: it needs a restart. */
const LASTING: readonly { file: string; key: string; of: (config: Config) => unknown }[] = [
  { file: 'environment', key: 'DATABASE_URL', of: ({ environment }) => environment.databaseUrl },
  { file: 'environment', key: 'REDIS_URL', of: ({ environment }) => environment.redisUrl },
  { file: 'environment', key: 'ROLLCALL_SECRET_KEY', of: ({ environment }) => environment.secretKey },
  { file: 'environment', key: 'ROLLCALL_DOCUMENT_KEY', of: ({ environment }) => environment.documentKey },
  { file: 'district.yaml', key: 'district.id', of: ({ district }) => district.id },
  { file: 'district.yaml', key: 'district.timeZone', of: ({ district }) => district.timeZone },
  { file: 'district.yaml', key: 'health.listen', of: ({ health }) => health.listen },
  { file: 'district.yaml', key: 'pages', of: ({ pages }) => pages !== null },
  { file: 'district.yaml', key: 'pages.listen', of: ({ pages }) => pages?.listen },
  { file: 'district.yaml', key: 'pages.proxies', of: ({ pages }) => pages?.proxies },
];

/** @returns nothing, where a running process can go over from one to the other */
export function needsRestart(before: Config, next: Config): ConfigProblem[] {
  return LASTING.filter(({ of }) => JSON.stringify(of(before)) !== JSON.stringify(of(next))).map(
    ({ file, key }) => ({
      file,
      line: null,
      column: null,
      key,
      message: 'found another value than at the start, expected the same until a restart',
    }),
  );
}
