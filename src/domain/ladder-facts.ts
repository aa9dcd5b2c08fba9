import type { AbsenceRecord, AttendanceCode } from './absence.ts';
import type { Days } from './days.ts';
import type { SchoolDate } from './school-date.ts';

export interface Enrolment {
  readonly schoolId: number;
  readonly schoolSourcedId: string;
  readonly primary: boolean;
  readonly begins: SchoolDate | null;
  /** Exclusive. */
  readonly ends: SchoolDate | null;
}

export type StepState = 'owed' | 'taken' | 'skipped' | 'withdrawn' | 'pre-existing';

/** Where a student stands on one step this school year, as last recorded. A step without an entry was never owed. */
export interface StepRecord {
  readonly step: string;
  readonly state: StepState;
  readonly owedOn: SchoolDate;
  readonly takenOn: SchoolDate | null;
  /** Taken, and the count it rested on is below `at` now. */
  readonly superseded: boolean;
  /** `skipped` only: the higher step it was skipped for. */
  readonly skippedFor: string | null;
  /** `owed` only: its letters were planned, or its referral was opened. */
  readonly acted: boolean;
}

/** A letter that has left: e-mailed or posted. */
export interface LetterOut {
  readonly step: string;
  readonly handedOverOn: SchoolDate;
}

export interface Hold {
  readonly id: string;
  readonly kind: string;
  readonly scope: 'letters' | 'referral' | 'everything';
  readonly begins: SchoolDate;
  /** Last day on which it holds. */
  readonly ends: SchoolDate | null;
}

/** Everything the ladder may look at for one student. */
export interface StudentFacts {
  readonly grade: string | null;
  readonly birthDate: SchoolDate | null;
  /** The SIS shows the student as active. */
  readonly active: boolean;
  readonly enrolments: readonly Enrolment[];
  /** Active rows of the school year; order does not matter. */
  readonly records: readonly AbsenceRecord[];
  /** By sourcedId. */
  readonly codes: ReadonlyMap<string, AttendanceCode>;
  readonly steps: readonly StepRecord[];
  readonly lettersOut: readonly LetterOut[];
  readonly holds: readonly Hold[];
  /** Somebody may get a letter about this student. */
  readonly hasRecipient: boolean;
  /** The SIS contradicts itself about who is a guardian. */
  readonly contradictoryGuardianship: boolean;
  /** The absences were read so long ago that nothing new may rest on them. */
  readonly recordsStale: boolean;
}

/** Why an owed step waits. It is looked at again at each evaluation. */
export type Block =
  | { readonly kind: 'hold'; readonly holdId: string; readonly holdKind: string }
  | { readonly kind: 'unmapped-code'; readonly codes: readonly string[] }
  | { readonly kind: 'stale-records' }
  | { readonly kind: 'contradictory-record' }
  | { readonly kind: 'contradictory-guardianship' }
  | { readonly kind: 'age-18' }
  | { readonly kind: 'not-enrolled' }
  | { readonly kind: 'no-recipient' }
  | { readonly kind: 'notice'; readonly since: SchoolDate | null; readonly until: SchoolDate | null };

/** One date as it counted. */
export interface CountedDay {
  readonly date: SchoolDate;
  readonly fraction: Days;
  /** `day-value`, `minutes` or `periods`: the rule that gave the fraction. */
  readonly rule: 'day-value' | 'minutes' | 'periods';
  readonly excuse: 'excused' | 'unexcused' | 'unknown';
  readonly confidential: boolean;
  /** Ids of the records behind it. */
  readonly records: readonly string[];
}

/** A row that did not count, and why. */
export interface LeftOut {
  readonly record: string;
  readonly date: SchoolDate;
  readonly reason:
    | 'not-absent'
    | 'exempt'
    | 'excuse-not-counted'
    | 'suspension'
    | 'unmapped-code'
    | 'outside-enrolment'
    | 'not-a-school-day'
    | 'outside-school-year'
    | 'ahead-of-today'
    | 'below-half-day'
    | 'no-measure'
    | 'other-row-of-the-day';
}

export interface StepVerdict {
  readonly step: string;
  /** Days that count for this step today: settled for its `settleDays`. */
  readonly count: Days;
  readonly at: Days;
  /** The last date that is settled for it. */
  readonly settledThrough: SchoolDate | null;
  readonly state: StepState | null;
  readonly superseded: boolean;
  readonly skippedFor: string | null;
  /** Why an owed step is not acted on now. */
  readonly blocks: readonly Block[];
  /** A code word for why the state is what it is. */
  readonly reason:
    | 'below'
    | 'frozen'
    | 'not-for-this-student'
    | 'reached'
    | 'blocked'
    | 'already-taken'
    | 'overtaken'
    | 'fell-before-hand-over'
    | 'fell-after-hand-over'
    | 'pre-existing';
}

/** Why a step that was waiting is waiting no more. */
export type WithdrawnBecause = 'count-fell' | 'overtaken' | 'not-for-this-student';

/** What has to be done because of this evaluation, in order. The store turns each into rows; nothing here acts. */
export type Action =
  | { readonly kind: 'open-file'; readonly step: string }
  | { readonly kind: 'take'; readonly step: string }
  | {
      readonly kind: 'open-task';
      readonly step: string;
      readonly task: string;
      readonly role: string;
      readonly dueOn: SchoolDate;
    }
  | { readonly kind: 'plan-letters'; readonly step: string; readonly template: string }
  | { readonly kind: 'open-referral'; readonly step: string }
  | { readonly kind: 'withdraw'; readonly step: string; readonly reason: WithdrawnBecause }
  | { readonly kind: 'supersede'; readonly step: string }
  | { readonly kind: 'reinstate'; readonly step: string };

export interface Evaluation {
  readonly asOf: SchoolDate;
  readonly policyVersion: string;
  /** The ledger's id of the school that owns the actions; null for a student who is enrolled nowhere today. */
  readonly primarySchoolId: number | null;
  /** Days counted up to today, whether settled or not. */
  readonly total: Days;
  readonly days: readonly CountedDay[];
  readonly leftOut: readonly LeftOut[];
  readonly steps: readonly StepVerdict[];
  readonly actions: readonly Action[];
  /** The next date on which the answer may change by itself; null if only new facts can change it. */
  readonly nextLookOn: SchoolDate | null;
}
