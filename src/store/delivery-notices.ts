import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

export type ProvedMail =
  | { readonly kind: 'letter'; readonly id: string }
  | { readonly kind: 'staff-mail'; readonly id: string };

/**
 * The mail of ours that an inbound mail is about. References come from return paths whose seal was right; a Message-ID
 * that is on record cannot have been guessed.
 * @returns null when none is ours, or they name different ones
 */
export async function findProved(
  db: Db,
  traces: { readonly refs: readonly string[]; readonly messageIds: readonly string[] },
): Promise<ProvedMail | null> {
  const { rows } = await sql<ProvedMail>`
    select distinct kind, id from (
      select 'letter' as kind, id from letter
      where message_id = any(${[...traces.messageIds]}::text[]) or ref = any(${[...traces.refs]}::text[])
      union all
      select 'staff-mail', id from staff_mail
      where message_id = any(${[...traces.messageIds]}::text[]) or ref = any(${[...traces.refs]}::text[])
    ) found limit 2`.execute(db);
  const [first, second] = rows;
  return first === undefined || second !== undefined ? null : first;
}

export interface Notice {
  readonly mail: ProvedMail;
  readonly kind: 'bounced' | 'delivered';
  readonly status: string | null;
  readonly said: string | null;
  readonly documentId: string | null;
  readonly messageId: string;
  readonly on: SchoolDate;
  readonly now: Date;
}

/** @returns false when the same was told of this mail before */
export async function saveNotice(tx: Db, notice: Notice): Promise<boolean> {
  const row = await tx
    .insertInto('delivery_notice')
    .values({
      letter_id: notice.mail.kind === 'letter' ? notice.mail.id : null,
      staff_mail_id: notice.mail.kind === 'staff-mail' ? notice.mail.id : null,
      kind: notice.kind,
      at: notice.now,
      on_date: notice.on,
      status: notice.status,
      said: notice.said,
      document_id: notice.documentId,
      inbound_message_id: notice.messageId,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** When a letter came back, and the code that was given; null: it has not. */
export async function readBounce(
  db: Db,
  letterId: string,
): Promise<{ on: SchoolDate; status: string | null } | null> {
  const row = await db
    .selectFrom('delivery_notice')
    .select(['on_date as on', 'status'])
    .where('letter_id', '=', letterId)
    .where('kind', '=', 'bounced')
    .executeTakeFirst();
  return row ?? null;
}

/**
 * A letter that was handed over, or may have been, has come back. Its guardians may get another for the step.
 * @returns false when it is in no such state
 */
export async function markBounced(tx: Db, letterId: string): Promise<boolean> {
  const result = await tx
    .updateTable('letter')
    .set({ state: 'bounced', reason: 'bounced', due_at: null, owner: null })
    .where('id', '=', letterId)
    .where('channel', '=', 'email')
    .where('state', 'in', ['sent', 'uncertain', 'transmitting'])
    .executeTakeFirst();
  if (result.numUpdatedRows !== 1n) return false;
  await tx.updateTable('letter_addressee').set({ live: false }).where('letter_id', '=', letterId).execute();
  return true;
}
