import type { ColumnType, Generated } from 'kysely';
import type { PersonDecision } from '../../domain/recipients.ts';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { PostalAddress } from '../../domain/sis-records.ts';
import type {
  Json,
  NullableTimestamp,
  OptionalDate,
  OptionalInt,
  OptionalText,
  Timestamp,
} from './columns.ts';
import type { SendColumns } from './sending.ts';

/** Tables of letters to families, on their way and on paper. */
export interface LetterTables {
  letter: LetterTable;
  letter_addressee: LetterAddresseeTable;
  letter_recipients: LetterRecipientsTable;
  letter_resolution: LetterResolutionTable;
  outside_letter: OutsideLetterTable;
  returned_post: ReturnedPostTable;
  print_run: PrintRunTable;
  print_run_letter: PrintRunLetterTable;
}

export const LETTER_STATES = [
  'planned',
  'held',
  'queued',
  'claimed',
  'transmitting',
  'sent',
  'rejected',
  'uncertain',
  'cancelled',
  'printed',
  'posted',
  'shadowed',
  'bounced',
] as const;

export type LetterState = (typeof LETTER_STATES)[number];

interface LetterTable extends SendColumns {
  id: Generated<string>;
  ref: string;
  student_id: number;
  school_year: string;
  school_id: number;
  step: string;
  template: string;
  template_version: OptionalText;
  channel: 'email' | 'paper';
  channel_reason: string;
  language: string;
  state: LetterState;
  email: OptionalText;
  address: ColumnType<PostalAddress | null, string | null, string | null>;
  as_of: SchoolDate;
  count: string;
  policy_version: string;
  evaluation_id: string;
  planned_at: Timestamp;
  pdf_document_id: OptionalText;
  pages: OptionalInt;
  print_run_id: OptionalText;
  superseded: Generated<boolean>;
  round: Generated<number>;
  /** It never leaves, whatever the configuration says by now. */
  shadow: Generated<boolean>;
  /** The day on which it would have left, had the school been live. */
  shadowed_on: OptionalDate;
  /** Since when no brake keeps it back; null: it may not leave. */
  cleared_at: NullableTimestamp;
  /** The latest batch that it waits in, or was let go with. */
  batch_id: OptionalText;
  /** A person has called it back. */
  recalled_by: OptionalText;
  recalled_because: OptionalText;
  /** Whom a copy is for: the office, before it leaves (`canary`), or the district, once it has left (`sample`). */
  copy_as: ColumnType<
    'canary' | 'sample' | null,
    'canary' | 'sample' | null | undefined,
    'canary' | 'sample' | null
  >;
  copied_at: NullableTimestamp;
  /** Who was chosen when it was planned; null: planned before that was kept. */
  recipients_id: OptionalText;
  /** The post has brought it back. */
  returned_on: OptionalDate;
  returned_by: OptionalText;
  returned_because: OptionalText;
  /** The letter that a named person had issued once more as this one. */
  reissue_of: OptionalText;
  reissued_by: OptionalText;
  reissued_because: OptionalText;
}

/** What a named person has found out about a letter that was uncertain. */
interface LetterResolutionTable {
  letter_id: string;
  delivered: boolean;
  resolved_at: Timestamp;
  resolved_by: string;
  because: string;
}

/** Who was chosen to get the letters of a round of a step, and why everybody else was not. */
interface LetterRecipientsTable {
  id: Generated<string>;
  student_id: number;
  school_year: string;
  step: string;
  round: number;
  evaluation_id: string;
  decided_on: SchoolDate;
  decided_at: Timestamp;
  people: Json<readonly PersonDecision[]>;
}

/** A postal address, as a household, from which the post has brought a letter to this person back. */
interface ReturnedPostTable {
  guardian_id: number;
  household: string;
  letter_id: string;
  returned_on: SchoolDate;
}

/** A letter that did not come from Rollcall: sent by the old process, or by hand. */
interface OutsideLetterTable {
  id: Generated<string>;
  student_id: number;
  school_year: string;
  step: string;
  sent_on: SchoolDate;
  source: 'import' | 'by-hand';
  recorded_by: string;
  recorded_at: Timestamp;
}

interface LetterAddresseeTable {
  letter_id: string;
  /** null: the student, who is 18. */
  guardian_id: number | null;
  /** One live letter per district, student, step, school year and guardian. */
  key: string;
  live: boolean;
}

interface PrintRunTable {
  id: Generated<string>;
  ref: string;
  school_id: number;
  printed_on: SchoolDate;
  document_id: string;
  letters: number;
  pages: number;
  posted_on: OptionalDate;
  posted_by: OptionalText;
}

/** What lies in a print run, as it was printed. A letter that is pulled may lie in a later one again. */
interface PrintRunLetterTable {
  print_run_id: string;
  letter_id: string;
  /** From 1, in the order of the file. */
  place: number;
  /** From 1; letters of one number go into one envelope. */
  envelope: number;
  pages: number;
  /** By what the letter was last looked at after it was printed. */
  checked: Generated<string>;
  /** The clerk has taken it out, or has confirmed that it was not posted. */
  pulled_on: OptionalDate;
  pulled_by: OptionalText;
}
