import { buildCalendar } from '../../domain/calendar.ts';
import { addDays, type SchoolDate, schoolDate } from '../../domain/school-date.ts';
import type { DistrictCalendar } from './model.ts';
import type { OfficeTime } from './office-time.ts';
import type { Random } from './random.ts';

/** The school days of the year by number, and the hours at which offices enter things. */
export interface TermDays {
  readonly dates: readonly SchoolDate[];
  /** Number of school days up to the end of November. */
  readonly autumn: number;
  /** Numbers of the last school days before breaks, up to the end of November. */
  readonly beforeAutumnBreaks: readonly number[];
  date(index: number): SchoolDate;
  /** An instant in office hours on a school day; past the end of the year, on days after it. */
  officeHour(index: number, random: Random): number;
  at(date: SchoolDate, minutes: number): number;
}

export function termDays(calendar: DistrictCalendar, time: OfficeTime): TermDays {
  const year = buildCalendar(calendar);
  const dates: SchoolDate[] = [];
  for (let date: SchoolDate | null = year.firstDay; date !== null; date = year.nextSchoolDay(date))
    dates.push(date);
  const endOfNovember = schoolDate(`${calendar.firstDay.slice(0, 4)}-11-30`);
  const autumnDates = dates.filter((date) => date <= endOfNovember);
  const date = (index: number) => {
    const past = index - (dates.length - 1);
    return past > 0 ? addDays(year.lastDay, past) : (dates[Math.max(0, index)] ?? year.firstDay);
  };
  return {
    dates,
    autumn: autumnDates.length,
    beforeAutumnBreaks: autumnDates.flatMap((day, index) => (year.isLastBeforeBreak(day) ? [index] : [])),
    date,
    officeHour: (index, random) => time.at(date(index), random.integer(8 * 60, 16 * 60 + 30)),
    at: time.at,
  };
}
