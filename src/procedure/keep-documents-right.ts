import { longDate } from '../documents/dates.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type UploadKind, uploadKindWords } from '../domain/uploads.ts';
import { addToFile } from '../store/attendance-files.ts';
import { recordAudit } from '../store/audit-log.ts';
import { type Db, inTransaction } from '../store/database.ts';
import { classifyUpload, findUpload, removeUpload, type Upload } from '../store/uploads.ts';
import type { Moment } from './procedure.ts';
import type { Bringer } from './take-in-document.ts';
import { withdrawPacketsWith } from './withdraw-packets.ts';

export type ChangedDocument =
  | { readonly kind: 'changed' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'removed-before' }
  | { readonly kind: 'bad-date' }
  /** It is that already. */
  | { readonly kind: 'same' };

/** It was taken for something else, or the wrong day was given. */
export async function reclassifyDocument(
  db: Db,
  change: {
    readonly ref: string;
    readonly kind: UploadKind;
    readonly on: SchoolDate | null;
    readonly by: Bringer;
  },
  moment: Moment,
): Promise<ChangedDocument> {
  return inTransaction(db, async (tx) => {
    const upload = await findUpload(tx, change.ref);
    if (upload === null) return { kind: 'unknown' };
    const onDate = change.on ?? upload.onDate;
    if (onDate > moment.today) return { kind: 'bad-date' };
    if (upload.kind === change.kind && upload.onDate === onDate) return { kind: 'same' };
    if (!(await classifyUpload(tx, upload.ref, { kind: change.kind, onDate })))
      return { kind: 'removed-before' };
    const words = `${uploadKindWords[change.kind].toLowerCase()} of ${longDate(onDate, 'en')}`;
    await note(
      tx,
      upload,
      `Document ${upload.ref} is a ${words}, says ${change.by.actor.name}`,
      null,
      moment,
    );
    await recordAudit(tx, {
      at: moment.now,
      ...change.by,
      action: 'document-reclassified',
      studentId: upload.studentId,
      subject: upload.ref,
      detail: { was: upload.kind, wasOn: upload.onDate, kind: change.kind, on: onDate },
    });
    return { kind: 'changed' };
  });
}

/** It is not of this student, or nothing for a file: it stays on record, marked, and goes into no packet. */
export async function removeDocument(
  db: Db,
  removal: { readonly ref: string; readonly because: string; readonly by: Bringer },
  moment: Moment,
): Promise<ChangedDocument> {
  return inTransaction(db, async (tx) => {
    const upload = await findUpload(tx, removal.ref);
    if (upload === null) return { kind: 'unknown' };
    const { because, by } = removal;
    if (!(await removeUpload(tx, upload.ref, { on: moment.today, by: by.actor.name, because })))
      return { kind: 'removed-before' };
    await note(
      tx,
      upload,
      `Document ${upload.ref} taken out of the file by ${by.actor.name}`,
      because,
      moment,
    );
    await recordAudit(tx, {
      at: moment.now,
      ...by,
      action: 'document-removed',
      studentId: upload.studentId,
      subject: upload.ref,
    });
    await withdrawPacketsWith(tx, upload, moment);
    return { kind: 'changed' };
  });
}

async function note(
  tx: Db,
  upload: Upload,
  title: string,
  detail: string | null,
  { today, now }: Moment,
): Promise<void> {
  const { studentId, schoolYear } = upload;
  await addToFile(tx, { studentId, schoolYear, now }, { onDate: today, kind: 'document', title, detail });
}
