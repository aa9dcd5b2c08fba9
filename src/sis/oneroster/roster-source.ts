import type { ReadQuery, RecordPage, RosterSource } from '../../domain/sis-records.ts';
import { SisError } from '../sis-error.ts';
import { type ClientOptions, createClient, type OneRosterClient } from './client.ts';
import { clientReport } from './client-report.ts';
import { deletable } from './deletable.ts';
import {
  demographicsReader,
  type GuardianMetadataNames,
  guardianReader,
  schoolReader,
  sessionReader,
  studentReader,
} from './mapping.ts';
import { type PageOptions, readPages } from './pages.ts';
import { changedSince, FirstServed, orWhole } from './read-changes.ts';
import { type RowReader, readRows } from './read-rows.ts';
import { saltOf } from './row-digest.ts';
import { staffReader } from './staff.ts';

export interface RosterOptions extends ClientOptions {
  readonly pageSize: number;
  readonly guardians: 'auto' | 'guardians' | 'users';
  readonly metadata: GuardianMetadataNames;
  /** Types of `userIds`, beside those that everybody uses, that name one student. */
  readonly idTypes?: readonly string[];
  /** Fields of students that can mean a hold: names or dotted paths. */
  readonly flagFields: readonly string[];
  /** How far a read of changes reaches back before the last one. */
  readonly overlapMs: number;
  readonly requestsAtOnce?: () => number;
  /** Stands for this edition of the program: another one reads every row anew. */
  readonly edition: string;
}

const EVERYTHING: ReadQuery = { after: null };

/**
 * Reads OneRoster rostering, 1.1 or 1.2, tolerant of what real servers make of it, into our own records. The two
 * versions differ in where they keep roles, orgs and birth dates; rows of either are read by the same readers.
 */
export function openRosterSource(options: RosterOptions): RosterSource {
  const client = createClient(options);
  const notes: Record<string, number> = {};
  const served = new FirstServed();
  const { pageSize, requestsAtOnce } = options;
  const salt = saltOf([options.edition, options.guardians, options.metadata, options.idTypes ?? []]);
  // Other fields: every student is read anew, since a row that came before has not told them.
  const studentSalt = saltOf([options.edition, options.idTypes ?? [], options.flagFields]);

  async function* read<Wire, T>(
    path: string,
    envelopes: readonly string[],
    reader: RowReader<Wire, T>,
    { after, known }: ReadQuery,
    ofRows = salt,
  ): AsyncGenerator<RecordPage<T>> {
    const asked: PageOptions = {
      path,
      envelopes,
      pageSize,
      salt: ofRows,
      ...(known && { known }),
      ...(requestsAtOnce && { requestsAtOnce }),
      onStrangeLink: () => {
        notes.linksToOtherServers = (notes.linksToOtherServers ?? 0) + 1;
      },
      ...(after !== null && { filter: changedSince(after) }),
    };
    for await (const page of orWhole(readPages(client, asked), after)) {
      served.note(page.servedAt);
      const { repeated, unchanged } = page;
      yield { ...readRows(path.slice(1), page.rows, reader, page.digests), repeated, unchanged };
    }
  }

  const guardian = deletable(guardianReader(options.metadata, notes));
  const student = deletable(studentReader(options.flagFields, options.idTypes));
  return {
    schools: () => read('/schools', ['orgs', 'schools', 'school', 'org'], schoolReader, EVERYTHING),
    sessions() {
      served.forget();
      for (const name of Object.keys(notes)) delete notes[name];
      return read('/academicSessions', ['academicSessions', 'academicSession'], sessionReader, EVERYTHING);
    },
    students: (query) => read('/students', ['users', 'students', 'user'], student, query, studentSalt),
    async *guardians(query) {
      if (options.guardians !== 'users' && (await offers(client, '/guardians', options))) {
        yield* read('/guardians', ['users', 'guardians', 'user'], guardian, query);
      } else {
        yield* read('/users', ['users', 'user'], guardian, query);
      }
    },
    async *demographics(query) {
      try {
        yield* read('/demographics', ['demographics', 'demographic'], demographicsReader, query);
      } catch (error) {
        if (!(error instanceof SisError) || (error.kind !== 'refused' && error.kind !== 'missing'))
          throw error;
        notes.demographicsRefused = 1;
      }
    },
    staff: ({ after, roles, known }) =>
      read('/users', ['users', 'user'], deletable(staffReader(roles, known)), { after }),
    cursor: () => served.cursor(options.overlapMs),
    report: () => ({ ...notes, ...clientReport(client) }),
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
