import type { Readable } from 'node:stream';
import { longDate } from '../documents/dates.ts';
import { type ExaminedFile, examineUpload } from '../documents/uploads/examine.ts';
import type { AuditActor } from '../domain/audit.ts';
import { addDays, type SchoolDate } from '../domain/school-date.ts';
import {
  cleanFileName,
  type UploadKind,
  type UploadRefusal,
  type UploadRules,
  uploadKindWords,
} from '../domain/uploads.ts';
import { addToFile } from '../store/attendance-files.ts';
import { recordAudit } from '../store/audit-log.ts';
import { type Db, inTransaction, type Tx } from '../store/database.ts';
import { saveDocument } from '../store/documents.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { lockStudent } from '../store/student-locks.ts';
import { findSameUpload, insertUpload, newUploadReference } from '../store/uploads.ts';
import { recordMedical } from './medical.ts';
import type { Moment, Procedure } from './procedure.ts';
import { answerTask } from './staff-answers.ts';

/** What a person says of a document that they bring. */
export interface BroughtDocument {
  readonly studentId: number;
  readonly kind: UploadKind;
  /** The day that it is of. */
  readonly on: SchoolDate;
  /** As the sender calls it: a hint for people, and nothing else. */
  readonly fileName: string;
  readonly note: string | null;
  /** The task that it answers. */
  readonly task: string | null;
  /** A medical note that answers what was asked of the family; `until`: the last day for which it holds. */
  readonly medical: { readonly until: SchoolDate | null } | null;
}

/** Who brings it, for the file and for the audit log. */
export interface Bringer {
  readonly actor: AuditActor;
  /** Network address; null: this machine. */
  readonly from: string | null;
}

export type TakenIn =
  | { readonly kind: 'added'; readonly ref: string; readonly pages: number }
  /** The same bytes are in the file: it was sent twice, or the answer to the first time was lost. */
  | { readonly kind: 'there-before'; readonly ref: string }
  | { readonly kind: 'bad-date'; readonly latest: SchoolDate; readonly earliest: SchoolDate }
  | { readonly kind: 'unknown-student' }
  | { readonly kind: 'medical-without-note' }
  | { readonly kind: 'bad-task' }
  | UploadRefusal;

/**
 * Takes a document from outside into a student's file: looks at it first, outside of any transaction, and files it then.
 * @throws whatever the stream throws, such as a connection that is lost; nothing is kept then
 */
export async function takeInDocument(
  db: Db,
  procedure: Procedure,
  upload: {
    readonly stream: Readable;
    readonly rules: UploadRules;
    readonly about: BroughtDocument;
    readonly by: Bringer;
  },
  moment: Moment,
): Promise<TakenIn> {
  const examined = await examineUpload(upload.stream, upload.rules, moment.now);
  if (examined.kind === 'refused') return examined;
  return fileDocument(db, procedure, examined, upload.about, upload.by, moment);
}

/**
 * Files a document that was looked at: the document, its entry in the file, what it answers, and the audit log, all or
 * nothing.
 */
export async function fileDocument(
  db: Db,
  procedure: Procedure,
  examined: ExaminedFile,
  about: BroughtDocument,
  by: Bringer,
  moment: Moment,
): Promise<TakenIn> {
  const earliest = addDays(moment.today, -LONGEST_AGO);
  if (about.on > moment.today || about.on < earliest)
    return { kind: 'bad-date', latest: moment.today, earliest };
  if (about.medical !== null && about.kind !== 'medical-note') return { kind: 'medical-without-note' };
  const student = { studentId: about.studentId, schoolYear: procedure.schoolYear.id };
  return inTransaction(db, async (tx): Promise<TakenIn> => {
    const known = await tx
      .selectFrom('student')
      .select('sourced_id')
      .where('id', '=', about.studentId)
      .executeTakeFirst();
    if (known === undefined) return { kind: 'unknown-student' };
    // Two clicks at once: the second finds what the first has filed.
    await lockStudent(tx, about.studentId);
    const before = await findSameUpload(tx, student, examined.receivedSha256);
    if (before !== null) return { kind: 'there-before', ref: before };
    const ref = newUploadReference();
    if (
      about.task !== null &&
      !(await answer(tx, procedure, { ...about, task: about.task }, ref, by, moment))
    )
      return { kind: 'bad-task' };
    await keep(tx, student, examined, about, ref, by, moment);
    if (about.medical !== null) {
      const { until: validUntil } = about.medical;
      const found = { status: 'on-file' as const, validUntil, note: ref, by: by.actor.name };
      await recordMedical(tx, procedure, { student: known.sourced_id, ...found }, moment);
    }
    return { kind: 'added', ref, pages: examined.pages };
  });
}

/** A document of last year may still explain something; one of ten years ago is a slip of the keyboard. */
const LONGEST_AGO = 2 * 365;

/** @returns false when the task is not open, of another student, or takes another answer than a document */
async function answer(
  tx: Tx,
  procedure: Procedure,
  { task, studentId }: { readonly task: string; readonly studentId: number },
  ref: string,
  { actor }: Bringer,
  moment: Moment,
): Promise<boolean> {
  const open = await tx
    .selectFrom('task')
    .select('id')
    .where('ref', '=', task)
    .where('student_id', '=', studentId)
    .where('state', '=', 'open')
    .executeTakeFirst();
  if (open === undefined) return false;
  const said = { ref: task, by: actor.name, outcome: 'document-added', note: ref };
  return (await answerTask(tx, said, moment, procedure)).kind === 'done';
}

async function keep(
  tx: Tx,
  student: StudentYear,
  examined: ExaminedFile,
  about: BroughtDocument,
  ref: string,
  { actor, from }: Bringer,
  { now, today }: Moment,
): Promise<void> {
  const { bytes, pages, receivedSha256, type: mediaType } = examined;
  const document = await saveDocument(tx, {
    mediaType,
    kind: 'upload',
    bytes,
    students: [student.studentId],
    now,
  });
  await insertUpload(tx, {
    ...student,
    ref,
    documentId: document.id,
    kind: about.kind,
    onDate: about.on,
    fileName: cleanFileName(about.fileName),
    note: about.note,
    pages,
    bytes: bytes.length,
    receivedSha256,
    addedOn: today,
    addedAt: now,
    addedBy: actor.name,
  });
  await addToFile(
    tx,
    { ...student, now },
    {
      onDate: today,
      kind: 'document',
      title: `${uploadKindWords[about.kind]} ${ref} of ${longDate(about.on, 'en')} added by ${actor.name}`,
      detail: about.note,
      documentId: document.id,
    },
  );
  await recordAudit(tx, {
    at: now,
    actor,
    from,
    action: 'document-added',
    studentId: student.studentId,
    subject: ref,
    detail: { kind: about.kind, on: about.on, pages, sha256: document.sha256, receivedSha256 },
  });
}
