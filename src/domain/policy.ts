import type { Excuse } from './absence.ts';
import type { Days } from './days.ts';

export type Role =
  | 'attendance-clerk'
  | 'administrator'
  | 'counselor'
  | 'teacher'
  | 'supervisor'
  | 'truancy-officer'
  | 'it-contact';

/** A task that a step opens. */
export interface StepTask {
  /** One word for what is asked, for example `contact-family`. */
  readonly kind: string;
  readonly role: Role;
  /** School days from opening to the due date. */
  readonly dueInSchoolDays: number;
}

/** One rung of the ladder. */
export interface Step {
  readonly id: string;
  readonly title: string;
  readonly at: Days;
  readonly settleDays: number;
  /** Opens the attendance file when the step is taken. */
  readonly opensFile: boolean;
  readonly tasks: readonly StepTask[];
  /** Name of the letter template, or null for a step without a letter. */
  readonly letter: string | null;
  /** The step is a referral to the truancy officer. */
  readonly referral: boolean;
  /** Referral only: school days that a letter must have been out. */
  readonly noticeDays: number;
  /** Empty: every grade. */
  readonly grades: readonly string[];
  /** sourcedIds of schools; empty: every school. */
  readonly schools: readonly string[];
}

export interface CountingRules {
  readonly excuses: readonly Excuse[];
  readonly suspensionCounts: boolean;
  readonly wholeDayMinutes: number;
  readonly halfDayMinutes: number;
  /** sourcedId of a school → scheduled periods of a day; without an entry, periods alone cannot be counted there. */
  readonly periodsPerDay: Readonly<Record<string, number>>;
  /** Properties the policy gives to codes, by title (case-insensitive). */
  readonly codes: readonly CodeRule[];
}

export interface CodeRule {
  readonly title: string;
  readonly suspension: boolean;
  readonly confidential: boolean;
}

export interface Policy {
  /** The policy's own version as written in the file, with a hash of its contents: `2026-27 (3f2a91bc)`. */
  readonly version: string;
  readonly counting: CountingRules;
  readonly whenSeveral: 'highest-letter' | 'each';
  /** What happens to letters once the student is 18. */
  readonly adultStudents: 'hold' | 'ignore';
  readonly steps: readonly Step[];
}
