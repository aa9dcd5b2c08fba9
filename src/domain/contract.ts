import type { Days } from './days.ts';
import type { Basis } from './policy.ts';
import type { SchoolDate } from './school-date.ts';

/** What the family and the school have agreed about attendance. */
export interface Contract {
  readonly id: string;
  readonly ref: string;
  readonly begins: SchoolDate;
  /** Inclusive: the last day that is watched. */
  readonly ends: SchoolDate;
  /** More days than these violate it. */
  readonly allowedDays: Days;
  readonly basis: Basis;
  /** School days in which a note for a day may still come in. */
  readonly graceDays: number;
  /** Titles of codes whose days do not count against it. */
  readonly exceptCodes: readonly string[];
}
