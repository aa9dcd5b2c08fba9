import { describe, expect, test } from '@jest/globals';
import { latestSlot } from '../../src/queue/latest-slot.ts';

const DAY = 24 * 60;
const NEW_YORK = 'America/New_York';

/** Times are given and expected in UTC; New York is UTC-5 in winter and UTC-4 in summer. */
function latest(cron: string, now: string, zone = NEW_YORK, lookBack = 8 * DAY): string | null {
  return latestSlot(cron, zone, new Date(now), lookBack)?.toISOString().slice(0, 16) ?? null;
}

describe('the latest due slot', () => {
  test.each([
    ['is this very minute', '0 6 * * *', '2026-01-15T11:00:59Z', '2026-01-15T11:00'],
    ['is not a minute ahead', '0 6 * * *', '2026-01-15T10:59:59Z', '2026-01-14T11:00'],
    ['follows the zone in summer', '0 6 * * *', '2026-07-15T12:00:00Z', '2026-07-15T10:00'],
    ['is found across a month end', '30 23 31 * *', '2026-02-01T12:00:00Z', '2026-02-01T04:30'],
    ['is found across a year end', '59 23 31 12 *', '2027-01-01T12:00:00Z', '2027-01-01T04:59'],
    ['is found on a leap day', '0 12 29 2 *', '2028-03-01T12:00:00Z', '2028-02-29T17:00'],
    ['skips the weekend', '0 8 * * 1-5', '2026-01-18T20:00:00Z', '2026-01-16T13:00'],
    ['knows days by name', '0 8 * * mon,WED', '2026-01-15T12:00:00Z', '2026-01-14T13:00'],
    ['knows Sunday as 7', '0 8 * * 7', '2026-01-19T12:00:00Z', '2026-01-18T13:00'],
    ['repeats with a step', '*/15 8-16 * * *', '2026-01-15T15:29:00Z', '2026-01-15T15:15'],
    ['steps from a start', '5/20 * * * *', '2026-01-15T15:40:00Z', '2026-01-15T15:25'],
    ['takes either day when both are given', '0 8 1 * 3', '2026-01-15T12:00:00Z', '2026-01-14T13:00'],
  ])('%s', (_rule, cron, now, expected) => {
    expect(latest(cron, now)).toBe(expected);
  });

  test('is null when nothing was due within the look-back', () => {
    expect(latest('0 6 * * *', '2026-01-15T10:59:00Z', NEW_YORK, 60)).toBeNull();
    expect(latest('0 6 30 2 *', '2026-01-15T10:59:00Z')).toBeNull();
  });
});

describe('G6: when the clock goes forward (8 March 2026, 02:00 to 03:00 in New York)', () => {
  test('a time inside the gap is due at the first minute after it', () => {
    expect(latest('30 2 * * *', '2026-03-08T06:59:00Z')).toBe('2026-03-07T07:30');
    expect(latest('30 2 * * *', '2026-03-08T07:00:00Z')).toBe('2026-03-08T07:00');
    expect(latest('30 2 * * *', '2026-03-09T12:00:00Z')).toBe('2026-03-09T06:30');
  });
  test('a time after the gap is due when the clock shows it', () => {
    expect(latest('30 3 * * *', '2026-03-08T12:00:00Z')).toBe('2026-03-08T07:30');
  });
  test('a day that begins with the gap is not lost (Beirut skips midnight)', () => {
    expect(latest('15 0 29 3 *', '2026-03-29T12:00:00Z', 'Asia/Beirut')).toBe('2026-03-28T22:00');
  });
});

describe('G6: when the clock goes back (1 November 2026, 02:00 to 01:00 in New York)', () => {
  test('a time that is shown twice is due the first time only', () => {
    expect(latest('30 1 * * *', '2026-11-01T05:30:00Z')).toBe('2026-11-01T05:30');
    expect(latest('30 1 * * *', '2026-11-01T06:30:00Z')).toBe('2026-11-01T05:30');
    expect(latest('30 1 * * *', '2026-11-01T23:00:00Z')).toBe('2026-11-01T05:30');
  });
  test('what is due all the time rests while the hour repeats', () => {
    expect(latest('*/10 * * * *', '2026-11-01T06:45:00Z')).toBe('2026-11-01T05:50');
    expect(latest('*/10 * * * *', '2026-11-01T07:05:00Z')).toBe('2026-11-01T07:00');
  });
  test('half an hour back is understood too (Lord Howe, 5 April 2026)', () => {
    expect(latest('45 1 * * *', '2026-04-04T15:30:00Z', 'Australia/Lord_Howe')).toBe('2026-04-04T14:45');
  });
});

describe('a crontab line that cannot be read is refused', () => {
  test.each([
    ['too few fields', '0 6 * *', '4 fields'],
    ['seconds', '0 0 6 * * *', '6 fields'],
    ['an hour that does not exist', '0 24 * * *', '"24" is no hour'],
    ['a day that does not exist', '0 6 0 * *', '"0" is no day of the month'],
    ['a range that runs backwards', '0 6 * * 5-1', '"5-1" is no day of the week'],
    ['a step of nothing', '*/0 6 * * *', '"*/0" is no minute'],
    ['a word', 'noon 12 * * *', '"noon" is no minute'],
    ['a trailing comma', '0, 6 * * *', '"" is no minute'],
  ])('%s', (_what, cron, message) => {
    expect(() => latest(cron, '2026-01-15T12:00:00Z')).toThrow(message);
  });

  test('a time zone that does not exist', () => {
    expect(() => latest('0 6 * * *', '2026-01-15T12:00:00Z', 'Mars/Olympus')).toThrow(RangeError);
  });
});
