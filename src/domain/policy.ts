import type { AttendanceStatus, Excuse } from './absence.ts';
import type { Days } from './days.ts';
import { GAPS, type Gap } from './gaps.ts';
import type { SchoolDate } from './school-date.ts';

export type Role =
  | 'attendance-clerk'
  | 'administrator'
  | 'counselor'
  | 'teacher'
  | 'supervisor'
  | 'truancy-officer'
  | 'it-contact';

/** Whose days a step counts. */
export type Basis = 'all' | 'unexcused';

/** What `at` is a number of: days, percent of the school days enrolled, or school days missed in a row. */
export type Unit = 'days' | 'percent' | 'consecutive';

/** The dates a step looks at, up to the last settled one. */
export type Window =
  | { readonly kind: 'school-year' }
  | { readonly kind: 'term' }
  | { readonly kind: 'last'; readonly schoolDays: number };

/** What the share of a day is taken from. `best-known`: the day value, else minutes, else the share of periods. */
export type Measure = 'best-known' | 'day-value' | 'minutes' | 'periods';

/** Something a role has to do within so many school days. */
export interface Work {
  readonly role: Role;
  /** School days from opening to the due date. */
  readonly dueInSchoolDays: number;
}

/** A task that a step opens. */
export interface StepTask extends Work {
  /** One word for what is asked, for example `contact-family`. */
  readonly kind: string;
}

/** One rung of the ladder. */
export interface Step {
  readonly id: string;
  readonly title: string;
  /** In `unit`: days, school days in a row, or percent (10 % is `days('10')`). */
  readonly at: Days;
  readonly basis: Basis;
  readonly unit: Unit;
  readonly window: Window;
  /** Percent only: school days enrolled before a percentage says anything. */
  readonly fromEnrolledDays: number;
  readonly settleDays: number;
  /** School days from reaching `at` to the letter or the packet being out; null: no law sets any. */
  readonly legalDeadlineDays: number | null;
  /** Who says yes before a letter is planned or a referral is opened, and within how many school days. */
  readonly approval: { readonly role: Role; readonly days: number } | null;
  /** Owed once more when the student has been below `at` since it was taken. */
  readonly requalify: boolean;
  /** What else makes the step owed, whatever the count. */
  readonly orWhen: readonly 'contract-violated'[];
  /** Opens the attendance file when the step is taken. */
  readonly opensFile: boolean;
  readonly tasks: readonly StepTask[];
  readonly meeting: Work | null;
  readonly contract: Work | null;
  /** Once it is taken, the family is asked for medical notes for the rest of the year. */
  readonly asksForMedicalNotes: boolean;
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
  /** Years of age today, both included; null: every age. */
  readonly ages: { readonly from: number | null; readonly to: number | null } | null;
}

export interface CountingRules {
  readonly excuses: readonly Excuse[];
  /** What a day without a recorded excuse is to a step that counts unexcused days only. */
  readonly unknownExcuse: 'unexcused' | 'excused' | 'neither';
  readonly suspensionCounts: boolean;
  readonly measure: Measure;
  readonly wholeDayMinutes: number;
  readonly halfDayMinutes: number;
  /** sourcedId of a school → scheduled periods of a day; without an entry, periods alone cannot be counted there. */
  readonly periodsPerDay: Readonly<Record<string, number>>;
  /** For single schools or grades; the first that fits holds. */
  readonly exceptions: readonly CountingException[];
  /** null: tardies never count. */
  readonly tardies: TardyRule | null;
  /** Properties the policy gives to codes, by title (case-insensitive). */
  readonly codes: readonly CodeRule[];
}

export interface CountingException {
  /** sourcedIds of schools that report the row; empty: every school. */
  readonly schools: readonly string[];
  /** Grades of the student; empty: every grade. */
  readonly grades: readonly string[];
  /** Here and below, null: as everywhere else. */
  readonly measure: Measure | null;
  readonly wholeDayMinutes: number | null;
  readonly halfDayMinutes: number | null;
  readonly periodsPerDay: number | null;
}

/** So many tardies make one day. */
export interface TardyRule {
  readonly perDay: number;
  readonly excuses: readonly Excuse[];
}

export interface CodeRule {
  readonly title: string;
  readonly suspension: boolean;
  readonly confidential: boolean;
  /** What the code means where the SIS leaves it out or words it otherwise; null: as the SIS says. */
  readonly status: AttendanceStatus | null;
  readonly excuse: Excuse | null;
}

/** What a hold stops. `absolute`: everything, contact included, down to the lowest level of the sender. */
export type HoldScope = 'letters' | 'referral' | 'everything' | 'absolute';

export interface HoldRules {
  /** School days before the end of a hold at which its owner is reminded. */
  readonly remindSchoolDays: number;
  readonly kinds: readonly {
    readonly kind: string;
    readonly scope: HoldScope;
    /** Calendar days from begin to end; null: no limit. */
    readonly longestDays: number | null;
  }[];
  /** Holds that follow what the SIS says of the student. */
  readonly fromSis: readonly {
    readonly field: string;
    readonly is: readonly string[];
    readonly kind: string;
    /** A role, or the e-mail address of a person in `staff`. */
    readonly owner: string;
  }[];
}

/**
 * What happens to letters once the student is 18: they wait for the administrator, go on to the guardians as before, go
 * to the student instead, or to both.
 */
export type AdultStudents = 'hold' | 'ignore' | 'student' | 'both';

export interface Policy {
  /** The policy's own version as written in the file, with a hash of its contents: `2026-27 (3f2a91bc)`. */
  readonly version: string;
  /** The whole SHA-256 of its contents, of which `version` shows the beginning. */
  readonly contentHash: string;
  /** Crossings from this day on are judged by it; null: from the day on which it was first seen. */
  readonly effectiveFrom: SchoolDate | null;
  readonly counting: CountingRules;
  readonly holds: HoldRules;
  readonly whenSeveral: 'highest-letter' | 'each';
  readonly adultStudents: AdultStudents;
  /** Not set, here and in policies of old decisions: `SHIPPED_REFERRALS`. */
  readonly referrals?: ReferralRules;
  readonly steps: readonly Step[];
}

/** When a packet leaves for the truancy officer. */
export interface ReferralRules {
  readonly release: 'automatic' | 'named-person';
  /** What must hold, by the gap that is left where it does not. */
  readonly checklist: readonly Gap[];
}

const SHIPPED_REFERRALS: ReferralRules = { release: 'automatic', checklist: GAPS };

export function referralRules({ referrals }: Policy): ReferralRules {
  return referrals ?? SHIPPED_REFERRALS;
}

/** The policy in force, the one before it, and those that old decisions rest on. */
export interface PolicyBook {
  readonly current: Policy;
  /** From when on `current` holds; null: from the beginning. */
  readonly since: SchoolDate | null;
  /** null: none held before. With a day in `since`, what was reached before it is nobody's to act on. */
  readonly previous: Policy | null;
  /** @returns null for a version that is not kept. */
  of(version: string): Policy | null;
}

/** A policy that has held from the beginning, with none before it. */
export function onlyPolicy(policy: Policy): PolicyBook {
  return {
    current: policy,
    since: null,
    previous: null,
    of: (version) => (version === policy.version ? policy : null),
  };
}
