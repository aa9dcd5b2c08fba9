import type { Db } from './database.ts';

/** Takes a due slot of the schedule. @returns false when another process, or an earlier start, has taken it. */
export async function claimSlot(db: Db, slot: { name: string; at: Date; now: Date }): Promise<boolean> {
  const row = await db
    .insertInto('schedule_slot')
    .values({ name: slot.name, slot: slot.at, claimed_at: slot.now })
    .onConflict((conflict) => conflict.columns(['name', 'slot']).doNothing())
    .returning('name')
    .executeTakeFirst();
  return row !== undefined;
}
