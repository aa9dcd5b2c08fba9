import { type RenderedPacket, renderPacket } from '../documents/packet.ts';
import type { PacketFacts } from '../documents/packet-facts.ts';
import { manifestBytes, type PacketManifest } from '../documents/packet-manifest.ts';
import type { Db, Tx } from '../store/database.ts';
import { readDocument, saveDocument } from '../store/documents.ts';
import { type NewPacket, noteUnbindable, recallWaitingPackets, savePacket } from '../store/packets.ts';
import type { Referral } from '../store/referrals.ts';
import { factsHash } from './gather-packet.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';

/** What a packet is, among those of its case. */
export interface PacketPurpose {
  readonly kind: PacketManifest['kind'];
  readonly number: number;
  readonly policyVersion: string;
  readonly schoolYear: string;
  /** On every page; null: it is the packet that is sent as it is. */
  readonly mark: string | null;
}

/** A packet with its manifest, not yet kept anywhere. */
export interface MadePacket {
  readonly facts: PacketFacts;
  readonly purpose: PacketPurpose;
  readonly rendered: RenderedPacket;
  readonly manifest: Buffer;
}

/**
 * Binds the facts and what the file keeps into one PDF. It takes its time, so that it is no work for a transaction. What
 * cannot be bound is remembered, so that nobody tries it again.
 */
export async function makePacket(
  db: Db,
  facts: PacketFacts,
  purpose: PacketPurpose,
  now: Date,
): Promise<MadePacket> {
  const rendered = await renderPacket(
    facts,
    async ({ documentId, sha256 }) => {
      const kept = await readDocument(db, documentId);
      if (kept.sha256 !== sha256) throw new Error(`document ${documentId} is not the one that was gathered`);
      return kept.bytes;
    },
    purpose.mark,
  );
  await noteUnbindable(db, rendered.unbound, now);
  return withManifest(facts, purpose, rendered);
}

export function withManifest(
  facts: PacketFacts,
  purpose: PacketPurpose,
  rendered: RenderedPacket,
): MadePacket {
  const manifest = manifestBytes({
    format: 'rollcall-packet-manifest',
    version: 1,
    case: facts.caseNumber,
    kind: purpose.kind,
    number: purpose.number,
    made: facts.date,
    schoolYear: purpose.schoolYear,
    policyVersion: purpose.policyVersion,
    packet: {
      fileName: `${packetName(facts.caseNumber, purpose)}.pdf`,
      mediaType: 'application/pdf',
      bytes: rendered.pdf.length,
      pages: rendered.pages,
      sha256: rendered.sha256,
    },
    parts: [...rendered.parts],
  });
  return { facts, purpose, rendered, manifest };
}

/** What the files of a packet are called, without their ending; nobody is named in it. */
export function packetName(
  caseNumber: string | null,
  { kind, number }: { readonly kind: PacketManifest['kind']; readonly number: number },
): string {
  const base = caseNumber === null ? 'attendance-file' : `attendance-file-${caseNumber}`;
  return kind === 'original' ? base : kind === 'not-sent' ? `${base}-not-sent` : `${base}-${kind}-${number}`;
}

export interface KeptPacket {
  readonly id: string;
  readonly documentId: string;
  readonly manifestDocumentId: string;
}

/** Keeps a packet that is about to leave: the file, its manifest, and the facts it was made of. */
export async function keepPacket(
  tx: Tx,
  { config }: Letterbox,
  made: MadePacket,
  referral: Referral,
  asked: { readonly by: string; readonly because: string } | null,
  moment: Moment,
): Promise<KeptPacket> {
  const { rendered, manifest, facts, purpose } = made;
  const save = (kind: string, mediaType: string, bytes: Buffer) =>
    saveDocument(tx, { kind, mediaType, bytes, students: [referral.studentId], now: moment.now });
  const document = await save('packet', 'application/pdf', rendered.pdf);
  const manifestDocument = await save('packet-manifest', 'application/json', manifest);
  const factsDocument = await save('packet-facts', 'application/json', Buffer.from(JSON.stringify(facts)));
  const { truancyOfficer: officer } = config;
  const packet: NewPacket = {
    referralId: referral.id,
    number: purpose.number,
    kind: purpose.kind === 'not-sent' ? 'original' : purpose.kind,
    delivery: officer.delivery,
    documentId: document.id,
    sha256: rendered.sha256,
    bytes: rendered.pdf.length,
    pages: rendered.pages,
    manifestDocumentId: manifestDocument.id,
    factsDocumentId: factsDocument.id,
    factsHash: factsHash(facts),
    officer: { name: officer.name, agency: officer.agency, email: officer.email },
    legalBasis: officer.legalBasis,
    askedBy: asked?.by ?? null,
    because: asked?.because ?? null,
    builtOn: moment.today,
  };
  if (purpose.number === 1) await recallWaitingPackets(tx, referral.id);
  const id = await savePacket(tx, packet, moment.now);
  return { id, documentId: document.id, manifestDocumentId: manifestDocument.id };
}
