import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addDays,
  ageOn,
  birthday,
  clockTimeInZone,
  dateInZone,
  daysBetween,
  earlierOf,
  instantInZone,
  isSchoolDate,
  schoolDate,
  weekday,
} from '../../src/domain/school-date.ts';

const anyDate = fc.integer({ min: 0, max: 40_000 }).map((n) => addDays(schoolDate('2000-01-01'), n));

describe('a date', () => {
  test.each(['2026-09-01', '2028-02-29', '2000-02-29', '2026-12-31'])('%s is one', (text) => {
    expect(schoolDate(text)).toBe(text);
  });

  test.each([
    '2026-02-29',
    '2100-02-29',
    '2026-09-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-9-1',
    '09/01/2026',
    '2026-09-01T00:00:00Z',
    '2026-09-01 ',
    '',
  ])('%j is none', (text) => {
    expect(isSchoolDate(text)).toBe(false);
    expect(() => schoolDate(text)).toThrow(RangeError);
  });

  test.each([
    ['2026-09-30', 1, '2026-10-01'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2027-02-28', 1, '2027-03-01'],
    ['2027-01-01', -1, '2026-12-31'],
    ['2027-03-13', 2, '2027-03-15'],
    ['2026-10-31', 2, '2026-11-02'],
  ])('%s and %i days is %s', (from, n, to) => {
    expect(addDays(schoolDate(from), n)).toBe(to);
    expect(daysBetween(schoolDate(from), schoolDate(to))).toBe(n);
  });

  test('adding days and counting them are inverse', () => {
    fc.assert(
      fc.property(anyDate, fc.integer({ min: -800, max: 800 }), (date, n) => {
        expect(daysBetween(date, addDays(date, n))).toBe(n);
      }),
    );
  });

  test.each([
    ['2026-08-31', 1],
    ['2026-09-01', 2],
    ['2026-09-05', 6],
    ['2026-09-06', 7],
    ['2000-01-01', 6],
  ])('%s is weekday %i', (date, day) => {
    expect(weekday(schoolDate(date))).toBe(day);
  });
});

describe('age', () => {
  test.each([
    ['2008-09-15', '2026-09-14', 17],
    ['2008-09-15', '2026-09-15', 18],
    ['2008-09-15', '2026-09-16', 18],
    ['2008-12-31', '2027-01-01', 18],
    ['2008-02-29', '2026-02-28', 17],
    ['2008-02-29', '2026-03-01', 18],
    ['2012-02-29', '2028-02-29', 16],
  ])('born on %s is on %s %i years old', (birth, date, years) => {
    expect(ageOn(schoolDate(birth), schoolDate(date))).toBe(years);
  });
});

describe('a birthday', () => {
  test.each([
    ['2008-09-15', 18, '2026-09-15'],
    ['2008-02-29', 18, '2026-03-01'],
    ['2008-02-29', 20, '2028-02-29'],
    ['2009-02-28', 18, '2027-02-28'],
  ])('born on %s one is %i on %s', (birth, years, date) => {
    expect(birthday(schoolDate(birth), years)).toBe(date);
  });

  test('is the first day of that age', () => {
    fc.assert(
      fc.property(anyDate, fc.integer({ min: 1, max: 30 }), (birth, years) => {
        const day = birthday(birth, years);
        expect([ageOn(birth, addDays(day, -1)), ageOn(birth, day)]).toEqual([years - 1, years]);
      }),
    );
  });
});

test('the earlier of two dates', () => {
  const [early, late] = [schoolDate('2026-09-30'), schoolDate('2026-10-01')];
  expect(earlierOf(early, late)).toBe(early);
  expect(earlierOf(late, early)).toBe(early);
});

describe('the wall clock of a zone', () => {
  test.each([
    ['2026-09-02T05:59:59Z', 'America/Denver', '2026-09-01', '23:59'],
    ['2026-09-02T06:00:00Z', 'America/Denver', '2026-09-02', '00:00'],
    ['2026-12-02T06:59:59Z', 'America/Denver', '2026-12-01', '23:59'],
    ['2026-12-02T07:00:00Z', 'America/Denver', '2026-12-02', '00:00'],
    ['2026-10-01T03:59:00Z', 'America/New_York', '2026-09-30', '23:59'],
    ['2027-01-01T05:00:00Z', 'America/New_York', '2027-01-01', '00:00'],
  ])('%s in %s is %s %s', (instant, zone, date, time) => {
    expect(dateInZone(new Date(instant), zone)).toBe(date);
    expect(clockTimeInZone(new Date(instant), zone)).toBe(time);
  });
});

describe('the instant of a wall-clock time', () => {
  test.each([
    ['summer', 'America/Denver', '2026-09-01', '08:00', '2026-09-01T14:00:00Z'],
    ['winter', 'America/Denver', '2026-12-01', '08:00', '2026-12-01T15:00:00Z'],
    ['summer', 'America/New_York', '2026-09-01', '08:00', '2026-09-01T12:00:00Z'],
    ['winter', 'America/New_York', '2026-12-01', '08:00', '2026-12-01T13:00:00Z'],
    ['before the gap', 'America/Denver', '2027-03-14', '01:59', '2027-03-14T08:59:00Z'],
    ['at the start of the gap', 'America/Denver', '2027-03-14', '02:00', '2027-03-14T09:00:00Z'],
    ['inside the gap', 'America/Denver', '2027-03-14', '02:30', '2027-03-14T09:00:00Z'],
    ['after the gap', 'America/Denver', '2027-03-14', '03:00', '2027-03-14T09:00:00Z'],
    ['inside the gap', 'America/New_York', '2027-03-14', '02:59', '2027-03-14T07:00:00Z'],
    ['the morning after the gap', 'America/New_York', '2027-03-14', '08:00', '2027-03-14T12:00:00Z'],
    ['before the doubled hour', 'America/Denver', '2026-11-01', '00:59', '2026-11-01T06:59:00Z'],
    ['twice: the first', 'America/Denver', '2026-11-01', '01:30', '2026-11-01T07:30:00Z'],
    ['after the doubled hour', 'America/Denver', '2026-11-01', '02:00', '2026-11-01T09:00:00Z'],
    ['twice: the first', 'America/New_York', '2026-11-01', '01:00', '2026-11-01T05:00:00Z'],
    ['midnight of the change', 'America/New_York', '2026-11-01', '00:00', '2026-11-01T04:00:00Z'],
  ])('%s (%s, %s %s)', (_name, zone, date, time, instant) => {
    expect(instantInZone(schoolDate(date), time, zone)).toEqual(new Date(instant));
  });

  test.each(['America/Denver', 'America/New_York'])(
    'in %s the clock shows the time that was asked for',
    (zone) => {
      const hour = fc.integer({ min: 3, max: 23 }).map((n) => String(n).padStart(2, '0'));
      const minute = fc.nat(59).map((n) => String(n).padStart(2, '0'));
      const date = fc.nat(730).map((n) => addDays(schoolDate('2026-01-01'), n));
      fc.assert(
        fc.property(date, hour, minute, (day, hours, minutes) => {
          const instant = instantInZone(day, `${hours}:${minutes}`, zone);
          expect(dateInZone(instant, zone)).toBe(day);
          expect(clockTimeInZone(instant, zone)).toBe(`${hours}:${minutes}`);
        }),
      );
    },
  );
});
