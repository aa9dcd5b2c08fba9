import type { AttendanceStatus, Excuse } from '../../../domain/absence.ts';
import { personAlias, schoolNumber } from '../../../domain/person-alias.ts';
import type { AbsenceRowRecord } from '../../../domain/sis-records.ts';
import { DATE_EXPECTED, dateCell, idCell, keyCell, textCell } from '../../csv/cells.ts';
import { field, minutes, textIn } from '../../oneroster/wire-fields.ts';
import { type Field, Refusal, readOrNull, refuse, shape, type Told } from '../../shape.ts';
import { absenceSchema } from '../absence-schemas.ts';
import type { ExtractColumn } from './extract-columns.ts';

/** What a code means, as the configuration says. */
export interface CodeMeaning {
  readonly status: AttendanceStatus;
  readonly excuse: Excuse;
}

/** A row of an extract: the record, and what it says of its code. */
export interface ExtractRow {
  readonly record: AbsenceRowRecord;
  readonly code: RowCode | null;
}

export interface RowCode {
  readonly sourcedId: string;
  readonly title: string;
  readonly description: string | null;
  readonly schoolSourcedId: string;
  /** Null where neither row nor configuration says it. */
  readonly meaning: CodeMeaning | null;
}

type Cells = Readonly<Partial<Record<ExtractColumn, string>>>;

const STATUSES: Readonly<Record<string, AttendanceStatus>> = {
  a: 'absent',
  absent: 'absent',
  t: 'tardy',
  tardy: 'tardy',
  e: 'earlyRelease',
  earlyrelease: 'earlyRelease',
  p: 'present',
  present: 'present',
};
const EXCUSES: Readonly<Record<string, Excuse>> = {
  e: 'excused',
  excused: 'excused',
  u: 'unexcused',
  unexcused: 'unexcused',
  x: 'exempt',
  exempt: 'exempt',
  k: 'unknown',
  unknown: 'unknown',
};
const ROW_STATUSES: Readonly<Record<string, boolean>> = { active: true, tobedeleted: false, inactive: false };

const LONGEST_KEY = 60;

const cellsSchema = shape({
  sourcedId: idCell(),
  studentSourcedId: idCell(),
  studentPersonId: idCell(),
  studentNumber: idCell(),
  studentStateId: idCell(),
  schoolSourcedId: idCell(),
  schoolNumber: idCell(),
  calendarId: idCell(),
  date: dateCell(),
  period: keyCell(LONGEST_KEY),
  attendanceStatus: field(statusIn),
  excuse: field((value) => wordIn(value, EXCUSES, 'E, U, X, K or nothing, or the words for them')),
  code: keyCell(LONGEST_KEY),
  description: textCell(2_000),
  dayFraction: absenceSchema.fields.dayFraction,
  presentMinutes: minutes(),
  periodMinutes: minutes(),
  status: field(activeIn),
} satisfies Record<ExtractColumn, Field<unknown>>);

type ReadCells = Told<typeof cellsSchema>;

/** @param codes attendance code → what it means, where a row does not say */
export function extractSchema(codes: Readonly<Record<string, CodeMeaning>>): Field<ExtractRow> {
  return (row) => {
    const cells = cellsSchema(row);
    const fault = faultOf(cells, codes);
    if (fault !== null) throw new Refusal(fault.found, fault.expected, [fault.column]);
    return rowOf(cells, codes);
  };
}

const TOMBSTONE_COLUMNS = [
  'sourcedId',
  'studentSourcedId',
  'studentPersonId',
  'studentNumber',
  'studentStateId',
  'schoolSourcedId',
  'schoolNumber',
  'calendarId',
  'date',
  'period',
  'status',
] as const;

/** What a deleted row once said no longer matters: its id is needed, or what stands in for one. */
export function tombstone(cells: Cells): Cells {
  const { status, sourcedId } = cellsSchema.fields;
  if (readOrNull(status, cells.status) !== false) return cells;
  const named = readOrNull(sourcedId, cells.sourcedId) !== null;
  const needed = named ? (['sourcedId', 'status'] as const) : TOMBSTONE_COLUMNS;
  return Object.fromEntries(needed.map((column) => [column, cells[column]]));
}

interface Fault {
  readonly column: ExtractColumn;
  readonly found: string;
  readonly expected: string;
}

/** What is wrong with the cells together; each of them is right. */
function faultOf(cells: ReadCells, codes: Readonly<Record<string, CodeMeaning>>): Fault | null {
  if (!cells.status && cells.sourcedId !== null) return null;
  if (studentIn(cells) === null) {
    return {
      column: 'studentSourcedId',
      found: 'nothing',
      expected: 'an id of the student in one of its columns',
    };
  }
  if (schoolIn(cells) === null) {
    return { column: 'schoolSourcedId', found: 'nothing', expected: 'an id or a number of the school' };
  }
  if (cells.date === null) return { column: 'date', found: 'nothing', expected: DATE_EXPECTED };
  if (!cells.status) return null;
  if (meaningIn(cells, codes) === null && cells.code === null) {
    return { column: 'attendanceStatus', found: 'nothing', expected: 'a status, or a code that says it' };
  }
  const { presentMinutes, periodMinutes } = cells;
  if (presentMinutes !== null && periodMinutes !== null && presentMinutes > periodMinutes) {
    return {
      column: 'presentMinutes',
      found: 'more minutes than the period has',
      expected: 'at most the minutes of the period',
    };
  }
  return null;
}

function rowOf(cells: ReadCells, codes: Readonly<Record<string, CodeMeaning>>): ExtractRow {
  const studentSourcedId = studentIn(cells) ?? '';
  const schoolSourcedId = schoolIn(cells) ?? '';
  const place = cells.calendarId ?? schoolSourcedId;
  const meaning = meaningIn(cells, codes);
  const codeSourcedId = cells.code === null ? null : `${place}/${cells.code}`;
  const { presentMinutes, periodMinutes, date } = cells;
  const sourcedId = cells.sourcedId ?? keyOf([studentSourcedId, place, date ?? '', cells.period ?? '']);
  if (!cells.status || date === null) return { record: { sourcedId, deleted: true }, code: null };
  return {
    record: {
      sourcedId,
      deleted: false,
      studentSourcedId,
      schoolSourcedId,
      date,
      kind: cells.period === null ? 'daily' : 'period',
      period: cells.period,
      status: meaning?.status ?? 'other',
      excuse: meaning?.excuse ?? cells.excuse ?? 'unknown',
      dayFraction: cells.dayFraction,
      minutesAbsent:
        presentMinutes === null || periodMinutes === null ? null : periodMinutes - presentMinutes,
      minutesScheduled: periodMinutes,
      codeSourcedId,
    },
    code:
      codeSourcedId === null || cells.code === null
        ? null
        : {
            sourcedId: codeSourcedId,
            title: cells.code,
            description: cells.description,
            schoolSourcedId,
            meaning,
          },
  };
}

/** Where the row has no status of its own the configuration knows the code, or nobody does. */
function meaningIn(cells: ReadCells, codes: Readonly<Record<string, CodeMeaning>>): CodeMeaning | null {
  if (cells.attendanceStatus !== null) {
    return { status: cells.attendanceStatus, excuse: cells.excuse ?? 'unknown' };
  }
  if (cells.code === null || !Object.hasOwn(codes, cells.code)) return null;
  const configured = codes[cells.code];
  return configured === undefined
    ? null
    : { status: configured.status, excuse: cells.excuse ?? configured.excuse };
}

function studentIn(cells: ReadCells): string | null {
  const { studentSourcedId, studentPersonId, studentNumber, studentStateId } = cells;
  if (studentSourcedId !== null) return studentSourcedId;
  if (studentPersonId !== null) return personAlias('person-id', studentPersonId);
  if (studentNumber !== null) return personAlias('number', studentNumber);
  return studentStateId === null ? null : personAlias('state-id', studentStateId);
}

function schoolIn({ schoolSourcedId, schoolNumber: number }: ReadCells): string | null {
  return schoolSourcedId ?? (number === null ? null : schoolNumber(number));
}

/** The same for a row and its correction. Slashes within the parts cannot make two rows one. */
function keyOf(parts: readonly string[]): string {
  return parts.map((part) => part.replaceAll('%', '%25').replaceAll('/', '%2F')).join('/');
}

function statusIn(value: unknown): AttendanceStatus | null {
  const expected = 'A, T, E or P, or absent, tardy, early release or present';
  const told = textIn(value, LONGEST_KEY)?.toLowerCase() ?? '';
  if (Object.hasOwn(ROW_STATUSES, told)) {
    return refuse(
      'the status of a row',
      `${expected}; if this header says whether the row is active, set columns.status to it`,
    );
  }
  return wordIn(value, STATUSES, expected);
}

function activeIn(value: unknown): boolean {
  return wordIn(value, ROW_STATUSES, 'active or tobedeleted') ?? true;
}

function wordIn<T>(value: unknown, words: Readonly<Record<string, T>>, expected: string): T | null {
  const told = textIn(value, LONGEST_KEY);
  if (told === null) return null;
  const word = told.toLowerCase().replace(/[\s_-]/g, '');
  const known = Object.hasOwn(words, word) ? words[word] : undefined;
  return known ?? refuse('another word', expected);
}
