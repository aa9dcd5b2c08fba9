import type { OneRosterClient } from '../../oneroster/client.ts';
import { isRow } from '../../oneroster/wire-fields.ts';
import { SisError } from '../../sis-error.ts';

export interface ChangeVersions {
  readonly oldest: number;
  readonly newest: number;
}

/**
 * Which changes the host still knows; null where it offers none. Hosts keep the service beside the data
 * (`…/changeQueries/v1`) or below it (`…/data/v3/changeQueries/v1`).
 */
export async function readChangeVersions(
  client: OneRosterClient,
  baseUrl: string,
): Promise<ChangeVersions | null> {
  const beside = baseUrl.replace(/\/+$/, '').replace(/\/data\/v3(\/.*)?$/, '');
  for (const root of [`${beside}/changeQueries/v1`, `${baseUrl.replace(/\/+$/, '')}/changeQueries/v1`]) {
    try {
      const { body } = await client.get(`${root}/availableChangeVersions`);
      return versionsIn(body.value());
    } catch (error) {
      const absent =
        error instanceof SisError &&
        (error.kind === 'missing' || error.status === 403 || error.status === 400);
      if (!absent) throw error;
    }
  }
  return null;
}

/** Hosts differ in the case of the two names. */
function versionsIn(body: unknown): ChangeVersions {
  const entries = isRow(body) ? Object.entries(body) : [];
  const of = (name: string) => Number(entries.find(([key]) => key.toLowerCase() === name)?.[1] ?? Number.NaN);
  const versions = { oldest: of('oldestchangeversion'), newest: of('newestchangeversion') };
  if (Number.isSafeInteger(versions.oldest) && Number.isSafeInteger(versions.newest)) return versions;
  throw new SisError(
    'protocol',
    'availableChangeVersions answered without its two numbers; expected oldestChangeVersion and newestChangeVersion',
  );
}
