import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';

/** A letter that had not left when the backup was made, and may have since. */
export interface DoubtfulLetter {
  readonly id: string;
  readonly ref: string;
  readonly channel: 'email' | 'paper';
  readonly state: string;
  readonly messageId: string | null;
}

/** @param knowsUntil null: nobody knows, and every letter may have left */
export async function doubtfulLetters(db: Db, knowsUntil: Date | null): Promise<DoubtfulLetter[]> {
  return db
    .selectFrom('letter')
    .select(['id', 'ref', 'channel', 'state', 'message_id as messageId'])
    .where('shadow', '=', false)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['planned', 'held', 'queued', 'claimed', 'transmitting']),
        eb.and([eb('state', '=', 'uncertain'), eb('reason', '=', 'restored')]),
      ]),
    )
    .$if(knowsUntil !== null, (query) => query.where('planned_at', '<=', knowsUntil ?? new Date()))
    .orderBy('ref')
    .execute();
}

/** Only a person, or what a mail server has written down, can say what became of it. */
export async function makeUncertain(tx: Tx, ids: readonly string[]): Promise<void> {
  await sql`
    update letter set state = 'uncertain', reason = 'restored', owner = null, due_at = null,
      transmitting_at = coalesce(transmitting_at, due_at, planned_at)
    where id = any(${ids}::uuid[])`.execute(tx);
}

/** It has not left: it is in line again, and waits for a yes as all do after a restore. */
export async function backInLine(tx: Tx, ids: readonly string[], now: Date): Promise<void> {
  await sql`
    update letter set
      cleared_at = null, batch_id = null, owner = null, claimed_at = null, transmitting_at = null, reason = null,
      state = case when state not in ('claimed', 'transmitting', 'uncertain') then state
        when message_document_id is null then 'planned' else 'queued' end,
      due_at = case when state in ('claimed', 'transmitting', 'uncertain') then ${now} else due_at end
    where id = any(${ids}::uuid[])`.execute(tx);
}

/** Who has released a packet before the backup may have seen it leave. */
export async function takeBackReleases(tx: Tx): Promise<number> {
  const result = await sql`
    update referral set released_by = null, released_because = null, released_gaps = null
    where state = 'gathering' and released_by is not null`.execute(tx);
  return Number(result.numAffectedRows ?? 0n);
}

/** Ids of all our mails that the database knows, as `bareId` has them. */
export async function knownMessageIds(db: Db): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    select message_id as id from letter where message_id is not null
    union select message_id from staff_mail where message_id is not null`.execute(db);
  return new Set(rows.map(({ id }) => bareId(id)));
}

/** The id of a message as it can be compared: without angle brackets, in small letters. */
export function bareId(id: string): string {
  return id.replace(/^<|>$/g, '').toLowerCase();
}
