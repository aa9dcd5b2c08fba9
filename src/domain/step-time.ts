import { countUpTo, type DayBook } from './day-book.ts';
import type { Step } from './policy.ts';
import { addDays, type SchoolDate } from './school-date.ts';
import { type Amount, amountOn, amountThrough, settledFor, termThrough } from './step-amount.ts';

/** What time alone does to a step: all of it on the rows that are known today. */

/** The latest date from `from` to `to` on which the step was reached, the first one if it was; null when none. */
export function standsSince(
  step: Step,
  book: DayBook,
  from: SchoolDate,
  to: SchoolDate,
): { readonly on: SchoolDate; readonly amount: Amount } | null {
  const first = amountOn(step, book, from);
  if (first.reached) return { on: from, amount: first };
  let found: { on: SchoolDate; amount: Amount } | null = null;
  for (const on of isRising(step) ? [to] : momentsAfter(step, book, from, to)) {
    const amount = amountOn(step, book, on);
    if (amount.reached) found = { on, amount };
  }
  return found;
}

/** What a step has stood on. */
export interface Since {
  readonly owedOn: SchoolDate;
  readonly takenOn: SchoolDate;
  /** A correction has it below. */
  readonly superseded: boolean;
}

/**
 * Whether the step was reached when or after it became owed, and was below on a later date, since it was taken. A
 * correction says so by itself.
 */
export function fellSince(step: Step, book: DayBook, since: Since, to: SchoolDate): boolean {
  if (since.superseded) return true;
  if (isRising(step)) return false;
  let stood = amountOn(step, book, since.owedOn).reached;
  for (const date of momentsAfter(step, book, since.owedOn, to)) {
    const { reached } = amountOn(step, book, date);
    if (stood && !reached && date >= since.takenOn) return true;
    stood ||= reached;
  }
  return false;
}

/**
 * The school day that brought the amount to `at`: the law counts from it, whatever settles later.
 * @param date a date on which the step is reached; null is returned when it is not.
 */
export function crossedOn(step: Step, book: DayBook, date: SchoolDate): SchoolDate | null {
  const through = settledFor(step, book, date);
  if (through === null || !amountThrough(step, book, through).reached) return null;
  const { schoolDays } = book;
  let crossed = through;
  for (let index = countUpTo(schoolDays, through) - 1; index >= 0; index -= 1) {
    const day = schoolDays[index] as SchoolDate;
    if (!amountThrough(step, book, day).reached) break;
    crossed = day;
  }
  return crossed;
}

/** From when on nothing that the step looked at when it became owed is in its window; null: not this school year. */
export function windowOverOn(step: Step, book: DayBook, owedOn: SchoolDate): SchoolDate | null {
  const { calendar } = book;
  switch (step.window.kind) {
    case 'school-year':
      return null;
    case 'last':
      return calendar.addSchoolDays(owedOn, step.window.schoolDays);
    case 'term': {
      const term = termThrough(book, settledFor(step, book, owedOn));
      if (term === null) return null;
      const start = term.lastDay > owedOn ? term.lastDay : owedOn;
      for (const date of momentsAfter(step, book, start, calendar.lastDay)) {
        if (isLaterTerm(step, book, owedOn, date)) return date;
      }
      return null;
    }
  }
}

/** Whether the term that the step looks at on `date` began after the one it looked at on `before`. */
export function isLaterTerm(step: Step, book: DayBook, before: SchoolDate, date: SchoolDate): boolean {
  if (step.window.kind !== 'term') return false;
  const then = termThrough(book, settledFor(step, book, before));
  const now = termThrough(book, settledFor(step, book, date));
  return then !== null && now !== null && then.begins < now.begins;
}

/** The first date after today on which the days already known will reach the step. */
export function nextReached(step: Step, book: DayBook, today: SchoolDate): SchoolDate | null {
  if (isPast(step, book, amountOn(step, book, today))) return null;
  for (const date of momentsAfter(step, book, today, book.calendar.lastDay)) {
    const amount = amountOn(step, book, date);
    if (amount.reached) return date;
    if (isPast(step, book, amount)) return null;
  }
  return null;
}

/** The first date after today, on or after `from`, on which the step is not reached. */
export function nextBelow(
  step: Step,
  book: DayBook,
  today: SchoolDate,
  from: SchoolDate | null,
): SchoolDate | null {
  if (from === null || from > book.calendar.lastDay) return null;
  if (from > today && !amountOn(step, book, from).reached) return from;
  for (const date of momentsAfter(step, book, from > today ? from : today, book.calendar.lastDay)) {
    if (!amountOn(step, book, date).reached) return date;
  }
  return null;
}

/** The first date after today on which a step that was taken is reached once more after it has been below. */
export function nextRequalified(
  step: Step,
  book: DayBook,
  since: Since,
  today: SchoolDate,
): SchoolDate | null {
  let fell = fellSince(step, book, since, today);
  if (isRising(step) && !fell) return null;
  let stood = standsSince(step, book, since.owedOn, today) !== null;
  for (const date of momentsAfter(step, book, today, book.calendar.lastDay)) {
    const amount = amountOn(step, book, date);
    if (amount.reached && (fell || isLaterTerm(step, book, since.takenOn, date))) return date;
    if (isPast(step, book, amount)) return null;
    fell ||= stood && !amount.reached;
    stood ||= amount.reached;
  }
  return null;
}

/** With no new row, what was reached once stays reached. */
function isRising({ unit, window }: Step): boolean {
  return unit !== 'percent' && window.kind === 'school-year';
}

/** No later date can bring a higher amount out of the days already known. */
function isPast(step: Step, book: DayBook, amount: Amount): boolean {
  const { lastDate } = book.tally(step.basis);
  if (lastDate === null) return true;
  if (amount.from === null || amount.settledThrough === null) return false;
  if (amount.from > lastDate) return true;
  if (amount.settledThrough < lastDate) return false;
  if (step.unit !== 'percent') return true;
  // School days without an enrolment that come into a moving window raise the share.
  return step.window.kind !== 'last' && (amount.enrolledDays ?? 0) >= step.fromEnrolledDays;
}

/**
 * The dates after `from`, up to and including `to`, on which a step may count something else than the day before. With
 * settling only a school day can bring that.
 */
function* momentsAfter(step: Step, book: DayBook, from: SchoolDate, to: SchoolDate): Iterable<SchoolDate> {
  if (step.settleDays === 0) {
    for (let date = addDays(from, 1); date <= to; date = addDays(date, 1)) yield date;
    return;
  }
  const { schoolDays } = book;
  for (let index = countUpTo(schoolDays, from); index < schoolDays.length; index += 1) {
    const date = schoolDays[index] as SchoolDate;
    if (date > to) return;
    yield date;
  }
}
