import type { SchoolDate } from '../../domain/school-date.ts';
import type {
  AbsenceRowRecord,
  CodeRecord,
  Offer,
  ReadEnding,
  ReadQuery,
  RecordPage,
} from '../../domain/sis-records.ts';

export interface AttendanceCapabilities {
  /** The source can be asked for changes since a cursor. */
  readonly deltas: boolean;
  /** The source says which rows were removed. */
  readonly tombstones: boolean;
  /** Rows whose excuse is still unknown are served. Without them a count is a lower bound until the clerk has coded the day. */
  readonly unknownExcuse: boolean;
  readonly granularity: 'day' | 'period' | 'mixed';
  /** `codes()` names every code that has a meaning: one that it does not name, or names no longer, has none. */
  readonly everyCode: boolean;
  /** `enrolled`: rows of students who have left are not served, so that their absence says nothing. */
  readonly coverage: 'everyone' | 'enrolled';
}

export interface AttendanceCompleteness {
  /** The instant at which the rows were right, as far as the source can tell, ISO 8601; empty before a read. */
  readonly asOf: string;
  readonly rows: number;
  /** Ids of the schools that had rows, as the rows name them. */
  readonly schools: readonly string[];
  /** Where the next read of changes begins; null where there is none. */
  readonly cursor: string | null;
}

/** Where absences come from. OneRoster has none, so this is a port with one adapter per kind of source. */
export interface AttendanceSource {
  capabilities(): AttendanceCapabilities;
  /**
   * Whether there is anything to read; the sources that are servers always have. Moves nothing.
   * @param last the cursor of the last applied run, also where everything is to be read
   */
  offer(last?: string | null): Promise<Offer>;
  /** Rows dated `from` to `to`, both inclusive; with `after`, those changed since, of whatever date. */
  records(
    query: ReadQuery & { from: SchoolDate; to: SchoolDate },
  ): AsyncIterable<RecordPage<AbsenceRowRecord>>;
  /** Asked for after `records`, since some sources learn their codes from the rows. */
  codes(): AsyncIterable<RecordPage<CodeRecord>>;
  /** What a person should know after reading: retries, links that were passed over. Counts only. */
  report(): Readonly<Record<string, number>>;
  /** About the last complete `records()` read. */
  completeness(): AttendanceCompleteness;
  /** After the run: files that were used are put away, those that cannot be used are put aside. */
  end(ending: ReadEnding): Promise<void>;
}
