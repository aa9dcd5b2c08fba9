import type { ColumnType, Generated } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { NullableTimestamp, OptionalDate, OptionalText } from './columns.ts';

/** Tables of the mails to staff. */
export interface TaskMailTables {
  staff_away: StaffAwayTable;
  task_told: TaskToldTable;
  week_figures: WeekFiguresTable;
}

/** A task that was put off or taken to somebody above. */
export interface TaskMailColumns {
  /** The day on which it comes back. */
  snoozed_until: OptionalDate;
  snoozed_by: OptionalText;
  snoozed_because: OptionalText;
  /** Since when somebody above is told as well. */
  escalated_on: OptionalDate;
}

/** Whom a task was told to, by e-mail address in small letters. */
interface TaskToldTable {
  task_id: string;
  person: string;
  /** In a digest or at once, for the first time. */
  told_on: SchoolDate;
  told_at_once_on: OptionalDate;
}

/** A member of staff is away. */
interface StaffAwayTable {
  id: Generated<string>;
  email: string;
  begins: SchoolDate;
  /** The last day. */
  ends: SchoolDate;
  /** E-mail address of who gets the tasks; null: whoever else has the role. */
  substitute: OptionalText;
  recorded_by: string;
  recorded_at: Date;
  ended_by: OptionalText;
  ended_at: NullableTimestamp;
}

/** What a school had at the end of a week. */
interface WeekFiguresTable {
  /** A Monday. */
  week_begins: SchoolDate;
  school_id: number;
  figures: ColumnType<Record<string, number>, string, string>;
  kept_at: Date;
}
