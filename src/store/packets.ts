import { type Selectable, sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { PacketTable, PacketTables } from './tables/packets.ts';

export interface Packet {
  readonly id: string;
  readonly referralId: string;
  readonly number: number;
  readonly kind: PacketTable['kind'];
  readonly state: PacketTable['state'];
  readonly delivery: PacketTable['delivery'];
  readonly documentId: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly pages: number;
  readonly manifestDocumentId: string;
  readonly factsDocumentId: string;
  readonly factsHash: string;
  readonly officer: { readonly name: string; readonly agency: string; readonly email: string };
  readonly legalBasis: string;
  readonly askedBy: string | null;
  readonly because: string | null;
  readonly mailId: string | null;
  readonly builtOn: SchoolDate;
  readonly leftOn: SchoolDate | null;
  /** Reference of the upload in it that does not belong there; null: it may be fetched. */
  readonly withdrawnFor: string | null;
}

export type NewPacket = Omit<Packet, 'id' | 'state' | 'mailId' | 'leftOn' | 'withdrawnFor'>;

/** Keeps a packet that is about to leave. @returns its id */
export async function savePacket(tx: Db, packet: NewPacket, now: Date): Promise<string> {
  const { id } = await tx
    .insertInto('packet')
    .values({
      referral_id: packet.referralId,
      number: packet.number,
      kind: packet.kind,
      state: 'waiting',
      delivery: packet.delivery,
      document_id: packet.documentId,
      sha256: packet.sha256,
      bytes: packet.bytes,
      pages: packet.pages,
      manifest_document_id: packet.manifestDocumentId,
      facts_document_id: packet.factsDocumentId,
      facts_hash: packet.factsHash,
      officer_name: packet.officer.name,
      officer_agency: packet.officer.agency,
      officer_email: packet.officer.email,
      legal_basis: packet.legalBasis,
      asked_by: packet.askedBy,
      because: packet.because,
      built_on: packet.builtOn,
      built_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export async function bindPacketToMail(tx: Db, packetId: string, mailId: string): Promise<void> {
  await tx.updateTable('packet').set({ mail_id: mailId }).where('id', '=', packetId).execute();
}

/** `waiting → left`: with the mail that brings it, or tells of it. */
export async function markPacketLeft(tx: Db, mailId: string, on: SchoolDate): Promise<void> {
  await tx
    .updateTable('packet')
    .set({ state: 'left', left_on: on })
    .where('mail_id', '=', mailId)
    .where('state', '=', 'waiting')
    .execute();
}

/** `waiting → recalled`: it will not leave, and its number is free. */
export async function recallWaitingPackets(tx: Db, referralId: string): Promise<void> {
  await tx
    .updateTable('packet')
    .set({ state: 'recalled' })
    .where('referral_id', '=', referralId)
    .where('state', '=', 'waiting')
    .execute();
}

/** The packets of a case that have not been recalled, the original at the top. */
export async function listPackets(db: Db, referralId: string): Promise<Packet[]> {
  const rows = await db
    .selectFrom('packet')
    .selectAll()
    .where('referral_id', '=', referralId)
    .where('state', '<>', 'recalled')
    .orderBy('number')
    .execute();
  return rows.map(asPacket);
}

export async function recallPacketRow(tx: Db, packetId: string): Promise<void> {
  await tx.updateTable('packet').set({ state: 'recalled' }).where('id', '=', packetId).execute();
}

/** Nobody gets it any more; one that has not left does not leave. */
export async function withdrawPacket(tx: Db, packetId: string, upload: string): Promise<void> {
  await tx.updateTable('packet').set({ withdrawn_for: upload }).where('id', '=', packetId).execute();
}

/** `waiting → recalled` with its mail, whose key and reference are free for what is built in its place. */
export async function recallCorrection(
  tx: Db,
  packet: { readonly id: string; readonly mailId: string },
  reason: string,
): Promise<void> {
  await sql`
    update staff_mail set state = 'cancelled', reason = ${reason}, due_at = null, owner = null,
      key = key || ':recalled:' || id
    where id = ${packet.mailId} and state = 'queued'`.execute(tx);
  await recallPacketRow(tx, packet.id);
}

export async function packetOfMail(db: Db, mailId: string): Promise<Packet | null> {
  const row = await db.selectFrom('packet').selectAll().where('mail_id', '=', mailId).executeTakeFirst();
  return row === undefined ? null : asPacket(row);
}

/** What cannot be bound, of these documents. */
export async function unbindableOf(
  db: Db,
  documentIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (documentIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('unbindable_document')
    .select(['document_id', 'reason'])
    .where('document_id', 'in', [...documentIds])
    .execute();
  return new Map(rows.map((row) => [row.document_id, row.reason]));
}

export async function noteUnbindable(
  db: Db,
  documents: readonly { readonly documentId: string; readonly reason: string }[],
  now: Date,
): Promise<void> {
  for (const { documentId, reason } of documents) {
    await sql`
      insert into unbindable_document (document_id, reason, found_at) values (${documentId}, ${reason}, ${now})
      on conflict do nothing`.execute(db);
  }
}

function asPacket(row: Omit<Selectable<PacketTables['packet']>, 'built_at'>): Packet {
  return {
    id: row.id,
    referralId: row.referral_id,
    number: row.number,
    kind: row.kind,
    state: row.state,
    delivery: row.delivery,
    documentId: row.document_id,
    sha256: row.sha256,
    bytes: row.bytes,
    pages: row.pages,
    manifestDocumentId: row.manifest_document_id,
    factsDocumentId: row.facts_document_id,
    factsHash: row.facts_hash,
    officer: { name: row.officer_name, agency: row.officer_agency, email: row.officer_email },
    legalBasis: row.legal_basis,
    askedBy: row.asked_by,
    because: row.because,
    mailId: row.mail_id,
    builtOn: row.built_on,
    leftOn: row.left_on,
    withdrawnFor: row.withdrawn_for,
  };
}
