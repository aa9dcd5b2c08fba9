import { describe, expect, test } from '@jest/globals';
import { clockGaps, scheduleProblem } from '../../src/config/schedule-problem.ts';

describe('a cron line', () => {
  test.each([
    ['in the hour that is left out', '30 2 * * *', 'America/Denver', 'before 02:00 or from 03:00 on'],
    [
      'on Sundays only, which is when it is left out',
      '0 2 * * 0',
      'America/New_York',
      'before 02:00 or from 03:00 on',
    ],
    [
      'on a date that is such a Sunday in some year',
      '15 2 10 3 *',
      'America/Denver',
      'before 02:00 or from 03:00 on',
    ],
    ['several times in that hour', '*/20 2 * * *', 'America/Chicago', 'before 02:00 or from 03:00 on'],
    ['where half an hour is left out', '15 2 * * *', 'Australia/Lord_Howe', 'before 02:00 or from 02:30 on'],
    ['where clocks change at midnight', '15 0 * * *', 'America/Havana', 'expected one from 01:00 on'],
    [
      'where clocks change late in the evening',
      '30 23 * * *',
      'America/Nuuk',
      '(2026-03-28), expected one before 23:00',
    ],
    ['of a date that no year has', '0 6 30 2 *', 'America/Denver', 'never due'],
  ])('%s is refused', (_name, line, zone, expected) => {
    expect(scheduleProblem(line, clockGaps(zone))).toContain(expected);
  });

  test.each([
    ['just before that hour', '59 1 * * *', 'America/Denver'],
    ['just after it', '0 3 * * *', 'America/Denver'],
    ['on weekdays, when clocks do not change', '30 2 * * 1-5', 'America/Denver'],
    ['that is due at other hours of the day too', '30 * * * *', 'America/Denver'],
    ['where clocks never change', '30 2 * * *', 'America/Phoenix'],
    ['on a date outside the weeks of change', '30 2 1 * *', 'America/Denver'],
    ['on 29 February', '0 6 29 2 *', 'America/Denver'],
  ])('%s is accepted', (_name, line, zone) => {
    expect(scheduleProblem(line, clockGaps(zone))).toBeNull();
  });
});

test('clocks in Denver go forward on the second Sunday of March, year after year', () => {
  const denver = clockGaps('America/Denver');
  expect(denver.slice(0, 3)).toEqual([
    { date: '2026-03-08', from: 120, to: 180 },
    { date: '2027-03-14', from: 120, to: 180 },
    { date: '2028-03-12', from: 120, to: 180 },
  ]);
  expect(denver).toHaveLength(28);
});
