import type { SchoolDate } from '../domain/school-date.ts';

/** Bytes that the file keeps, to be read when they are bound. */
export interface KeptBytes {
  readonly documentId: string;
  readonly sha256: string;
  readonly mediaType: string;
}

/**
 * The attendance file of one student and school year, as plain data that can be kept and compared. Nothing of other
 * children.
 */
export interface PacketFacts {
  /** null: the student has not been referred. */
  readonly caseNumber: string | null;
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
    /** The PDF as it was sent. */
    readonly kept: KeptBytes;
  }[];
  /** Held, missed, refused and cancelled ones, and the decision that none is needed. */
  readonly meetings: readonly {
    readonly reference: string;
    readonly date: SchoolDate | null;
    readonly what: string;
    readonly outcome: string;
    readonly note: string | null;
  }[];
  /** What was handed in, in the order of the days that it is about; nothing that was taken out of the file. */
  readonly documents: readonly {
    readonly reference: string;
    readonly title: string;
    readonly date: SchoolDate | null;
    readonly receivedOn: SchoolDate | null;
    readonly receivedBy: string;
    /** Pages of our own making, such as the evidence of a violated contract. */
    readonly own: boolean;
    readonly kept: KeptBytes;
    /** Why it cannot be bound; null: nothing is known to be wrong with it. */
    readonly unbound: string | null;
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
  /** What the packet that it corrects said otherwise; null: it corrects none. */
  readonly differences: readonly string[] | null;
}
