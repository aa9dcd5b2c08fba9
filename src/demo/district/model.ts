import type { AttendanceStatus, Excuse } from '../../domain/absence.ts';
import type { CalendarFacts } from '../../domain/calendar.ts';
import type { Role } from '../../domain/policy.ts';
import type { SchoolDate } from '../../domain/school-date.ts';

export interface DistrictOptions {
  readonly seed: string | number;
  readonly schools: number;
  readonly students: number;
  /** The end year, for example 2027. */
  readonly schoolYear: number;
  /** IANA name, for example `America/Denver`. */
  readonly timeZone: string;
}

/** Everything that will ever be true or believed about the simulated district in one school year. */
export interface District {
  readonly options: DistrictOptions;
  readonly sourcedId: string;
  readonly name: string;
  readonly calendar: DistrictCalendar;
  readonly sessions: readonly Session[];
  readonly schools: readonly School[];
  readonly staff: readonly StaffMember[];
  readonly students: readonly History<StudentFacts>[];
  readonly guardians: readonly History<GuardianFacts>[];
  readonly codes: readonly History<CodeFacts>[];
  readonly absences: readonly History<AbsenceFacts>[];
}

/** What the SIS says about one entity over time, earliest version first. */
export interface History<T> {
  readonly sourcedId: string;
  readonly versions: readonly Version<T>[];
}

export interface Version<T> {
  readonly sourcedId: string;
  /** The instant from which the SIS says so, in milliseconds since 1970. */
  readonly knownAt: number;
  /** `gone`: the SIS no longer serves the row and does not say that it was deleted. */
  readonly state: 'active' | 'tobedeleted' | 'gone';
  readonly facts: T;
}

export interface DistrictCalendar extends CalendarFacts {
  readonly closures: readonly Closure[];
}

interface Closure {
  readonly name: string;
  /** Both ends inclusive. */
  readonly from: SchoolDate;
  readonly to: SchoolDate;
}

export interface Session {
  readonly sourcedId: string;
  readonly title: string;
  readonly type: 'schoolYear' | 'term';
  readonly startDate: SchoolDate;
  /** Exclusive. */
  readonly endDate: SchoolDate;
  /** The end year. */
  readonly schoolYear: string;
  readonly parent: string | null;
}

export interface PostalAddress {
  readonly addressLine1: string;
  readonly addressLine2?: string;
  readonly city: string;
  readonly state: string;
  readonly zip: string;
}

export interface School {
  readonly sourcedId: string;
  readonly name: string;
  readonly level: 'elementary' | 'middle' | 'high';
  readonly number: string;
  readonly grades: readonly string[];
  readonly address: PostalAddress;
  readonly phone: string;
}

/** Staff live in the configuration; OneRoster knows them too, the truancy officer apart. */
export interface StaffMember {
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly role: Role;
  /** sourcedId of the school; null for the district's own staff. */
  readonly school: string | null;
}

export interface Enrolment {
  readonly school: string;
  readonly primary: boolean;
  readonly begins: SchoolDate;
  /** Exclusive. */
  readonly ends: SchoolDate | null;
}

export interface StudentFacts {
  readonly givenName: string;
  readonly middleName: string | null;
  readonly familyName: string;
  readonly preferredFirstName: string | null;
  readonly grade: string;
  readonly number: string;
  readonly stateId: string;
  readonly personId: string;
  readonly birthDate: SchoolDate;
  readonly email: string | null;
  readonly enrolments: readonly Enrolment[];
  readonly guardians: readonly string[];
  /** sourcedIds of records that were made one with this one. */
  readonly formerIds?: readonly string[];
}

interface Relationship {
  readonly student: string;
  readonly guardian: boolean;
  /** `Mother`, `Grandparent` … */
  readonly type: string;
}

export interface GuardianFacts {
  readonly givenName: string;
  readonly familyName: string;
  readonly role: 'guardian' | 'parent' | 'relative';
  readonly personId: string;
  readonly email: string | null;
  readonly phone: string | null;
  /** BCP 47. */
  readonly language: string;
  readonly address: PostalAddress | null;
  readonly private: boolean;
  readonly mailing: boolean;
  readonly noContact: boolean;
  readonly wantsPaper: boolean;
  readonly relationships: readonly Relationship[];
}

export interface CodeFacts {
  readonly title: string;
  readonly description: string;
  readonly status: AttendanceStatus;
  readonly excuse: Excuse;
  readonly school: string;
}

export interface AbsenceFacts {
  readonly student: string;
  readonly school: string;
  readonly date: SchoolDate;
  readonly kind: 'daily' | 'period';
  readonly period: string | null;
  readonly status: AttendanceStatus;
  readonly excuse: Excuse;
  readonly dayFraction: '1' | '0.5' | '0' | null;
  readonly minutesAbsent: number;
  readonly minutesScheduled: number;
  /** sourcedId of the code; may name one that the code table does not know yet. */
  readonly code: string;
  readonly codeTitle: string;
  readonly comment: string | null;
}
