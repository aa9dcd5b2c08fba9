import type { ColumnType, Generated } from 'kysely';
import type { BatchReason, StopKind } from '../../domain/brakes.ts';
import type { StaffMailKind } from '../../domain/mail-kinds.ts';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { NullableTimestamp, OptionalDate, OptionalInt, OptionalText, Timestamp } from './columns.ts';

/** Tables of what lets mail leave and what keeps it back. */
export interface SendingTables {
  batch: BatchTable;
  kill_switch: KillSwitchTable;
  sending_stop: SendingStopTable;
  sending_streak: SendingStreakTable;
  sending_minute: SendingMinuteTable;
  send_attempt: SendAttemptTable;
  staff_mail: StaffMailTable;
}

/** Columns that the send protocol works on; `letter` and `staff_mail` both have them. */
export interface SendColumns {
  state: string;
  reason: OptionalText;
  message_document_id: OptionalText;
  message_id: OptionalText;
  envelope_from: OptionalText;
  envelope_to: OptionalText;
  due_at: NullableTimestamp;
  attempts: Generated<number>;
  /** Session advisory lock of the process that has claimed the row. */
  owner: OptionalInt;
  claimed_at: NullableTimestamp;
  transmitting_at: NullableTimestamp;
  handed_over_at: NullableTimestamp;
  handed_over_on: OptionalDate;
  reply: OptionalText;
}

/** Letters that one yes lets go: exactly those. */
interface BatchTable {
  id: Generated<string>;
  ref: string;
  reasons: BatchReason[];
  /** The day on which its letters were planned; of several, the first. */
  run_on: SchoolDate;
  /** Letters of the whole run, and how many would have needed nobody's yes. */
  planned: number;
  volume_limit: number;
  letters: number;
  /** SHA-256 over the ids of its letters. */
  set_hash: string;
  /** `replaced`: its set has changed; `over`: nothing of it is left to send. */
  state: ColumnType<BatchState, BatchState | undefined, BatchState>;
  opened_on: SchoolDate;
  opened_at: Timestamp;
  closed_on: OptionalDate;
  closed_at: NullableTimestamp;
  answered_by: OptionalText;
  answered_because: OptionalText;
  replaced_by: OptionalText;
}

export type BatchState = 'open' | 'approved' | 'refused' | 'replaced' | 'over';

/** Nothing is handed to the mail server while one of these is open. */
interface SendingStopTable {
  id: Generated<string>;
  ref: string;
  kind: StopKind;
  /** How many letters in a row. */
  mails: number;
  opened_on: SchoolDate;
  opened_at: Timestamp;
  ended_on: OptionalDate;
  ended_at: NullableTimestamp;
  ended_by: OptionalText;
  ended_because: OptionalText;
}

/** One row: what has come in a row since the last letter that was accepted, or has arrived. */
interface SendingStreakTable {
  one: Generated<boolean>;
  refusals: number;
  uncertain: number;
  bounces: number;
  /** The day of the bounces. */
  bounced_on: OptionalDate;
}

/** One claim of a letter or of a mail to staff, once it has ended. */
interface SendAttemptTable {
  id: Generated<string>;
  letter_id: OptionalText;
  staff_mail_id: OptionalText;
  claimed_at: Timestamp;
  /** When the first byte of the message might leave. */
  transmitting_at: NullableTimestamp;
  /** `abandoned`: the process was gone before any byte had left. */
  outcome: 'sent' | 'later' | 'rejected' | 'uncertain' | 'abandoned';
  reason: OptionalText;
  reply: OptionalText;
}

/** How many mails were claimed in a minute; only kept where a limit is set. */
interface SendingMinuteTable {
  minute: Timestamp;
  mails: number;
}

/** Sending is stopped from here until a named person resumes it. */
interface KillSwitchTable {
  id: Generated<number>;
  stopped_at: Timestamp;
  stopped_by: string;
  because: string;
  resumed_at: NullableTimestamp;
  resumed_by: OptionalText;
  resumed_because: OptionalText;
}

interface StaffMailTable extends SendColumns {
  id: Generated<string>;
  ref: string;
  kind: StaffMailKind;
  /** The same mail is never composed twice: `digest:2026-10-05:<hash of the address>`. */
  key: string;
  to_name: string;
  to_email: string;
  state: 'queued' | 'claimed' | 'transmitting' | 'sent' | 'rejected' | 'uncertain' | 'cancelled';
  composed_at: Timestamp;
  referral_id: OptionalText;
  /** Whom it names. */
  student_ids: ColumnType<number[], number[] | undefined, number[]>;
}
