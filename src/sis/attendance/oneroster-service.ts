import type { SchoolDate } from '../../domain/school-date.ts';
import {
  type AbsenceRowRecord,
  type CodeRecord,
  type DeletedRecord,
  isDeleted,
  type RecordPage,
} from '../../domain/sis-records.ts';
import { doubtsIn } from '../oneroster/careful.ts';
import { type ClientOptions, createClient } from '../oneroster/client.ts';
import { clientReport } from '../oneroster/client-report.ts';
import { deletable } from '../oneroster/deletable.ts';
import { type RawPage, readPages } from '../oneroster/pages.ts';
import { changedSince, FirstServed, orWhole } from '../oneroster/read-changes.ts';
import { type RowReader, readRows } from '../oneroster/read-rows.ts';
import { saltOf } from '../oneroster/row-digest.ts';
import { lookUp } from '../oneroster/wire-fields.ts';
import { absenceSchema, codeSchema, type WireAbsence, type WireCode } from './absence-schemas.ts';
import type { AttendanceSource } from './attendance-source.ts';
import { orNoAttendance } from './no-attendance.ts';

type Row = Readonly<Record<string, unknown>>;

export interface OneRosterServiceOptions extends ClientOptions {
  readonly pageSize: number;
  /** Paths of the two collections below the base address. */
  readonly paths: { readonly attendances: string; readonly attendanceCodes: string };
  /** Our field of an absence → the name or dotted path under which this server has it, in its filters too. */
  readonly fields: Renamed<AttendanceField>;
  /** The same for the code table. */
  readonly codeFields: Renamed<CodeField>;
  /** How far a read of changes reaches back before the last one. */
  readonly overlapMs: number;
  /** For servers that tell no time. */
  readonly now: () => Date;
  readonly requestsAtOnce?: () => number;
  /** Stands for this edition of the program: another one reads every row anew. */
  readonly edition: string;
}

type Renamed<Field extends string> = Readonly<Partial<Record<Field, string | undefined>>>;
type AttendanceField = keyof WireAbsence | 'dateLastModified';
type CodeField = keyof WireCode;

/** Fields of an absence that a district may map to other names. */
export const ATTENDANCE_FIELDS: readonly AttendanceField[] = [
  ...namesIn(absenceSchema.fields),
  // Never read, but asked for: changes are what came after some time of it.
  'dateLastModified',
];

/** Fields of an attendance code that a district may map to other names. */
export const CODE_FIELDS: readonly CodeField[] = namesIn(codeSchema.fields);

function namesIn<Name extends string>(fields: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(fields) as Name[];
}

/** Absences from a service in OneRoster's manner, beside the standard services. */
export function openOneRosterService(options: OneRosterServiceOptions): AttendanceSource {
  const { pageSize, fields, codeFields, paths } = options;
  const client = createClient(options);
  const reader = deletable(absenceReader(fields));
  const codes = codeReader(codeFields);
  const served = new FirstServed(options.now);
  const read = { rows: 0, schools: new Set<string>() };
  const salt = saltOf([options.edition, fields]);
  let strangeLinks = 0;
  const common = {
    pageSize,
    salt,
    ...(options.requestsAtOnce && { requestsAtOnce: options.requestsAtOnce }),
    onStrangeLink: () => {
      strangeLinks += 1;
    },
  };
  return {
    capabilities: () => ({
      deltas: true,
      tombstones: true,
      unknownExcuse: true,
      granularity: 'mixed',
      everyCode: false,
      coverage: 'everyone',
    }),
    offer: async () => ({ kind: 'ready' }),
    async *codes() {
      const pages = readPages(client, {
        ...common,
        path: paths.attendanceCodes,
        envelopes: envelopesFor(paths.attendanceCodes, ['attendanceCodes', 'attendanceCode']),
        ...idNamed(codeFields),
      });
      yield* offered(recordsOf('attendanceCodes', pages, codes));
    },
    async *records({ after, from, to, known }) {
      served.forget();
      read.rows = 0;
      read.schools.clear();
      strangeLinks = 0;
      const pages = readPages(client, {
        ...common,
        path: paths.attendances,
        envelopes: envelopesFor(paths.attendances, ['attendances', 'attendance']),
        filter:
          after === null
            ? within(fields.date ?? 'date', from, to)
            : changedSince(after, fields.dateLastModified),
        ...(known && { known }),
        ...idNamed(fields),
      });
      const changes = orWhole(pages, after);
      for await (const page of offered(recordsOf('attendances', changes, reader, served))) {
        read.rows += page.records.length + (page.unchanged ?? 0);
        for (const record of page.records) if (!record.deleted) read.schools.add(record.schoolSourcedId);
        yield page;
      }
    },
    completeness: () => ({
      asOf: served.asOf() ?? '',
      rows: read.rows,
      schools: [...read.schools].sort(),
      cursor: served.cursor(options.overlapMs),
    }),
    report: () => ({
      ...clientReport(client),
      ...(strangeLinks > 0 && { attendanceLinksToOtherServers: strangeLinks }),
    }),
    end: async () => undefined,
  };
}

async function* recordsOf<Wire, T>(
  collection: string,
  pages: AsyncIterable<RawPage>,
  reader: RowReader<Wire, T>,
  served?: FirstServed,
): AsyncGenerator<RecordPage<T>> {
  for await (const page of pages) {
    served?.note(page.servedAt);
    const { repeated, unchanged } = page;
    yield { ...readRows(collection, page.rows, reader, page.digests), repeated, unchanged };
  }
}

function offered<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
  return orNoAttendance(
    pages,
    'This endpoint',
    'Set sis.attendance to the service that has it, or have the scope granted.',
  );
}

/** A server that has a collection elsewhere answers it under that name as often as under the usual one. */
function envelopesFor(path: string, usual: readonly string[]): readonly string[] {
  const own = path.split('/').findLast((part) => part !== '');
  return own === undefined ? usual : [...new Set([own, ...usual])];
}

function within(field: string, from: SchoolDate, to: SchoolDate): string {
  return `${field}>='${from}' AND ${field}<='${to}'`;
}

function idNamed({ sourcedId }: { readonly sourcedId?: string | undefined }): { readonly idName?: string } {
  return sourcedId === undefined ? {} : { idName: sourcedId };
}

/** Puts what this server calls otherwise under our names; under its old name nothing is looked for any more. */
function renamed(fields: Renamed<string>): (row: Row) => Row {
  const pairs = Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return (row) => ({
    ...row,
    ...Object.fromEntries(pairs.map(([ours, theirs]) => [ours, lookUp(row, theirs)])),
  });
}

/** A removed code of which the server keeps the id alone means nothing any more: rows that have it make letters wait. */
function codeReader(fields: Renamed<CodeField>): RowReader<WireCode | DeletedRecord, CodeRecord> {
  const { schema } = deletable({ schema: codeSchema, map: (code) => code });
  return {
    schema,
    arrange: renamed(fields),
    map: (code) =>
      isDeleted(code)
        ? {
            sourcedId: code.sourcedId,
            active: false,
            title: code.sourcedId,
            description: null,
            status: 'other',
            excuse: 'unknown',
            schoolSourcedId: null,
          }
        : {
            sourcedId: code.sourcedId,
            active: code.status,
            title: code.title,
            description: code.description.told,
            status: code.attendanceStatus,
            excuse: code.excuse,
            schoolSourcedId: code.school.told,
          },
    doubtsIn,
  };
}

function absenceReader(fields: Renamed<AttendanceField>): RowReader<WireAbsence, AbsenceRowRecord> {
  return {
    schema: absenceSchema,
    arrange: renamed(fields),
    map: (row) =>
      row.status
        ? {
            sourcedId: row.sourcedId,
            deleted: false,
            studentSourcedId: row.student,
            schoolSourcedId: row.school,
            date: row.date,
            kind: row.kind,
            period: row.period,
            status: row.attendanceStatus,
            excuse: row.excuse,
            dayFraction: row.dayFraction,
            minutesAbsent: row.minutesAbsent,
            minutesScheduled: row.minutesScheduled,
            codeSourcedId: row.code,
          }
        : { sourcedId: row.sourcedId, deleted: true },
  };
}
