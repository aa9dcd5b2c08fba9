import { addDays, daysBetween, type SchoolDate, weekday } from './school-date.ts';

export interface CalendarFacts {
  readonly firstDay: SchoolDate;
  /** Inclusive: the last school day. */
  readonly lastDay: SchoolDate;
  /** 1 = Monday … 7 = Sunday. */
  readonly weekdays: readonly number[];
  /** Both ends inclusive. */
  readonly closures: readonly { readonly from: SchoolDate; readonly to: SchoolDate }[];
  /** School is held on these although the weekday or a closure says otherwise. */
  readonly makeUpDays: readonly SchoolDate[];
}

/** The school days of one school year. Outside it there are none. */
export interface SchoolCalendar {
  readonly firstDay: SchoolDate;
  readonly lastDay: SchoolDate;
  isSchoolDay(date: SchoolDate): boolean;
  /** Between the first and the last school day, both inclusive. */
  inSession(date: SchoolDate): boolean;
  /** School days after `date`, up to and including `upTo`. */
  schoolDaysAfter(date: SchoolDate, upTo: SchoolDate): number;
  /** The latest date that is settled on `today`; null when none is. */
  settledThrough(today: SchoolDate, settleDays: number): SchoolDate | null;
  /** The first day on which `date` is settled; null when the school year ends before. */
  settlesOn(date: SchoolDate, settleDays: number): SchoolDate | null;
  /** The n-th school day after `date`; null when the school year ends before. */
  addSchoolDays(date: SchoolDate, n: number): SchoolDate | null;
  nextSchoolDay(date: SchoolDate): SchoolDate | null;
  /** A school day after which the school stays closed for four or more calendar days in a row. */
  isLastBeforeBreak(date: SchoolDate): boolean;
}

/** Four closed calendar days in a row make a break; a plain weekend makes none. */
const BREAK_DAYS = 4;

export function buildCalendar(facts: CalendarFacts): SchoolCalendar {
  const schoolDays = listSchoolDays(facts);
  const isSchoolDay = new Set<string>(schoolDays);

  /** How many school days are on or before the date. */
  function upToAndOn(date: SchoolDate): number {
    let low = 0;
    let high = schoolDays.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((schoolDays[middle] as SchoolDate) <= date) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    firstDay: schoolDays[0] ?? facts.firstDay,
    lastDay: schoolDays.at(-1) ?? facts.lastDay,
    isSchoolDay: (date) => isSchoolDay.has(date),
    inSession: (date) => {
      const [first, last] = [schoolDays[0], schoolDays.at(-1)];
      return first !== undefined && last !== undefined && first <= date && date <= last;
    },
    schoolDaysAfter: (date, upTo) => Math.max(0, upToAndOn(upTo) - upToAndOn(date)),
    settledThrough(today, settleDays) {
      if (settleDays === 0) return today;
      const index = upToAndOn(today) - settleDays;
      const next = schoolDays[index];
      return index < 0 || next === undefined ? null : addDays(next, -1);
    },
    settlesOn(date, settleDays) {
      if (settleDays === 0) return date;
      return schoolDays[upToAndOn(date) + settleDays - 1] ?? null;
    },
    addSchoolDays: (date, n) => (n === 0 ? date : (schoolDays[upToAndOn(date) + n - 1] ?? null)),
    nextSchoolDay: (date) => schoolDays[upToAndOn(date)] ?? null,
    isLastBeforeBreak(date) {
      if (!isSchoolDay.has(date)) return false;
      const next = schoolDays[upToAndOn(date)];
      return next === undefined || daysBetween(date, next) - 1 >= BREAK_DAYS;
    },
  };
}

function listSchoolDays(facts: CalendarFacts): SchoolDate[] {
  const weekdays = new Set(facts.weekdays);
  const makeUp = new Set<string>(facts.makeUpDays);
  const days: SchoolDate[] = [];
  for (let date = facts.firstDay; date <= facts.lastDay; date = addDays(date, 1)) {
    const closed = facts.closures.some((closure) => closure.from <= date && date <= closure.to);
    if (makeUp.has(date) || (weekdays.has(weekday(date)) && !closed)) days.push(date);
  }
  return days;
}
