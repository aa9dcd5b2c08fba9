import type { SchoolDate } from '../domain/school-date.ts';

/** The attendance file of one student and school year, as plain data. Nothing of other children. */
export interface PacketFacts {
  readonly caseNumber: string;
  readonly date: SchoolDate;
  readonly schoolYear: string;
  readonly district: { readonly name: string; readonly phone: string };
  readonly school: { readonly name: string; readonly phone: string };
  readonly officer: { readonly name: string; readonly agency: string };
  readonly legalBasis: string;
  readonly student: {
    readonly name: string;
    readonly grade: string | null;
    readonly number: string | null;
    readonly birthDate: SchoolDate | null;
  };
  readonly guardians: readonly {
    readonly name: string;
    readonly relationship: string | null;
    readonly phone: string | null;
    readonly language: string | null;
  }[];
  /** A paragraph that says how the count came about. */
  readonly summary: string;
  readonly absences: readonly {
    readonly date: SchoolDate;
    readonly code: string;
    readonly excuse: string;
    readonly days: string;
    readonly running: string;
  }[];
  readonly contacts: readonly {
    readonly date: SchoolDate;
    readonly by: string;
    readonly outcome: string;
    readonly note: string | null;
  }[];
  readonly letters: readonly {
    readonly reference: string;
    readonly title: string;
    readonly to: string;
    readonly how: string;
    readonly date: SchoolDate | null;
    readonly proof: string;
    readonly pages: number;
    readonly pdf: Buffer;
  }[];
  /** Attendance contracts, refused and ended ones included. */
  readonly contracts: readonly {
    readonly reference: string;
    readonly terms: string;
    /** Signed, refused or neither, with the date. */
    readonly agreed: string;
    readonly agreedBy: string;
    readonly note: string | null;
    /** How it stands, in full sentences. */
    readonly standing: string;
    /** Each day that was missed while it ran, with the day on which it counts; null: not before the year ends. */
    readonly days: readonly {
      readonly date: SchoolDate;
      readonly days: string;
      readonly countsOn: SchoolDate | null;
    }[];
  }[];
  readonly timeline: readonly { readonly date: SchoolDate; readonly what: string }[];
  /** What staff had to do, with how it ended; `closedOn` is null for what is still open. */
  readonly tasks?: readonly {
    readonly openedOn: SchoolDate;
    readonly what: string;
    readonly role: string;
    readonly closedOn: SchoolDate | null;
    readonly outcome: string | null;
  }[];
  readonly unconfirmed: readonly string[];
}
