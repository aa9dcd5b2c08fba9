import type { ContractDay, ContractStanding, ContractTerms } from './contract.ts';
import { type Days, formatDays, sumDays } from './days.ts';
import { counted, inOneLine, schoolDays } from './plain-words.ts';
import type { SchoolDate } from './school-date.ts';
import { spelled } from './words.ts';

/** What was agreed, as a clause: `from … to … at most 2 unexcused days may be missed, with 3 school days for a note`. */
export function termsInWords(terms: ContractTerms): string {
  const { begins, ends, allowedDays, basis, graceDays, exceptCodes } = terms;
  const kind = basis === 'unexcused' ? 'unexcused day' : 'day';
  const except =
    exceptCodes.length === 0 ? '' : `, days with the code ${inOneLine(exceptCodes, 'or')} not counted`;
  const note = graceDays === 0 ? 'without time for a note' : `with ${schoolDays(graceDays)} for a note`;
  return `from ${spelled(begins)} to ${spelled(ends)} at most ${counted(formatDays(allowedDays), kind)} may be missed${except}, ${note}`;
}

/** The days whose grace is over, and those for which a note may still come in. */
export function contractDays(
  { days, endedOn }: Pick<ContractStanding, 'days' | 'endedOn'>,
  asOf: SchoolDate,
): { readonly counted: readonly ContractDay[]; readonly inGrace: readonly ContractDay[] } {
  const on = endedOn !== null && endedOn < asOf ? endedOn : asOf;
  const isCounted = ({ countsOn }: ContractDay) => countsOn !== null && countsOn <= on;
  return { counted: days.filter(isCounted), inGrace: days.filter((day) => !isCounted(day)) };
}

/** How many days may still be missed once every day is counted that is known; none when more were. */
export function contractRemainder(standing: ContractStanding): Days {
  const missed = sumDays(standing.days.map(({ fraction }) => fraction));
  return Math.max(0, standing.allowedDays - missed) as Days;
}

/** Where a contract stands, in full sentences fit for a hearing. */
export function contractInWords(standing: ContractStanding, asOf: SchoolDate): string {
  const { counted: days, inGrace } = contractDays(standing, asOf);
  const total = formatDays(sumDays(days.map(({ fraction }) => fraction)));
  const against =
    days.length === 0
      ? 'no day counts against it'
      : `${counted(total, 'day')} ${total === '1' ? 'counts' : 'count'} against it (${datesInWords(days)})`;
  const grace =
    inGrace.length === 0 || standing.endedOn !== null
      ? []
      : [`A note may still come in for ${datesInWords(inGrace)}.`];
  return [
    `The attendance contract ${standing.ref} ${stateInWords(standing)}: ${termsInWords(standing)}; ${against}.`,
    ...grace,
  ].join(' ');
}

function stateInWords({ kind, on, endedOn }: ContractStanding): string {
  const ended = endedOn === null ? null : `was ended on ${spelled(endedOn)}`;
  if (kind === 'violated' && on !== null) {
    return ended === null
      ? `is violated since ${spelled(on)}`
      : `was violated on ${spelled(on)} and ${ended}`;
  }
  return ended ?? (kind === 'kept' ? 'was kept to its end' : 'is running');
}

/** Half days say that they are. */
function datesInWords(days: readonly ContractDay[]): string {
  return inOneLine(
    days.map(({ date, fraction }) =>
      formatDays(fraction) === '1' ? spelled(date) : `${spelled(date)} with ${formatDays(fraction)} of a day`,
    ),
  );
}
