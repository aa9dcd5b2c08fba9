import type { SchoolDate } from '../domain/school-date.ts';
import type { UploadKind } from '../domain/uploads.ts';
import type { Db } from './database.ts';
import type { StudentYear } from './ladder-steps.ts';
import { newReference } from './references.ts';

/** A document that somebody has brought into a student's file. Its bytes: `readDocument` by `documentId`. */
export interface Upload extends StudentYear {
  readonly ref: string;
  readonly documentId: string;
  /** Of what is kept. */
  readonly sha256: string;
  readonly mediaType: string;
  readonly kind: UploadKind;
  readonly onDate: SchoolDate;
  readonly fileName: string;
  readonly note: string | null;
  readonly pages: number;
  readonly bytes: number;
  readonly receivedSha256: string;
  readonly addedOn: SchoolDate;
  readonly addedAt: Date;
  readonly addedBy: string;
  /** null: it is in the file. */
  readonly removed: { readonly on: SchoolDate; readonly by: string; readonly because: string } | null;
}

/** For what is about to be filed: other records name it. */
export function newUploadReference(): string {
  return newReference('D');
}

export async function insertUpload(
  tx: Db,
  upload: StudentYear &
    Pick<
      Upload,
      | 'ref'
      | 'documentId'
      | 'kind'
      | 'onDate'
      | 'fileName'
      | 'note'
      | 'pages'
      | 'bytes'
      | 'receivedSha256'
      | 'addedOn'
      | 'addedAt'
      | 'addedBy'
    >,
): Promise<void> {
  await tx
    .insertInto('upload')
    .values({
      ref: upload.ref,
      student_id: upload.studentId,
      school_year: upload.schoolYear,
      document_id: upload.documentId,
      kind: upload.kind,
      on_date: upload.onDate,
      file_name: upload.fileName,
      note: upload.note,
      pages: upload.pages,
      bytes: upload.bytes,
      received_sha256: upload.receivedSha256,
      added_on: upload.addedOn,
      added_at: upload.addedAt,
      added_by: upload.addedBy,
    })
    .execute();
}

/**
 * What was brought into a student's file in a school year, by the day that it is of.
 * @param which `removed`: also what was taken out of the file again; a packet never has it
 */
export async function listUploads(
  db: Db,
  student: StudentYear,
  which: { readonly removed?: boolean } = {},
): Promise<Upload[]> {
  const rows = await selectUploads(db)
    .where('u.student_id', '=', student.studentId)
    .where('u.school_year', '=', student.schoolYear)
    .$if(which.removed !== true, (query) => query.where('u.removed_on', 'is', null))
    .orderBy('u.on_date')
    .orderBy('u.added_at')
    .orderBy('u.ref')
    .execute();
  return rows.map(asUpload);
}

export async function findUpload(db: Db, ref: string): Promise<Upload | null> {
  const row = await selectUploads(db).where('u.ref', '=', ref.toUpperCase()).executeTakeFirst();
  return row === undefined ? null : asUpload(row);
}

/** @returns the reference under which the same bytes are in the file of this year already */
export async function findSameUpload(
  db: Db,
  student: StudentYear,
  receivedSha256: string,
): Promise<string | null> {
  const row = await db
    .selectFrom('upload')
    .select('ref')
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('received_sha256', '=', receivedSha256)
    .where('removed_on', 'is', null)
    .executeTakeFirst();
  return row?.ref ?? null;
}

/** It is something else than was thought. @returns false when it is not in a file any more */
export async function classifyUpload(
  tx: Db,
  ref: string,
  as: { readonly kind: UploadKind; readonly onDate: SchoolDate },
): Promise<boolean> {
  const result = await tx
    .updateTable('upload')
    .set({ kind: as.kind, on_date: as.onDate })
    .where('ref', '=', ref)
    .where('removed_on', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** It is kept, marked, and in no packet from now on. @returns false when it was taken out before */
export async function removeUpload(
  tx: Db,
  ref: string,
  removed: { readonly on: SchoolDate; readonly by: string; readonly because: string },
): Promise<boolean> {
  const result = await tx
    .updateTable('upload')
    .set({ removed_on: removed.on, removed_by: removed.by, removed_because: removed.because })
    .where('ref', '=', ref)
    .where('removed_on', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

function selectUploads(db: Db) {
  return db
    .selectFrom('upload as u')
    .innerJoin('document as d', 'd.id', 'u.document_id')
    .selectAll('u')
    .select(['d.sha256', 'd.media_type']);
}

function asUpload(row: Awaited<ReturnType<ReturnType<typeof selectUploads>['execute']>>[number]): Upload {
  const { removed_on: on, removed_by: by, removed_because: because } = row;
  return {
    ref: row.ref,
    studentId: row.student_id,
    schoolYear: row.school_year,
    documentId: row.document_id,
    sha256: row.sha256,
    mediaType: row.media_type,
    kind: row.kind,
    onDate: row.on_date,
    fileName: row.file_name,
    note: row.note,
    pages: row.pages,
    bytes: row.bytes,
    receivedSha256: row.received_sha256,
    addedOn: row.added_on,
    addedAt: row.added_at,
    addedBy: row.added_by,
    removed: on === null ? null : { on, by: by ?? '', because: because ?? '' },
  };
}
