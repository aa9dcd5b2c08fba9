import type { Generated, GeneratedAlways } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { NullableTimestamp, OptionalDate, OptionalText, Timestamp } from './columns.ts';

/** Tables of packets, of what was disclosed, and of cases. */
export interface PacketTables {
  packet: PacketTable;
  disclosure: DisclosureTable;
  case_event: CaseEventTable;
  unbindable_document: UnbindableDocumentTable;
}

/** One file that left, or is about to, under the number of a case. */
export interface PacketTable {
  id: Generated<string>;
  referral_id: string;
  /** The original is 1. */
  number: number;
  kind: 'original' | 'copy' | 'correction';
  state: 'waiting' | 'left' | 'recalled';
  delivery: 'link' | 'mail' | 'folder';
  document_id: string;
  sha256: string;
  bytes: number;
  pages: number;
  manifest_document_id: string;
  /** The facts it was made of, as JSON. */
  facts_document_id: string;
  /** Over those of its facts that must not change before it leaves. */
  facts_hash: string;
  officer_name: string;
  officer_agency: string;
  officer_email: string;
  legal_basis: string;
  /** Who wanted it sent again, and why. */
  asked_by: OptionalText;
  because: OptionalText;
  mail_id: OptionalText;
  built_on: SchoolDate;
  built_at: Timestamp;
  left_on: OptionalDate;
  /** The upload in it that does not belong there: nobody gets this packet any more. */
  withdrawn_for: OptionalText;
}

/** What somebody outside the school got to know, or would have. */
export interface DisclosureTable {
  id: GeneratedAlways<string>;
  student_id: number;
  school_year: string;
  referral_id: OptionalText;
  packet_id: OptionalText;
  mail_id: OptionalText;
  state: 'planned' | 'made' | 'uncertain' | 'came-back' | 'not-made' | 'taken-back';
  what: string;
  how: string;
  sha256: OptionalText;
  to_name: string;
  to_agency: string;
  to_email: OptionalText;
  legal_basis: string;
  interest: string;
  made_by: string;
  planned_at: Timestamp;
  on_date: OptionalDate;
  at: NullableTimestamp;
}

/** What the officer and the school have done and said about a case. */
export interface CaseEventTable {
  id: GeneratedAlways<string>;
  ref: string;
  referral_id: string;
  kind:
    | 'downloaded'
    | 'receipt'
    | 'outcome'
    | 'outcome-taken-back'
    | 'question'
    | 'answer'
    | 'reminded'
    | 'office-told';
  packet_id: OptionalText;
  outcome: OptionalText;
  says: OptionalText;
  /** Of an answer: the question. */
  answers: OptionalText;
  by_name: string;
  on_date: SchoolDate;
  at: Timestamp;
}

/** What was handed in and cannot be bound into a packet. */
export interface UnbindableDocumentTable {
  document_id: string;
  reason: string;
  found_at: Timestamp;
}
