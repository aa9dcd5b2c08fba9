import type { Contract } from './contract.ts';
import { type DayBook, isOfBasis } from './day-book.ts';
import { type Days, NO_DAYS } from './days.ts';
import type { CountedDay } from './ladder-facts.ts';
import { addDays, type SchoolDate } from './school-date.ts';

export type ContractJudgement =
  | { readonly kind: 'kept' | 'running' }
  /** `on`: the day that was one too many; `days`: all that were missed up to now. */
  | { readonly kind: 'violated'; readonly on: SchoolDate; readonly days: Days };

/** Where a contract stands today. A day counts against it once its grace is over; a day excused later does no more. */
export function judgeContract(contract: Contract, book: DayBook, today: SchoolDate): ContractJudgement {
  const { calendar } = book;
  const through = calendar.settledThrough(today, contract.graceDays);
  let missed = NO_DAYS;
  let on: SchoolDate | null = null;
  for (const day of watchedDays(contract, book)) {
    if (through === null || day.date > through) break;
    missed = (missed + day.fraction) as Days;
    if (on === null && missed > contract.allowedDays) on = day.date;
  }
  if (on !== null) return { kind: 'violated', on, days: missed };
  const ended = today > contract.ends && through !== null && through >= contract.ends;
  return { kind: ended ? 'kept' : 'running' };
}

/** The first date after today on which the days already known violate a contract that is running, or it is kept. */
export function nextContractLook(contract: Contract, book: DayBook, today: SchoolDate): SchoolDate | null {
  if (judgeContract(contract, book, today).kind !== 'running') return null;
  const { calendar } = book;
  let missed = 0;
  for (const day of watchedDays(contract, book)) {
    missed += day.fraction;
    if (missed > contract.allowedDays) return calendar.settlesOn(day.date, contract.graceDays);
  }
  const settled = calendar.settlesOn(contract.ends, contract.graceDays);
  const dayAfter = addDays(contract.ends, 1);
  return settled === null || settled > dayAfter ? settled : dayAfter;
}

function watchedDays(contract: Contract, { counted, rules }: DayBook): readonly CountedDay[] {
  const except = new Set(contract.exceptCodes.map((title) => title.toLowerCase()));
  return counted.days.filter(
    (day) =>
      contract.begins <= day.date &&
      day.date <= contract.ends &&
      isOfBasis(contract.basis, day.excuse, rules) &&
      !day.codes.some((title) => except.has(title.toLowerCase())),
  );
}
