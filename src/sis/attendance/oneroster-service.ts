import type { AbsenceRowRecord, CodeRecord, RecordPage } from '../../domain/sis-records.ts';
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

export interface OneRosterServiceOptions extends ClientOptions {
  readonly pageSize: number;
  /** Paths of the two collections below the base address. */
  readonly paths: { readonly attendances: string; readonly attendanceCodes: string };
  /** Our field → the name or dotted path under which this server has it. */
  readonly fields: Readonly<Record<string, string>>;
  /** How far a read of changes reaches back before the last one. */
  readonly overlapMs: number;
  /** For servers that tell no time. */
  readonly now: () => Date;
  readonly requestsAtOnce?: () => number;
  /** Stands for this edition of the program: another one reads every row anew. */
  readonly edition: string;
}

/** Fields of an attendance that a district may map to other names. */
export const ATTENDANCE_FIELDS = Object.keys(absenceSchema.fields) as readonly (keyof WireAbsence)[];

/** Absences from a service in OneRoster's manner, beside the standard services. */
export function openOneRosterService(options: OneRosterServiceOptions): AttendanceSource {
  const { pageSize, fields, paths } = options;
  const client = createClient(options);
  const reader = deletable(absenceReader(fields));
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
      const envelopes = ['attendanceCodes', 'attendanceCode'];
      const pages = readPages(client, { ...common, path: paths.attendanceCodes, envelopes });
      yield* offered(recordsOf('attendanceCodes', pages, codeReader));
    },
    async *records({ after, from, to, known }) {
      served.forget();
      read.rows = 0;
      read.schools.clear();
      strangeLinks = 0;
      const pages = readPages(client, {
        ...common,
        path: paths.attendances,
        envelopes: ['attendances', 'attendance'],
        filter: after === null ? `date>='${from}' AND date<='${to}'` : changedSince(after),
        ...(known && { known }),
        ...(fields.sourcedId === undefined ? {} : { idName: fields.sourcedId }),
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

const codeReader: RowReader<WireCode, CodeRecord> = {
  schema: codeSchema,
  map: (code) => ({
    sourcedId: code.sourcedId,
    active: code.status,
    title: code.title,
    description: code.description,
    status: code.attendanceStatus,
    excuse: code.excuse,
    schoolSourcedId: code.school,
  }),
};

function absenceReader(fields: OneRosterServiceOptions['fields']): RowReader<WireAbsence, AbsenceRowRecord> {
  const pairs = Object.entries(fields);
  return {
    schema: absenceSchema,
    arrange: (row) => ({
      ...row,
      ...Object.fromEntries(pairs.map(([ours, theirs]) => [ours, lookUp(row, theirs)])),
    }),
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
