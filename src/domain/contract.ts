import type { Days } from './days.ts';
import type { Basis } from './policy.ts';
import type { SchoolDate } from './school-date.ts';

/** What the family and the school have agreed about attendance. */
export interface ContractTerms {
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

/** An attendance contract that is watched, or was until a person ended it. */
export interface Contract extends ContractTerms {
  readonly id: string;
  readonly ref: string;
  /** A person has ended it on this day: what it was violated by before stands, and nothing later counts. */
  readonly endedOn: SchoolDate | null;
}

/** One day that was missed while the contract ran. */
export interface ContractDay {
  readonly date: SchoolDate;
  readonly fraction: Days;
  /** The day on which its grace is over; null: not before the school year ends. */
  readonly countsOn: SchoolDate | null;
}

/** Where an attendance contract stands on a day, with the evidence. */
export interface ContractStanding extends ContractTerms {
  readonly ref: string;
  /** `ended`: by a person, and not violated until then. */
  readonly kind: 'running' | 'kept' | 'violated' | 'ended';
  /** `violated` only: the day that was one too many. */
  readonly on: SchoolDate | null;
  readonly endedOn: SchoolDate | null;
  /** By date, those in their grace included. */
  readonly days: readonly ContractDay[];
}
