import { sql } from 'kysely';
import { underAbsoluteHold } from './absolute-hold.ts';
import type { Db } from './database.ts';
import { killSwitchOn } from './kill-switch.ts';
import type { PacketDropTable } from './tables/packet-drops.ts';

/** A file that lies in the officer’s folder, or is being put there. */
export interface PacketDrop {
  readonly packetId: string;
  readonly referralId: string;
  /** The number of the case. */
  readonly ref: string;
  /** null: the folder that is configured. */
  readonly folder: string | null;
  readonly fileName: string;
  readonly state: 'dropping' | 'dropped';
  readonly documentId: string;
  readonly manifestDocumentId: string;
  /** It was stopped, recalled or withdrawn: no file of it may lie there. */
  readonly stopped: boolean;
  /** Nothing may be put there now. */
  readonly waits: boolean;
  /** The notice of it has left, or may have. */
  readonly told: boolean;
}

export async function planDrop(
  tx: Db,
  drop: { readonly packetId: string; readonly folder: string; readonly fileName: string; readonly now: Date },
): Promise<void> {
  await tx
    .insertInto('packet_drop')
    .values({
      packet_id: drop.packetId,
      folder: drop.folder,
      file_name: drop.fileName,
      state: 'dropping',
      changed_at: drop.now,
    })
    .execute();
}

/** Files that have to be put into the folder, or taken out of it; those to be taken out at the top. */
export async function unsettledDrops(db: Db): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select d.packet_id as id
    from packet_drop d join packet p on p.id = d.packet_id join referral r on r.id = p.referral_id
    where d.state = 'dropping' or d.state = 'dropped' and ${stopped}
    order by ${stopped} desc, d.changed_at, d.packet_id`.execute(db);
  return rows.map(({ id }) => id);
}

/** @returns null when somebody else is at work on it right now, or it is in the folder no more */
export async function lockDrop(tx: Db, packetId: string): Promise<PacketDrop | null> {
  const { rows } = await sql<PacketDrop>`
    select d.packet_id as "packetId", r.id as "referralId", r.ref, d.folder, d.file_name as "fileName", d.state,
      p.document_id as "documentId", p.manifest_document_id as "manifestDocumentId", ${stopped} as stopped,
      ${killSwitchOn} or ${underAbsoluteHold(sql.ref('r.student_id'))} as waits,
      exists (select from staff_mail m where m.id = p.mail_id
        and m.state in ('transmitting', 'uncertain', 'sent')) as told
    from packet_drop d join packet p on p.id = d.packet_id join referral r on r.id = p.referral_id
    where d.packet_id = ${packetId} and d.state in ('dropping', 'dropped')
    for update of d, p, r skip locked`.execute(tx);
  return rows[0] ?? null;
}

const stopped = sql<boolean>`(p.state = 'recalled' or p.withdrawn_for is not null
  or r.state in ('gathering', 'withdrawn')
  or p.state = 'waiting' and exists (select from staff_mail m where m.id = p.mail_id and m.state = 'cancelled'))`;

/** Other packets whose file has, or would have, the same name. */
export async function dropsOfSameName(tx: Db, drop: PacketDrop): Promise<string[]> {
  const rows = await tx
    .selectFrom('packet_drop')
    .select('packet_id')
    .where('file_name', '=', drop.fileName)
    .where('packet_id', '<>', drop.packetId)
    .where('state', 'in', ['dropping', 'dropped'])
    .execute();
  return rows.map((row) => row.packet_id);
}

export async function markDrop(
  tx: Db,
  packetId: string,
  state: Exclude<PacketDropTable['state'], 'dropping'>,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('packet_drop')
    .set({ state, changed_at: now })
    .where('packet_id', '=', packetId)
    .execute();
}

/** Whether nothing may tell of the packet yet: its file is not in the folder. */
export async function isOutOfFolder(db: Db, packetId: string): Promise<boolean> {
  const row = await db
    .selectFrom('packet_drop')
    .select('packet_id')
    .where('packet_id', '=', packetId)
    .where('state', '<>', 'dropped')
    .executeTakeFirst();
  return row !== undefined;
}

/** The packets that are just being put into the folder. */
export async function packetsBeingDropped(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('packet_drop')
    .select('packet_id')
    .where('state', '=', 'dropping')
    .execute();
  return rows.map((row) => row.packet_id);
}

/** While a file is written for the folder, nobody sweeps there. */
export async function shareFolder(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(hashtext('rollcall packet folder'))`.execute(tx);
}

/** @returns false while a file is being written */
export async function haveFolderAlone(tx: Db): Promise<boolean> {
  const { rows } = await sql<{ ours: boolean }>`
    select pg_try_advisory_xact_lock(hashtext('rollcall packet folder')) as ours`.execute(tx);
  return rows[0]?.ours === true;
}
