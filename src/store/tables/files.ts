import type { ColumnType, Generated } from 'kysely';
import type { Basis, HoldScope } from '../../domain/policy.ts';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { NullableTimestamp, OptionalDate, OptionalInt, OptionalText, Timestamp } from './columns.ts';

/** Tables of what a person at the school keeps of a student. */
export interface FileTables {
  hold: HoldTable;
  medical_documentation: MedicalDocumentationTable;
  attendance_contract: AttendanceContractTable;
  attendance_file: AttendanceFileTable;
  file_entry: FileEntryTable;
  contact_log_entry: ContactLogEntryTable;
}

interface HoldTable {
  id: Generated<string>;
  student_id: number;
  kind: string;
  scope: HoldScope;
  begins: SchoolDate;
  /** Last day on which it holds. */
  ends: OptionalDate;
  /** A role, or the e-mail address of a person. */
  owner: string;
  reason: OptionalText;
  ref: Generated<string>;
  source: ColumnType<HoldSource, HoldSource | undefined, HoldSource>;
  /** What the hold is called at its source, which has it once. */
  source_key: OptionalText;
  created_at: ColumnType<Date, Date | undefined, Date>;
  created_by: OptionalText;
  /** Ended before its time; it does not hold any more. */
  ended_at: NullableTimestamp;
  ended_by: OptionalText;
  ended_because: OptionalText;
  reminded_on: OptionalDate;
}

export type HoldSource = 'sis' | 'csv' | 'staff';

/** Whether the family was asked for medical notes, and what came of it. */
export interface MedicalDocumentationTable {
  student_id: number;
  school_year: string;
  status: 'asked' | 'on-file' | 'not-given' | 'ended';
  since: SchoolDate;
  valid_until: OptionalDate;
  by_name: OptionalText;
  note: OptionalText;
  document_id: OptionalText;
  changed_at: Timestamp;
}

export interface AttendanceContractTable {
  id: Generated<string>;
  ref: string;
  student_id: number;
  school_year: string;
  begins: SchoolDate;
  /** Inclusive. */
  ends: SchoolDate;
  allowed_days: string;
  basis: Basis;
  grace_days: number;
  except_codes: ColumnType<readonly string[], string | undefined, string>;
  /** `draft`: written down and not agreed yet; it is not watched. */
  state: 'draft' | 'in-force' | 'kept' | 'ended';
  signed_on: OptionalDate;
  /** null: unsigned, or recorded before this was kept. */
  signature_recorded_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  refused: Generated<boolean>;
  agreed_by: string;
  note: OptionalText;
  ended_by: OptionalText;
  ended_because: OptionalText;
  changed_at: Timestamp;
  created_at: ColumnType<Date, Date | undefined, never>;
  ended_on: OptionalDate;
  ended_at: ColumnType<Date | null, Date | undefined, Date | null>;
  /** Staff were told that it is violated since this day; null: of none that still stands. */
  violated_on: OptionalDate;
  /** In which it was agreed. */
  meeting_id: OptionalText;
  /** The contract that it takes up. */
  follows: OptionalText;
  /** The signed scan. */
  document_id: OptionalText;
  /** What its violation rests on, or that it is none any more. */
  evidence_document_id: OptionalText;
  /** Staff were told that it ends soon. */
  reminded_on: OptionalDate;
}

interface AttendanceFileTable {
  id: Generated<string>;
  student_id: number;
  school_year: string;
  opened_on: SchoolDate;
  opened_by_step: OptionalText;
}

export interface FileEntryTable {
  id: Generated<string>;
  file_id: string;
  at: Timestamp;
  on_date: SchoolDate;
  kind: 'opened' | 'contact' | 'letter' | 'document' | 'meeting' | 'task' | 'decision' | 'referral';
  title: string;
  detail: OptionalText;
  document_id: OptionalText;
  letter_id: OptionalText;
  contact_id: OptionalText;
  /** What it says was recorded by mistake, and taken back by whom. */
  taken_back_by: OptionalText;
}

export interface ContactLogEntryTable {
  id: Generated<string>;
  ref: string;
  student_id: number;
  school_year: string;
  task_id: OptionalText;
  on_date: SchoolDate;
  at: Timestamp;
  by_name: string;
  outcome: 'reached' | 'left-message' | 'no-answer' | 'wrong-number' | 'note-promised' | 'refused';
  note: OptionalText;
  /** E-mail address of who logged it on the pages. */
  by_email: OptionalText;
  /** Whom of the family it was with; null: not said. */
  guardian_id: OptionalInt;
  /** The pause that a promised note gave. */
  hold_id: OptionalText;
  closed_tasks: ColumnType<string[], string[] | undefined, string[]>;
  /** Taken back: it stays in the file and counts no more. */
  undone_at: NullableTimestamp;
  undone_by: OptionalText;
  undone_because: OptionalText;
}
