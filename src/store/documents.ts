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
