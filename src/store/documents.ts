import { createHash, randomUUID } from 'node:crypto';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import { type Db, PREPARED } from './database.ts';
import { changedKey, keyOfStudent, type StudentKey } from './document-keys.ts';
import { newDataKey, seal, unseal, vaultOf } from './document-vault.ts';
import type { DocumentTables } from './tables/documents.ts';

export interface StoredDocument {
  readonly id: string;
  readonly sha256: string;
  readonly mediaType: string;
  readonly kind: string;
  /** As they were given. */
  readonly bytes: Buffer;
}

/** A document that is not, or no longer, what was kept. */
class DocumentError extends Error {
  override readonly name = 'DocumentError';
  readonly kind: 'missing' | 'altered' | 'destroyed';

  constructor(kind: DocumentError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/**
 * Keeps bytes exactly as given, encrypted: what names one student with the student's key, anything else with a key of its
 * own. Within a student the same bytes of a kind are kept once.
 * @param document `students`: everybody whom it names
 * @returns the document's id and the SHA-256 of its plain bytes in hex
 */
export async function saveDocument(
  db: Db,
  document: { mediaType: string; kind: string; bytes: Buffer; students: readonly number[]; now: Date },
): Promise<{ id: string; sha256: string }> {
  const sha256 = sha256Of(document.bytes);
  const id = randomUUID();
  const students = everybody(document.students);
  const sealed = await sealFor(db, { id, students, bytes: document.bytes, now: document.now });
  const { rows } = await sql<{ id: string }>`
    insert into document (id, sha256, media_type, kind, bytes, created_at, key_id, own_key, student_ids)
    select ${id}::uuid, ${sha256}, ${document.mediaType}, ${document.kind}, ${sealed.bytes}, ${document.now}::timestamptz,
      ${sealed.keyId}::uuid, ${sealed.ownKey}::bytea, ${students}::int[]
    from document_vault where mark = ${vaultOf(db).mark}
    on conflict (key_id, sha256, kind) where key_id is not null and not was_plain do nothing
    returning id`.execute(db);
  if (rows[0] !== undefined) return { id, sha256 };
  const before = await db
    .selectFrom('document')
    .select('id')
    .where('key_id', '=', sealed.keyId)
    .where('sha256', '=', sha256)
    .where('kind', '=', document.kind)
    .where('was_plain', '=', false)
    .executeTakeFirst();
  if (before === undefined) throw (await changedKey(db)) ?? new Error('a document could not be kept');
  return { id: before.id, sha256 };
}

/** @throws DocumentError when the document is missing, its key was destroyed, or its bytes are not those that were kept */
export async function readDocument(db: Db, id: string): Promise<StoredDocument> {
  const row = await readRow(db, id);
  const bytes = await plainBytes(db, row);
  const { sha256, media_type: mediaType, kind } = row;
  if (bytes === null || sha256Of(bytes) !== sha256) {
    throw new DocumentError(
      'altered',
      `document ${id} was altered: its bytes no longer match the recorded SHA-256`,
    );
  }
  return { id, sha256, mediaType, kind, bytes };
}

/** Where the bytes of a document are, without the bytes. @throws DocumentError when the document is missing */
export async function keptBytes(
  db: Db,
  id: string,
): Promise<{ documentId: string; sha256: string; mediaType: string }> {
  const row = await db
    .selectFrom('document')
    .select(['sha256', 'media_type'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw new DocumentError('missing', `document ${id} does not exist`);
  return { documentId: id, sha256: row.sha256, mediaType: row.media_type };
}

/**
 * Whether the bytes still have the SHA-256 that was recorded with them.
 * @throws DocumentError when the document is missing, or its key was destroyed
 */
export async function verifyDocument(
  db: Db,
  id: string,
): Promise<{ sha256: string; bytes: number; intact: boolean }> {
  const row = await readRow(db, id);
  const bytes = await plainBytes(db, row);
  const intact = bytes !== null && sha256Of(bytes) === row.sha256;
  return { sha256: row.sha256, bytes: bytes?.length ?? row.bytes.length, intact };
}

/**
 * Encrypts bytes for whom they name.
 * @returns the encrypted bytes, and the key that they are bound to: the student's, or their own
 */
export async function sealFor(
  db: Db,
  document: { id: string; students: readonly number[]; bytes: Buffer; now: Date },
): Promise<{ bytes: Buffer; keyId: string | null; ownKey: Buffer | null }> {
  const { id, bytes, now } = document;
  const students = everybody(document.students);
  const [only] = students;
  const studentKey: StudentKey | null =
    students.length === 1 && only !== undefined ? await keyOfStudent(db, only, now) : null;
  const key = studentKey?.key ?? newDataKey();
  return {
    bytes: seal(key, bytes, purposeOf(id, students)),
    keyId: studentKey?.id ?? null,
    ownKey: studentKey === null ? vaultOf(db).wrap(key, id) : null,
  };
}

/** A row that still lies here in plain, as it was kept before documents were encrypted. */
export const inPlain: RawBuilder<boolean> = sql<boolean>`
  was_plain and key_id is null and own_key is null and destroyed_at is null`;

type DocumentRow = Omit<Selectable<DocumentTables['document']>, 'created_at'> & {
  /** Its student's key, as it is kept. */
  readonly wrapped: Buffer | null;
};

async function readRow(db: Db, id: string) {
  const { rows } = await sql<DocumentRow>`
    ${PREPARED} select d.id, d.sha256, d.media_type, d.kind, d.bytes, d.key_id, d.own_key, d.student_ids, d.destroyed_at,
      d.was_plain, k.wrapped
    from document d left join document_key k on k.id = d.key_id
    where d.id = ${id}::uuid`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new DocumentError('missing', `document ${id} does not exist`);
  return row;
}

/** @returns null when they cannot be what was kept */
async function plainBytes(db: Db, row: DocumentRow): Promise<Buffer | null> {
  const { id, key_id: keyId } = row;
  if (row.destroyed_at !== null || (keyId !== null && row.wrapped === null))
    throw new DocumentError('destroyed', `document ${id} cannot be read: its key was destroyed`);
  if (keyId === null && row.own_key === null) return row.was_plain ? row.bytes : null;
  const vault = vaultOf(db);
  try {
    const key =
      keyId === null
        ? vault.unwrap(row.own_key ?? Buffer.alloc(0), id)
        : vault.unwrap(row.wrapped ?? Buffer.alloc(0), keyId);
    return unseal(key, row.bytes, purposeOf(id, row.student_ids));
  } catch {
    const changed = await changedKey(db);
    if (changed !== null) throw changed;
    return null;
  }
}

/** What the bytes are bound to: in another row, or as another student's, they cannot be opened. */
function purposeOf(id: string, students: readonly number[]): string {
  return `document ${id} of ${students.join()}`;
}

function everybody(students: readonly number[]): number[] {
  return [...new Set(students)].sort((a, b) => a - b);
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
