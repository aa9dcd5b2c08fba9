import {
  addDays,
  clockTimeInZone,
  daysBetween,
  instantInZone,
  type SchoolDate,
  schoolDate,
  weekday,
} from '../domain/school-date.ts';
import { type CronLine, parseCron } from '../queue/cron.ts';

/** Dates and weekdays fall together again after so many years. */
const YEARS = 28;
const FIRST_YEAR = 2026;
const MINUTES_OF_A_DAY = 24 * 60;

/**
 * Why a cron line is a bad idea: it is never due, or the day on which clocks go forward has no such time.
 * @param gaps of the zone, from `clockGaps`
 * @returns null when the line is fine
 */
export function scheduleProblem(line: string, gaps: readonly ClockGap[]): string | null {
  const isDue = parseCron(line);
  if (!isEverDue(isDue)) return 'which is never due, expected days that exist';
  for (const gap of gaps) {
    const isLost =
      isDueWithin(isDue, gap.date, gap.from, gap.to) &&
      !isDueWithin(isDue, gap.date, 0, gap.from) &&
      !isDueWithin(isDue, gap.date, gap.to, MINUTES_OF_A_DAY);
    if (isLost) {
      const before = gap.from === 0 ? [] : [`before ${clockTime(gap.from)}`];
      const after = gap.to === MINUTES_OF_A_DAY ? [] : [`from ${clockTime(gap.to)} on`];
      const expected = `expected one ${[...before, ...after].join(' or ')}`;
      return `a time that is left out when clocks go forward (${gap.date}), ${expected}`;
    }
  }
  return null;
}

export interface ClockGap {
  readonly date: SchoolDate;
  /** Minutes since midnight that the wall clock leaves out; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
}

/** Looking for them takes longer than all else that is checked, and they are those of the zone. */
const known = new Map<string, readonly ClockGap[]>();

/** The days on which clocks in the zone jump forward, for as long as dates and weekdays differ. */
export function clockGaps(zone: string): readonly ClockGap[] {
  const gaps = known.get(zone) ?? findGaps(zone);
  known.set(zone, gaps);
  return gaps;
}

function findGaps(zone: string): ClockGap[] {
  const gaps: ClockGap[] = [];
  let date = schoolDate(`${FIRST_YEAR}-01-01`);
  let offset = noonOffset(date, zone);
  while (Number(date.slice(0, 4)) < FIRST_YEAR + YEARS) {
    const next = addDays(date, STRIDE);
    const after = noonOffset(next, zone);
    if (after > offset) gaps.push(gapBetween(date, next, zone));
    [date, offset] = [next, after];
  }
  return gaps;
}

/** Clocks stay as they are for longer than that: Ramadan, the shortest such time of any zone, has 29 days. */
const STRIDE = 28;

/** The day is found by halving: clocks go forward once between the noons of `early` and `late`. */
function gapBetween(early: SchoolDate, late: SchoolDate, zone: string): ClockGap {
  const before = noonOffset(early, zone);
  let [low, high] = [early, late];
  while (daysBetween(low, high) > 1) {
    const middle = addDays(low, Math.floor(daysBetween(low, high) / 2));
    if (noonOffset(middle, zone) === before) low = middle;
    else high = middle;
  }
  const jump = noonOffset(high, zone) - before;
  for (const [date, from] of [
    [high, 0],
    [low, MINUTES_OF_A_DAY / 2],
  ] as const) {
    for (let minute = from; minute < from + MINUTES_OF_A_DAY / 2; minute += QUARTER) {
      if (!isOnTheClock(date, minute, zone)) return { date, from: minute, to: minute + jump };
    }
  }
  throw new Error(`the clocks of ${zone} go forward between ${low} and ${high}, and no time is left out`);
}

/** Zones change at quarters of an hour only. */
const QUARTER = 15;

function isOnTheClock(date: SchoolDate, minute: number, zone: string): boolean {
  return clockTimeInZone(instantInZone(date, clockTime(minute), zone), zone) === clockTime(minute);
}

/** Minutes by which the wall clock is ahead of UTC at noon. */
function noonOffset(date: SchoolDate, zone: string): number {
  return (Date.parse(`${date}T12:00:00Z`) - instantInZone(date, '12:00', zone).getTime()) / 60_000;
}

function isEverDue(isDue: CronLine): boolean {
  for (let date = schoolDate('2024-01-01'); date < '2025-01-01'; date = addDays(date, 1)) {
    if (isDueWithin(isDue, date, 0, MINUTES_OF_A_DAY)) return true;
  }
  return false;
}

/** @param to exclusive */
function isDueWithin(isDue: CronLine, date: SchoolDate, from: number, to: number): boolean {
  const day = {
    day: Number(date.slice(8)),
    month: Number(date.slice(5, 7)),
    weekday: weekday(date) % 7,
  };
  for (let minute = from; minute < to; minute += 1) {
    if (isDue({ minute: minute % 60, hour: Math.floor(minute / 60), ...day })) return true;
  }
  return false;
}

function clockTime(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
