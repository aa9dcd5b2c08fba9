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
  /** Other weekdays for a part of the year, both ends inclusive; the last that fits a date holds. */
  readonly weekdayRules: readonly {
    readonly weekdays: readonly number[];
    readonly from: SchoolDate;
    readonly to: SchoolDate;
  }[];
  /** Closed like closures. */
  readonly holidays: readonly SchoolDate[];
  /** In rising order; each lasts until the next begins. */
  readonly terms: readonly { readonly name: string; readonly begins: SchoolDate }[];
  /** School days that end early; null: no limits of their own. */
  readonly earlyRelease: readonly { readonly date: SchoolDate; readonly limits: DayLimits | null }[];
}

/** From when on a day missed counts half or whole, and how many periods it has. */
export interface DayLimits {
  readonly wholeDayMinutes: number;
  readonly halfDayMinutes: number;
  /** null: as on any other day. */
  readonly periods: number | null;
}

export interface Term {
  readonly name: string;
  readonly begins: SchoolDate;
  /** The last school day in it. */
  readonly lastDay: SchoolDate;
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
  /**
   * The term that contains the date, a break before the next term included; null outside the school year, before the
   * first term, and where the calendar has no terms.
   */
  termOn(date: SchoolDate): Term | null;
  /** The first of the n school days up to and including `date`; null when the year has had fewer. */
  backSchoolDays(date: SchoolDate, n: number): SchoolDate | null;
  /** The limits of a day of early release; null where those of any other day hold. */
  limitsOn(date: SchoolDate): DayLimits | null;
  /** Both ends inclusive. */
  schoolDays(from: SchoolDate, to: SchoolDate): readonly SchoolDate[];
  /** All that answers depend on: two calendars with the same text are the same. */
  readonly hashText: string;
}

/** Four closed calendar days in a row make a break; a plain weekend makes none. */
const BREAK_DAYS = 4;

export function buildCalendar(facts: CalendarFacts): SchoolCalendar {
  const schoolDays = listSchoolDays(facts);
  const isSchoolDay = new Set<string>(schoolDays);
  const terms = listTerms(facts, schoolDays);
  const limits = new Map(facts.earlyRelease.map((day) => [day.date, day.limits]));

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
    termOn(date) {
      if (schoolDays.length === 0 || date < (schoolDays[0] as SchoolDate)) return null;
      if (date > (schoolDays.at(-1) as SchoolDate)) return null;
      return terms.findLast((term) => term.begins <= date) ?? null;
    },
    backSchoolDays: (date, n) => schoolDays[upToAndOn(date) - n] ?? null,
    limitsOn: (date) => limits.get(date) ?? null,
    schoolDays: (from, to) => schoolDays.slice(upToAndOn(addDays(from, -1)), upToAndOn(to)),
    hashText: JSON.stringify({ schoolDays, terms, limits: [...limits].sort(([a], [b]) => (a < b ? -1 : 1)) }),
  };
}

function listSchoolDays(facts: CalendarFacts): SchoolDate[] {
  const makeUp = new Set<string>(facts.makeUpDays);
  const holidays = new Set<string>(facts.holidays);
  const days: SchoolDate[] = [];
  for (let date = facts.firstDay; date <= facts.lastDay; date = addDays(date, 1)) {
    const closed =
      holidays.has(date) || facts.closures.some((closure) => closure.from <= date && date <= closure.to);
    const rule = facts.weekdayRules.findLast(({ from, to }) => from <= date && date <= to);
    const weekdays = rule?.weekdays ?? facts.weekdays;
    if (makeUp.has(date) || (weekdays.includes(weekday(date)) && !closed)) days.push(date);
  }
  return days;
}

/** A term without a school day is none. */
function listTerms(facts: CalendarFacts, schoolDays: readonly SchoolDate[]): Term[] {
  return facts.terms.flatMap(({ name, begins }, index) => {
    const next = facts.terms[index + 1]?.begins;
    const lastDay = schoolDays.findLast((date) => begins <= date && (next === undefined || date < next));
    return lastDay === undefined ? [] : [{ name, begins, lastDay }];
  });
}
