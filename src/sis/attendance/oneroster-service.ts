import type { AbsenceRowRecord, CodeRecord, RecordPage } from '../../domain/sis-records.ts';
import { type ClientOptions, createClient, type OneRosterClient } from '../oneroster/client.ts';
import { type PageOptions, readPages } from '../oneroster/pages.ts';
import { type RowReader, readRows } from '../oneroster/read-rows.ts';
import { lookUp } from '../oneroster/wire-fields.ts';
import { SisError } from '../sis-error.ts';
import {
  absenceSchema,
  codeSchema,
  rowStatusSchema,
  type WireAbsence,
  type WireCode,
} from './absence-schemas.ts';
import type { AttendanceSource } from './attendance-source.ts';

export interface OneRosterServiceOptions extends ClientOptions {
  readonly pageSize: number;
  /** Our field → the name or dotted path under which this server has it. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Fields of an attendance that a district may map to other names. */
export const ATTENDANCE_FIELDS = absenceSchema.keyof().options;

type Row = Readonly<Record<string, unknown>>;

/** Absences from a service in OneRoster's manner, beside the standard services. */
export function openOneRosterService(options: OneRosterServiceOptions): AttendanceSource {
  const { pageSize, fields } = options;
  const client = createClient(options);
  const reader = absenceReader(fields);
  const read = { asOf: '', rows: 0, schools: new Set<string>() };
  return {
    capabilities: () => ({ deltas: true, tombstones: true, unknownExcuse: true, granularity: 'mixed' }),
    async *codes() {
      const envelopes = ['attendanceCodes', 'attendanceCode'];
      yield* offered(pagesOf(client, { path: '/attendanceCodes', envelopes, pageSize }, codeReader));
    },
    async *records({ since, from, to }) {
      Object.assign(read, { asOf: '', rows: 0 });
      read.schools.clear();
      const range = `date>='${from}' AND date<='${to}'`;
      const pages = pagesOf(
        client,
        {
          path: '/attendances',
          envelopes: ['attendances', 'attendance'],
          pageSize,
          filter: since === undefined ? range : `dateLastModified>'${since.toISOString()}'`,
          ...(fields.sourcedId === undefined ? {} : { idName: fields.sourcedId }),
        },
        reader,
        (servedAt) => {
          if (read.asOf === '') read.asOf = servedAt;
        },
      );
      for await (const page of offered(pages)) {
        read.rows += page.records.length;
        for (const record of page.records) read.schools.add(record.schoolSourcedId);
        yield page;
      }
    },
    completeness: () => ({ asOf: read.asOf, rows: read.rows, schools: [...read.schools].sort() }),
  };
}

async function* pagesOf<Wire, T>(
  client: OneRosterClient,
  options: PageOptions,
  reader: RowReader<Wire, T>,
  served: (at: string) => void = () => undefined,
): AsyncGenerator<RecordPage<T>> {
  for await (const page of readPages(client, options)) {
    const at = new Date(page.servedAt ?? Number.NaN);
    if (!Number.isNaN(at.getTime())) served(at.toISOString());
    yield { ...readRows(options.path.slice(1), page.rows, reader), repeated: page.repeated };
  }
}

/** A server that has no attendance must not read as "nobody was absent". */
async function* offered<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof SisError) || (error.kind !== 'missing' && error.status !== 403)) throw error;
    throw new SisError(
      error.kind,
      `This endpoint offers no attendance (${error.message}). Set sis.attendance to the service that has it, or have the scope granted.`,
      error.status,
    );
  }
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
    arrange: (row) =>
      tombstone({
        ...row,
        ...Object.fromEntries(pairs.map(([ours, theirs]) => [ours, lookUp(row, theirs)])),
      }),
    map: (row) => ({
      sourcedId: row.sourcedId,
      deleted: !row.status,
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
    }),
  };
}

const TOMBSTONE_FIELDS = ['sourcedId', 'status', 'student', 'school', 'date'] as const;

/** What a deleted row once said no longer matters, and servers empty it: only whose row it was is needed. */
function tombstone(row: Row): Row {
  const deleted = rowStatusSchema.safeParse(row).data?.status === false;
  if (!deleted || absenceSchema.safeParse(row).success) return row;
  const kept = Object.fromEntries(TOMBSTONE_FIELDS.map((name) => [name, row[name]]));
  return { ...kept, attendanceStatus: 'ext:deleted' };
}
