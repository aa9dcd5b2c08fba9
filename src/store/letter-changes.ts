import type { LetterReason } from '../domain/letter-reasons.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

/**
 * Freezes what will be handed over: from here on retries change neither content nor recipient.
 * @param frozen `shadowedOn`: the letter is a shadow, and this is the day on which it would have left.
 */
export async function freezeLetter(
  tx: Db,
  letterId: string,
  frozen: {
    templateVersion: string;
    pdfDocumentId: string;
    pages: number;
    message: { documentId: string; messageId: string; from: string; to: string } | null;
    dueAt: Date;
    shadowedOn: SchoolDate | null;
  },
): Promise<boolean> {
  const isShadow = frozen.shadowedOn !== null;
  const result = await tx
    .updateTable('letter')
    .set({
      state: isShadow ? 'shadowed' : 'queued',
      shadowed_on: frozen.shadowedOn,
      template_version: frozen.templateVersion,
      pdf_document_id: frozen.pdfDocumentId,
      pages: frozen.pages,
      message_document_id: frozen.message?.documentId ?? null,
      message_id: frozen.message?.messageId ?? null,
      envelope_from: frozen.message?.from ?? null,
      envelope_to: frozen.message?.to ?? null,
      due_at: isShadow ? null : frozen.dueAt,
      attempts: 0,
      reason: null,
    })
    .where('id', '=', letterId)
    .where('state', '=', 'planned')
    .where('shadow', '=', isShadow)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/**
 * Counts an attempt to render, before it is made: a letter that ends the process each time is set aside like one that
 * does so while it is sent.
 */
export async function countPreparation(db: Db, letterId: string): Promise<void> {
  await db
    .updateTable('letter')
    .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
    .where('id', '=', letterId)
    .where('state', '=', 'planned')
    .execute();
}

/** The letter waits for a person (`dueAt` null) or for another look at `dueAt`. */
export async function holdLetter(
  tx: Db,
  letterId: string,
  held: { reason: LetterReason; dueAt: Date | null },
): Promise<void> {
  await tx
    .updateTable('letter')
    .set({ state: 'held', reason: held.reason, due_at: held.dueAt, owner: null })
    .where('id', '=', letterId)
    .where('state', 'in', ['planned', 'queued', 'held', 'claimed'])
    .execute();
}

/** The sending window is closed: the letter stays in line for its next opening. */
export async function postponeLetter(tx: Db, letterId: string, dueAt: Date): Promise<void> {
  await tx.updateTable('letter').set({ due_at: dueAt }).where('id', '=', letterId).execute();
}

/** A refused e-mail address: the same letter, frozen as it is, goes on paper. */
export async function turnIntoPaper(tx: Db, letterId: string, reason: string, now: Date): Promise<void> {
  await tx
    .updateTable('letter')
    .set({ state: 'queued', channel: 'paper', channel_reason: reason, due_at: now, owner: null })
    .where('id', '=', letterId)
    .where('state', '=', 'rejected')
    .execute();
}

/** Of letters that are only planned, those to this address go on paper. */
export async function writeOnPaper(
  tx: Db,
  letterIds: readonly string[],
  instead: { email: string | null; reason: string },
): Promise<void> {
  if (letterIds.length === 0 || instead.email === null) return;
  await tx
    .updateTable('letter')
    .set({ channel: 'paper', channel_reason: instead.reason, email: null })
    .where('id', 'in', [...letterIds])
    .where('state', '=', 'planned')
    .where((eb) => eb(eb.fn('lower', ['email']), '=', instead.email?.toLowerCase() ?? ''))
    .execute();
}
