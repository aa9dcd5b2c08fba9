import { personAlias, schoolNumber } from '../../../domain/person-alias.ts';
import type { SchoolDate } from '../../../domain/school-date.ts';
import type { AbsenceRowRecord, CodeRecord, RecordPage } from '../../../domain/sis-records.ts';
import { type ClientOptions, createClient } from '../../oneroster/client.ts';
import { FirstServed } from '../../oneroster/read-changes.ts';
import { type RowReader, readRows } from '../../oneroster/read-rows.ts';
import { SisError } from '../../sis-error.ts';
import type { AttendanceSource } from '../attendance-source.ts';
import { orNoAttendance } from '../no-attendance.ts';
import { type ChangeVersions, readChangeVersions } from './change-versions.ts';
import { categoryOf, createMeanings, type Meaning } from './descriptors.ts';
import { readEventPages } from './event-pages.ts';
import { deleteSchema, eventSchema, type WireDelete, type WireEvent } from './event-schemas.ts';

export interface EdFiOptions extends ClientOptions {
  readonly pageSize: number;
  readonly changeQueries: 'auto' | 'off';
  /** What `studentUniqueId` is in the rosters. */
  readonly studentId: 'state-id' | 'number' | 'sourced-id';
  readonly stateIdType: string;
  /** Ed-Fi `schoolId` → sourcedId, where it is not the school's number. */
  readonly schools: Readonly<Record<string, string>>;
  /** Category → what it means, for those of the state's own. */
  readonly descriptors: Readonly<Record<string, Meaning>>;
}

const EVENTS = '/ed-fi/studentSchoolAttendanceEvents';

/**
 * Absences from an Ed-Fi ODS/API (`studentSchoolAttendanceEvents`). Infinite Campus reports none there before the
 * clerk has coded them, so that a count is a lower bound until then.
 */
export function openEdFi(options: EdFiOptions): AttendanceSource {
  const client = createClient(options);
  const meaningOf = createMeanings(options.descriptors);
  const served = new FirstServed();
  const read = { rows: 0, schools: new Set<string>(), categories: new Map<string, string>() };
  const naming = createNaming(options);
  let versions: ChangeVersions | null = null;

  async function* pages<Wire>(
    path: string,
    window: Readonly<Record<string, string>>,
    reader: RowReader<Wire, AbsenceRowRecord>,
    inRange: (record: AbsenceRowRecord) => boolean,
  ): AsyncGenerator<RecordPage<AbsenceRowRecord>> {
    for await (const page of readEventPages(client, path, options.pageSize, window)) {
      served.note(page.servedAt);
      const { records, problems } = readRows('studentSchoolAttendanceEvents', page.rows, reader);
      const kept = records.filter(inRange);
      read.rows += kept.length;
      for (const record of kept) read.schools.add(record.schoolSourcedId);
      yield { records: kept, problems, repeated: page.repeated };
    }
  }

  return {
    capabilities: () => ({
      deltas: versions !== null,
      tombstones: versions !== null,
      unknownExcuse: false,
      granularity: 'day',
      coverage: 'everyone',
    }),
    async offer() {
      versions = options.changeQueries === 'off' ? null : await readChangeVersions(client, options.baseUrl);
      return { kind: 'ready' };
    },
    async *records({ after, from, to }) {
      served.forget();
      read.rows = 0;
      read.schools.clear();
      read.categories.clear();
      const window = windowOf(versions, after);
      const inRange = ({ date }: { readonly date: SchoolDate }) => date >= from && date <= to;
      // Deletes first: an event that was recoded has a new id, and its old one is among them.
      if (after !== null)
        yield* orNoChanges(pages(`${EVENTS}/deletes`, window, deleteReader(naming), inRange));
      yield* offered(pages(EVENTS, window, eventReader(naming, meaningOf, read.categories), inRange));
    },
    async *codes() {
      yield { records: codesOf(read.categories, meaningOf), problems: [], repeated: 0 };
    },
    completeness: () => ({
      asOf: served.asOf() ?? '',
      rows: read.rows,
      schools: [...read.schools].sort(),
      cursor: versions === null ? null : String(versions.newest),
    }),
    report: () => ({ retries: client.retries() }),
    end: async () => undefined,
  };
}

/** A window that does not move while it is read. Both ends are inclusive, and `after` was read before. */
function windowOf(versions: ChangeVersions | null, after: string | null): Record<string, string> {
  if (versions === null && after === null) return {};
  if (versions === null) throw new SisError('no-changes', 'the Ed-Fi host no longer offers change queries');
  const window = { maxChangeVersion: String(versions.newest) };
  if (after === null) return window;
  if (Number(after) > versions.newest) {
    // Restored from a backup, or filled anew: its count of changes has nothing to do with the one that we know.
    throw new SisError(
      'no-changes',
      `the newest change of the Ed-Fi host is ${versions.newest}; expected ${after} or later, which was read before`,
    );
  }
  if (Number(after) < versions.oldest - 1) {
    throw new SisError(
      'no-changes',
      `the Ed-Fi host knows changes from ${versions.oldest} on; expected ${after}`,
    );
  }
  return { minChangeVersion: String(Number(after) + 1), ...window };
}

interface Naming {
  student(id: string): string;
  school(id: string): string;
}

function createNaming({ studentId, stateIdType, schools }: EdFiOptions): Naming {
  return {
    student: (id) =>
      studentId === 'sourced-id' ? id : personAlias(studentId === 'number' ? 'number' : stateIdType, id),
    school: (id) => schools[id] ?? schoolNumber(id),
  };
}

function eventReader(
  naming: Naming,
  meaningOf: (category: string) => Meaning | null,
  categories: Map<string, string>,
): RowReader<WireEvent, AbsenceRowRecord> {
  return {
    schema: eventSchema,
    map: (event) => {
      const category = categoryOf(event.attendanceEventCategoryDescriptor);
      const id = category.toLowerCase();
      categories.set(id, category);
      const meaning = meaningOf(category);
      return {
        sourcedId: event.id,
        deleted: false,
        studentSourcedId: naming.student(event.studentReference),
        schoolSourcedId: naming.school(event.schoolReference),
        date: event.eventDate,
        kind: 'daily',
        period: null,
        status: meaning?.status ?? 'other',
        excuse: meaning?.excuse ?? 'unknown',
        // An event without a duration is about the day; `schoolAttendanceDuration` counts minutes present, not absent.
        dayFraction: event.eventDuration ?? '1',
        minutesAbsent: null,
        minutesScheduled: null,
        codeSourcedId: id,
      };
    },
  };
}

function deleteReader(naming: Naming): RowReader<WireDelete, AbsenceRowRecord> {
  return {
    schema: deleteSchema,
    map: ({ id, keyValues }) => ({
      sourcedId: id,
      deleted: true,
      studentSourcedId: naming.student(keyValues.studentUniqueId),
      schoolSourcedId: naming.school(keyValues.schoolId),
      date: keyValues.eventDate,
      kind: 'daily',
      period: null,
      status: 'other',
      excuse: 'unknown',
      dayFraction: null,
      minutesAbsent: null,
      minutesScheduled: null,
      codeSourcedId: null,
    }),
  };
}

/** A category without a meaning gets no code: the letters of its students wait, and nobody guesses. */
function codesOf(
  categories: ReadonlyMap<string, string>,
  meaningOf: (category: string) => Meaning | null,
): CodeRecord[] {
  return [...categories].flatMap(([sourcedId, title]) => {
    const meaning = meaningOf(title);
    if (meaning === null) return [];
    return [{ sourcedId, active: true, title, description: null, ...meaning, schoolSourcedId: null }];
  });
}

/** A host that tells what was added and not what was deleted cannot tell what has changed. */
async function* orNoChanges<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof SisError) || (error.kind !== 'missing' && error.status !== 403)) throw error;
    throw new SisError('no-changes', `the Ed-Fi host does not tell what was deleted (${error.message})`);
  }
}

function offered<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
  return orNoAttendance(
    pages,
    'This host',
    'Ask for the claim set that reads studentSchoolAttendanceEvents, or set sis.attendance to another source.',
  );
}
