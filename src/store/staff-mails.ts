import type { StaffMailKind } from '../domain/mail-kinds.ts';
import type { Db } from './database.ts';
import { newReference } from './references.ts';

export interface StaffMail {
  readonly id: string;
  readonly ref: string;
  readonly kind: StaffMailKind;
  readonly state: string;
  readonly composedAt: Date;
  readonly toEmail: string;
  readonly messageDocumentId: string | null;
  readonly envelopeFrom: string | null;
  readonly envelopeTo: string | null;
  readonly attempts: number;
  /** Set by its claim. */
  readonly claimedAt?: Date;
  readonly referralId: string | null;
}

/** A reference for a mail that is about to be composed: it stands in the mail itself. */
export function newMailReference(): string {
  return newReference('M');
}

/** Keeps a composed mail for sending. @returns its id, or null when a mail with this key was composed before. */
export async function queueStaffMail(
  tx: Db,
  mail: {
    ref: string;
    kind: StaffMailKind;
    key: string;
    toName: string;
    toEmail: string;
    messageDocumentId: string;
    messageId: string;
    envelopeFrom: string;
    referralId?: string | null;
    /** Whom it names. */
    studentIds?: readonly number[];
    now: Date;
  },
): Promise<string | null> {
  const row = await tx
    .insertInto('staff_mail')
    .values({
      ref: mail.ref,
      kind: mail.kind,
      key: mail.key,
      to_name: mail.toName,
      to_email: mail.toEmail,
      state: 'queued',
      composed_at: mail.now,
      message_document_id: mail.messageDocumentId,
      message_id: mail.messageId,
      envelope_from: mail.envelopeFrom,
      envelope_to: mail.toEmail,
      due_at: mail.now,
      referral_id: mail.referralId ?? null,
      student_ids: [...new Set(mail.studentIds ?? [])],
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

export async function hasStaffMail(db: Db, key: string): Promise<boolean> {
  const row = await db.selectFrom('staff_mail').select('id').where('key', '=', key).executeTakeFirst();
  return row !== undefined;
}

export async function readStaffMail(db: Db, id: string): Promise<StaffMail | null> {
  const row = await db.selectFrom('staff_mail').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    ref: row.ref,
    kind: row.kind,
    state: row.state,
    composedAt: row.composed_at,
    toEmail: row.to_email,
    messageDocumentId: row.message_document_id,
    envelopeFrom: row.envelope_from,
    envelopeTo: row.envelope_to,
    attempts: row.attempts,
    referralId: row.referral_id,
  };
}

/** Whom a mail names. */
export async function studentsNamedIn(db: Db, mailId: string): Promise<readonly number[]> {
  const row = await db
    .selectFrom('staff_mail')
    .select('student_ids')
    .where('id', '=', mailId)
    .executeTakeFirst();
  return row?.student_ids ?? [];
}
