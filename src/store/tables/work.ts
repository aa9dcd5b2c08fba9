import type { ColumnType, Generated } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
import type {
  Json,
  NullableTimestamp,
  OptionalDate,
  OptionalInt,
  OptionalText,
  Timestamp,
} from './columns.ts';
import type { TaskMailColumns } from './task-mails.ts';

/** Tables of what people and the schedule have to do. */
export interface WorkTables {
  task: TaskTable;
  referral: ReferralTable;
  schedule_slot: ScheduleSlotTable;
}

export type TaskState = 'open' | 'done' | 'closed';

interface TaskTable extends TaskMailColumns {
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

interface ScheduleSlotTable {
  name: string;
  slot: Timestamp;
  claimed_at: Timestamp;
  /** What it asks for has been begun; null: whoever took it may be gone. */
  done_at: NullableTimestamp;
}
