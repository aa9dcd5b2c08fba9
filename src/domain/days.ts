/** A number of days, exact: whole ten-thousandths of a day. No floating point touches a count. */
export type Days = number & { readonly __brand: 'Days' };

const PARTS = 10_000;

export const NO_DAYS = 0 as Days;
export const HALF_DAY = (PARTS / 2) as Days;
export const ONE_DAY = PARTS as Days;

/** Reads decimal text such as `7`, `0.5`. @throws RangeError when it is negative, no number, or finer than 0.0001. */
export function days(text: string): Days {
  const match = /^(\d{1,6})(?:\.(\d{1,4})0*)?$/.exec(text);
  if (match === null) throw new RangeError('not a number of days: expected decimal text such as 4 or 0.5');
  return (Number(match[1]) * PARTS + Number((match[2] ?? '').padEnd(4, '0'))) as Days;
}

/** Decimal text without needless zeros: `4`, `3.5`. */
export function formatDays(amount: Days): string {
  const whole = Math.trunc(amount / PARTS);
  const part = String(amount % PARTS)
    .padStart(4, '0')
    .replace(/0+$/, '');
  return part === '' ? String(whole) : `${whole}.${part}`;
}

export function sumDays(amounts: Iterable<Days>): Days {
  let sum = 0;
  for (const amount of amounts) sum += amount;
  return sum as Days;
}

export function maxDays(a: Days, b: Days): Days {
  return a > b ? a : b;
}

export function minDays(a: Days, b: Days): Days {
  return a < b ? a : b;
}
