import { addDays, type SchoolDate, schoolDate, weekday } from './school-date.ts';

/** Holidays that a calendar can close by name. */
export const HOLIDAYS = [
  'new-years-day',
  'martin-luther-king-day',
  'presidents-day',
  'memorial-day',
  'juneteenth',
  'independence-day',
  'labor-day',
  'columbus-day',
  'indigenous-peoples-day',
  'veterans-day',
  'thanksgiving',
  'day-after-thanksgiving',
  'christmas-day',
] as const;

export type Holiday = (typeof HOLIDAYS)[number];

/**
 * The dates on which a holiday is kept, both ends inclusive, in order. One with a fixed date that falls on a weekend is
 * kept on that day and on the weekday next to it: Friday for a Saturday, Monday for a Sunday (5 U.S.C. 6103, E.O. 11582).
 */
export function holidayDates(holiday: Holiday, from: SchoolDate, to: SchoolDate): SchoolDate[] {
  const dates: SchoolDate[] = [];
  // New Year's Day of the year after may be kept on the last day of this one.
  for (let year = Number(from.slice(0, 4)); year <= Number(to.slice(0, 4)) + 1; year += 1) {
    dates.push(...keptOn(holiday, year));
  }
  return dates.filter((date) => from <= date && date <= to);
}

const [MONDAY, THURSDAY] = [1, 4];

function keptOn(holiday: Holiday, year: number): SchoolDate[] {
  switch (holiday) {
    case 'new-years-day':
      return observed(dateOf(year, 1, 1));
    case 'martin-luther-king-day':
      return [nthWeekday(year, 1, MONDAY, 3)];
    case 'presidents-day':
      return [nthWeekday(year, 2, MONDAY, 3)];
    case 'memorial-day':
      return [lastMondayOfMay(year)];
    case 'juneteenth':
      return observed(dateOf(year, 6, 19));
    case 'independence-day':
      return observed(dateOf(year, 7, 4));
    case 'labor-day':
      return [nthWeekday(year, 9, MONDAY, 1)];
    case 'columbus-day':
    case 'indigenous-peoples-day':
      return [nthWeekday(year, 10, MONDAY, 2)];
    case 'veterans-day':
      return observed(dateOf(year, 11, 11));
    case 'thanksgiving':
      return [nthWeekday(year, 11, THURSDAY, 4)];
    case 'day-after-thanksgiving':
      return [addDays(nthWeekday(year, 11, THURSDAY, 4), 1)];
    case 'christmas-day':
      return observed(dateOf(year, 12, 25));
  }
}

function observed(date: SchoolDate): SchoolDate[] {
  switch (weekday(date)) {
    case 6:
      return [addDays(date, -1), date];
    case 7:
      return [date, addDays(date, 1)];
    default:
      return [date];
  }
}

function nthWeekday(year: number, month: number, day: number, n: number): SchoolDate {
  const first = dateOf(year, month, 1);
  return addDays(first, ((day - weekday(first) + 7) % 7) + (n - 1) * 7);
}

function lastMondayOfMay(year: number): SchoolDate {
  const last = dateOf(year, 5, 31);
  return addDays(last, 1 - weekday(last));
}

function dateOf(year: number, month: number, day: number): SchoolDate {
  const two = (part: number) => String(part).padStart(2, '0');
  return schoolDate(`${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`);
}
