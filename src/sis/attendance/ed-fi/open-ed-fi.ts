import { personAlias, schoolNumber } from '../../../domain/person-alias.ts';
import type {
  AbsenceRow,
  AbsenceRowRecord,
  CodeRecord,
  DeletedRecord,
  RecordPage,
} from '../../../domain/sis-records.ts';
import { type ClientOptions, createClient } from '../../oneroster/client.ts';
import { clientReport } from '../../oneroster/client-report.ts';
import { FirstServed } from '../../oneroster/read-changes.ts';
import { type RowReader, readRows } from '../../oneroster/read-rows.ts';
import { SisError } from '../../sis-error.ts';
import type { AttendanceSource } from '../attendance-source.ts';
import { orNoAttendance } from '../no-attendance.ts';
import { type ChangeMark, markOf, nextMark, textOf, windowOf } from './change-mark.ts';
import { type ChangeVersions, readChangeVersions } from './change-versions.ts';
import { categoryOf, type Meaning, type Meanings, meaningsWith } from './descriptors.ts';
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
  /** How many change versions a read of changes reaches back behind the last one. */
  readonly overlapVersions: number;
  /** How long the host's newest change may stand still before the absences count as being as old as it. */
  readonly quietMs: number;
  /** For hosts that tell no time. */
  readonly now: () => Date;
}

const EVENTS = '/ed-fi/studentSchoolAttendanceEvents';

/**
 * Absences from an Ed-Fi ODS/API (`studentSchoolAttendanceEvents`). Infinite Campus reports none there before the
 * clerk has coded them, so that a count is a lower bound until then.
 */
export function openEdFi(options: EdFiOptions): AttendanceSource {
  const client = createClient(options);
  const meanings = meaningsWith(options.descriptors);
  const served = new FirstServed(options.now);
  const read = { rows: 0, schools: new Set<string>() };
  const naming = createNaming(options);
  let versions: ChangeVersions | null = null;
  let last: ChangeMark | null = null;

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
      for (const record of kept) if (!record.deleted) read.schools.add(record.schoolSourcedId);
      yield { records: kept, problems, repeated: page.repeated };
    }
  }

  return {
    capabilities: () => ({
      deltas: versions !== null,
      tombstones: versions !== null,
      unknownExcuse: false,
      granularity: 'day',
      everyCode: true,
      coverage: 'everyone',
    }),
    async offer(cursor = null) {
      last = markOf(cursor);
      versions = options.changeQueries === 'off' ? null : await readChangeVersions(client, options.baseUrl);
      return { kind: 'ready' };
    },
    async *records({ after, from, to }) {
      served.forget();
      read.rows = 0;
      read.schools.clear();
      const window = windowOf(versions, after, options.overlapVersions);
      const inRange = (record: AbsenceRowRecord) =>
        record.deleted || (record.date >= from && record.date <= to);
      // Deletes first: an event that was recoded has a new id, and its old one is among them.
      if (after !== null) yield* orNoChanges(pages(`${EVENTS}/deletes`, window, deleteReader, inRange));
      yield* offered(pages(EVENTS, window, eventReader(naming, meanings), inRange));
    },
    async *codes() {
      yield { records: codesOf(meanings), problems: [], repeated: 0 };
    },
    completeness() {
      const readAt = served.asOf() ?? '';
      const mark = versions === null || readAt === '' ? null : nextMark(last, versions.newest, readAt);
      return {
        asOf: asOf(readAt, mark, options.quietMs),
        rows: read.rows,
        schools: [...read.schools].sort(),
        cursor: mark === null ? null : textOf(mark),
      };
    },
    report: () => clientReport(client),
    end: async () => undefined,
  };
}

/**
 * The host answers whether or not Infinite Campus still reports to it: a host to which nothing has come for longer than
 * a weekend or a holiday has absences of the day on which something last came.
 */
function asOf(readAt: string, mark: ChangeMark | null, quietMs: number): string {
  const movedAt = mark?.movedAt ?? readAt;
  return Date.parse(readAt) - Date.parse(movedAt) > quietMs ? movedAt : readAt;
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

function eventReader(naming: Naming, meanings: Meanings): RowReader<WireEvent, AbsenceRow> {
  return {
    schema: eventSchema,
    map: (event) => {
      const id = categoryOf(event.attendanceEventCategoryDescriptor).toLowerCase();
      const meaning = meanings.get(id);
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

const deleteReader: RowReader<WireDelete, DeletedRecord> = {
  schema: deleteSchema,
  map: ({ id }) => ({ sourcedId: id, deleted: true }),
};

/**
 * Every category that has a meaning, whether or not an event had it: a change of the configuration reaches the events
 * that came before it. A category without a meaning gets no code: the letters of its students wait, and nobody guesses.
 */
function codesOf(meanings: Meanings): CodeRecord[] {
  return [...meanings].map(([sourcedId, { title, status, excuse }]) => ({
    sourcedId,
    active: true,
    title,
    description: null,
    status,
    excuse,
    schoolSourcedId: null,
  }));
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
