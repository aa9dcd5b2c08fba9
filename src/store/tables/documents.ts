import type { ColumnType, Generated } from 'kysely';

type Moment = ColumnType<Date, Date, Date>;
type MaybeMoment = ColumnType<Date | null, Date | null | undefined, Date | null>;

export interface DocumentTables {
  document: DocumentTable;
  document_key: DocumentKeyTable;
  document_vault: DocumentVaultTable;
}

/** Bytes as they were given, encrypted at rest. */
interface DocumentTable {
  id: Generated<string>;
  /** Of the plain bytes: what proves them, also after their key is destroyed. */
  sha256: string;
  media_type: string;
  kind: string;
  /** Nonce, ciphertext and tag; from before encryption, the plain bytes. */
  bytes: Buffer;
  created_at: Moment;
  /** The key of the one student whom it concerns. */
  key_id: ColumnType<string | null, string | null | undefined, string | null>;
  /** The wrapped key of a document that names several students, or none. */
  own_key: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
  /** Whom it names. */
  student_ids: ColumnType<readonly number[], readonly number[] | undefined, readonly number[]>;
  destroyed_at: MaybeMoment;
  /** It was kept before documents were encrypted. */
  was_plain: Generated<boolean>;
}

/** The data key of a student. One that is destroyed leaves its row, and content that nobody can read. */
interface DocumentKeyTable {
  id: string;
  student_id: number;
  wrapped: Buffer | null;
  made_at: Moment;
  destroyed_at: MaybeMoment;
}

/** One row: which key the data keys are wrapped with. */
interface DocumentVaultTable {
  only_one: Generated<boolean>;
  mark: string;
  since: Generated<Date>;
}
