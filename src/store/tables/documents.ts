import type { ColumnType, Generated } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { UploadKind } from '../../domain/uploads.ts';
import type { NullableTimestamp, OptionalDate, OptionalText, Timestamp } from './columns.ts';

export interface DocumentTables {
  document: DocumentTable;
  document_key: DocumentKeyTable;
  document_vault: DocumentVaultTable;
  upload: UploadTable;
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
  created_at: Timestamp;
  /** The key of the one student whom it concerns. */
  key_id: OptionalText;
  /** The wrapped key of a document that names several students, or none. */
  own_key: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
  /** Whom it names. */
  student_ids: ColumnType<readonly number[], readonly number[] | undefined, readonly number[]>;
  destroyed_at: NullableTimestamp;
  /** It was kept before documents were encrypted. */
  was_plain: Generated<boolean>;
}

/** The data key of a student. One that is destroyed leaves its row, and content that nobody can read. */
interface DocumentKeyTable {
  id: string;
  student_id: number;
  wrapped: Buffer | null;
  made_at: Timestamp;
  destroyed_at: NullableTimestamp;
}

/** One row: which key the data keys are wrapped with. */
interface DocumentVaultTable {
  only_one: Generated<boolean>;
  mark: string;
  since: Generated<Date>;
}

/** A document that somebody has brought into a student's file. */
interface UploadTable {
  id: Generated<string>;
  ref: string;
  student_id: number;
  school_year: string;
  document_id: string;
  kind: UploadKind;
  /** The day that it is of, as the person says who brought it. */
  on_date: SchoolDate;
  /** As the sender called it, cleaned; never a path. */
  file_name: string;
  note: OptionalText;
  pages: number;
  /** Of what is kept, in plain. */
  bytes: number;
  /** Of the bytes as they came: a picture is kept without what stood beside its pixels. */
  received_sha256: string;
  added_on: SchoolDate;
  added_at: Timestamp;
  added_by: string;
  removed_on: OptionalDate;
  removed_by: OptionalText;
  removed_because: OptionalText;
}
