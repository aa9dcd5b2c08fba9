import type { ConfigProblem, Place } from './config-error.ts';
import type { Environment } from './config-types.ts';
import type { DistrictFile } from './district-schema.ts';

/** What `pages` needs from the environment, and the other way round. */
export function checkPages(
  { pages }: Partial<DistrictFile>,
  { oidcClientSecret }: Pick<Environment, 'oidcClientSecret'>,
  at: Place,
): ConfigProblem[] {
  if (pages?.oidc !== undefined && oidcClientSecret === null) {
    const message = 'found no secret in the environment, expected ROLLCALL_OIDC_CLIENT_SECRET with it';
    return [at(['pages', 'oidc', 'clientId'], message)];
  }
  if (pages !== undefined && pages.oidc === undefined && oidcClientSecret !== null) {
    const message =
      'found none with ROLLCALL_OIDC_CLIENT_SECRET in the environment, expected both or neither';
    return [at(['pages', 'oidc'], message)];
  }
  return [];
}
