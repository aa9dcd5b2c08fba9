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
  /**
   * Fields that can mean a hold, as the SIS writes them; empty where it says nothing. One that cannot be read is null:
   * what it said before stays, and where it might say that nothing may leave, everything waits.
   */
  readonly flags: Readonly<Record<string, string | null>>;
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
  /** Of this and the next three: null where the SIS does not say, so that what it said before stays. */
  readonly addressPrivate: boolean | null;
  readonly mailAllowed: boolean | null;
  readonly noContact: boolean | null;
  /** The guardian wants paper. */
  readonly wantsPaper: boolean | null;
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
  /** Both names are empty where the file tells none. */
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

export interface StaffRoleRecord {
  /** As OneRoster words it, in small letters. */
  readonly role: string;
  readonly schoolSourcedId: string;
  readonly begins: SchoolDate | null;
  /** Exclusive. */
  readonly ends: SchoolDate | null;
}

/** Somebody who works at schools. */
export interface StaffRecord {
  readonly sourcedId: string;
  /** False also where the row leaves a doubt about it, forbids signing in, or names a student. */
  readonly active: boolean;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string | null;
  readonly roles: readonly StaffRoleRecord[];
}

export function staffRolesOn({ roles }: StaffRecord, day: SchoolDate): readonly StaffRoleRecord[] {
  return roles.filter(
    ({ begins, ends }) => (begins === null || begins <= day) && (ends === null || day < ends),
  );
}

/** Which staff to read: those with one of these roles, and whoever had one before. */
export interface StaffQuery {
  readonly after: string | null;
  /** In small letters. */
  readonly roles: ReadonlySet<string>;
  /** sourcedIds of people who are staff so far. */
  readonly known: ReadonlySet<string>;
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

/** A row that the source says is removed. What it once said no longer matters, and servers empty it. */
export interface DeletedRecord {
  readonly sourcedId: string;
  readonly deleted: true;
}

export function isDeleted(record: unknown): record is DeletedRecord {
  return typeof record === 'object' && record !== null && 'deleted' in record && record.deleted === true;
}

export type AbsenceRowRecord = AbsenceRow | DeletedRecord;

export interface AbsenceRow {
  readonly sourcedId: string;
  readonly deleted: false;
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

/** What could not be used of one row: which one, which field, what was found and expected; never its contents. */
export interface RowProblem {
  readonly collection: string;
  /** sourcedId where the row has one, else its place in the collection (`#412`). */
  readonly row: string;
  readonly field: string;
  readonly found: string;
  readonly expected: string;
  /** The row is used without the field. Not set: it is left out. */
  readonly rowKept?: true;
}

/** One page of a collection: what could be used, and what could not. */
export interface RecordPage<T> {
  readonly records: readonly T[];
  readonly problems: readonly RowProblem[];
  /** Rows of earlier pages that came again and were dropped. */
  readonly repeated: number;
  /** Rows that came word for word as they are in force, and were not read again. */
  readonly unchanged?: number;
  /**
   * Digests of the records' rows, in their order, where the source works with `known`; null: the row is to be read
   * again, also when it comes as it was.
   */
  readonly digests?: readonly (Uint8Array | null)[];
}

/** What to read: everything, or what has changed since a cursor that the same source gave out before. */
export interface ReadQuery {
  readonly after: string | null;
  /** Rows that need not be read again when they come as they are. Sources may do without. */
  readonly known?: KnownRows;
}

export const DIGEST_BYTES = 8;

/** The rows of a collection that are in force, by the digests of their texts; notes which of them come. */
export interface KnownRows {
  /** A read from the first page on begins; rows that came in an earlier one may come once more. */
  beginPass(): void;
  /**
   * `unknown`: the row has to be read. `first`: it is in force and comes for the first time. `later`: it came in an
   * earlier pass. `again`: it came in this pass already.
   */
  meet(digest: Uint8Array): 'unknown' | 'first' | 'later' | 'again';
}

/** The rosters of the district, collection by collection, page by page. An iteration that ends without an error was complete. */
export interface RosterSource {
  schools(): AsyncIterable<RecordPage<SchoolRecord>>;
  sessions(): AsyncIterable<RecordPage<SessionRecord>>;
  /** A removed person comes whole and inactive, or, where the server no longer says who it was, by id alone. */
  students(query: ReadQuery): AsyncIterable<RecordPage<StudentRecord | DeletedRecord>>;
  guardians(query: ReadQuery): AsyncIterable<RecordPage<GuardianRecord | DeletedRecord>>;
  /** Ends at once, with `demographicsRefused: 1` in the report, where the scope is not granted. */
  demographics(query: ReadQuery): AsyncIterable<RecordPage<DemographicsRecord>>;
  /** Who works at schools. */
  staff(query: StaffQuery): AsyncIterable<RecordPage<StaffRecord | DeletedRecord>>;
  /** Where the next read of changes begins: the server's clock when this read began, less the overlap; null when it told no time. */
  cursor(): string | null;
  /** What a person should know after reading: grants missing, ambiguous roles, dangling links, retries. Counts only. */
  report(): Readonly<Record<string, number>>;
}

/** How a read ended for what a source had offered. */
export type ReadEnding =
  /** It is in force. */
  | { readonly kind: 'applied' }
  /** What it says looks wrong: a person may still let it into force, with the whole run. */
  | { readonly kind: 'waiting'; readonly runId: string; readonly why: string }
  /** It was not used, for reasons that lie elsewhere: it may be read again. */
  | { readonly kind: 'left' };

/** A file that a source has offered, and by what it is known again. */
export interface SourceFile {
  readonly content: 'attendance' | 'contacts';
  readonly file: string;
  /** SHA-256 of its bytes. */
  readonly digest: string;
  /** ISO 8601. */
  readonly extractedAt: string;
}

/** A file that cannot be used, and why; no content of it. */
export interface RefusedFile {
  readonly file: string;
  readonly why: string;
}

/** Whether there is anything to read. */
export type Offer = (
  | { readonly kind: 'ready'; readonly file?: SourceFile }
  /** Nothing has come since the last time; what was read then stays right as of then. */
  | { readonly kind: 'nothing-new'; readonly why: string }
) & { readonly refused?: readonly RefusedFile[] };

export interface ContactPage extends RecordPage<ContactRecord> {
  /** Rows that were dropped, and of which nobody knows whom they are about. Default: none. */
  readonly unplaced?: number;
}

/** A district's own file of contacts: always whole. */
export interface ContactSource {
  /** Looks, and moves nothing. */
  offer(): Promise<Offer>;
  contacts(): AsyncIterable<ContactPage>;
  /** After the run: what was used is put away, what cannot be used is put aside, anything else stays where it is. */
  end(ending: ReadEnding): Promise<void>;
}
