import type { AbsenceRecord } from './absence.ts';
import type { DayMeasure } from './day-limits.ts';
import { type Days, HALF_DAY, maxDays, minDays, NO_DAYS, ONE_DAY } from './days.ts';
import type { CountedDay } from './ladder-facts.ts';

/** What the rows of one school make of one date. */
export interface DayShare<Row> {
  readonly fraction: Days;
  readonly rule: CountedDay['rule'];
  /** The rows behind the fraction. */
  readonly used: readonly Row[];
  /** Period rows that say nothing about their length: the share is what the others prove. */
  readonly unmeasured: readonly Row[];
}

interface Rowlike {
  readonly record: AbsenceRecord;
}

/**
 * The share of a day that a school reports. With `best-known` its own day value beats minutes, and minutes beat the
 * share of periods; any other measure looks at nothing but its own kind.
 * @returns null when nothing in the rows can be measured.
 */
export function shareOfDay<Row extends Rowlike>(rows: readonly Row[], by: DayMeasure): DayShare<Row> | null {
  switch (by.measure) {
    case 'day-value':
      return shareByValue(rows);
    case 'minutes':
      return shareByDailyMinutes(rows, by) ?? shareByPeriodMinutes(rows, by);
    case 'periods':
      return shareOfPeriods(rows, by);
    case 'best-known':
      return bestKnown(rows, by);
  }
}

function bestKnown<Row extends Rowlike>(rows: readonly Row[], by: DayMeasure): DayShare<Row> | null {
  const known = shareByValue(rows) ?? shareByDailyMinutes(rows, by);
  if (known !== null) return known;
  const someUnmeasured = rows.some(({ record }) => isPeriod(record) && minutesOfPeriod(record) === null);
  const ofPeriods = someUnmeasured ? shareOfPeriods(rows, by) : null;
  return ofPeriods ?? shareByPeriodMinutes(rows, by);
}

function shareByValue<Row extends Rowlike>(rows: readonly Row[]): DayShare<Row> | null {
  const valued = rows.filter((row) => row.record.dayFraction !== null);
  if (valued.length === 0) return null;
  const fraction = valued.reduce((most, row) => maxDays(most, row.record.dayFraction ?? NO_DAYS), NO_DAYS);
  return { fraction: minDays(fraction, ONE_DAY), rule: 'day-value', used: valued, unmeasured: [] };
}

function shareByDailyMinutes<Row extends Rowlike>(
  rows: readonly Row[],
  by: DayMeasure,
): DayShare<Row> | null {
  const daily = rows.filter((row) => row.record.kind === 'daily' && row.record.minutesAbsent !== null);
  if (daily.length === 0) return null;
  const minutes = Math.max(...daily.map((row) => row.record.minutesAbsent ?? 0));
  return { fraction: fractionOfMinutes(minutes, by), rule: 'minutes', used: daily, unmeasured: [] };
}

function shareByPeriodMinutes<Row extends Rowlike>(
  rows: readonly Row[],
  by: DayMeasure,
): DayShare<Row> | null {
  const periods = rows.filter((row) => isPeriod(row.record));
  const used = periods.filter((row) => minutesOfPeriod(row.record) !== null);
  if (used.length === 0) return null;
  const unmeasured = periods.filter((row) => minutesOfPeriod(row.record) === null);
  return { fraction: fractionOfMinutes(sumOfPeriods(used), by), rule: 'minutes', used, unmeasured };
}

function shareOfPeriods<Row extends Rowlike>(rows: readonly Row[], by: DayMeasure): DayShare<Row> | null {
  const used = rows.filter((row) => isPeriod(row.record));
  if (used.length === 0 || by.periods === null) return null;
  const missed = new Set(used.map((row) => nameOfPeriod(row.record))).size;
  return { fraction: fractionOfPeriods(missed, by.periods), rule: 'periods', used, unmeasured: [] };
}

function isPeriod(record: AbsenceRecord): boolean {
  return record.kind === 'period';
}

/** A period row without minutes absent means absent for the whole period. */
function minutesOfPeriod(record: AbsenceRecord): number | null {
  return record.minutesAbsent ?? record.minutesScheduled;
}

/** A row without the name of its period is a period of its own. */
function nameOfPeriod(record: AbsenceRecord): string {
  return record.period ?? record.sourcedId;
}

/** A period that comes twice counts once, with the longer absence. */
function sumOfPeriods(rows: readonly Rowlike[]): number {
  const longest = new Map<string, number>();
  for (const { record } of rows) {
    const period = nameOfPeriod(record);
    longest.set(period, Math.max(longest.get(period) ?? 0, minutesOfPeriod(record) ?? 0));
  }
  return [...longest.values()].reduce((sum, minutes) => sum + minutes, 0);
}

function fractionOfMinutes(minutes: number, by: DayMeasure): Days {
  if (minutes >= by.wholeDayMinutes) return ONE_DAY;
  return minutes >= by.halfDayMinutes ? HALF_DAY : NO_DAYS;
}

/** Whole numbers only: a half is reached when twice the missed periods reach the scheduled ones. */
function fractionOfPeriods(missed: number, scheduled: number): Days {
  if (missed >= scheduled) return ONE_DAY;
  return missed * 2 >= scheduled ? HALF_DAY : NO_DAYS;
}
