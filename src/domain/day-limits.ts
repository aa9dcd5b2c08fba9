import type { DayLimits } from './calendar.ts';
import type { CountingException, CountingRules, Measure } from './policy.ts';

/** By what the rows of one school, one student and one date are measured. */
export interface DayMeasure {
  readonly measure: Measure;
  readonly wholeDayMinutes: number;
  readonly halfDayMinutes: number;
  /** Periods scheduled on the day; null where nobody has said, so that periods alone cannot be counted. */
  readonly periods: number | null;
}

/**
 * @param school sourcedId of the school that reports the rows.
 * @param shortened the limits of a day of early release; null on any other day.
 */
export function dayMeasure(
  rules: CountingRules,
  school: string,
  grade: string | null,
  shortened: DayLimits | null,
): DayMeasure {
  const exception = rules.exceptions.find((one) => fits(one, school, grade));
  const usual: DayMeasure = {
    measure: exception?.measure ?? rules.measure,
    wholeDayMinutes: exception?.wholeDayMinutes ?? rules.wholeDayMinutes,
    halfDayMinutes: exception?.halfDayMinutes ?? rules.halfDayMinutes,
    periods: exception?.periodsPerDay ?? rules.periodsPerDay[school] ?? null,
  };
  return shortened === null ? usual : shorten(usual, shortened);
}

/** A list that is empty leaves nobody out; a student without a grade is in none. */
function fits({ schools, grades }: CountingException, school: string, grade: string | null): boolean {
  return (
    (schools.length === 0 || schools.includes(school)) &&
    (grades.length === 0 || (grade !== null && grades.includes(grade)))
  );
}

/** A shorter day never asks for more than a usual one: half-day kindergarten keeps its lower limits. */
function shorten(usual: DayMeasure, limits: DayLimits): DayMeasure {
  return {
    ...usual,
    wholeDayMinutes: Math.min(usual.wholeDayMinutes, limits.wholeDayMinutes),
    halfDayMinutes: Math.min(usual.halfDayMinutes, limits.halfDayMinutes),
    periods:
      usual.periods === null || limits.periods === null
        ? (usual.periods ?? limits.periods)
        : Math.min(usual.periods, limits.periods),
  };
}
