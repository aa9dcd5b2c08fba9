import type { SchoolCalendar } from './calendar.ts';
import type { ContractTerms } from './contract.ts';
import { type Days, days, formatDays, HALF_DAY, ONE_DAY } from './days.ts';
import type { Basis } from './policy.ts';
import type { SchoolDate } from './school-date.ts';

/** What somebody wants to agree with a family, in their own words. */
export interface AskedContract {
  readonly begins: SchoolDate;
  readonly ends: SchoolDate;
  /** Decimal text. */
  readonly allowedDays: string;
  readonly basis: Basis;
  readonly graceDays: number;
  readonly exceptCodes: readonly string[];
  readonly signedOn: SchoolDate | null;
  readonly refused: boolean;
}

export type ContractPart =
  | 'begins'
  | 'ends'
  | 'allowed-days'
  | 'except-codes'
  | 'grace-days'
  | 'signed-on'
  | 'refused';

/** Why a contract cannot be recorded: which of its parts, and what may stand there instead. */
export interface ContractRefusal {
  readonly part: ContractPart;
  readonly found: string;
  readonly expected: string;
  /** Words among which the right one is likely to be. */
  readonly known: readonly string[];
}

export interface ContractSurroundings {
  /** Of the student's primary school. */
  readonly calendar: SchoolCalendar;
  /** Titles of all attendance codes. */
  readonly codes: readonly string[];
  /** Contracts of the student that are watched or were kept. */
  readonly others: readonly {
    readonly ref: string;
    readonly begins: SchoolDate;
    readonly ends: SchoolDate;
  }[];
  readonly today: SchoolDate;
}

/** Whether what was asked can be watched; of codes, the spelling of the SIS is kept. */
export function judgeTerms(
  asked: AskedContract,
  around: ContractSurroundings,
):
  | { readonly kind: 'allowed'; readonly terms: ContractTerms }
  | ({ readonly kind: 'refused' } & ContractRefusal) {
  const { begins, ends, basis, graceDays } = asked;
  const refusal = judgeDates(asked, around) ?? judgeSignature(asked, around) ?? judgeGrace(asked, around);
  if (refusal !== null) return { kind: 'refused', ...refusal };
  const allowed = readAllowedDays(asked, around);
  if (typeof allowed !== 'number') return { kind: 'refused', ...allowed };
  const exceptCodes: string[] = [];
  for (const code of asked.exceptCodes) {
    const title = around.codes.find((one) => one.toLowerCase() === code.toLowerCase());
    if (title === undefined) {
      const expected = 'titles of attendance codes of the SIS';
      return { kind: 'refused', ...refused('except-codes', JSON.stringify(code), expected, around.codes) };
    }
    if (!exceptCodes.includes(title)) exceptCodes.push(title);
  }
  return {
    kind: 'allowed',
    terms: { begins, ends, allowedDays: allowed, basis, graceDays, exceptCodes: exceptCodes.sort() },
  };
}

function judgeDates(
  { begins, ends, refused: isRefused }: AskedContract,
  { calendar: { firstDay, lastDay }, others, today }: ContractSurroundings,
): ContractRefusal | null {
  const year = `a day of the school year, ${firstDay} to ${lastDay}`;
  if (begins < firstDay || begins > lastDay) return refused('begins', begins, year);
  if (ends < begins) return refused('ends', ends, `${begins}, the day on which it begins, or later`);
  if (ends > lastDay) return refused('ends', ends, year);
  if (isRefused) return null;
  if (ends < today) return refused('ends', ends, `today (${today}) or later: what is over cannot be watched`);
  const other = others.find((one) => one.begins <= ends && begins <= one.ends);
  if (other === undefined) return null;
  const place = `${other.ref}, from ${other.begins} to ${other.ends}`;
  return refused(
    'begins',
    `${begins} to ${ends}`,
    `days outside the contract ${place}; or end that one first`,
  );
}

function judgeSignature(
  { signedOn, refused: isRefused }: AskedContract,
  { today }: ContractSurroundings,
): ContractRefusal | null {
  if (signedOn === null) return null;
  if (isRefused) return refused('refused', 'beside --signed-on', 'one of the two');
  if (signedOn > today) return refused('signed-on', signedOn, `today (${today}) or before`);
  return null;
}

function judgeGrace(
  { graceDays, begins, ends }: AskedContract,
  { calendar }: ContractSurroundings,
): ContractRefusal | null {
  if (!Number.isInteger(graceDays) || graceDays < 0 || graceDays > LONGEST_GRACE)
    return refused('grace-days', String(graceDays), `a whole number of school days, 0 to ${LONGEST_GRACE}`);
  if (calendar.settlesOn(begins, graceDays) === null)
    return refused(
      'grace-days',
      String(graceDays),
      `fewer: no day of the contract (${begins} to ${ends}) would count before the school year ends on ${calendar.lastDay}`,
    );
  return null;
}

const LONGEST_GRACE = 30;

function readAllowedDays(
  { allowedDays, begins, ends }: AskedContract,
  { calendar }: ContractSurroundings,
): Days | ContractRefusal {
  const found = JSON.stringify(allowedDays);
  const amount = decimal(allowedDays);
  if (amount === null || amount % HALF_DAY !== 0)
    return refused('allowed-days', found, 'a number of whole or half days such as 0, 2 or 2.5');
  const schoolDays = calendar.schoolDays(begins, ends).length;
  if (amount >= schoolDays * ONE_DAY)
    return refused(
      'allowed-days',
      formatDays(amount),
      `less than the school days from ${begins} to ${ends}, which are ${schoolDays}: nothing could violate it`,
    );
  return amount;
}

function decimal(text: string): Days | null {
  try {
    return days(text);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Whether the school year is long enough after its last day for a note and for the verdict that it was kept. */
export function isJudgedToItsEnd({ ends, graceDays }: ContractTerms, calendar: SchoolCalendar): boolean {
  return ends < calendar.lastDay && calendar.settlesOn(ends, graceDays) !== null;
}

function refused(
  part: ContractPart,
  found: string,
  expected: string,
  known: readonly string[] = [],
): ContractRefusal {
  return { part, found, expected, known };
}
