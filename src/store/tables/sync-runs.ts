import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { Evidence } from '../sync/evidence.ts';
import type { RunPlan } from '../sync/run-to-apply.ts';
import type { Json, NullableTimestamp, OptionalText, Timestamp } from './columns.ts';

/** Tables of reading the SIS. */
export interface SyncRunTables {
  sync_run: SyncRunTable;
  sync_cursor: SyncCursorTable;
  sync_problem: SyncProblemTable;
  school_tally: SchoolTallyTable;
  school_tally_day: SchoolTallyDayTable;
}

interface SyncRunTable {
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

interface SyncCursorTable {
  source: 'roster' | 'attendance';
  position: string;
  run_id: string;
}

/** What a school had at the last applied run; guards compare with it. */
interface SchoolTallyTable {
  school_id: number;
  students: number;
  guardians: number;
  links: number;
  absence_rows: number;
}

/** The same on each of the last days: what is lost little by little shows in comparison with these. */
interface SchoolTallyDayTable {
  school_id: number;
  as_of: SchoolDate;
  students: number;
  guardians: number;
  links: number;
}

interface SyncProblemTable {
  run_id: string;
  collection: string;
  row: string;
  field: string;
  found: string;
  expected: string;
}
