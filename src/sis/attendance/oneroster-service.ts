import type { AttendanceStatus, Excuse } from '../../domain/absence.ts';
import { days, ONE_DAY } from '../../domain/days.ts';
import type { AbsenceRowRecord, CodeRecord, RecordPage } from '../../domain/sis-records.ts';
import { type ClientOptions, createClient } from '../oneroster/client.ts';
import { readPages } from '../oneroster/pages.ts';
import {
  FieldProblem,
  isActive,
  kindOf,
  lookUp,
  minutesOf,
  readRows,
  referenceOf,
  requiredDate,
  requiredId,
  requiredReference,
  requiredText,
  textOf,
} from '../oneroster/row-reader.ts';
import { SisError } from '../sis-error.ts';
import type { AttendanceSource } from './attendance-source.ts';

export interface OneRosterServiceOptions extends ClientOptions {
  readonly pageSize: number;
  /** Our field → the name or dotted path under which this server has it. */
  readonly fields: Readonly<Record<string, string>>;
}

type Row = Readonly<Record<string, unknown>>;

/** Fields of an attendance that a district may map to other names. */
export const ATTENDANCE_FIELDS = [
  'sourcedId',
  'status',
  'student',
  'school',
  'date',
  'kind',
  'period',
  'attendanceStatus',
  'excuse',
  'dayFraction',
  'minutesAbsent',
  'minutesScheduled',
  'code',
] as const;

/** Absences from a service in OneRoster's manner, beside the standard services. */
export function openOneRosterService(options: OneRosterServiceOptions): AttendanceSource {
  const client = createClient(options);
  const read = { asOf: '', rows: 0, schools: new Set<string>() };
  return {
    capabilities: () => ({ deltas: true, tombstones: true, unknownExcuse: true, granularity: 'mixed' }),
    async *codes() {
      yield* offered(
        pagesOf(
          client,
          {
            path: '/attendanceCodes',
            envelopes: ['attendanceCodes', 'attendanceCode'],
            pageSize: options.pageSize,
          },
          readCode,
        ),
      );
    },
    async *records({ since, from, to }) {
      Object.assign(read, { asOf: '', rows: 0 });
      read.schools.clear();
      const range = `date>='${from}' AND date<='${to}'`;
      const filter = since === undefined ? range : `dateLastModified>'${since.toISOString()}'`;
      const rename = renaming(options.fields);
      const pages = pagesOf(
        client,
        {
          path: '/attendances',
          envelopes: ['attendances', 'attendance'],
          pageSize: options.pageSize,
          filter,
          ...(options.fields.sourcedId === undefined ? {} : { idName: options.fields.sourcedId }),
        },
        (row) => readAbsence(rename(row)),
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

async function* pagesOf<T>(
  client: ReturnType<typeof createClient>,
  options: Parameters<typeof readPages>[1],
  map: (row: Row) => T | null,
  served: (at: string) => void = () => undefined,
): AsyncGenerator<RecordPage<T>> {
  for await (const page of readPages(client, options)) {
    const at = new Date(page.servedAt ?? Number.NaN);
    if (!Number.isNaN(at.getTime())) served(at.toISOString());
    yield { ...readRows(options.path.slice(1), page.rows, map), repeated: page.repeated };
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

/** Puts the server's own names under ours; what is not mapped keeps its name. */
function renaming(fields: Readonly<Record<string, string>>): (row: Row) => Row {
  const pairs = Object.entries(fields);
  if (pairs.length === 0) return (row) => row;
  return (row) => ({
    ...row,
    ...Object.fromEntries(pairs.map(([ours, theirs]) => [ours, lookUp(row, theirs)])),
  });
}

function readCode(row: Row): CodeRecord {
  return {
    sourcedId: requiredId(row, 'sourcedId'),
    active: isActive(row),
    title: requiredText(row, 'title'),
    description: textOf(row, 'description'),
    status: statusOf(row),
    excuse: excuseOf(row),
    schoolSourcedId: referenceOf(row, 'school'),
  };
}

function readAbsence(row: Row): AbsenceRowRecord {
  const deleted = !isActive(row);
  return {
    sourcedId: requiredId(row, 'sourcedId'),
    deleted,
    studentSourcedId: requiredReference(row, 'student'),
    schoolSourcedId: requiredReference(row, 'school'),
    date: requiredDate(row, 'date'),
    kind: kindOfRow(row),
    period: textOf(row, 'period', 60),
    status: statusOf(row),
    excuse: excuseOf(row),
    dayFraction: fractionOf(row),
    minutesAbsent: minutesOf(row, 'minutesAbsent'),
    minutesScheduled: minutesOf(row, 'minutesScheduled'),
    codeSourcedId: referenceOf(row, 'code'),
  };
}

const STATUSES: Readonly<Record<string, AttendanceStatus>> = {
  absent: 'absent',
  tardy: 'tardy',
  earlyrelease: 'earlyRelease',
  present: 'present',
};

function statusOf(row: Row): AttendanceStatus {
  const status = requiredText(row, 'attendanceStatus', 60);
  if (status.toLowerCase().startsWith('ext:')) return 'other';
  const word = status.toLowerCase();
  const known = Object.hasOwn(STATUSES, word) ? STATUSES[word] : undefined;
  if (known === undefined) {
    throw new FieldProblem(
      'attendanceStatus',
      'another word',
      'absent, tardy, earlyRelease, present or ext:…',
    );
  }
  return known;
}

const EXCUSES: readonly Excuse[] = ['excused', 'unexcused', 'exempt', 'unknown'];

function excuseOf(row: Row): Excuse {
  const text = textOf(row, 'excuse', 40)?.toLowerCase() ?? 'unknown';
  const known = EXCUSES.find((excuse) => excuse === text);
  if (known === undefined) throw new FieldProblem('excuse', 'another word', EXCUSES.join(', '));
  return known;
}

function kindOfRow(row: Row): 'daily' | 'period' {
  const kind = textOf(row, 'kind', 20)?.toLowerCase() ?? 'daily';
  if (kind !== 'daily' && kind !== 'period')
    throw new FieldProblem('kind', 'another word', 'daily or period');
  return kind;
}

function fractionOf(row: Row): string | null {
  const text = textOf(row, 'dayFraction', 20);
  if (text === null) return null;
  try {
    if (days(text) <= ONE_DAY) return text;
  } catch {
    // Falls through to the problem below: the value itself is never told.
  }
  throw new FieldProblem('dayFraction', kindOf(lookUp(row, 'dayFraction')), 'decimal text from 0 to 1');
}
