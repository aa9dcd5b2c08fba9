import type { ColumnType, Generated } from 'kysely';
import type { NullableTimestamp, Timestamp } from './columns.ts';

/** Tables of what Rollcall knows of itself. */
export interface WatchingTables {
  running_process: RunningProcessTable;
  incident: IncidentTable;
  night: NightTable;
  served_from: ServedFromTable;
}

/** Where a configuration file could not be used: never what stands there. */
export interface ProblemPlace {
  readonly file: string;
  readonly line: number | null;
  readonly key: string;
}

/** A process of the service. Its times are those of the database, since machines differ. */
interface RunningProcessTable {
  id: string;
  host: string;
  version: string;
  roles: string[];
  leads: Generated<boolean>;
  started_at: Generated<Date>;
  seen_at: Generated<Date>;
  stopped_at: NullableTimestamp;
  jobs_done: Generated<string>;
  /** The longest time in the last minute for which the event loop stood still. */
  stalled_ms: Generated<number>;
  config_read_at: Timestamp;
  /** A newer configuration is kept out because of these; null: what was read is in force. */
  config_problems: ColumnType<ProblemPlace[] | null, string | null | undefined, string | null>;
}

/** Something that is wrong with the service, from when it was seen until it was well again. */
interface IncidentTable {
  id: Generated<string>;
  cause: string;
  opened_at: Timestamp;
  seen_at: Timestamp;
  told_at: NullableTimestamp;
  closed_at: NullableTimestamp;
  /** Numbers only. */
  figures: ColumnType<Record<string, number>, string | undefined, string>;
}

/** How the night ended whose read was due at `slot`. */
interface NightTable {
  slot: Timestamp;
  outcome: 'good' | 'bad';
  judged_at: Timestamp;
  pinged_at: NullableTimestamp;
}

/** One row: the migration that a version has to know at least. */
interface ServedFromTable {
  one: Generated<boolean>;
  migration: string;
}
