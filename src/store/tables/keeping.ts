import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely';

type Moment = ColumnType<Date, Date, Date>;
type MaybeMoment = ColumnType<Date | null, Date | null | undefined, Date | null>;
type MaybeText = ColumnType<string | null, string | null | undefined, string | null>;

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
  knows_until: MaybeMoment;
  since: Moment;
  by_name: string;
  settled_at: MaybeMoment;
  settled_by: MaybeText;
  settled_because: MaybeText;
  /** What was found out about mails, as counts. */
  found: ColumnType<Record<string, number> | null, string | null | undefined, string | null>;
  /** What the restored database did not know, by reference; null: no newer database was at hand. */
  undone: ColumnType<UndoneByRestore | null, string | null | undefined, string | null>;
  /** The last place of the audit log when the backup came back. */
  audit_seq: ColumnType<string | null, string | number | null | undefined, string | number | null>;
}

interface BackupRunTable {
  id: GeneratedAlways<number>;
  begun_at: Moment;
  /** null: under way, or cut off. */
  ended_at: MaybeMoment;
  file_name: MaybeText;
  bytes: ColumnType<string | null, number | null | undefined, number | null>;
  rows: ColumnType<string | null, number | null | undefined, number | null>;
  sha256: MaybeText;
  /** A word for why it failed. */
  failure: MaybeText;
  /** The machine that made it; null: before that was kept. */
  host: MaybeText;
  folder: MaybeText;
}

interface DrillRunTable {
  id: GeneratedAlways<number>;
  at: Moment;
  /** null: the file could not be read so far. */
  backup_made_at: MaybeMoment;
  file_name: string;
  good: boolean;
  report: JSONColumnType<object, string, string>;
}

/** Nothing about the student is destroyed while one is open. */
interface LegalHoldTable {
  id: GeneratedAlways<number>;
  ref: string;
  student_id: number;
  reason: string;
  placed_at: Moment;
  placed_by: string;
  ended_at: MaybeMoment;
  ended_by: MaybeText;
  ended_because: MaybeText;
}

/** What was destroyed when its time was over, with the certificate of it. */
interface DestructionTable {
  id: GeneratedAlways<number>;
  ref: string;
  at: Moment;
  by_name: string;
  certificate: JSONColumnType<object, string, string>;
  /** Of the certificate's JSON, as it was written. */
  certificate_sha256: string;
  pdf: Buffer;
}
