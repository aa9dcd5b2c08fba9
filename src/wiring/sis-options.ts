import { ConfigError } from '../config/config-error.ts';
import type { Config } from '../config/config-types.ts';
import { flagFields } from '../domain/hold-kinds.ts';
import { clockTimeInZone } from '../domain/school-date.ts';
import type { SourceFile } from '../domain/sis-records.ts';
import type { ClientOptions } from '../sis/oneroster/client.ts';
import type { AttendanceOptions, SisOptions } from '../sis/open-sis.ts';

const HOUR_MS = 3_600_000;

/**
 * What the configuration and the environment say about the SIS, as its clients want it.
 * @param edition of the program: rows that another one has read are read anew
 * @throws ConfigError without credentials
 */
export function sisOptions(config: Config, now: () => Date, edition: string): SisOptions {
  const { oneRoster, attendance, contacts } = config.sis;
  const { environment } = config;
  const patience = {
    begunAt: performance.now(),
    requestTimeoutMs: oneRoster.requestTimeoutSeconds * 1000,
    totalTimeoutMs: oneRoster.totalTimeoutMinutes * 60_000,
  };
  const { timeZone } = config.district;
  return {
    roster: {
      ...patience,
      tokenUrl: oneRoster.tokenUrl,
      clientId: required('ROLLCALL_SIS_CLIENT_ID', environment.sisClientId),
      clientSecret: required('ROLLCALL_SIS_CLIENT_SECRET', environment.sisClientSecret),
      clientAuth: oneRoster.clientAuth,
      baseUrl: oneRoster.baseUrl,
      scopes: rosterScopes(config),
      pageSize: oneRoster.pageSize,
      guardians: oneRoster.guardians,
      metadata: oneRoster.metadata,
      idTypes: attendance.source === 'ed-fi' ? [attendance.stateIdType] : [],
      flagFields: flagFields(config.policy.holds),
      overlapMs: oneRoster.overlapHours * HOUR_MS,
      requestsAtOnce: requestsAtOnce(config, now),
      edition,
    },
    attendance: attendanceOptions(config, patience, now, edition),
    contacts: contacts === undefined ? null : { ...contacts, timeZone, now },
  };
}

/** The folders into which files are dropped, by what they hold. */
export function dropFolders({
  sis: { attendance, contacts },
}: Config): Partial<Record<SourceFile['content'], string>> {
  return {
    ...(attendance.source === 'data-extract' && { attendance: attendance.folder }),
    ...(contacts !== undefined && { contacts: contacts.folder }),
  };
}

function attendanceOptions(
  config: Config,
  patience: Pick<ClientOptions, 'begunAt' | 'requestTimeoutMs' | 'totalTimeoutMs'>,
  now: () => Date,
  edition: string,
): AttendanceOptions {
  const { oneRoster, attendance } = config.sis;
  const { environment } = config;
  switch (attendance.source) {
    case 'oneroster-service':
      return {
        ...patience,
        ...attendance,
        clientAuth: oneRoster.clientAuth,
        tokenUrl: attendance.tokenUrl ?? oneRoster.tokenUrl,
        clientId: required(
          'ROLLCALL_SIS_CLIENT_ID',
          environment.attendanceClientId ?? environment.sisClientId,
        ),
        clientSecret: required(
          'ROLLCALL_SIS_CLIENT_SECRET',
          environment.attendanceClientSecret ?? environment.sisClientSecret,
        ),
        scopes: attendance.scopes.length > 0 ? attendance.scopes : rosterScopes(config),
        overlapMs: oneRoster.overlapHours * HOUR_MS,
        requestsAtOnce: requestsAtOnce(config, now),
        edition,
        now,
      };
    case 'data-extract':
      return { ...attendance, timeZone: config.district.timeZone, now };
    case 'ed-fi':
      return {
        ...patience,
        ...attendance,
        clientId: required('ROLLCALL_ATTENDANCE_CLIENT_ID', environment.attendanceClientId),
        clientSecret: required('ROLLCALL_ATTENDANCE_CLIENT_SECRET', environment.attendanceClientSecret),
        scopes: [],
        quietMs: attendance.quietHours * HOUR_MS,
        now,
      };
  }
}

function rosterScopes({ sis: { oneRoster } }: Config): readonly string[] {
  if (oneRoster.scopes !== undefined) return oneRoster.scopes;
  const base = `https://purl.imsglobal.org/spec/or/${oneRoster.version === '1.1' ? 'v1p1' : 'v1p2'}/scope`;
  return ['roster', 'roster-core', 'roster-demographics'].map((scope) => `${base}/${scope}.readonly`);
}

/** By day the SIS has other things to do: one request after the other then. */
function requestsAtOnce(config: Config, now: () => Date): () => number {
  const { requests, offPeak } = config.sis.oneRoster;
  return () => {
    const time = clockTimeInZone(now(), config.district.timeZone);
    const within =
      offPeak.from <= offPeak.to
        ? offPeak.from <= time && time < offPeak.to
        : offPeak.from <= time || time < offPeak.to;
    return within ? requests : 1;
  };
}

function required(name: string, value: string | null): string {
  if (value !== null) return value;
  const message =
    'is not set, expected the credentials of this connection (or a file named in it with _FILE)';
  throw new ConfigError([{ file: 'environment', line: null, column: null, key: name, message }]);
}
