import type { SchoolCalendar } from './calendar.ts';
import type { ContractTerms } from './contract.ts';
import { addDays, daysBetween, earlierOf, type SchoolDate } from './school-date.ts';

/**
 * What a contract may go on as: the same terms for as long again, from the first school day after its end, or from
 * today where that is past. @returns null where the school year leaves no day
 */
export function renewedTerms(
  { endedOn, ...terms }: ContractTerms & { readonly endedOn: SchoolDate | null },
  calendar: Pick<SchoolCalendar, 'lastDay' | 'nextSchoolDay' | 'isSchoolDay'>,
  today: SchoolDate,
): ContractTerms | null {
  const over = endedOn ?? terms.ends;
  const next =
    over < today && calendar.isSchoolDay(today) ? today : calendar.nextSchoolDay(over > today ? over : today);
  if (next === null || next > calendar.lastDay) return null;
  const ends = addDays(next, daysBetween(terms.begins, terms.ends));
  return { ...terms, begins: next, ends: earlierOf(ends, calendar.lastDay) };
}
