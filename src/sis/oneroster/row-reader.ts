import { isSchoolDate, type SchoolDate } from '../../domain/school-date.ts';
import type { RowProblem } from '../../domain/sis-records.ts';
import { clean } from '../clean.ts';

type Row = Readonly<Record<string, unknown>>;

/** A field that cannot be used: the row is left out and listed. Never holds the value itself. */
export class FieldProblem extends Error {
  readonly field: string;
  readonly found: string;
  readonly expected: string;

  constructor(field: string, found: string, expected: string) {
    super(field);
    this.field = field;
    this.found = found;
    this.expected = expected;
  }
}

const LONGEST_ID = 200;

/** Reads every row of a page; what one row lacks costs that row only. */
export function readRows<T>(
  collection: string,
  rows: readonly unknown[],
  read: (row: Row) => T | null,
): { records: T[]; problems: RowProblem[] } {
  const records: T[] = [];
  const problems: RowProblem[] = [];
  rows.forEach((row, index) => {
    try {
      if (!isRow(row)) throw new FieldProblem('', kindOf(row), 'an object');
      const record = read(row);
      if (record !== null) records.push(record);
    } catch (error) {
      if (!(error instanceof FieldProblem)) throw error;
      const { field, found, expected } = error;
      problems.push({ collection, row: rowName(row, index), field, found, expected });
    }
  });
  return { records, problems };
}

export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value under a name: the exact key first, then a dotted path into nested objects. */
export function lookUp(row: Row, name: string): unknown {
  if (Object.hasOwn(row, name)) return row[name];
  let value: unknown = row;
  for (const part of name.split('.')) {
    if (!isRow(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

/** Text, also where a server sends numbers or booleans; null for missing, null and empty. */
export function textOf(row: Row, name: string, longest = 200): string | null {
  const value = lookUp(row, name);
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new FieldProblem(name, kindOf(value), 'text');
  }
  const text = String(value);
  if (text.length > 20_000) throw new FieldProblem(name, `${text.length} characters`, 'at most 20,000');
  const cleaned = clean(text, longest);
  return cleaned === '' ? null : cleaned;
}

export function requiredText(row: Row, name: string, longest = 200): string {
  const text = textOf(row, name, longest);
  if (text === null) throw new FieldProblem(name, 'nothing', 'text');
  return text;
}

/** Ids are taken to the letter; one that is not plain is no id. */
export function requiredId(row: Row, name: string): string {
  const id = idOf(lookUp(row, name));
  if (id === null) throw new FieldProblem(name, kindOf(lookUp(row, name)), 'an id of at most 200 characters');
  return id;
}

export function idOf(value: unknown): string | null {
  const id = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  return id === '' || id.length > LONGEST_ID || clean(id, LONGEST_ID) !== id.normalize('NFC') ? null : id;
}

/** sourcedId of a reference, which some servers send as a bare id. */
export function referenceOf(row: Row, name: string): string | null {
  const value = lookUp(row, name);
  return isRow(value) ? idOf(value.sourcedId) : idOf(value);
}

export function requiredReference(row: Row, name: string): string {
  const id = referenceOf(row, name);
  if (id === null) throw new FieldProblem(name, kindOf(lookUp(row, name)), 'a reference with a sourcedId');
  return id;
}

/** One object, a list or nothing: always a list of objects. */
export function listOf(row: Row, name: string): Row[] {
  const value = lookUp(row, name);
  const items = Array.isArray(value)
    ? value.slice(0, 200)
    : value === undefined || value === null
      ? []
      : [value];
  return items.filter(isRow);
}

/** A calendar date, also with a time behind it; null when there is none. */
export function dateOf(row: Row, name: string): SchoolDate | null {
  const text = textOf(row, name, 40);
  if (text === null) return null;
  const date = text.slice(0, 10);
  const rest = text.slice(10);
  if (!isSchoolDate(date) || (rest !== '' && !/^[T ]\d{2}:\d{2}/.test(rest))) {
    throw new FieldProblem(name, 'no date of the calendar', 'YYYY-MM-DD');
  }
  return date;
}

export function requiredDate(row: Row, name: string): SchoolDate {
  const date = dateOf(row, name);
  if (date === null) throw new FieldProblem(name, 'nothing', 'YYYY-MM-DD');
  return date;
}

/** True or false, also as text; null where the server says nothing. */
export function flagOf(row: Row, name: string): boolean | null {
  const text = textOf(row, name, 10)?.toLowerCase() ?? null;
  if (text === null) return null;
  if (['true', '1', 'yes', 'y'].includes(text)) return true;
  if (['false', '0', 'no', 'n'].includes(text)) return false;
  throw new FieldProblem(name, 'another word', 'true or false');
}

/** Minutes: a whole number, also as text; null where there is none. An empty text is never 0. */
export function minutesOf(row: Row, name: string): number | null {
  const text = textOf(row, name, 20);
  if (text === null) return null;
  const minutes = Number(text);
  if (!/^\d+(\.0+)?$/.test(text) || minutes > 1_440)
    throw new FieldProblem(name, 'another value', 'minutes from 0 to 1440');
  return minutes;
}

/** `active` unless the row says otherwise. */
export function isActive(row: Row): boolean {
  const status = textOf(row, 'status', 40)?.toLowerCase() ?? 'active';
  return status !== 'tobedeleted' && status !== 'inactive';
}

export function kindOf(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'nothing';
  return Array.isArray(value) ? 'a list' : `${typeof value === 'object' ? 'an object' : `a ${typeof value}`}`;
}

function rowName(row: unknown, index: number): string {
  return (isRow(row) ? idOf(row.sourcedId) : null) ?? `#${index + 1}`;
}
