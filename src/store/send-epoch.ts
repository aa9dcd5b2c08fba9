import { sql } from 'kysely';
import type { Db } from './database.ts';

/** @returns the epoch that the database knows */
export async function readSendEpoch(db: Db): Promise<number> {
  const row = await db.selectFrom('send_epoch').select('epoch').executeTakeFirst();
  return Number(row?.epoch ?? 0);
}

/** @returns the next epoch; while nobody has settled that the database is an old one, nothing may be sent in it */
export async function raiseSendEpoch(db: Db): Promise<number> {
  const { rows } = await sql<{ epoch: string }>`
    update send_epoch set epoch = epoch + 1 returning epoch`.execute(db);
  return Number(rows[0]?.epoch ?? 0);
}

/** When it is settled that the database is an old one: it goes on above everything that was before. */
export async function liftSendEpoch(db: Db, above: number): Promise<number> {
  const { rows } = await sql<{ epoch: string }>`
    update send_epoch set epoch = greatest(epoch, ${above}) + 1 returning epoch`.execute(db);
  return Number(rows[0]?.epoch ?? 0);
}
