import type { RecordPage, RosterSource } from '../../domain/sis-records.ts';
import { SisError } from '../sis-error.ts';
import { type ClientOptions, createClient, type OneRosterClient } from './client.ts';
import {
  type GuardianMetadataNames,
  readDemographics,
  readGuardian,
  readSchool,
  readSession,
  readStudent,
} from './mapping.ts';
import { readPages } from './pages.ts';
import { readRows } from './row-reader.ts';

export interface RosterOptions extends ClientOptions {
  readonly pageSize: number;
  readonly guardians: 'auto' | 'guardians' | 'users';
  readonly metadata: GuardianMetadataNames;
}

type Row = Readonly<Record<string, unknown>>;

/** Reads OneRoster 1.2 rostering, tolerant of what real servers make of it, into our own records. */
export function openRosterSource(options: RosterOptions): RosterSource {
  const client = createClient(options);
  const notes: Record<string, number> = {};

  async function* read<T>(
    path: string,
    envelopes: readonly string[],
    map: (row: Row) => T | null,
  ): AsyncGenerator<RecordPage<T>> {
    for await (const page of readPages(client, { path, envelopes, pageSize: options.pageSize })) {
      yield { ...readRows(path.slice(1), page.rows, map), repeated: page.repeated };
    }
  }

  const guardian = (row: Row) => readGuardian(row, options.metadata);
  return {
    schools: () => read('/schools', ['orgs', 'schools', 'school', 'org'], readSchool),
    sessions: () => read('/academicSessions', ['academicSessions', 'academicSession'], readSession),
    students: () => read('/students', ['users', 'students', 'user'], readStudent),
    async *guardians() {
      if (options.guardians !== 'users' && (await offers(client, '/guardians', options))) {
        yield* read('/guardians', ['users', 'guardians', 'user'], guardian);
      } else {
        yield* read('/users', ['users', 'user'], guardian);
      }
    },
    async *demographics() {
      try {
        yield* read('/demographics', ['demographics', 'demographic'], readDemographics);
      } catch (error) {
        if (!(error instanceof SisError) || (error.kind !== 'refused' && error.kind !== 'missing'))
          throw error;
        notes.demographicsRefused = 1;
      }
    },
    report: () => ({ ...notes, retries: client.retries() }),
  };
}

/** Infinite Campus has `/guardians`; the standard has not. */
async function offers(client: OneRosterClient, path: string, options: RosterOptions): Promise<boolean> {
  try {
    await client.get(path, { limit: '1', offset: '0' });
    return true;
  } catch (error) {
    const absent =
      error instanceof SisError && (error.kind === 'missing' || error.status === 400 || error.status === 403);
    if (absent && options.guardians === 'auto') return false;
    throw error;
  }
}
