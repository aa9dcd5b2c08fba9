import type { AbsenceRecord } from './absence.ts';
import { type Days, HALF_DAY, maxDays, minDays, NO_DAYS, ONE_DAY } from './days.ts';
import type { CountedDay } from './ladder-facts.ts';
import type { CountingRules } from './policy.ts';

/** What the rows of one school make of one date. */
export interface DayShare<Row> {
  readonly fraction: Days;
  readonly rule: CountedDay['rule'];
  /** The rows behind the fraction. */
  readonly used: readonly Row[];
  /** Period rows that say nothing about their length: the share is what the others prove. */
  readonly unmeasured: readonly Row[];
}

/**
 * The share of a day that a school reports: its own day value beats minutes, minutes beat the share of periods.
 * @param scheduledPeriods periods of a day at the school; undefined where the policy does not say.
 * @returns null when nothing in the rows can be measured.
 */
export function shareOfDay<Row extends { readonly record: AbsenceRecord }>(
  rows: readonly Row[],
  rules: CountingRules,
  scheduledPeriods: number | undefined,
): DayShare<Row> | null {
  const valued = rows.filter((row) => row.record.dayFraction !== null);
  if (valued.length > 0) {
    const fraction = valued.reduce((most, row) => maxDays(most, row.record.dayFraction ?? NO_DAYS), NO_DAYS);
    return { fraction: minDays(fraction, ONE_DAY), rule: 'day-value', used: valued, unmeasured: [] };
  }
  const daily = rows.filter((row) => row.record.kind === 'daily' && row.record.minutesAbsent !== null);
  if (daily.length > 0) {
    const minutes = Math.max(...daily.map((row) => row.record.minutesAbsent ?? 0));
    return { fraction: fractionOfMinutes(minutes, rules), rule: 'minutes', used: daily, unmeasured: [] };
  }
  const periods = rows.filter((row) => row.record.kind === 'period');
  const measured = periods.filter((row) => minutesOfPeriod(row.record) !== null);
  const unmeasured = periods.filter((row) => minutesOfPeriod(row.record) === null);
  if (unmeasured.length > 0 && scheduledPeriods !== undefined) {
    const missed = new Set(periods.map((row) => nameOfPeriod(row.record))).size;
    const fraction = fractionOfPeriods(missed, scheduledPeriods);
    return { fraction, rule: 'periods', used: periods, unmeasured: [] };
  }
  if (measured.length === 0) return null;
  const fraction = fractionOfMinutes(sumOfPeriods(measured), rules);
  return { fraction, rule: 'minutes', used: measured, unmeasured };
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
function sumOfPeriods(rows: readonly { readonly record: AbsenceRecord }[]): number {
  const longest = new Map<string, number>();
  for (const { record } of rows) {
    const period = nameOfPeriod(record);
    longest.set(period, Math.max(longest.get(period) ?? 0, minutesOfPeriod(record) ?? 0));
  }
  return [...longest.values()].reduce((sum, minutes) => sum + minutes, 0);
}

function fractionOfMinutes(minutes: number, rules: CountingRules): Days {
  if (minutes >= rules.wholeDayMinutes) return ONE_DAY;
  return minutes >= rules.halfDayMinutes ? HALF_DAY : NO_DAYS;
}

/** Whole numbers only: a half is reached when twice the missed periods reach the scheduled ones. */
function fractionOfPeriods(missed: number, scheduled: number): Days {
  if (missed >= scheduled) return ONE_DAY;
  return missed * 2 >= scheduled ? HALF_DAY : NO_DAYS;
}
