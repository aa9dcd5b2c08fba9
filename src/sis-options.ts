import { ConfigError } from './config/config-error.ts';
import type { Config } from './config/config-types.ts';
import type { SisOptions } from './sis/open-sis.ts';

/** What the configuration and the environment say about the SIS, as its clients want it. @throws ConfigError without credentials */
export function sisOptions(config: Config): SisOptions {
  const { oneRoster, attendance } = config.sis;
  const client = {
    tokenUrl: oneRoster.tokenUrl,
    clientId: required('ROLLCALL_SIS_CLIENT_ID', config.environment.sisClientId),
    clientSecret: required('ROLLCALL_SIS_CLIENT_SECRET', config.environment.sisClientSecret),
    clientAuth: oneRoster.clientAuth,
    requestTimeoutMs: oneRoster.requestTimeoutSeconds * 1000,
    totalTimeoutMs: oneRoster.totalTimeoutMinutes * 60_000,
  };
  return {
    roster: {
      ...client,
      baseUrl: oneRoster.baseUrl,
      scopes: oneRoster.scopes,
      pageSize: oneRoster.pageSize,
      guardians: oneRoster.guardians,
      metadata: oneRoster.metadata,
    },
    attendance: {
      ...client,
      source: attendance.source,
      baseUrl: attendance.baseUrl,
      scopes: attendance.scopes.length > 0 ? attendance.scopes : oneRoster.scopes,
      pageSize: attendance.pageSize,
      fields: attendance.fields,
    },
  };
}

function required(name: string, value: string | null): string {
  if (value !== null) return value;
  const message =
    'is not set, expected the credentials of the OneRoster connection (or a file named in it with _FILE)';
  throw new ConfigError([{ file: 'environment', line: null, column: null, key: name, message }]);
}
