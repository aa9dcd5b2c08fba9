import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { Json, NullableTimestamp, OptionalText, Timestamp } from './columns.ts';

/** References, and nothing about anybody. */
export interface UndoneByRestore {
  /** Whether the database that went is known to be the later one of the same line: then nothing else is missing. */
  readonly complete: boolean;
  readonly stops: UndoneKind;
  readonly holds: UndoneKind;
  readonly legalHolds: UndoneKind;
  readonly recalledLetters: UndoneKind;
  /** Put back: they were carried out again. */
  readonly destructions: UndoneKind;
  /** Ended since the backup; they stand again until somebody ends them. */
  readonly standAgain: readonly string[];
}

interface UndoneKind {
  /** In force again, as in the database that went. */
  readonly putBack: readonly string[];
  /** A person has to see to these. */
  readonly open: readonly string[];
}

export interface KeepingTables {
  send_epoch: SendEpochTable;
  safe_mode: SafeModeTable;
  backup_run: BackupRunTable;
  drill_run: DrillRunTable;
  legal_hold: LegalHoldTable;
  destruction: DestructionTable;
}

/** One row: rises with every minute in which mail leaves. A file outside of the database keeps it, too. */
interface SendEpochTable {
  only_one: Generated<boolean>;
  epoch: string;
}

/** While one is open nothing leaves. */
interface SafeModeTable {
  id: GeneratedAlways<number>;
  /** `older-than-file`: the database was put back by other means than ours. */
  why: 'restored' | 'older-than-file';
  /** The moment up to which the database knows what has left; null: nobody knows. */
  knows_until: NullableTimestamp;
  since: Timestamp;
  by_name: string;
  settled_at: NullableTimestamp;
  settled_by: OptionalText;
  settled_because: OptionalText;
  /** What was found out about mails, as counts. */
  found: ColumnType<Record<string, number> | null, string | null | undefined, string | null>;
  /** What the restored database did not know, by reference; null: no newer database was at hand. */
  undone: ColumnType<UndoneByRestore | null, string | null | undefined, string | null>;
  /** The last place of the audit log when the backup came back. */
  audit_seq: ColumnType<string | null, string | number | null | undefined, string | number | null>;
}

interface BackupRunTable {
  id: GeneratedAlways<number>;
  begun_at: Timestamp;
  /** null: under way, or cut off. */
  ended_at: NullableTimestamp;
  file_name: OptionalText;
  bytes: ColumnType<string | null, number | null | undefined, number | null>;
  rows: ColumnType<string | null, number | null | undefined, number | null>;
  sha256: OptionalText;
  /** A word for why it failed. */
  failure: OptionalText;
  /** The machine that made it; null: before that was kept. */
  host: OptionalText;
  folder: OptionalText;
}

interface DrillRunTable {
  id: GeneratedAlways<number>;
  at: Timestamp;
  /** null: the file could not be read so far. */
  backup_made_at: NullableTimestamp;
  file_name: string;
  good: boolean;
  report: Json<object>;
}

/** Nothing about the student is destroyed while one is open. */
interface LegalHoldTable {
  id: GeneratedAlways<number>;
  ref: string;
  student_id: number;
  reason: string;
  placed_at: Timestamp;
  placed_by: string;
  ended_at: NullableTimestamp;
  ended_by: OptionalText;
  ended_because: OptionalText;
}

/** What was destroyed when its time was over, with the certificate of it. */
interface DestructionTable {
  id: GeneratedAlways<number>;
  ref: string;
  at: Timestamp;
  by_name: string;
  certificate: Json<object>;
  /** Of the certificate's JSON, as it was written. */
  certificate_sha256: string;
  pdf: Buffer;
}
