import type { AbsenceRecord, AttendanceCode } from './absence.ts';
import type { SchoolCalendar } from './calendar.ts';
import type { Contract, ContractStanding } from './contract.ts';
import type { Days } from './days.ts';
import type { Basis, HoldScope, PolicyBook, Role, Unit } from './policy.ts';
import type { SchoolDate } from './school-date.ts';

export interface Enrolment {
  readonly schoolId: number;
  readonly schoolSourcedId: string;
  readonly primary: boolean;
  readonly begins: SchoolDate | null;
  /** Exclusive. */
  readonly ends: SchoolDate | null;
}

/** What may leave: nothing, tasks for staff only, or everything. */
export type Mode = 'shadow' | 'tasks' | 'live';

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
  /** 1, and one more each time it was owed once more by `requalify`. */
  readonly round: number;
  /** Nothing of it has left or ever will: it was decided while the school was not live. */
  readonly shadow: boolean;
  /** `taken` only: by a letter that the school has sent by itself. No count of ours is behind it. */
  readonly outside: boolean;
  /** The policy that owed it. */
  readonly policyVersion: string;
  /** What became of asking for approval; null: nobody was asked. */
  readonly approval: 'asked' | 'given' | 'refused' | null;
  /** `pre-existing` only: a person has said that it is to be acted on. */
  readonly released: boolean;
  readonly reachedBy: ReachedBy;
}

/** What makes a step owed: the count, or a violated attendance contract. */
export type ReachedBy = 'count' | 'contract';

/** A letter that has left: e-mailed or posted. */
export interface LetterOut {
  readonly step: string;
  readonly handedOverOn: SchoolDate;
}

export interface Hold {
  readonly id: string;
  readonly kind: string;
  readonly scope: HoldScope;
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
  /** Those that the family did not refuse, ended ones included; order does not matter. */
  readonly contracts: readonly Contract[];
  /** Where asking for medical notes stands; null: nobody was asked. */
  readonly medical: { readonly status: string } | null;
  /** Whom a person has said that letters go to at 18; not set: nobody has. */
  readonly adultAnswer?: LettersTo;
  /** Somebody may get a letter about this student. */
  readonly hasRecipient: boolean;
  /** The SIS contradicts itself about who is a guardian. */
  readonly contradictoryGuardianship: boolean;
  /** The absences were read so long ago that nothing new may rest on them. */
  readonly recordsStale: boolean;
}

/** Whom letters about a student of 18 go to. */
export type LettersTo = 'student' | 'guardians' | 'both';

/** By what, where and how a student is to be judged. */
export interface LadderSetting {
  readonly policies: PolicyBook;
  /** Of the primary school. */
  readonly calendar: SchoolCalendar;
  /** By sourcedId; null asks for the district's. */
  readonly calendarOf: (schoolSourcedId: string | null) => SchoolCalendar;
  readonly mode: Mode;
  /** The district's first look at this school year: what is reached now was so before Rollcall. */
  readonly baseline: boolean;
}

/** Why an owed step waits. It is looked at again at each evaluation. */
export type Block =
  | { readonly kind: 'absolute'; readonly holdId: string; readonly holdKind: string }
  | { readonly kind: 'hold'; readonly holdId: string; readonly holdKind: string }
  | { readonly kind: 'unmapped-code'; readonly codes: readonly string[] }
  | { readonly kind: 'stale-records' }
  | { readonly kind: 'contradictory-record' }
  | { readonly kind: 'contradictory-guardianship' }
  | { readonly kind: 'age-18' }
  | { readonly kind: 'not-enrolled' }
  | { readonly kind: 'no-recipient' }
  | { readonly kind: 'unmeasured'; readonly dates: readonly SchoolDate[] }
  | { readonly kind: 'unknown-age' }
  | { readonly kind: 'approval'; readonly role: Role; readonly due: SchoolDate | null }
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
  /** Titles of the codes that those records name, sorted. */
  readonly codes: readonly string[];
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
  readonly round: number;
  readonly shadow: boolean;
  readonly unit: Unit;
  readonly basis: Basis;
  /** The first date of the window; null: the whole school year. */
  readonly windowFrom: SchoolDate | null;
  /** Of `count`, whole days made of tardies. */
  readonly tardyDays: number;
  /** Percent only: school days enrolled, of which `count` is taken. */
  readonly enrolledDays: number | null;
  /** Time alone has brought the count below: the step stands all the same. */
  readonly latched: boolean;
  readonly reachedBy: ReachedBy;
  /** The school day by which the law wants it out. */
  readonly deadline: SchoolDate | null;
  /** The policy by which it is judged. */
  readonly policyVersion: string;
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
    | 'pre-existing'
    | 'latched'
    | 'time-passed'
    | 'baseline'
    | 'policy-changed'
    | 'step-removed'
    | 'shadow-ended'
    | 'sent-by-school'
    | 'shadow-ended-below'
    | 'refused-by-person'
    | 'awaits-approval';
}

/** Why a step that was waiting is waiting no more. */
export type WithdrawnBecause =
  | 'count-fell'
  /** The days of the violated contract were corrected, or a person has ended it. */
  | 'no-longer-violated'
  | 'overtaken'
  | 'not-for-this-student'
  | 'time-passed'
  | 'policy-changed'
  | 'step-removed'
  | 'school-year-ended'
  | 'left';

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
  | {
      readonly kind: 'ask-approval';
      readonly step: string;
      readonly role: string;
      readonly dueOn: SchoolDate;
    }
  | { readonly kind: 'ask-medical-notes'; readonly step: string }
  | { readonly kind: 'end-shadow'; readonly step: string }
  | { readonly kind: 'plan-letters'; readonly step: string; readonly template: string }
  | { readonly kind: 'open-referral'; readonly step: string }
  | { readonly kind: 'withdraw'; readonly step: string; readonly reason: WithdrawnBecause }
  | { readonly kind: 'supersede'; readonly step: string }
  | { readonly kind: 'reinstate'; readonly step: string };

export interface Evaluation {
  readonly asOf: SchoolDate;
  readonly policyVersion: string;
  readonly mode: Mode;
  /** The ledger's id of the school that owns the actions; null for a student who is enrolled nowhere today. */
  readonly primarySchoolId: number | null;
  /** Days counted up to today, whether settled or not. */
  readonly total: Days;
  readonly days: readonly CountedDay[];
  readonly leftOut: readonly LeftOut[];
  /** What is shown beside the count and never in it. */
  readonly buckets: { readonly suspension: Days; readonly tardies: number };
  readonly contracts: readonly ContractStanding[];
  readonly steps: readonly StepVerdict[];
  readonly actions: readonly Action[];
  /** The next date on which the answer may change by itself; null if only new facts can change it. */
  readonly nextLookOn: SchoolDate | null;
}
