import type { SchoolDate } from '../../domain/school-date.ts';

export interface SchoolYearFacts {
  /** The end year, for example `2027`. */
  readonly id: string;
  readonly sourcedId: string;
  readonly title: string;
  readonly begins: SchoolDate;
  /** Exclusive. */
  readonly ends: SchoolDate;
}

export interface RunToApply {
  readonly id: string;
  readonly asOf: SchoolDate;
  readonly now: Date;
  readonly schoolYear: SchoolYearFacts;
}

export type ApplyCounts = Record<string, number>;
