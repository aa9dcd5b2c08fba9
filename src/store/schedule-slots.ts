import { sql } from 'kysely';
import type { Db } from './database.ts';

/** `taken`: by this call. `under-way`: by another one, which has not said yet that it is done. */
export type SlotClaim = 'taken' | 'under-way' | 'settled';

/** Whoever took a slot and has said nothing of it for so long is gone. */
const ABANDONED_AFTER_MS = 5 * 60_000;

/** Takes a due slot of the schedule, or one that was taken by a process that is gone. */
export async function claimSlot(db: Db, slot: { name: string; at: Date; now: Date }): Promise<SlotClaim> {
  const abandoned = new Date(slot.now.getTime() - ABANDONED_AFTER_MS);
  const { rows } = await sql<{ taken: boolean; done: boolean }>`
    with claim as (
      insert into schedule_slot (name, slot, claimed_at) values (${slot.name}, ${slot.at}, ${slot.now})
      on conflict (name, slot) do update set claimed_at = excluded.claimed_at
        where schedule_slot.done_at is null and schedule_slot.claimed_at <= ${abandoned}
      returning name)
    select exists (select from claim) as taken,
      coalesce((select done_at is not null from schedule_slot where name = ${slot.name} and slot = ${slot.at}), false)
        as done`.execute(db);
  if (rows[0]?.taken === true) return 'taken';
  return rows[0]?.done === true ? 'settled' : 'under-way';
}

/**
 * Says again that a slot is under way. @param slot `since`: when this process has said so last
 * @returns false: another one has taken it, or it is settled
 */
export async function keepSlot(
  db: Db,
  slot: { name: string; at: Date; since: Date; now: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('schedule_slot')
    .set({ claimed_at: slot.now })
    .where('name', '=', slot.name)
    .where('slot', '=', slot.at)
    .where('claimed_at', '=', slot.since)
    .where('done_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** What the slot asks for has been begun: nobody takes it again. */
export async function settleSlot(db: Db, slot: { name: string; at: Date; now: Date }): Promise<void> {
  await db
    .updateTable('schedule_slot')
    .set({ done_at: slot.now })
    .where('name', '=', slot.name)
    .where('slot', '=', slot.at)
    .execute();
}

/** Whether what a slot asks for has been begun. */
export async function slotIsDone(db: Db, name: string, at: Date): Promise<boolean> {
  const row = await db
    .selectFrom('schedule_slot')
    .select('done_at')
    .where('name', '=', name)
    .where('slot', '=', at)
    .executeTakeFirst();
  return row?.done_at != null;
}

/** Slots of long ago are never asked for again. */
export async function forgetOldSlots(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('schedule_slot').where('slot', '<', before).execute();
}

/** When a slot was taken. `at` null: nobody has. @returns null: no slot of this name was ever taken */
export async function slotBegunAt(db: Db, name: string, at: Date): Promise<{ at: Date | null } | null> {
  const { rows } = await sql<{ at: Date | null; known: boolean }>`
    select (select claimed_at from schedule_slot where name = ${name} and slot = ${at}) as at,
      exists (select from schedule_slot where name = ${name}) as known`.execute(db);
  const [row] = rows;
  return row?.known === true ? { at: row.at } : null;
}
