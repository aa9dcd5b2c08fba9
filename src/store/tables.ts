import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely';
import type { AttendanceStatus, Excuse } from '../domain/absence.ts';
import type { BatchReason, StopKind } from '../domain/brakes.ts';
import type { Block, Mode, ReachedBy, StepRecord, StepState } from '../domain/ladder-facts.ts';
import type { Basis, HoldScope } from '../domain/policy.ts';
import type { PersonDecision } from '../domain/recipients.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { ContactRecord, PostalAddress } from '../domain/sis-records.ts';
import type { Evidence } from './sync/evidence.ts';
import type { RunPlan } from './sync/run-to-apply.ts';
import type { AdultAnswerTables } from './tables/adult-answers.ts';
import type { DocumentTables } from './tables/documents.ts';
import type { KeepingTables } from './tables/keeping.ts';
import type { MeetingTables } from './tables/meetings.ts';
import type { PacketDropTables } from './tables/packet-drops.ts';
import type { PacketTables } from './tables/packets.ts';
import type { PagesTables } from './tables/pages.ts';
import type { SisStaffTables } from './tables/sis-staff.ts';
import type { TaskMailColumns, TaskMailTables } from './tables/task-mails.ts';
import type { WatchingTables } from './tables/watching.ts';

/** One interface per table; the migrations are the truth, this is their reading. */
export interface Tables
  extends AdultAnswerTables,
    DocumentTables,
    KeepingTables,
    MeetingTables,
    PacketDropTables,
    PacketTables,
    PagesTables,
    SisStaffTables,
    TaskMailTables,
    WatchingTables {
  absence_record: AbsenceRecordTable;
  attendance_contract: AttendanceContractTable;
  attendance_code: AttendanceCodeTable;
  attendance_file: AttendanceFileTable;
  baseline: BaselineTable;
  bounced_address: BouncedAddressTable;
  batch: BatchTable;
  calendar_version: CalendarVersionTable;
  contact_log_entry: ContactLogEntryTable;
  delivery_notice: DeliveryNoticeTable;
  enrolment: EnrolmentTable;
  evaluation: EvaluationTable;
  evaluation_due: EvaluationDueTable;
  file_entry: FileEntryTable;
  guardian: GuardianTable;
  guardianship: GuardianshipTable;
  hold: HoldTable;
  inbound_message: InboundMessageTable;
  ladder: LadderTable;
  ladder_event: LadderEventTable;
  ladder_step: LadderStepTable;
  letter: LetterTable;
  letter_addressee: LetterAddresseeTable;
  mailbox_folder: MailboxFolderTable;
  letter_resolution: LetterResolutionTable;
  letter_recipients: LetterRecipientsTable;
  medical_documentation: MedicalDocumentationTable;
  outside_letter: OutsideLetterTable;
  person_alias: PersonAliasTable;
  policy_version: PolicyVersionTable;
  policy_period: PolicyPeriodTable;
  print_run: PrintRunTable;
  print_run_letter: PrintRunLetterTable;
  referral: ReferralTable;
  returned_post: ReturnedPostTable;
  schedule_slot: ScheduleSlotTable;
  school: SchoolTable;
  school_year: SchoolYearTable;
  kill_switch: KillSwitchTable;
  sending_stop: SendingStopTable;
  sending_streak: SendingStreakTable;
  send_attempt: SendAttemptTable;
  sending_minute: SendingMinuteTable;
  staff_mail: StaffMailTable;
  student: StudentTable;
  absent_per_day: AbsentPerDayTable;
  demographics: DemographicsTable;
  roster_link: RosterLinkTable;
  school_tally: SchoolTallyTable;
  school_tally_day: SchoolTallyDayTable;
  sync_cursor: SyncCursorTable;
  sync_problem: SyncProblemTable;
  sync_run: SyncRunTable;
  task: TaskTable;
  unplaced_absence: UnplacedAbsenceTable;
  term: TermTable;
}

type Timestamp = ColumnType<Date, Date, Date>;
type NullableTimestamp = ColumnType<Date | null, Date | null | undefined, Date | null>;
type OptionalDate = ColumnType<SchoolDate | null, SchoolDate | null | undefined, SchoolDate | null>;
type OptionalText = ColumnType<string | null, string | null | undefined, string | null>;
type OptionalInt = ColumnType<number | null, number | null | undefined, number | null>;
type Json<T extends object> = JSONColumnType<T, string, string>;

export interface SchoolYearTable {
  /** The end year, for example `2027`. */
  id: string;
  sourced_id: string;
  title: string;
  begins: SchoolDate;
  /** Exclusive. */
  ends: SchoolDate;
}

/** A term as the SIS has it. */
export interface TermTable {
  school_year: string;
  sourced_id: string;
  title: string;
  type: string;
  begins: SchoolDate;
  /** Exclusive. */
  ends: SchoolDate;
}

/** A single day of the calendar, as the SIS has it. */
export interface SchoolTable {
  id: Generated<number>;
  sourced_id: string;
  name: string;
  number: OptionalText;
  active: boolean;
  missing_since: OptionalDate;
}

export interface StudentTable {
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

export interface PersonAliasTable {
  kind: 'student' | 'guardian';
  alias: string;
  person_id: number;
}

export interface GuardianTable {
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

export interface GuardianshipTable {
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
export type ContactFacts = Pick<
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

export interface EnrolmentTable {
  /** The SIS gives no dates, and a later read no longer named this school. */
  ended_on_sight: Generated<boolean>;
  student_id: number;
  school_id: number;
  is_primary: boolean;
  begins: OptionalDate;
  /** Exclusive. */
  ends: OptionalDate;
}

export interface AttendanceCodeTable {
  sourced_id: string;
  title: string;
  description: OptionalText;
  status: AttendanceStatus;
  excuse: Excuse;
  school_sourced_id: OptionalText;
  active: boolean;
}

/** `renamed`: the SIS now keeps the same absence under another id. */
export type EndReason = 'corrected' | 'deleted' | 'gone' | 'renamed';

/** One version of one row. A correction ends a version and begins the next; nothing is overwritten. */
export interface AbsenceRecordTable {
  id: Generated<string>;
  sourced_id: string;
  student_id: number;
  school_id: number;
  school_year: string;
  date: SchoolDate;
  kind: 'daily' | 'period';
  period: OptionalText;
  status: AttendanceStatus;
  excuse: Excuse;
  day_fraction: OptionalText;
  minutes_absent: OptionalInt;
  minutes_scheduled: OptionalInt;
  code_sourced_id: OptionalText;
  contradictory: boolean;
  recorded_at: Timestamp;
  recorded_by: string;
  ended_at: NullableTimestamp;
  ended_by: OptionalText;
  end_reason: ColumnType<EndReason | null, EndReason | null | undefined, EndReason | null>;
  missing_since: OptionalDate;
}

export interface SyncRunTable {
  id: string;
  /** Rises with each run, whatever its clock says: the order of runs. */
  ordinal: GeneratedAlways<number>;
  kind: 'full' | 'delta';
  /** `tried`: read and worked out, not applied. */
  state: 'running' | 'applied' | 'quarantined' | 'failed' | 'tried';
  as_of: SchoolDate;
  started_at: Timestamp;
  finished_at: NullableTimestamp;
  counts: Json<Record<string, number>>;
  reason: OptionalText;
  /** `RunPlan`, while the run can still be applied. */
  plan: ColumnType<RunPlan | null, string | null | undefined, string | null>;
  evidence: ColumnType<Evidence[], string | undefined, string>;
  source_as_of: NullableTimestamp;
  /** Collections that an applied run has read whole. */
  read_whole: Generated<string[]>;
  released_by: OptionalText;
  released_because: OptionalText;
  released_at: NullableTimestamp;
}

export interface SyncCursorTable {
  source: 'roster' | 'attendance';
  position: string;
  run_id: string;
}

export interface DemographicsTable {
  sourced_id: string;
  birth_date: OptionalDate;
  address: ColumnType<PostalAddress | null, string | null, string | null>;
  phone: OptionalText;
}

/** What one side says about who belongs together; a guardianship is the union of both. */
export interface RosterLinkTable {
  student_sourced_id: string;
  guardian_sourced_id: string;
  side: 'student' | 'guardian';
  relationship: OptionalText;
  is_guardian: ColumnType<boolean | null, boolean | null, boolean | null>;
  contradictory: boolean;
}

/** What a school had at the last applied run; guards compare with it. */
export interface SchoolTallyTable {
  school_id: number;
  students: number;
  guardians: number;
  links: number;
  absence_rows: number;
}

/** The same on each of the last days: what is lost little by little shows in comparison with these. */
export interface SchoolTallyDayTable {
  school_id: number;
  as_of: SchoolDate;
  students: number;
  guardians: number;
  links: number;
}

export interface AbsentPerDayTable {
  school_id: number;
  date: SchoolDate;
  students: number;
  /** Names of the periods that rows of the day have told of. */
  periods: Generated<string[]>;
}

export interface SyncProblemTable {
  run_id: string;
  collection: string;
  row: string;
  field: string;
  found: string;
  expected: string;
}

export interface EvaluationDueTable {
  student_id: number;
  reason: string;
  since: Timestamp;
  attempts: Generated<number>;
}

export interface EvaluationTable {
  id: Generated<string>;
  student_id: number;
  school_year: string;
  as_of: SchoolDate;
  evaluated_at: Timestamp;
  policy_version: string;
  /** Of the facts of the world outside; empty before it was kept. */
  input_hash: Generated<string>;
  /** What it rests on, so that it can be worked out again. */
  inputs: ColumnType<object | null, string | null | undefined, string | null>;
  mode: Generated<Mode>;
  result_hash: string;
  /** The domain's `Evaluation`. */
  result: Json<object>;
}

/** Policies as they were, for decisions that rest on them. */
export interface PolicyVersionTable {
  version: string;
  content_hash: string;
  content: Json<object>;
  effective_from: SchoolDate;
  first_seen_at: Timestamp;
}

/** From which day on a policy held, or will. One that came to hold again has one for each time. */
export interface PolicyPeriodTable {
  id: Generated<number>;
  version: string;
  begins: SchoolDate;
  /** The day on which it was first decided while the version was the configured one. */
  seen_on: SchoolDate;
}

/** Calendars of the whole district as they were, for decisions that rest on them. */
export interface CalendarVersionTable {
  version: string;
  content: Json<object>;
  first_seen_at: Timestamp;
}

/** The first look at a school year in which Rollcall was switched on. */
export interface BaselineTable {
  school_year: string;
  run_id: string;
  as_of: SchoolDate;
  state: 'open' | 'taken' | 'not-needed';
  taken_at: NullableTimestamp;
  students: OptionalInt;
  steps: OptionalInt;
}

export interface LadderTable {
  student_id: number;
  school_year: string;
  evaluation_id: string;
  evaluated_as_of: SchoolDate;
  next_look_on: OptionalDate;
  policy_version: string;
  /** Of all calendars of the district; empty before it was kept. */
  calendar_version: Generated<string>;
  input_hash: Generated<string>;
  result_hash: string;
  total: string;
  mode: Generated<Mode>;
  /** Whose mode it is: the primary school, of who has left the last one; null: the district's. */
  home_school_id: OptionalInt;
}

export interface LadderStepTable {
  student_id: number;
  school_year: string;
  step: string;
  state: StepState;
  count: string;
  owed_on: SchoolDate;
  taken_on: OptionalDate;
  superseded: boolean;
  skipped_for: OptionalText;
  /** Letters were planned or the referral was opened. */
  acted: boolean;
  blocks: Json<readonly Block[]>;
  reason: string;
  round: Generated<number>;
  /** Nothing of it has left or ever will. */
  shadow: Generated<boolean>;
  reached_by: Generated<ReachedBy>;
  approval: ColumnType<StepRecord['approval'], StepRecord['approval'] | undefined, StepRecord['approval']>;
  approval_ref: OptionalText;
  approval_by: OptionalText;
  approval_because: OptionalText;
  approval_at: NullableTimestamp;
  /** `pre-existing`, and a person has said that it is to be acted on. */
  released_by: OptionalText;
  released_because: OptionalText;
  released_at: NullableTimestamp;
  policy_version: string;
  /** null: a person has recorded it. */
  evaluation_id: OptionalText;
  /** Taken by a letter, or a referral, that the school has sent by itself. */
  outside: Generated<boolean>;
  changed_at: Timestamp;
}

export interface LadderEventTable {
  id: Generated<string>;
  student_id: number;
  school_year: string;
  step: string;
  from_state: OptionalText;
  to_state: string;
  reason: string;
  as_of: SchoolDate;
  at: Timestamp;
  evaluation_id: OptionalText;
}

export interface HoldTable {
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

export interface AttendanceFileTable {
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

export interface LetterTable extends SendColumns {
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

/** Letters that one yes lets go: exactly those. */
export interface BatchTable {
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
export interface SendingStopTable {
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
export interface SendingStreakTable {
  one: Generated<boolean>;
  refusals: number;
  uncertain: number;
  bounces: number;
  /** The day of the bounces. */
  bounced_on: OptionalDate;
}

/** What a named person has found out about a letter that was uncertain. */
export interface LetterResolutionTable {
  letter_id: string;
  delivered: boolean;
  resolved_at: Timestamp;
  resolved_by: string;
  because: string;
}

/** One claim of a letter or of a mail to staff, once it has ended. */
export interface SendAttemptTable {
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
export interface SendingMinuteTable {
  minute: Timestamp;
  mails: number;
}

/** Sending is stopped from here until a named person resumes it. */
export interface KillSwitchTable {
  id: Generated<number>;
  stopped_at: Timestamp;
  stopped_by: string;
  because: string;
  resumed_at: NullableTimestamp;
  resumed_by: OptionalText;
  resumed_because: OptionalText;
}

/** Who was chosen to get the letters of a round of a step, and why everybody else was not. */
export interface LetterRecipientsTable {
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
export interface ReturnedPostTable {
  guardian_id: number;
  household: string;
  letter_id: string;
  returned_on: SchoolDate;
}

/** A letter that did not come from Rollcall: sent by the old process, or by hand. */
export interface OutsideLetterTable {
  id: Generated<string>;
  student_id: number;
  school_year: string;
  step: string;
  sent_on: SchoolDate;
  source: 'import' | 'by-hand';
  recorded_by: string;
  recorded_at: Timestamp;
}

export interface LetterAddresseeTable {
  letter_id: string;
  /** null: the student, who is 18. */
  guardian_id: number | null;
  /** One live letter per district, student, step, school year and guardian. */
  key: string;
  live: boolean;
}

export type StaffMailKind =
  | 'digest'
  | 'task'
  | 'approval'
  | 'packet'
  | 'alert'
  | 'copy'
  | 'code'
  | 'meeting'
  | 'summary';

export interface StaffMailTable extends SendColumns {
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

/** Where reading a folder of the mailbox goes on. */
export interface MailboxFolderTable {
  /** Account and folder. */
  folder: string;
  uid_validity: string;
  last_uid: string;
  read_at: NullableTimestamp;
  failing_since: NullableTimestamp;
  failure: OptionalText;
  /** The mail that could not be handled, and how often that was tried. */
  stuck_uid: OptionalText;
  stuck_attempts: Generated<number>;
}

/** One mail of the mailbox that was looked at, whatever came of it. */
export interface InboundMessageTable {
  id: Generated<string>;
  /** Of its bytes; of those of its headers where it is too large to be read. */
  sha256: string;
  folder: string;
  uid_validity: string;
  uid: string;
  handled_at: Timestamp;
  handled_on: SchoolDate;
  kind: InboundKind;
  outcome: string;
  letter_id: OptionalText;
  staff_mail_id: OptionalText;
  /** Hash of the sender's address. */
  sender: OptionalText;
  /** The same for every copy of what a person wrote. */
  writing: OptionalText;
  /** It is moved out of the folder, or marked as read. */
  file_away: boolean;
  filed_at: NullableTimestamp;
}

export type InboundKind = 'notice' | 'automatic' | 'own' | 'personal' | 'unreadable' | 'too-large' | 'failed';

/** What mail systems have told of a mail of ours, once per mail and kind. */
export interface DeliveryNoticeTable {
  id: Generated<string>;
  letter_id: OptionalText;
  staff_mail_id: OptionalText;
  kind: 'bounced' | 'delivered';
  at: Timestamp;
  on_date: SchoolDate;
  status: OptionalText;
  said: OptionalText;
  document_id: OptionalText;
  inbound_message_id: string;
}

/** An address that is not written to until a person says so. */
export interface BouncedAddressTable {
  id: GeneratedAlways<string>;
  address_hash: string;
  letter_id: string;
  since: Timestamp;
  status: OptionalText;
  trusted_at: NullableTimestamp;
  trusted_by: OptionalText;
  trusted_because: OptionalText;
}

export type TaskState = 'open' | 'done' | 'closed';

export interface TaskTable extends TaskMailColumns {
  id: Generated<string>;
  ref: string;
  /** The same task is never open twice. */
  key: string;
  student_id: OptionalInt;
  school_id: OptionalInt;
  school_year: OptionalText;
  step: OptionalText;
  kind: string;
  role: string;
  /** E-mail address of the one person whose task it is; null: everybody in the role. */
  person: OptionalText;
  /** Nobody is told of it. */
  shadow: Generated<boolean>;
  state: TaskState;
  opened_on: SchoolDate;
  due_on: SchoolDate;
  closed_on: OptionalDate;
  closed_by: OptionalText;
  outcome: OptionalText;
  reason: OptionalText;
  detail: OptionalText;
  letter_id: OptionalText;
  referral_id: OptionalText;
  print_run_id: OptionalText;
  changed_at: Timestamp;
}

export interface ReferralTable {
  id: Generated<string>;
  ref: string;
  student_id: number;
  school_year: string;
  school_id: number;
  step: string;
  state: 'gathering' | 'delivering' | 'delivered' | 'withdrawn' | 'shadowed';
  gaps: Json<readonly string[]>;
  opened_on: SchoolDate;
  evaluation_id: string;
  policy_version: string;
  delivered_on: OptionalDate;
  packet_document_id: OptionalText;
  packet_sha256: OptionalText;
  /** Who sent it in spite of gaps, and why. */
  released_by: OptionalText;
  released_because: OptionalText;
  /** The gaps that the release covers; null: it was made when a release covered all. */
  released_gaps: ColumnType<readonly string[] | null, string | null | undefined, string | null>;
  superseded: Generated<boolean>;
  round: Generated<number>;
  /** Its packet never leaves, whatever the configuration says by now. */
  shadow: Generated<boolean>;
  shadowed_on: OptionalDate;
  /** The officer was told that the student has left. */
  /** The student has left since it was delivered. */
  left_on: OptionalDate;
  /** The officer was told so. */
  left_told_on: OptionalDate;
  /** Up to which evaluation the officer has heard of corrections of the count. */
  told_evaluation_id: ColumnType<string | null, string | null | undefined, string | null>;
  /** Hash of the facts of the last correction that was too large for a mail, with the limit. */
  too_large_correction: OptionalText;
  changed_at: Timestamp;
}

export interface PrintRunTable {
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
export interface PrintRunLetterTable {
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

export interface ScheduleSlotTable {
  name: string;
  slot: Timestamp;
  claimed_at: Timestamp;
  /** What it asks for has been begun; null: whoever took it may be gone. */
  done_at: NullableTimestamp;
}

/** Absences whose student or school is not known yet. */
export interface UnplacedAbsenceTable {
  sourced_id: string;
}
