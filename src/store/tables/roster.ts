import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { ContactRecord, PostalAddress } from '../../domain/sis-records.ts';
import type { OptionalDate, OptionalInt, OptionalText } from './columns.ts';

/** What the SIS and the contacts file say of schools and people. */
export interface RosterTables {
  school_year: SchoolYearTable;
  term: TermTable;
  school: SchoolTable;
  student: StudentTable;
  person_alias: PersonAliasTable;
  guardian: GuardianTable;
  guardianship: GuardianshipTable;
  enrolment: EnrolmentTable;
  demographics: DemographicsTable;
  roster_link: RosterLinkTable;
}

interface SchoolYearTable {
  /** The end year, for example `2027`. */
  id: string;
  sourced_id: string;
  title: string;
  begins: SchoolDate;
  /** Exclusive. */
  ends: SchoolDate;
}

/** A term as the SIS has it. */
interface TermTable {
  school_year: string;
  sourced_id: string;
  title: string;
  type: string;
  begins: SchoolDate;
  /** Exclusive. */
  ends: SchoolDate;
}

interface SchoolTable {
  id: Generated<number>;
  sourced_id: string;
  name: string;
  number: OptionalText;
  active: boolean;
  missing_since: OptionalDate;
}

interface StudentTable {
  id: Generated<number>;
  sourced_id: string;
  given_name: string;
  family_name: string;
  grade: OptionalText;
  number: OptionalText;
  email: OptionalText;
  birth_date: OptionalDate;
  active: boolean;
  missing_since: OptionalDate;
  /** The SIS has made this person one with another, who goes on with the ladder. */
  merged_into: OptionalInt;
  /** Fields of the SIS that can mean a hold, as it wrote them. */
  flags: ColumnType<Record<string, string | null>, string | undefined, string>;
  /** What the pages call the student: it says nothing about anybody. */
  file_ref: Generated<string>;
  /** Family and given name as they are sorted. */
  name_key: GeneratedAlways<string>;
}

interface PersonAliasTable {
  kind: 'student' | 'guardian';
  alias: string;
  person_id: number;
}

interface GuardianTable {
  id: Generated<number>;
  sourced_id: string;
  role: 'guardian' | 'parent' | 'relative' | 'other';
  given_name: string;
  family_name: string;
  email: OptionalText;
  phone: OptionalText;
  language: OptionalText;
  address: ColumnType<PostalAddress | null, string | null, string | null>;
  address_private: boolean;
  mail_allowed: boolean;
  no_contact: boolean;
  wants_paper: boolean;
  active: boolean;
  missing_since: OptionalDate;
  /** `contacts`: known from the district's own file only. */
  origin: ColumnType<'roster' | 'contacts', 'roster' | 'contacts' | undefined, 'roster' | 'contacts'>;
}

interface GuardianshipTable {
  student_id: number;
  guardian_id: number;
  relationship: OptionalText;
  /** What the SIS says; null where it does not say. */
  is_guardian: ColumnType<boolean | null, boolean | null, boolean | null>;
  /** Two sources contradict each other about `is_guardian`. */
  contradictory: boolean;
  active: boolean;
  missing_since: OptionalDate;
  /** What the district's own file says; it goes before the roster's word. */
  contact: ColumnType<ContactFacts | null, string | null | undefined, string | null>;
  /** Since when contacts files no longer name the pair. */
  contact_missing_since: OptionalDate;
  /** The contacts file contradicts itself about this pair. */
  contact_contradictory: Generated<boolean>;
  /** A contact of the same name may be this very guardian. */
  name_doubt: Generated<boolean>;
}

/** What a contacts file says of one contact of one student; null where it does not say. */
type ContactFacts = Pick<
  ContactRecord,
  | 'relationship'
  | 'guardian'
  | 'email'
  | 'phone'
  | 'language'
  | 'address'
  | 'addressPrivate'
  | 'mailAllowed'
  | 'noContact'
  | 'wantsPaper'
>;

interface EnrolmentTable {
  /** The SIS gives no dates, and a later read no longer named this school. */
  ended_on_sight: Generated<boolean>;
  student_id: number;
  school_id: number;
  is_primary: boolean;
  begins: OptionalDate;
  /** Exclusive. */
  ends: OptionalDate;
}

interface DemographicsTable {
  sourced_id: string;
  birth_date: OptionalDate;
  address: ColumnType<PostalAddress | null, string | null, string | null>;
  phone: OptionalText;
}

/** What one side says about who belongs together; a guardianship is the union of both. */
interface RosterLinkTable {
  student_sourced_id: string;
  guardian_sourced_id: string;
  side: 'student' | 'guardian';
  relationship: OptionalText;
  is_guardian: ColumnType<boolean | null, boolean | null, boolean | null>;
  contradictory: boolean;
}
