import type { SchoolCalendar } from './calendar.ts';
import type { Counted } from './counting.ts';
import { ONE_DAY } from './days.ts';
import type { CountedDay, Enrolment } from './ladder-facts.ts';
import type { Basis, CountingRules } from './policy.ts';
import { addDays, type SchoolDate } from './school-date.ts';

/** The counted days of one student, put up so that any window of them is a subtraction. */
export interface DayBook {
  readonly counted: Counted;
  readonly rules: CountingRules;
  readonly calendar: SchoolCalendar;
  /** Of the whole year. */
  readonly schoolDays: readonly SchoolDate[];
  /** `settledThrough` of the calendar for at least one day of settling, without working with dates. */
  settledThrough(today: SchoolDate, settleDays: number): SchoolDate | null;
  tally(basis: Basis): Tally;
  /** School days on which the student is enrolled anywhere, both ends inclusive. */
  enrolledDays(from: SchoolDate, through: SchoolDate): number;
}

/** What one basis counts. */
export interface Tally {
  /** The days, by date. */
  readonly dates: readonly SchoolDate[];
  /** `sums[n]`: the fractions of the first n dates together, in the parts of `Days`. */
  readonly sums: readonly number[];
  /** By date. */
  readonly tardies: readonly SchoolDate[];
  /** School days missed whole in a row, as indices into `schoolDays`, both ends inclusive. */
  runs(): readonly { readonly first: number; readonly last: number }[];
  /** The last date that says anything; null when none does. */
  readonly lastDate: SchoolDate | null;
}

export function openDayBook(
  counted: Counted,
  enrolments: readonly Enrolment[],
  rules: CountingRules,
  calendar: SchoolCalendar,
): DayBook {
  const { days: schoolDays, eves } = pagesOf(calendar);
  const tallies: Partial<Record<Basis, Tally>> = {};
  let enrolledBefore: readonly number[] | null = null;
  return {
    counted,
    rules,
    calendar,
    schoolDays,
    settledThrough: (today, settleDays) => eves[countUpTo(schoolDays, today) - settleDays] ?? null,
    tally(basis) {
      tallies[basis] ??= makeTally(basis, counted, rules, schoolDays);
      return tallies[basis];
    },
    enrolledDays(from, through) {
      enrolledBefore ??= runningCount(schoolDays, enrolments);
      const upTo = enrolledBefore[countUpTo(schoolDays, through)] ?? 0;
      return Math.max(0, upTo - (enrolledBefore[countBefore(schoolDays, from)] ?? 0));
    },
  };
}

/** Whether a day or a tardy with this excuse is one of the basis. */
export function isOfBasis(
  basis: Basis,
  excuse: CountedDay['excuse'],
  rules: Pick<CountingRules, 'unknownExcuse'>,
): boolean {
  if (basis === 'all' || excuse === 'unexcused') return true;
  return excuse === 'unknown' && rules.unknownExcuse === 'unexcused';
}

/** How many of the dates, which are in rising order, are on or before the date. */
export function countUpTo(dates: readonly SchoolDate[], date: SchoolDate): number {
  let low = 0;
  let high = dates.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((dates[middle] as SchoolDate) <= date) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the dates, which are in rising order, are before the date. */
export function countBefore(dates: readonly SchoolDate[], date: SchoolDate): number {
  const upTo = countUpTo(dates, date);
  return dates[upTo - 1] === date ? upTo - 1 : upTo;
}

interface Pages {
  readonly days: readonly SchoolDate[];
  /** The calendar day before each school day. */
  readonly eves: readonly SchoolDate[];
}

/** A calendar serves every student of a school, and a date costs more than a look-up. */
const pages = new WeakMap<SchoolCalendar, Pages>();

function pagesOf(calendar: SchoolCalendar): Pages {
  let known = pages.get(calendar);
  if (known === undefined) {
    const days = calendar.schoolDays(calendar.firstDay, calendar.lastDay);
    known = { days, eves: days.map((day) => addDays(day, -1)) };
    pages.set(calendar, known);
  }
  return known;
}

function makeTally(
  basis: Basis,
  counted: Counted,
  rules: CountingRules,
  schoolDays: readonly SchoolDate[],
): Tally {
  const days = counted.days.filter((day) => isOfBasis(basis, day.excuse, rules));
  const sums = [0];
  let sum = 0;
  for (const day of days) {
    sum += day.fraction;
    sums.push(sum);
  }
  const tardies = counted.tardies
    .filter(({ excuse }) => rules.tardies?.excuses.includes(excuse) && isOfBasis(basis, excuse, rules))
    .map(({ date }) => date);
  const last = [days.at(-1)?.date ?? null, tardies.at(-1) ?? null].filter((date) => date !== null).sort();
  let runs: ReturnType<Tally['runs']> | null = null;
  return {
    dates: days.map((day) => day.date),
    sums,
    tardies,
    runs: () => {
      runs ??= listRuns(days, schoolDays);
      return runs;
    },
    lastDate: last.at(-1) ?? null,
  };
}

/** A half day breaks a run, and so does a school day without an absence; a closure does not. */
function listRuns(days: readonly CountedDay[], schoolDays: readonly SchoolDate[]) {
  const runs: { first: number; last: number }[] = [];
  for (const day of days) {
    const index = countUpTo(schoolDays, day.date) - 1;
    if (day.fraction < ONE_DAY || schoolDays[index] !== day.date) continue;
    const run = runs.at(-1);
    if (run !== undefined && run.last === index - 1) run.last = index;
    else runs.push({ first: index, last: index });
  }
  return runs;
}

/** `result[n]`: on how many of the first n school days the student is enrolled. */
function runningCount(schoolDays: readonly SchoolDate[], enrolments: readonly Enrolment[]): number[] {
  const counts = [0];
  let count = 0;
  for (const day of schoolDays) {
    const enrolled = enrolments.some(
      ({ begins, ends }) => (begins === null || begins <= day) && (ends === null || day < ends),
    );
    if (enrolled) count += 1;
    counts.push(count);
  }
  return counts;
}
