import type { AttendanceStatus, Excuse } from './absence.ts';
import type { SchoolDate } from './school-date.ts';

/** What the SIS edge hands inward: one shape, whichever server or version it came from. All text went through `clean()`. */
export interface SchoolRecord {
  readonly sourcedId: string;
  readonly active: boolean;
  readonly name: string;
  readonly number: string | null;
}

export interface SessionRecord {
  readonly sourcedId: string;
  readonly active: boolean;
  readonly title: string;
  readonly type: 'schoolYear' | 'semester' | 'term' | 'gradingPeriod' | 'other';
  readonly begins: SchoolDate;
  /** Exclusive, as in OneRoster. */
  readonly ends: SchoolDate;
  /** The end year, for example `2027`. */
  readonly schoolYear: string;
}

export interface EnrolmentRecord {
  readonly schoolSourcedId: string;
  readonly primary: boolean;
  readonly begins: SchoolDate | null;
  /** Exclusive. */
  readonly ends: SchoolDate | null;
}

export interface StudentRecord {
  readonly sourcedId: string;
  readonly active: boolean;
  readonly givenName: string;
  readonly familyName: string;
  readonly grade: string | null;
  /** The number people know the student by. */
  readonly number: string | null;
  readonly email: string | null;
  /** Other ids under which the SIS knew or knows this person. */
  readonly aliases: readonly string[];
  readonly enrolments: readonly EnrolmentRecord[];
  readonly guardianSourcedIds: readonly string[];
}

export interface PostalAddress {
  /** Street lines, at most two. */
  readonly lines: readonly string[];
  readonly city: string;
  readonly state: string;
  readonly postalCode: string;
}

export interface GuardianLinkRecord {
  readonly studentSourcedId: string;
  /** `mother`, `grandparent` …, as the SIS words it; null where it does not say. */
  readonly relationship: string | null;
  /** False: the SIS says that this person is no guardian of the student. Null: it does not say. */
  readonly guardian: boolean | null;
}

export interface GuardianRecord {
  readonly sourcedId: string;
  readonly active: boolean;
  /** False for relatives and emergency contacts: never a recipient. */
  readonly role: 'guardian' | 'parent' | 'relative' | 'other';
  readonly givenName: string;
  readonly familyName: string;
  /** As the SIS gives it, trimmed; whether it is usable is the domain's question. */
  readonly email: string | null;
  readonly phone: string | null;
  /** BCP 47, for example `es`; null where the SIS does not say. */
  readonly language: string | null;
  readonly address: PostalAddress | null;
  readonly addressPrivate: boolean;
  readonly mailAllowed: boolean;
  readonly noContact: boolean;
  /** The guardian wants paper. */
  readonly wantsPaper: boolean;
  /** Other ids under which the SIS knows or knew this person. */
  readonly aliases: readonly string[];
  readonly links: readonly GuardianLinkRecord[];
}

/**
 * One contact of one student, as the district's own contacts file words it. What is null the file does not say, and
 * the roster's word stands.
 */
export interface ContactRecord {
  /** sourcedId, or another id of the student as `personAlias` writes it. */
  readonly studentSourcedId: string;
  /** Ids under which the roster may know this person, the surest first; never empty. */
  readonly personIds: readonly string[];
  readonly givenName: string;
  readonly familyName: string;
  readonly relationship: string | null;
  readonly guardian: boolean | null;
  readonly email: string | null;
  readonly phone: string | null;
  /** BCP 47. */
  readonly language: string | null;
  readonly address: PostalAddress | null;
  readonly addressPrivate: boolean | null;
  readonly mailAllowed: boolean | null;
  readonly noContact: boolean | null;
  readonly wantsPaper: boolean | null;
}

/** Facts that OneRoster keeps apart from users, under the user's own sourcedId. */
export interface DemographicsRecord {
  readonly sourcedId: string;
  readonly birthDate: SchoolDate | null;
  /** Infinite Campus' addition; null elsewhere. */
  readonly address: PostalAddress | null;
  readonly phone: string | null;
}

export interface CodeRecord {
  readonly sourcedId: string;
  readonly active: boolean;
  readonly title: string;
  readonly description: string | null;
  readonly status: AttendanceStatus;
  readonly excuse: Excuse;
  readonly schoolSourcedId: string | null;
}

export interface AbsenceRowRecord {
  readonly sourcedId: string;
  readonly deleted: boolean;
  /** sourcedId, or another id of the student as `personAlias` writes it. */
  readonly studentSourcedId: string;
  /** sourcedId, or `schoolNumber()` of the school. */
  readonly schoolSourcedId: string;
  readonly date: SchoolDate;
  readonly kind: 'daily' | 'period';
  readonly period: string | null;
  readonly status: AttendanceStatus;
  readonly excuse: Excuse;
  /** Decimal text between 0 and 1, or null when only minutes are known. */
  readonly dayFraction: string | null;
  readonly minutesAbsent: number | null;
  readonly minutesScheduled: number | null;
  readonly codeSourcedId: string | null;
}

/** One row that could not be used: which one, which field, what was found and expected; never its contents. */
export interface RowProblem {
  readonly collection: string;
  /** sourcedId where the row has one, else its place in the collection (`#412`). */
  readonly row: string;
  readonly field: string;
  readonly found: string;
  readonly expected: string;
}

/** One page of a collection: what could be used, and what could not. */
export interface RecordPage<T> {
  readonly records: readonly T[];
  readonly problems: readonly RowProblem[];
  /** Rows of earlier pages that came again and were dropped. */
  readonly repeated: number;
}

/** What to read: everything, or what has changed since a cursor that the same source gave out before. */
export interface ReadQuery {
  readonly after: string | null;
}

/** The rosters of the district, collection by collection, page by page. An iteration that ends without an error was complete. */
export interface RosterSource {
  schools(): AsyncIterable<RecordPage<SchoolRecord>>;
  sessions(): AsyncIterable<RecordPage<SessionRecord>>;
  students(query: ReadQuery): AsyncIterable<RecordPage<StudentRecord>>;
  guardians(query: ReadQuery): AsyncIterable<RecordPage<GuardianRecord>>;
  /** Ends at once, with `demographicsRefused: 1` in the report, where the scope is not granted. */
  demographics(query: ReadQuery): AsyncIterable<RecordPage<DemographicsRecord>>;
  /** Where the next read of changes begins: the server's clock when this read began, less the overlap; null when it told no time. */
  cursor(): string | null;
  /** What a person should know after reading: grants missing, ambiguous roles, dangling links, retries. Counts only. */
  report(): Readonly<Record<string, number>>;
}

/** How a read ended for the district: brought into force, stopped by a guard, or not finished. */
export type ReadEnding = 'applied' | 'quarantined' | 'failed';

/** A file that was put aside while the source was looked at, and why; no content of it. */
export interface RefusedFile {
  readonly file: string;
  readonly why: string;
}

/** Whether there is anything to read. */
export type Offer = (
  | { readonly kind: 'ready' }
  /** Nothing has come since the last time; what was read then stays right as of then. */
  | { readonly kind: 'nothing-new'; readonly why: string }
) & { readonly refused?: readonly RefusedFile[] };

/** A district's own file of contacts: always whole. */
export interface ContactSource {
  offer(): Promise<Offer>;
  contacts(): AsyncIterable<RecordPage<ContactRecord>>;
  /** After the run: what was used is put away, what was stopped is put aside, anything else stays where it is. */
  end(ending: ReadEnding): Promise<void>;
}
