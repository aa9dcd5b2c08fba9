import { isSchoolDate, type SchoolDate } from '../../domain/school-date.ts';
import { clean } from '../clean.ts';
import { type Field, Refusal, refuse } from '../shape.ts';
import { careful } from './careful.ts';

/**
 * The kinds of fields that servers send, as they should be understood. Nothing is coerced: an empty text is nothing,
 * never 0 or false. What cannot be understood is refused.
 */

type Row = Readonly<Record<string, unknown>>;

const LONGEST_ID = 200;
const LONGEST_TEXT = 20_000;
const LONGEST_LIST = 1_000;

/** Text, also where a server sends a number or a boolean; null for missing, null and empty. */
export const text = (longest = 200) => field((value) => textIn(value, longest));

export const requiredText = (longest = 200) =>
  field((value) => textIn(value, longest) ?? refuse('nothing', 'text'));

/** A word in lower case: roles, types and states, which servers write as they like. */
export const word = () => field((value) => textIn(value, 60)?.toLowerCase() ?? null);

/** Ids are taken to the letter; one that is not plain is no id. */
export const requiredId = () =>
  field((value) => idOf(value) ?? refuse(kindOf(value), 'an id of at most 200 characters'));

/** sourcedId of a reference, which some servers send as a bare id. */
export const reference = () => field(referenceIn);

export const requiredReference = () =>
  field((value) => referenceIn(value) ?? refuse(kindOf(value), 'a reference with a sourcedId'));

/** null where there is none; what is there and is no reference is refused. */
export const optionalReference = () =>
  field((value) => {
    const id = isRow(value) ? value.sourcedId : value;
    return kindOf(id) === 'nothing' ? null : (idOf(id) ?? refuse(kindOf(id), 'a reference with a sourcedId'));
  });

/** A calendar date, also with a time behind it; null when there is none. */
export const date = () => field(dateIn);

export const requiredDate = () => field((value) => dateIn(value) ?? refuse('nothing', 'YYYY-MM-DD'));

/** Minutes of a day as a whole number, also as text; null where there is none. */
export const minutes = () => field(minutesIn);

/** `active` unless the row says otherwise. */
export const active = () =>
  field((value) => !['tobedeleted', 'inactive'].includes(textIn(value, 40)?.toLowerCase() ?? 'active'));

/** One object, a list or nothing: always a list, of objects only. */
export function list<T>(item: Field<T>): Field<T[]> {
  return (value) =>
    listIn(value).map((one, index) => {
      try {
        return item(one);
      } catch (error) {
        throw error instanceof Refusal ? error.under(String(index)) : error;
      }
    });
}

/** References in a list; what is none is left out. */
export const references = () =>
  field((value) => [...new Set(itemsIn(value).flatMap((item) => referenceIn(item) ?? []))]);

/** Text that is missed where it cannot be read. */
export const carefulText = (longest = 200) => careful<string | null>(text(longest), null);

/** @param otherwise stands for a word that cannot be read */
export const carefulWord = (otherwise: string | null = null) => careful(word(), otherwise);

/** A date that is as good as not given where it cannot be read. */
export const carefulDate = () => careful<SchoolDate | null>(dateIn, null);

/** A reference that is as good as not given where it cannot be read. */
export const carefulReference = () =>
  careful<string | null>((value) => (kindOf(value) === 'nothing' ? null : requiredReference()(value)), null);

/** A list of objects. @param otherwise stands for what is neither a list nor an object, or a list that is too long */
export const carefulList = <T, Otherwise extends T[] | null>(item: Field<T>, otherwise: Otherwise) =>
  careful<T[] | Otherwise>(
    (value) =>
      kindOf(value) === 'nothing' || typeof value === 'object'
        ? list(item)(value)
        : refuse(kindOf(value), 'a list'),
    otherwise,
  );

/** @param otherwise whether a row is in force of which that cannot be read */
export const carefulActive = (otherwise: boolean) => careful<boolean>(active(), otherwise);

/** A flag that protects a family. @param safe what a value means that cannot be read */
export const carefulFlag = (safe: boolean) => careful<boolean | null>(flagIn, safe);

/** A field with a reader of its own. @param read returns the value or calls `refuse` */
export function field<T>(read: Field<T>): Field<T> {
  return read;
}

export function textIn(value: unknown, longest: number): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    return refuse(kindOf(value), 'text');
  }
  const told = String(value);
  if (told.length > LONGEST_TEXT) return refuse(`${told.length} characters`, 'at most 20,000');
  const cleaned = clean(told, longest);
  return cleaned === '' ? null : cleaned;
}

/** An id, or null. A number beyond 2^53 has lost digits in the JSON, and two people might share what is left. */
export function idOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null;
  if (typeof value !== 'string') return null;
  if (value.length <= LONGEST_ID && PLAIN_ID.test(value)) return value;
  const id = value.trim();
  return id === '' || id.length > LONGEST_ID || clean(id, LONGEST_ID) !== id.normalize('NFC') ? null : id;
}

const PLAIN_ID = /^[\w.:/-]+$/;

export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value under a name: the exact key first, then a dotted path into nested objects. */
export function lookUp(row: Row, name: string): unknown {
  if (Object.hasOwn(row, name)) return row[name];
  if (!name.includes('.')) return undefined;
  let value: unknown = row;
  for (const part of name.split('.')) {
    if (!isRow(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

export function kindOf(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function referenceIn(value: unknown): string | null {
  return isRow(value) ? idOf(value.sourcedId) : idOf(value);
}

function itemsIn(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  const items = Array.isArray(value) ? value : [value];
  return items.length <= LONGEST_LIST ? items : refuse(`a list of ${items.length}`, 'at most 1,000');
}

function listIn(value: unknown): unknown[] {
  return itemsIn(value).filter(isRow);
}

function dateIn(value: unknown): SchoolDate | null {
  const told = textIn(value, 40);
  if (told === null) return null;
  const day = told.slice(0, 10);
  const rest = told.slice(10);
  const known = isSchoolDate(day) && (rest === '' || /^[T ]\d{2}:\d{2}/.test(rest));
  return known ? day : refuse('no date of the calendar', 'YYYY-MM-DD');
}

function flagIn(value: unknown): boolean | null {
  const told = textIn(value, 10)?.toLowerCase() ?? null;
  if (told === null) return null;
  if (['true', '1', 'yes', 'y'].includes(told)) return true;
  if (['false', '0', 'no', 'n'].includes(told)) return false;
  return refuse('another word', 'true or false');
}

function minutesIn(value: unknown): number | null {
  const told = textIn(value, 20);
  if (told === null) return null;
  const known = /^\d{1,4}(\.0+)?$/.test(told) && Number(told) <= 1_440;
  return known ? Number(told) : refuse('another value', 'minutes from 0 to 1440');
}
