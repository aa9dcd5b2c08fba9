import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { InboundKind } from './tables/mailbox.ts';

/** One mail in one folder. A server that counts anew says so with another `uidValidity`. */
export interface MessagePlace {
  /** Account and folder. */
  readonly folder: string;
  readonly uidValidity: string;
  readonly uid: number;
}

/**
 * Records that a mail is being handled, as the first statement of the transaction that does it.
 * @returns null when a mail of the same bytes was handled before: nothing is done again, but it is filed away like the first
 */
export async function beginMessage(
  tx: Db,
  message: MessagePlace & { sha256: string; on: SchoolDate; now: Date },
): Promise<string | null> {
  const row = await tx
    .insertInto('inbound_message')
    .values({
      sha256: message.sha256,
      folder: message.folder,
      uid_validity: message.uidValidity,
      uid: String(message.uid),
      handled_at: message.now,
      handled_on: message.on,
      kind: 'unreadable',
      outcome: 'begun',
      file_away: false,
    })
    .onConflict((conflict) =>
      conflict.column('sha256').doUpdateSet((eb) => ({
        folder: eb.ref('excluded.folder'),
        uid_validity: eb.ref('excluded.uid_validity'),
        uid: eb.ref('excluded.uid'),
        filed_at: null,
      })),
    )
    .returning(['id', sql<boolean>`xmax = 0`.as('fresh')])
    .executeTakeFirstOrThrow();
  return row.fresh ? row.id : null;
}

export interface Handled {
  readonly kind: InboundKind;
  /** What came of it, as a code word. */
  readonly outcome: string;
  readonly letterId?: string | null;
  readonly staffMailId?: string | null;
  readonly sender?: string | null;
  readonly writing?: string | null;
  /** It leaves the folder. What is not ours stays where people expect it. */
  readonly fileAway: boolean;
}

export async function endMessage(tx: Db, id: string, handled: Handled): Promise<void> {
  await tx
    .updateTable('inbound_message')
    .set({
      kind: handled.kind,
      outcome: handled.outcome,
      letter_id: handled.letterId ?? null,
      staff_mail_id: handled.staffMailId ?? null,
      sender: handled.sender ?? null,
      writing: handled.writing ?? null,
      file_away: handled.fileAway,
    })
    .where('id', '=', id)
    .execute();
}

/** Mails of the folder that were handled and are still in it: a crash came between. */
export async function unfiledMessages(
  db: Db,
  { folder, uidValidity }: Omit<MessagePlace, 'uid'>,
): Promise<number[]> {
  const rows = await db
    .selectFrom('inbound_message')
    .select('uid')
    .where('folder', '=', folder)
    .where('uid_validity', '=', uidValidity)
    .where('file_away', '=', true)
    .where('filed_at', 'is', null)
    .orderBy(sql`uid::bigint`)
    .execute();
  return rows.map((row) => Number(row.uid));
}

export async function markFiled(db: Db, place: MessagePlace, now: Date): Promise<void> {
  await db
    .updateTable('inbound_message')
    .set({ filed_at: now })
    .where('folder', '=', place.folder)
    .where('uid_validity', '=', place.uidValidity)
    .where('uid', '=', String(place.uid))
    .where('file_away', '=', true)
    .execute();
}

/** Whether another copy of what a person wrote was passed on before. */
export async function wasPassedOn(tx: Db, writing: string): Promise<boolean> {
  const row = await tx
    .selectFrom('inbound_message')
    .select('id')
    .where('writing', '=', writing)
    .where('outcome', '=', 'passed-on')
    .executeTakeFirst();
  return row !== undefined;
}

/** How many mails of one sender, or about one mail of ours, were passed on during a day. */
export async function countPassedOn(
  tx: Db,
  about: { sender: string | null; letterId: string | null; staffMailId: string | null; on: SchoolDate },
): Promise<number> {
  const row = await sql<{ count: number }>`
    select count(*)::int as count from inbound_message
    where handled_on = ${about.on} and kind in ('personal', 'too-large') and outcome = 'passed-on'
      and (sender = ${about.sender} or letter_id = ${about.letterId} or staff_mail_id = ${about.staffMailId})`.execute(
    tx,
  );
  return row.rows[0]?.count ?? 0;
}

/** How many mails came to what, since a day: for `status`. */
export async function countInbound(
  db: Db,
  since: SchoolDate,
): Promise<{ kind: InboundKind; outcome: string; mails: number }[]> {
  const { rows } = await sql<{ kind: InboundKind; outcome: string; mails: number }>`
    select kind, outcome, count(*)::int as mails from inbound_message
    where handled_on >= ${since} group by 1, 2 order by 1, 2`.execute(db);
  return rows;
}
