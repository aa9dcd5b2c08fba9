import { isSchoolDate, type SchoolDate } from '../../domain/school-date.ts';
import { careful } from '../oneroster/careful.ts';
import { field, idOf, textIn } from '../oneroster/wire-fields.ts';
import { refuse } from '../shape.ts';

/** The kinds of cells in the districts' files. Nothing is cut short: a cell that is too long is refused. */

/** What spreadsheets would run. A lone sign is an attendance code in some places. */
const FORMULA = /^\s*(?:[=@]|[+-].)/;
const TIME = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?`;
const ISO_DATE = new RegExp(String.raw`^(\d{4}-\d{2}-\d{2})(?:[T ]${TIME} ?(?:Z|[+-]\d{2}:?\d{2})?)?$`);
const US_DATE = new RegExp(String.raw`^(\d{1,2})/(\d{1,2})/(\d{4})(?: ${TIME} ?(?:[AP]M)?)?$`, 'i');

/** Text on one line, without control and direction marks; null where the cell is empty. */
export const textCell = (longest: number) => field((value) => wholeTextIn(value, longest));

/** Text by which rows are told apart, such as a code or a period. */
export const keyCell = (longest: number) =>
  field((value) => (isFormula(value) ? refuse('a formula', 'plain text') : wholeTextIn(value, longest)));

/** An id to the letter; null where the cell is empty. */
export const idCell = () => field(idIn);

/** Text and ids that are missed where they cannot be read, so that the rest of the row is kept. */
export const carefulTextCell = (longest: number) =>
  careful<string | null>((value) => wholeTextIn(value, longest), null);
export const carefulIdCell = () => careful<string | null>(idIn, null);

/** `yyyy-MM-dd`, `MM/dd/yyyy`, both also with a time behind; null where the cell is empty. */
export const dateCell = () => field(dateIn);

export const DATE_EXPECTED = 'a date such as 2026-09-14 or 09/14/2026';

function wholeTextIn(value: unknown, longest: number): string | null {
  const told = textIn(value, Number.POSITIVE_INFINITY);
  if (told !== null && told.length > longest) {
    return refuse(`${told.length} characters`, `at most ${longest} characters`);
  }
  return told;
}

function idIn(value: unknown): string | null {
  if (typeof value !== 'string' || value.trim() === '') return null;
  if (isFormula(value)) return refuse('a formula', 'an id');
  return idOf(value) ?? refuse('text that is no plain id', 'an id of at most 200 plain characters');
}

function isFormula(value: unknown): boolean {
  return typeof value === 'string' && FORMULA.test(value);
}

function dateIn(value: unknown): SchoolDate | null {
  const told = wholeTextIn(value, 60);
  if (told === null) return null;
  const day = ISO_DATE.exec(told)?.[1] ?? isoOf(US_DATE.exec(told));
  return day !== null && isSchoolDate(day) ? day : refuse('no date of the calendar', DATE_EXPECTED);
}

function isoOf(match: RegExpExecArray | null): string | null {
  if (match === null) return null;
  const [, month = '', day = '', year = ''] = match;
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}
