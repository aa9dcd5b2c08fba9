import type { ContractStanding } from './contract.ts';
import { contractDays } from './contract-words.ts';
import { type Days, formatDays, NO_DAYS } from './days.ts';
import { leftOutWords } from './explanation.ts';
import type { Evaluation } from './ladder-facts.ts';
import type { SchoolDate } from './school-date.ts';

/** One day that was missed while a contract ran. */
export interface EvidenceDay {
  readonly date: SchoolDate;
  /** Decimal text. */
  readonly days: string;
  /** Up to and including it, decimal text. */
  readonly sum: string;
  readonly excuse: string;
  readonly codes: string;
  /** From when on it counts; null: not before the school year ends. */
  readonly countsOn: SchoolDate | null;
}

/** What a contract's standing rests on, day by day, and what was looked at and does not count against it. */
export interface ContractEvidence {
  readonly counted: readonly EvidenceDay[];
  /** A note may still come in for these. */
  readonly inGrace: readonly EvidenceDay[];
  readonly notCounted: readonly {
    readonly date: SchoolDate;
    readonly codes: string;
    readonly why: string;
  }[];
}

/** @param codeOf the title of the code that a record names; empty without one */
export function contractEvidence(
  standing: ContractStanding,
  { days, leftOut, asOf }: Pick<Evaluation, 'days' | 'leftOut' | 'asOf'>,
  codeOf: (record: string) => string,
): ContractEvidence {
  const last = standing.endedOn ?? standing.ends;
  const isInside = ({ date }: { readonly date: SchoolDate }) =>
    standing.begins <= date && date <= last && date <= asOf;
  const { counted, inGrace } = contractDays(standing, asOf);
  const byDate = new Map(days.map((day) => [day.date, day]));
  let sum: Days = NO_DAYS;
  const asEvidence = (day: ContractStanding['days'][number]): EvidenceDay => {
    const known = byDate.get(day.date);
    sum = (sum + day.fraction) as Days;
    return {
      date: day.date,
      days: formatDays(day.fraction),
      sum: formatDays(sum),
      excuse: known?.excuse ?? 'unknown',
      codes: known?.codes.join(', ') ?? '',
      countsOn: day.countsOn,
    };
  };
  const except = new Set(standing.exceptCodes.map((title) => title.toLowerCase()));
  const watched = new Set(standing.days.map(({ date }) => date));
  const excepted = days
    .filter((day) => isInside(day) && !watched.has(day.date))
    .map(({ date, codes, excuse }) => {
      const code = codes.find((title) => except.has(title.toLowerCase()));
      const why =
        code === undefined
          ? `${excuse === 'unknown' ? 'no excuse on record' : excuse}; the contract counts unexcused days`
          : `the contract leaves out the code ${code}`;
      return { date, codes: codes.join(', '), why };
    });
  const rows = leftOut
    .filter(isInside)
    .map(({ date, record, reason }) => ({ date, codes: codeOf(record), why: leftOutWords[reason] }));
  return {
    counted: counted.map(asEvidence),
    inGrace: inGrace.map(asEvidence),
    notCounted: [...excepted, ...rows].sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0)),
  };
}
