import type { Contract, ContractDay, ContractStanding } from './contract.ts';
import { type DayBook, isOfBasis } from './day-book.ts';
import { type Days, NO_DAYS } from './days.ts';
import type { CountedDay } from './ladder-facts.ts';
import { addDays, earlierOf, type SchoolDate } from './school-date.ts';

export type ContractJudgement =
  | { readonly kind: 'kept' | 'running' | 'ended' }
  /** `on`: the day that was one too many; `days`: all that were missed up to now. */
  | { readonly kind: 'violated'; readonly on: SchoolDate; readonly days: Days };

/**
 * Where a contract stands today. A day counts against it once its grace is over; a day excused later does no more. One
 * that a person has ended stands as on that day, but for corrections of the days before.
 */
export function judgeContract(contract: Contract, book: DayBook, today: SchoolDate): ContractJudgement {
  const { calendar } = book;
  const { ends, endedOn, graceDays } = contract;
  const through = calendar.settledThrough(earlierOf(endedOn ?? today, today), graceDays);
  let missed = NO_DAYS;
  let on: SchoolDate | null = null;
  for (const day of watchedDays(contract, book)) {
    if (through === null || day.date > through) break;
    missed = (missed + day.fraction) as Days;
    if (on === null && missed > contract.allowedDays) on = day.date;
  }
  if (on !== null) return { kind: 'violated', on, days: missed };
  if (endedOn !== null) return { kind: 'ended' };
  const isOver = today > ends && through !== null && through >= ends;
  return { kind: isOver ? 'kept' : 'running' };
}

/** The same with the terms and every day that was missed, for people. */
export function contractStanding(contract: Contract, book: DayBook, today: SchoolDate): ContractStanding {
  const { id: _id, ...terms } = contract;
  const judged = judgeContract(contract, book, today);
  return {
    ...terms,
    kind: judged.kind,
    on: judged.kind === 'violated' ? judged.on : null,
    days: watchedDays(contract, book).map(
      ({ date, fraction }): ContractDay => ({
        date,
        fraction,
        countsOn: book.calendar.settlesOn(date, contract.graceDays),
      }),
    ),
  };
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
  const { begins, ends, endedOn } = contract;
  const last = earlierOf(endedOn ?? ends, ends);
  const except = new Set(contract.exceptCodes.map((title) => title.toLowerCase()));
  return counted.days.filter(
    (day) =>
      begins <= day.date &&
      day.date <= last &&
      isOfBasis(contract.basis, day.excuse, rules) &&
      !day.codes.some((title) => except.has(title.toLowerCase())),
  );
}
