import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Counted } from '../../src/domain/counting.ts';
import { openDayBook } from '../../src/domain/day-book.ts';
import { days, formatDays, HALF_DAY, ONE_DAY } from '../../src/domain/days.ts';
import type { CountedDay } from '../../src/domain/ladder-facts.ts';
import type { CountingRules, Step } from '../../src/domain/policy.ts';
import { addDays, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { amountOn } from '../../src/domain/step-amount.ts';
import { aStep, aStudent, CALENDAR, COUNTING, schoolDaysFrom } from '../support/domain-builders.ts';
import { type NaiveRow, type NaiveStep, type NaiveWorld, naiveAmount } from '../support/naive-ladder.ts';

const TARDIES: CountingRules = { ...COUNTING, tardies: { perDay: 3, excuses: ['unexcused', 'unknown'] } };

function countedOf(rows: readonly NaiveRow[]): Counted {
  const sorted = [...rows].sort((a, b) => (a.date < b.date ? -1 : 1));
  return {
    days: sorted
      .filter((row) => !row.tardy)
      .map(
        (row): CountedDay => ({
          date: schoolDate(row.date),
          fraction: row.halves === 2 ? ONE_DAY : HALF_DAY,
          rule: 'day-value',
          excuse: row.excuse,
          confidential: false,
          records: [],
          codes: [],
        }),
      ),
    tardies: sorted
      .filter((row) => row.tardy)
      .map((row) => ({ date: schoolDate(row.date), excuse: row.excuse, record: row.date })),
    leftOut: [],
    unmappedCodes: [],
    suspension: days('0'),
    unmeasured: [],
  };
}

function late(dates: readonly string[], excuse: NaiveRow['excuse'] = 'unexcused'): NaiveRow[] {
  return dates.map((date) => ({ date, halves: 0, excuse, tardy: true }));
}

function missed(dates: readonly string[]): NaiveRow[] {
  return dates.map((date) => ({ date, halves: 2, excuse: 'unexcused' as const }));
}

function amount(step: Step, rows: readonly NaiveRow[], on: string, rules = TARDIES) {
  return amountOn(step, openDayBook(countedOf(rows), aStudent().enrolments, rules, CALENDAR), schoolDate(on));
}

describe('tardies', () => {
  const step = aStep({ id: 'a', at: '4' });
  const seven = schoolDaysFrom('2026-09-08', 7);

  test.each<[string, NaiveRow[], string, number]>([
    ['two make nothing', late(seven.slice(0, 2)), '0', 0],
    ['three make a day', late(seven.slice(0, 3)), '1', 1],
    ['five make no more', late(seven.slice(0, 5)), '1', 1],
    ['seven make two, added to the days', [...missed(['2026-09-01']), ...late(seven)], '3', 2],
    ['excused ones are no tardies of the rule', late(seven, 'excused'), '0', 0],
  ])('%s', (_name, rows, count, tardyDays) => {
    const found = amount(step, rows, '2026-10-01');
    expect([formatDays(found.count), found.tardyDays]).toEqual([count, tardyDays]);
  });

  test('the third brings its day when it settles', () => {
    const rows = late(seven.slice(0, 3));
    expect(formatDays(amount(step, rows, '2026-09-10').count)).toBe('0');
    expect(formatDays(amount(step, rows, '2026-09-11').count)).toBe('1');
  });

  test('without a rule, and in a row, they never count', () => {
    expect(formatDays(amount(step, late(seven), '2026-10-01', COUNTING).count)).toBe('0');
    const run = aStep({ id: 'a', at: '4', unit: 'consecutive' });
    expect(formatDays(amount(run, late(seven), '2026-10-01').count)).toBe('0');
  });

  test('a step of unexcused days takes unexcused tardies only', () => {
    const unexcused = aStep({ id: 'a', at: '4', basis: 'unexcused' });
    expect(amount(unexcused, late(seven, 'unknown'), '2026-10-01').tardyDays).toBe(0);
    expect(amount(unexcused, late(seven), '2026-10-01').tardyDays).toBe(2);
  });
});

describe('a share is exact', () => {
  const tenth = aStep({ id: 'a', at: '10', unit: 'percent', fromEnrolledDays: 1 });
  const third = aStep({ id: 'a', at: '33.3333', unit: 'percent', fromEnrolledDays: 1 });

  test.each<[string, Step, string[], string, boolean]>([
    ['1 of 10 is 10 percent', tenth, ['2026-08-17'], '2026-08-31', true],
    ['1 of 11 is not', tenth, ['2026-08-17'], '2026-09-01', false],
    ['1 of 3 is 33.3333 percent', third, ['2026-08-17'], '2026-08-20', true],
  ])('%s', (_name, step, dates, on, reached) => {
    expect(amount(step, missed(dates), on).reached).toBe(reached);
  });
});

describe('whatever the unit, the window and the basis', () => {
  const DATES: SchoolDate[] = [];
  for (let date = CALENDAR.firstDay; date <= schoolDate('2026-11-13'); date = addDays(date, 1))
    DATES.push(date);
  const schoolDays = DATES.filter((date) => CALENDAR.isSchoolDay(date));

  const naiveStep: fc.Arbitrary<NaiveStep> = fc.record({
    id: fc.constant('a'),
    kind: fc.constantFrom('contact' as const, 'letter' as const),
    at: fc.integer({ min: 2, max: 16 }),
    unit: fc.constantFrom('days' as const, 'percent' as const, 'consecutive' as const),
    unexcusedOnly: fc.boolean(),
    window: fc.constantFrom('year' as const, 1, 7, 20),
    fromEnrolledDays: fc.constantFrom(1, 10),
    settleDays: fc.nat(4),
    needsApproval: fc.constant(false),
    requalify: fc.constant(false),
    orContract: fc.constant(false),
    noticeDays: fc.constant(0),
    ages: fc.constant(null),
  });
  const row: fc.Arbitrary<NaiveRow> = fc.record({
    date: fc.constantFrom(...schoolDays),
    halves: fc.constantFrom(1, 2, 2),
    excuse: fc.constantFrom('unexcused' as const, 'unknown' as const),
    tardy: fc.boolean(),
  });

  test('the amount as of any date is the one counted day by day', () => {
    fc.assert(
      fc.property(
        naiveStep,
        fc.uniqueArray(row, { selector: ({ date }) => date, maxLength: 30 }),
        fc.constantFrom(...DATES),
        fc.boolean(),
        (naive, rows, date, unknownIsUnexcused) => {
          const step = aStep({
            id: 'a',
            at: String(naive.unit === 'percent' ? naive.at : naive.at / 2),
            unit: naive.unit,
            basis: naive.unexcusedOnly ? 'unexcused' : 'all',
            window:
              typeof naive.window === 'number'
                ? { kind: 'last', schoolDays: naive.window }
                : { kind: 'school-year' },
            fromEnrolledDays: naive.fromEnrolledDays,
            settleDays: naive.settleDays,
            letter: naive.kind === 'letter' ? 'a' : null,
          });
          const world: NaiveWorld = {
            dates: DATES,
            schoolDays: new Set(schoolDays),
            terms: [],
            rows,
            enrolled: () => true,
            ageOn: () => null,
            hasRecipient: true,
            holds: [],
            contract: null,
            lettersOut: [],
            mode: 'live',
            baseline: false,
            policies: [],
            since: '',
            records: [],
          };
          const policy = { name: 'p', steps: [], onlyHighest: true, unknownIsUnexcused, tardiesPerDay: 3 };
          const rules = { ...TARDIES, unknownExcuse: unknownIsUnexcused ? 'unexcused' : 'neither' } as const;
          const found = amount(step, rows, date, rules);
          const slow = naiveAmount(naive, policy, world, date);
          expect([found.reached, found.count]).toEqual([slow.reached, slow.halves * HALF_DAY]);
        },
      ),
    );
  });
});
