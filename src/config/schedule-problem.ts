import {
  addDays,
  clockTimeInZone,
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
    const due = minutesDue(isDue, gap.date);
    const isLost = due.length > 0 && due.every((minute) => gap.from <= minute && minute < gap.to);
    if (isLost) {
      const before = gap.from === 0 ? '' : `before ${clockTime(gap.from)} or `;
      const expected = `expected one ${before}from ${clockTime(gap.to)} on`;
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

/** The days on which clocks in the zone jump forward, for as long as dates and weekdays differ. */
export function clockGaps(zone: string): ClockGap[] {
  const gaps: ClockGap[] = [];
  let offset = noonOffset(schoolDate(`${FIRST_YEAR}-01-01`), zone);
  for (let week = schoolDate(`${FIRST_YEAR}-01-01`); Number(week.slice(0, 4)) < FIRST_YEAR + YEARS; ) {
    const next = addDays(week, 7);
    const after = noonOffset(next, zone);
    if (after > offset) gaps.push(gapBetween(week, after - offset, zone));
    [week, offset] = [next, after];
  }
  return gaps;
}

/** @param jump minutes by which clocks go forward within the week after `from` */
function gapBetween(from: SchoolDate, jump: number, zone: string): ClockGap {
  const before = noonOffset(from, zone);
  let date = addDays(from, 1);
  while (noonOffset(date, zone) === before) date = addDays(date, 1);
  let start = 0;
  while (isOnTheClock(date, start, zone) && start < MINUTES_OF_A_DAY) start += QUARTER;
  return { date, from: start, to: start + jump };
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
    if (minutesDue(isDue, date).length > 0) return true;
  }
  return false;
}

function minutesDue(isDue: CronLine, date: SchoolDate): number[] {
  const [month, day] = [Number(date.slice(5, 7)), Number(date.slice(8))];
  const minutes = Array.from({ length: MINUTES_OF_A_DAY }, (_, minute) => minute);
  return minutes.filter((minute) =>
    isDue({ minute: minute % 60, hour: Math.floor(minute / 60), day, month, weekday: weekday(date) % 7 }),
  );
}

function clockTime(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
