import type { Term } from './calendar.ts';
import { countBefore, countUpTo, type DayBook } from './day-book.ts';
import { type Days, NO_DAYS, ONE_DAY } from './days.ts';
import type { Step } from './policy.ts';
import { addDays, type SchoolDate } from './school-date.ts';

/** What a step counts as of a date. */
export interface Amount {
  readonly reached: boolean;
  /** Days; of `consecutive` the longest run. */
  readonly count: Days;
  /** Of `count`, whole days made of tardies. */
  readonly tardyDays: number;
  /** Percent only: the school days of which `count` is taken. */
  readonly enrolledDays: number | null;
  /** The first date of the window; null when there is none, before the first term for instance. */
  readonly from: SchoolDate | null;
  readonly settledThrough: SchoolDate | null;
}

/** What a step counts as of the date, on the rows that are known today. */
export function amountOn(step: Step, book: DayBook, date: SchoolDate): Amount {
  return amountThrough(step, book, settledFor(step, book, date));
}

/** The last date that is settled for the step. Today is never settled for anything formal, whatever the policy says. */
export function settledFor(step: Step, book: DayBook, date: SchoolDate): SchoolDate | null {
  if (step.settleDays > 0) return book.settledThrough(date, step.settleDays);
  return step.letter !== null || step.referral ? addDays(date, -1) : date;
}

/** What a step counts when everything up to and including a date is settled, and nothing after it. */
export function amountThrough(step: Step, book: DayBook, through: SchoolDate | null): Amount {
  const from = through === null ? null : windowFrom(step, book, through);
  if (through === null || from === null) {
    const enrolledDays = step.unit === 'percent' ? 0 : null;
    return { reached: false, count: NO_DAYS, tardyDays: 0, enrolledDays, from, settledThrough: through };
  }
  if (step.unit === 'consecutive') {
    const count = longestRun(step, book, from, through);
    const reached = count >= step.at;
    return { reached, count, tardyDays: 0, enrolledDays: null, from, settledThrough: through };
  }
  const { count, tardyDays } = sumDaysOf(step, book, from, through);
  if (step.unit === 'days') {
    const reached = count >= step.at;
    return { reached, count, tardyDays, enrolledDays: null, from, settledThrough: through };
  }
  const enrolledDays = book.enrolledDays(from, through);
  // Whole numbers only: `at` is percent in the same parts as the days.
  const reached = enrolledDays >= step.fromEnrolledDays && count * 100 >= step.at * enrolledDays;
  return { reached, count, tardyDays, enrolledDays, from, settledThrough: through };
}

/** The term of the last school day that is settled: a break belongs to the term before it, whenever the next begins. */
export function termThrough(
  { calendar, schoolDays }: Pick<DayBook, 'calendar' | 'schoolDays'>,
  through: SchoolDate | null,
): Term | null {
  const day = through === null ? undefined : schoolDays[countUpTo(schoolDays, through) - 1];
  return day === undefined ? null : calendar.termOn(day);
}

function windowFrom({ window }: Step, book: DayBook, through: SchoolDate): SchoolDate | null {
  const { calendar, schoolDays } = book;
  switch (window.kind) {
    case 'school-year':
      return calendar.firstDay;
    case 'term':
      return termThrough(book, through)?.begins ?? null;
    case 'last':
      return schoolDays[countUpTo(schoolDays, through) - window.schoolDays] ?? calendar.firstDay;
  }
}

function sumDaysOf(
  { basis }: Step,
  book: DayBook,
  from: SchoolDate,
  through: SchoolDate,
): { count: Days; tardyDays: number } {
  const { dates, sums, tardies } = book.tally(basis);
  const days = (sums[countUpTo(dates, through)] ?? 0) - (sums[countBefore(dates, from)] ?? 0);
  const perDay = book.rules.tardies?.perDay ?? 0;
  if (perDay === 0 || tardies.length === 0) return { count: Math.max(0, days) as Days, tardyDays: 0 };
  const late = Math.max(0, countUpTo(tardies, through) - countBefore(tardies, from));
  const tardyDays = Math.floor(late / perDay);
  return { count: (Math.max(0, days) + tardyDays * ONE_DAY) as Days, tardyDays };
}

function longestRun({ basis }: Step, book: DayBook, from: SchoolDate, through: SchoolDate): Days {
  const first = countBefore(book.schoolDays, from);
  const last = countUpTo(book.schoolDays, through) - 1;
  let longest = 0;
  for (const run of book.tally(basis).runs()) {
    longest = Math.max(longest, Math.min(run.last, last) - Math.max(run.first, first) + 1);
  }
  return (longest * ONE_DAY) as Days;
}
