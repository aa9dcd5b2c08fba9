import type { ColumnType, Generated } from 'kysely';
import type { AttendanceStatus, Excuse } from '../../domain/absence.ts';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { NullableTimestamp, OptionalDate, OptionalInt, OptionalText, Timestamp } from './columns.ts';

/** What the SIS says of who was absent. */
export interface AbsenceTables {
  attendance_code: AttendanceCodeTable;
  absence_record: AbsenceRecordTable;
  unplaced_absence: UnplacedAbsenceTable;
  absent_per_day: AbsentPerDayTable;
}

interface AttendanceCodeTable {
  sourced_id: string;
  title: string;
  description: OptionalText;
  status: AttendanceStatus;
  excuse: Excuse;
  school_sourced_id: OptionalText;
  active: boolean;
}

/** `renamed`: the SIS now keeps the same absence under another id. */
type EndReason = 'corrected' | 'deleted' | 'gone' | 'renamed';

/** One version of one row. A correction ends a version and begins the next; nothing is overwritten. */
interface AbsenceRecordTable {
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

interface AbsentPerDayTable {
  school_id: number;
  date: SchoolDate;
  students: number;
  /** Names of the periods that rows of the day have told of. */
  periods: Generated<string[]>;
}

/** Absences whose student or school is not known yet. */
interface UnplacedAbsenceTable {
  sourced_id: string;
}
