import type { ColumnType, Generated } from 'kysely';
import type { Block, Mode, ReachedBy, StepRecord, StepState } from '../../domain/ladder-facts.ts';
import type { SchoolDate } from '../../domain/school-date.ts';
import type {
  Json,
  NullableTimestamp,
  OptionalDate,
  OptionalInt,
  OptionalText,
  Timestamp,
} from './columns.ts';

/** Tables of what was counted, by which policy and calendar, and of the steps that it led to. */
export interface LadderTables {
  evaluation_due: EvaluationDueTable;
  evaluation: EvaluationTable;
  policy_version: PolicyVersionTable;
  policy_period: PolicyPeriodTable;
  calendar_version: CalendarVersionTable;
  baseline: BaselineTable;
  ladder: LadderTable;
  ladder_step: LadderStepTable;
  ladder_event: LadderEventTable;
}

interface EvaluationDueTable {
  student_id: number;
  reason: string;
  since: Timestamp;
  attempts: Generated<number>;
}

interface EvaluationTable {
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
interface PolicyVersionTable {
  version: string;
  content_hash: string;
  content: Json<object>;
  effective_from: SchoolDate;
  first_seen_at: Timestamp;
}

/** From which day on a policy held, or will. One that came to hold again has one for each time. */
interface PolicyPeriodTable {
  id: Generated<number>;
  version: string;
  begins: SchoolDate;
  /** The day on which it was first decided while the version was the configured one. */
  seen_on: SchoolDate;
}

/** Calendars of the whole district as they were, for decisions that rest on them. */
interface CalendarVersionTable {
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

interface LadderTable {
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

interface LadderStepTable {
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

interface LadderEventTable {
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
