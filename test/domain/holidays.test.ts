import { describe, expect, test } from '@jest/globals';
import { HOLIDAYS, type Holiday, holidayDates } from '../../src/domain/holidays.ts';
import { schoolDate, weekday } from '../../src/domain/school-date.ts';

const dates = (holiday: Holiday, from: string, to: string) =>
  holidayDates(holiday, schoolDate(from), schoolDate(to));

describe('holidays', () => {
  // As the Office of Personnel Management lists them.
  test.each<[Holiday, string[]]>([
    ['new-years-day', ['2027-01-01']],
    ['martin-luther-king-day', ['2027-01-18']],
    ['presidents-day', ['2027-02-15']],
    ['memorial-day', ['2027-05-31']],
    ['juneteenth', ['2027-06-18', '2027-06-19']],
    ['independence-day', ['2026-07-03', '2026-07-04']],
    ['labor-day', ['2026-09-07']],
    ['columbus-day', ['2026-10-12']],
    ['indigenous-peoples-day', ['2026-10-12']],
    ['veterans-day', ['2026-11-11']],
    ['thanksgiving', ['2026-11-26']],
    ['day-after-thanksgiving', ['2026-11-27']],
    ['christmas-day', ['2026-12-25']],
  ])('%s in the school year 2026-27', (holiday, expected) => {
    expect(dates(holiday, '2026-07-01', '2027-06-30')).toEqual(expected);
  });

  test.each<[string, Holiday, string, string[]]>([
    ['a Sunday is kept on Monday', 'independence-day', '2027', ['2027-07-04', '2027-07-05']],
    ['a Sunday in December', 'christmas-day', '2022', ['2022-12-25', '2022-12-26']],
    ['a Saturday is kept on Friday', 'veterans-day', '2028', ['2028-11-10', '2028-11-11']],
    ['a month that begins on the weekday', 'labor-day', '2025', ['2025-09-01']],
    ['a month that begins the day after it', 'labor-day', '2026', ['2026-09-07']],
    ['the last Monday of a May with five', 'memorial-day', '2027', ['2027-05-31']],
    ['the last Monday of a May with four', 'memorial-day', '2026', ['2026-05-25']],
    ['a November that begins on Friday', 'day-after-thanksgiving', '2024', ['2024-11-29']],
    ['a leap year', 'presidents-day', '2028', ['2028-02-21']],
  ])('%s', (_name, holiday, year, expected) => {
    expect(dates(holiday, `${year}-01-02`, `${year}-12-30`)).toEqual(expected);
  });

  test('New Year’s Day on a Saturday is kept in the year before', () => {
    expect(dates('new-years-day', '2027-08-16', '2028-06-02')).toEqual(['2027-12-31', '2028-01-01']);
    expect(dates('new-years-day', '2021-08-16', '2021-12-31')).toEqual(['2021-12-31']);
  });

  test('of each there is one weekday in each of a hundred years', () => {
    for (const holiday of HOLIDAYS) {
      for (let year = 2001; year <= 2100; year += 1) {
        // From the middle of a month without holidays, so that New Year's Day is not cut off.
        const kept = dates(holiday, `${year - 1}-08-15`, `${year}-08-14`);
        expect(kept.filter((date) => weekday(date) < 6)).toHaveLength(1);
      }
    }
  });
});
