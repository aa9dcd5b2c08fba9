import { parseCron, type WallMinute } from './cron.ts';

const MINUTE = 60_000;

/**
 * The latest time at or before `now` for which a crontab line was due, in a time zone.
 *
 * Every minute of the wall clock counts once: a time that the clock jumps over is due at the first minute after
 * the jump, and a time that the clock shows twice is due the first time.
 * @returns null when nothing was due within `lookBackMinutes` before `now`
 * @throws RangeError when the line or the zone is not valid
 */
export function latestSlot(cron: string, zone: string, now: Date, lookBackMinutes: number): Date | null {
  const isDue = parseCron(cron);
  const clock = wallClock(zone);
  const last = Math.floor(now.getTime() / MINUTE);
  for (let minute = last; minute >= last - lookBackMinutes; minute -= 1) {
    if (clock.newMinutes(minute).some((wall) => isDue(wallMinute(wall)))) return new Date(minute * MINUTE);
  }
  return null;
}

/**
 * The first time after `now` at which a crontab line is due, in a time zone.
 * @returns null when nothing is due within `lookAheadMinutes`
 */
export function nextSlot(cron: string, zone: string, now: Date, lookAheadMinutes: number): Date | null {
  const isDue = parseCron(cron);
  const clock = wallClock(zone);
  const first = Math.floor(now.getTime() / MINUTE) + 1;
  for (let minute = first; minute <= first + lookAheadMinutes; minute += 1) {
    if (clock.newMinutes(minute).some((wall) => isDue(wallMinute(wall)))) return new Date(minute * MINUTE);
  }
  return null;
}

/**
 * Wall-clock minutes are counted like instants, as if the wall clock were UTC.
 * `newMinutes` = the wall minutes that begin to be due at an instant: one as a rule, none while the clock repeats
 * an hour, and all that were skipped right after a jump.
 */
function wallClock(zone: string): { newMinutes(instant: number): number[] } {
  const offsetAt = zoneOffsets(zone);
  return {
    newMinutes(instant) {
      const offset = offsetAt(instant);
      const wall = instant + offset;
      const jump = offset - offsetAt(instant - 1);
      if (jump > 0) return Array.from({ length: jump + 1 }, (_, index) => wall - jump + index);
      const offsetBefore = offsetAt(instant - LONGEST_REPEAT);
      const shownBefore = offsetBefore > offset && offsetAt(wall - offsetBefore) === offsetBefore;
      return shownBefore ? [] : [wall];
    },
  };
}

/** No zone has put its clock back by more than this since 1970; a whole day is not a repeat. */
const LONGEST_REPEAT = 3 * 60;

/** Offsets are asked once per quarter of an hour, because zones change only there. */
function zoneOffsets(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const known = new Map<number, number>();
  return (instant) => {
    const quarter = Math.floor(instant / 15);
    const offset = known.get(quarter) ?? offsetOf(format, quarter * 15);
    known.set(quarter, offset);
    return offset;
  };
}

function offsetOf(format: Intl.DateTimeFormat, instant: number): number {
  const parts = new Map(
    format.formatToParts(instant * MINUTE).map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
  return wall / MINUTE - instant;
}

function wallMinute(wall: number): WallMinute {
  const date = new Date(wall * MINUTE);
  return {
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    weekday: date.getUTCDay(),
  };
}
