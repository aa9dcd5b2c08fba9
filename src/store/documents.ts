import { createHash } from 'node:crypto';
import type { Db } from './database.ts';

export interface StoredDocument {
  readonly id: string;
  readonly sha256: string;
  readonly mediaType: string;
  readonly kind: string;
  readonly bytes: Buffer;
}

/** Keeps bytes exactly as given. @returns the document's id and the SHA-256 of its bytes in hex. */
export async function saveDocument(
  db: Db,
  document: { mediaType: string; kind: string; bytes: Buffer; now: Date },
): Promise<{ id: string; sha256: string }> {
  const sha256 = createHash('sha256').update(document.bytes).digest('hex');
  const row = await db
    .insertInto('document')
    .values({
      sha256,
      media_type: document.mediaType,
      kind: document.kind,
      bytes: document.bytes,
      created_at: document.now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id: row.id, sha256 };
}

/** @throws Error when the document is missing or its bytes no longer have the recorded hash. */
export async function readDocument(db: Db, id: string): Promise<StoredDocument> {
  const row = await db.selectFrom('document').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new Error(`document ${id} does not exist`);
  const sha256 = createHash('sha256').update(row.bytes).digest('hex');
  if (sha256 !== row.sha256)
    throw new Error(`document ${id} was altered: its bytes no longer match the recorded SHA-256`);
  return { id: row.id, sha256, mediaType: row.media_type, kind: row.kind, bytes: row.bytes };
}

/** Where the bytes of a document are, without the bytes. @throws Error when the document is missing */
export async function keptBytes(
  db: Db,
  id: string,
): Promise<{ documentId: string; sha256: string; mediaType: string }> {
  const row = await db
    .selectFrom('document')
    .select(['sha256', 'media_type'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw new Error(`document ${id} does not exist`);
  return { documentId: id, sha256: row.sha256, mediaType: row.media_type };
}

/** Whether the bytes still have the SHA-256 that was recorded with them. @throws Error when the document is missing */
export async function verifyDocument(
  db: Db,
  id: string,
): Promise<{ sha256: string; bytes: number; intact: boolean }> {
  const row = await db
    .selectFrom('document')
    .select(['sha256', 'bytes'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw new Error(`document ${id} does not exist`);
  const intact = createHash('sha256').update(row.bytes).digest('hex') === row.sha256;
  return { sha256: row.sha256, bytes: row.bytes.length, intact };
}
