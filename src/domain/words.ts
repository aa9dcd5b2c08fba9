import { isSchoolDate, type SchoolDate } from './school-date.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `October 1, 2026`: this text is read by people, at a hearing for instance. */
export function spelled(date: SchoolDate): string {
  return `${MONTHS[Number(date.slice(5, 7)) - 1]} ${Number(date.slice(8))}, ${date.slice(0, 4)}`;
}

/** A line in which dates stand as the SIS writes them, with those dates spelled. */
export function withDatesSpelled(line: string): string {
  return line.replace(/\b\d{4}-\d{2}-\d{2}\b/g, (date) => (isSchoolDate(date) ? spelled(date) : date));
}
