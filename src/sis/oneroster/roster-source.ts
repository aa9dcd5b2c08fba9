import type { RecordPage, RosterSource } from '../../domain/sis-records.ts';
import { SisError } from '../sis-error.ts';
import { type ClientOptions, createClient, type OneRosterClient } from './client.ts';
import {
  demographicsReader,
  type GuardianMetadataNames,
  guardianReader,
  schoolReader,
  sessionReader,
  studentReader,
} from './mapping.ts';
import { readPages } from './pages.ts';
import { type RowReader, readRows } from './read-rows.ts';

export interface RosterOptions extends ClientOptions {
  readonly pageSize: number;
  readonly guardians: 'auto' | 'guardians' | 'users';
  readonly metadata: GuardianMetadataNames;
}

/** Reads OneRoster 1.2 rostering, tolerant of what real servers make of it, into our own records. */
export function openRosterSource(options: RosterOptions): RosterSource {
  const client = createClient(options);
  const notes: Record<string, number> = {};

  async function* read<Wire, T>(
    path: string,
    envelopes: readonly string[],
    reader: RowReader<Wire, T>,
  ): AsyncGenerator<RecordPage<T>> {
    for await (const page of readPages(client, { path, envelopes, pageSize: options.pageSize })) {
      yield { ...readRows(path.slice(1), page.rows, reader), repeated: page.repeated };
    }
  }

  const guardian = guardianReader(options.metadata);
  return {
    schools: () => read('/schools', ['orgs', 'schools', 'school', 'org'], schoolReader),
    sessions: () => read('/academicSessions', ['academicSessions', 'academicSession'], sessionReader),
    students: () => read('/students', ['users', 'students', 'user'], studentReader),
    async *guardians() {
      if (options.guardians !== 'users' && (await offers(client, '/guardians', options))) {
        yield* read('/guardians', ['users', 'guardians', 'user'], guardian);
      } else {
        yield* read('/users', ['users', 'user'], guardian);
      }
    },
    async *demographics() {
      try {
        yield* read('/demographics', ['demographics', 'demographic'], demographicsReader);
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
