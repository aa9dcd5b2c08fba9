import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely';

type Moment = ColumnType<Date, Date, Date>;
type MaybeMoment = ColumnType<Date | null, Date | null | undefined, Date | null>;
type MaybeText = ColumnType<string | null, string | null | undefined, string | null>;

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
}

interface DrillRunTable {
  id: GeneratedAlways<number>;
  at: Moment;
  backup_made_at: Moment;
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
