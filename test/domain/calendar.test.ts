import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildCalendar, type CalendarFacts } from '../../src/domain/calendar.ts';
import { addDays, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { CALENDAR, SCHOOL_YEAR } from '../support/domain-builders.ts';

const START = schoolDate('2026-08-17');
const date = fc.integer({ min: -10, max: 110 }).map((n) => addDays(START, n));

/** A short school year with weekends, closures and make-up days anywhere. */
const facts: fc.Arbitrary<CalendarFacts> = fc.record({
  firstDay: fc.nat(20).map((n) => addDays(START, n)),
  lastDay: fc.integer({ min: 21, max: 90 }).map((n) => addDays(START, n)),
  weekdays: fc.constantFrom([1, 2, 3, 4, 5], [1, 2, 3, 4], [2, 3, 4, 5, 6]),
  closures: fc.array(
    fc.tuple(date, fc.nat(9)).map(([from, length]) => ({ from, to: addDays(from, length) })),
    { maxLength: 4 },
  ),
  makeUpDays: fc.array(date, { maxLength: 3 }),
  weekdayRules: fc.array(fc.record({ weekdays: fc.constantFrom([1, 2, 3, 4], [6]), from: date, to: date }), {
    maxLength: 2,
  }),
  holidays: fc.array(date, { maxLength: 2 }),
  terms: fc.constant([]),
  earlyRelease: fc.constant([]),
});

function datesOf(from: SchoolDate, to: SchoolDate): SchoolDate[] {
  const dates: SchoolDate[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) dates.push(day);
  return dates;
}

const WINDOW = datesOf(addDays(START, -20), addDays(START, 120));

describe('the school days', () => {
  test.each([
    ['the first day', '2026-08-17', true],
    ['the day before the first', '2026-08-14', false],
    ['the last day', '2027-05-28', true],
    ['the day after the last', '2027-05-31', false],
    ['a Saturday', '2026-09-05', false],
    ['a closed Monday', '2026-09-07', false],
    ['the day after it', '2026-09-08', true],
    ['the first day of a closure', '2026-11-25', false],
    ['the last day of a closure', '2026-11-27', false],
    ['the last day of a month', '2026-09-30', true],
    ['the first day of a month', '2026-10-01', true],
  ])('%s (%s): %s', (_name, day, held) => {
    expect(CALENDAR.isSchoolDay(schoolDate(day))).toBe(held);
  });

  test('a make-up day is one in spite of its weekday or a closure, but not outside the school year', () => {
    const makeUpDays = ['2026-09-05', '2026-11-25', '2027-06-01'].map(schoolDate);
    const calendar = buildCalendar({ ...SCHOOL_YEAR, makeUpDays });
    expect(makeUpDays.map((day) => calendar.isSchoolDay(day))).toEqual([true, true, false]);
  });

  test.each([
    ['2026-08-16', false],
    ['2026-08-17', true],
    ['2026-12-25', true],
    ['2027-05-28', true],
    ['2027-05-29', false],
  ])('%s is in session: %s', (day, inSession) => {
    expect(CALENDAR.inSession(schoolDate(day))).toBe(inSession);
  });

  test('a year that is said to begin or end on a weekend begins and ends on a school day', () => {
    const calendar = buildCalendar({
      ...SCHOOL_YEAR,
      firstDay: schoolDate('2026-08-15'),
      lastDay: schoolDate('2027-05-30'),
    });
    expect([calendar.firstDay, calendar.lastDay]).toEqual(['2026-08-17', '2027-05-28']);
    expect(calendar.inSession(schoolDate('2026-08-15'))).toBe(false);
  });

  test('a year without a school day is never in session', () => {
    const calendar = buildCalendar({ ...SCHOOL_YEAR, weekdays: [] });
    expect(calendar.inSession(schoolDate('2026-09-01'))).toBe(false);
    expect(calendar.nextSchoolDay(schoolDate('2026-09-01'))).toBeNull();
    expect(calendar.settledThrough(schoolDate('2026-09-01'), 1)).toBeNull();
  });
});

describe('settling', () => {
  test.each([
    ['as of yesterday', '2026-09-02', 1, '2026-09-01'],
    ['on Monday the weekend is settled', '2026-09-14', 1, '2026-09-13'],
    ['on Sunday Friday is not', '2026-09-13', 1, '2026-09-10'],
    ['three days over a closed Monday', '2026-09-10', 3, '2026-09-07'],
    ['over a month end', '2026-10-01', 3, '2026-09-28'],
    ['over the winter break', '2027-01-04', 1, '2027-01-03'],
    ['nothing but what lies before school on the first day', '2026-08-17', 1, '2026-08-16'],
    ['nothing before enough school days have passed', '2026-08-18', 3, null],
    ['today itself without settling', '2026-09-02', 0, '2026-09-02'],
    ['after the last day no more than on it', '2027-06-15', 1, '2027-05-27'],
  ])('%s: on %s with %i days through %s', (_name, today, settleDays, through) => {
    expect(CALENDAR.settledThrough(schoolDate(today), settleDays)).toBe(through);
  });

  test.each([
    ['2026-09-01', 1, '2026-09-02'],
    ['2026-09-04', 1, '2026-09-08'],
    ['2026-09-04', 3, '2026-09-10'],
    ['2026-09-30', 5, '2026-10-07'],
    ['2026-12-18', 1, '2027-01-04'],
    ['2027-05-27', 1, '2027-05-28'],
    ['2027-05-28', 1, null],
    ['2027-05-26', 3, null],
    ['2026-09-01', 0, '2026-09-01'],
  ])('%s settles after %i days on %s', (day, settleDays, on) => {
    expect(CALENDAR.settlesOn(schoolDate(day), settleDays)).toBe(on);
  });

  test('what is settled agrees with counting the school days one by one', () => {
    fc.assert(
      fc.property(facts, date, fc.integer({ min: 1, max: 6 }), (year, today, settleDays) => {
        const calendar = buildCalendar(year);
        const isSettled = (day: SchoolDate, on: SchoolDate) =>
          WINDOW.filter((other) => day < other && other <= on && calendar.isSchoolDay(other)).length >=
          settleDays;
        const settled = WINDOW.filter((day) => isSettled(day, today));
        expect(calendar.settledThrough(today, settleDays)).toBe(settled.at(-1) ?? null);
        expect(calendar.settlesOn(today, settleDays)).toBe(WINDOW.find((on) => isSettled(today, on)) ?? null);
      }),
    );
  });
});

describe('counting school days', () => {
  test('agrees with walking through the dates', () => {
    fc.assert(
      fc.property(facts, date, date, fc.integer({ min: 1, max: 8 }), (year, from, upTo, n) => {
        const calendar = buildCalendar(year);
        const after = WINDOW.filter((day) => day > from && calendar.isSchoolDay(day));
        expect(calendar.schoolDaysAfter(from, upTo)).toBe(after.filter((day) => day <= upTo).length);
        expect(calendar.addSchoolDays(from, n)).toBe(after[n - 1] ?? null);
        expect(calendar.nextSchoolDay(from)).toBe(after[0] ?? null);
        expect(calendar.addSchoolDays(from, 0)).toBe(from);
      }),
    );
  });

  test('a school day is held on an open weekday or a make-up day, and nowhere outside the year', () => {
    fc.assert(
      fc.property(facts, date, (year, day) => {
        const within = year.firstDay <= day && day <= year.lastDay;
        const closed =
          year.holidays.includes(day) ||
          year.closures.some(({ from, to }) => datesOf(from, to).includes(day));
        const rule = year.weekdayRules.filter(({ from, to }) => datesOf(from, to).includes(day)).at(-1);
        const weekdays = rule?.weekdays ?? year.weekdays;
        const open = weekdays.includes(new Date(`${day}T12:00:00Z`).getUTCDay() || 7) && !closed;
        expect(buildCalendar(year).isSchoolDay(day)).toBe(within && (open || year.makeUpDays.includes(day)));
      }),
    );
  });
});

describe('the last school day before a break', () => {
  const closedFor = (from: string, to: string) =>
    buildCalendar({ ...SCHOOL_YEAR, closures: [{ from: schoolDate(from), to: schoolDate(to) }] });

  test.each([
    ['a plain weekend makes none', '2026-10-05', '2026-10-05', '2026-09-25', false],
    ['a weekend and a Monday make three days: none', '2026-10-05', '2026-10-05', '2026-10-02', false],
    ['a weekend, a Monday and a Tuesday make four', '2026-10-05', '2026-10-06', '2026-10-02', true],
    ['three closed days in midweek make none', '2026-10-06', '2026-10-08', '2026-10-05', false],
    ['four closed days in midweek and a weekend', '2026-10-06', '2026-10-09', '2026-10-05', true],
    ['a day in the break is not the last before it', '2026-10-06', '2026-10-09', '2026-10-07', false],
    ['the day after the break is not', '2026-10-05', '2026-10-06', '2026-10-07', false],
    ['the last day of the year is one', '2026-10-05', '2026-10-05', '2027-05-28', true],
  ])('%s', (_name, from, to, day, last) => {
    expect(closedFor(from, to).isLastBeforeBreak(schoolDate(day))).toBe(last);
  });
});

describe('rules for a part of the year', () => {
  const dates = (...texts: string[]) => texts.map(schoolDate);
  const held = (calendar: ReturnType<typeof buildCalendar>, texts: string[]) =>
    dates(...texts).map((day) => calendar.isSchoolDay(day));
  const four = { weekdays: [1, 2, 3, 4], from: schoolDate('2027-01-04'), to: schoolDate('2027-02-26') };

  test('other weekdays hold from their first to their last day', () => {
    const calendar = buildCalendar({ ...SCHOOL_YEAR, weekdayRules: [four] });
    expect(held(calendar, ['2026-12-18', '2027-01-08', '2027-02-26', '2027-03-05'])).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test('of two that fit, the later one holds', () => {
    const friday = { weekdays: [5], from: schoolDate('2027-01-08'), to: schoolDate('2027-01-08') };
    const calendar = buildCalendar({ ...SCHOOL_YEAR, weekdayRules: [four, friday] });
    expect(held(calendar, ['2027-01-08', '2027-01-15'])).toEqual([true, false]);
  });

  test('a holiday is closed, unless it is made up on', () => {
    const holidays = dates('2026-10-12', '2026-11-11');
    const calendar = buildCalendar({ ...SCHOOL_YEAR, holidays, makeUpDays: dates('2026-11-11') });
    expect(held(calendar, ['2026-10-12', '2026-11-11'])).toEqual([false, true]);
  });

  test('a day of early release is a school day with limits, its own or those of any other day', () => {
    const limits = { wholeDayMinutes: 150, halfDayMinutes: 75, periods: 4 };
    const [own, usual] = dates('2026-09-18', '2026-09-25') as [SchoolDate, SchoolDate];
    const calendar = buildCalendar({
      ...SCHOOL_YEAR,
      earlyRelease: [
        { date: own, limits },
        { date: usual, limits: null },
      ],
    });
    expect([own, usual].map((day) => calendar.isSchoolDay(day))).toEqual([true, true]);
    expect([own, usual, schoolDate('2026-09-21')].map((day) => calendar.limitsOn(day))).toEqual([
      limits,
      null,
      null,
    ]);
  });
});

describe('terms', () => {
  const terms = [
    { name: 'Fall', begins: schoolDate('2026-08-17') },
    { name: 'Spring', begins: schoolDate('2027-01-04') },
  ];
  const calendar = buildCalendar({ ...SCHOOL_YEAR, terms });

  test.each([
    ['before the first school day', '2026-08-14', null],
    ['the first school day', '2026-08-17', 'Fall'],
    ['the last school day of a term', '2026-12-18', 'Fall'],
    ['the break after it', '2026-12-25', 'Fall'],
    ['the Sunday before the next', '2027-01-03', 'Fall'],
    ['the first day of the next', '2027-01-04', 'Spring'],
    ['the last school day', '2027-05-28', 'Spring'],
    ['after it', '2027-05-29', null],
  ])('%s (%s): %s', (_name, day, term) => {
    expect(calendar.termOn(schoolDate(day))?.name ?? null).toBe(term);
  });

  test('end on their last school day', () => {
    expect(calendar.termOn(schoolDate('2026-10-01'))?.lastDay).toBe('2026-12-18');
    expect(calendar.termOn(schoolDate('2027-02-01'))?.lastDay).toBe('2027-05-28');
  });

  test('do not exist where nobody has named them', () => {
    expect(CALENDAR.termOn(schoolDate('2026-10-01'))).toBeNull();
  });
});

describe('counting school days backwards', () => {
  test('agrees with counting them forwards', () => {
    fc.assert(
      fc.property(facts, date, fc.integer({ min: 1, max: 20 }), (year, day, n) => {
        const calendar = buildCalendar(year);
        const held = WINDOW.filter((one) => calendar.isSchoolDay(one) && one <= day);
        expect(calendar.backSchoolDays(day, n)).toBe(held.at(-n) ?? null);
        expect(calendar.schoolDays(addDays(day, -14), day)).toEqual(
          held.filter((one) => one >= addDays(day, -14)),
        );
      }),
    );
  });
});

describe('the text of a calendar', () => {
  const text = (change: Partial<CalendarFacts>) => buildCalendar({ ...SCHOOL_YEAR, ...change }).hashText;
  const day = schoolDate('2026-10-01');

  test.each<[string, Partial<CalendarFacts>]>([
    ['a closure', { closures: [...SCHOOL_YEAR.closures, { from: day, to: day }] }],
    ['a term', { terms: [{ name: 'Fall', begins: day }] }],
    ['a day of early release', { earlyRelease: [{ date: day, limits: null }] }],
    ['the last day', { lastDay: schoolDate('2027-05-27') }],
  ])('changes with %s', (_name, change) => {
    expect(text(change)).not.toBe(text({}));
  });

  test('does not change with a closure on a Saturday, or with the order of closures', () => {
    const saturday = schoolDate('2026-10-03');
    const closures = [{ from: saturday, to: saturday }, ...SCHOOL_YEAR.closures].reverse();
    expect(text({ closures })).toBe(text({}));
  });
});
