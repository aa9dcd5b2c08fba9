import type { SchoolDate } from '../../domain/school-date.ts';
import type { AbsenceRowRecord, CodeRecord, RecordPage } from '../../domain/sis-records.ts';

export interface AttendanceCapabilities {
  /** The source can be asked for changes since an instant. */
  readonly deltas: boolean;
  /** The source says which rows were removed. */
  readonly tombstones: boolean;
  /** Rows whose excuse is still unknown are served. */
  readonly unknownExcuse: boolean;
  readonly granularity: 'day' | 'period' | 'mixed';
}

export interface AttendanceCompleteness {
  /** The instant at which the source says its rows were right, ISO 8601. */
  readonly asOf: string;
  readonly rows: number;
  /** sourcedIds of the schools that had rows. */
  readonly schools: readonly string[];
}

/** Where absences come from. OneRoster has none, so this is a port with one adapter per kind of source. */
export interface AttendanceSource {
  capabilities(): AttendanceCapabilities;
  codes(): AsyncIterable<RecordPage<CodeRecord>>;
  /** Rows dated `from` to `to`, both inclusive; with `since`, only those changed after that instant. */
  records(query: {
    since?: Date;
    from: SchoolDate;
    to: SchoolDate;
  }): AsyncIterable<RecordPage<AbsenceRowRecord>>;
  /** About the last complete `records()` read. */
  completeness(): AttendanceCompleteness;
}
