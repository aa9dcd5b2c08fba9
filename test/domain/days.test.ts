import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  days,
  formatDays,
  HALF_DAY,
  maxDays,
  minDays,
  NO_DAYS,
  ONE_DAY,
  sumDays,
} from '../../src/domain/days.ts';

describe('a number of days', () => {
  test.each([
    ['0', '0'],
    ['4', '4'],
    ['0.5', '0.5'],
    ['3.50', '3.5'],
    ['0.3333', '0.3333'],
    ['0.0001', '0.0001'],
    ['0.10000000', '0.1'],
    ['007', '7'],
    ['180', '180'],
  ])('%s reads as %s', (text, written) => {
    expect(formatDays(days(text))).toBe(written);
  });

  test.each(['', ' 1', '-1', '+1', '.5', '1.', '1e2', '0.33333', 'NaN', 'one', '1,5', '1234567'])(
    '%j is no number of days',
    (text) => {
      expect(() => days(text)).toThrow(RangeError);
    },
  );

  test.each([
    ['ten tenths', Array.from({ length: 10 }, () => '0.1'), '1'],
    ['a tenth and two tenths', ['0.1', '0.2'], '0.3'],
    ['seven halves', Array.from({ length: 7 }, () => '0.5'), '3.5'],
    ['three thirds of four digits', ['0.3333', '0.3333', '0.3334'], '1'],
    ['nothing', [], '0'],
  ])('%s are exact', (_name, parts, sum) => {
    expect(sumDays(parts.map(days))).toBe(days(sum));
  });

  test('the named amounts are what they say', () => {
    expect([NO_DAYS, HALF_DAY, ONE_DAY].map(formatDays)).toEqual(['0', '0.5', '1']);
  });

  test('the larger and the smaller of two', () => {
    expect(maxDays(HALF_DAY, ONE_DAY)).toBe(ONE_DAY);
    expect(maxDays(ONE_DAY, HALF_DAY)).toBe(ONE_DAY);
    expect(minDays(HALF_DAY, ONE_DAY)).toBe(HALF_DAY);
    expect(minDays(ONE_DAY, HALF_DAY)).toBe(HALF_DAY);
  });

  test('what is written reads back as the same amount', () => {
    fc.assert(
      fc.property(fc.nat(999_999), fc.nat(9999), (whole, part) => {
        const amount = days(`${whole}.${String(part).padStart(4, '0')}`);
        expect(amount).toBe(whole * 10_000 + part);
        expect(days(formatDays(amount))).toBe(amount);
      }),
    );
  });
});
