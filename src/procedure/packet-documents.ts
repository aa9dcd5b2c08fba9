import type { PacketFacts } from '../documents/packet-facts.ts';
import { OURSELVES } from '../domain/audit.ts';
import { uploadKindWords } from '../domain/uploads.ts';
import { listFileEntries } from '../store/attendance-files.ts';
import { contractsOf } from '../store/contracts.ts';
import type { Db } from '../store/database.ts';
import { keptBytes } from '../store/documents.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { unbindableOf } from '../store/packets.ts';
import { listUploads } from '../store/uploads.ts';

/** What was handed in, as far as it is in the file: nothing that was taken out of it. */
export async function packetDocuments(db: Db, student: StudentYear): Promise<PacketFacts['documents']> {
  const uploads = await listUploads(db, student);
  const unbindable = await unbindableOf(
    db,
    uploads.map(({ documentId }) => documentId),
  );
  const handedIn = uploads.map((upload) => ({
    reference: upload.ref,
    title: uploadKindWords[upload.kind],
    date: upload.onDate,
    receivedOn: upload.addedOn,
    receivedBy: upload.addedBy,
    own: false,
    kept: { documentId: upload.documentId, sha256: upload.sha256, mediaType: upload.mediaType },
    unbound: unbindable.get(upload.documentId) ?? null,
  }));
  return [...(await contractEvidence(db, student)), ...handedIn];
}

/** What Rollcall wrote down when a contract was violated. */
async function contractEvidence(db: Db, student: StudentYear): Promise<PacketFacts['documents'][number][]> {
  const evidence: PacketFacts['documents'][number][] = [];
  const entries = await listFileEntries(db, student);
  const made = new Map(entries.map(({ documentId, onDate }) => [documentId ?? '', onDate]));
  for (const { ref, evidenceDocumentId } of await contractsOf(db, student)) {
    if (evidenceDocumentId === null) continue;
    evidence.push({
      reference: ref,
      title: 'Evidence: attendance contract',
      date: null,
      receivedOn: made.get(evidenceDocumentId) ?? null,
      receivedBy: OURSELVES,
      own: true,
      kept: await keptBytes(db, evidenceDocumentId),
      unbound: null,
    });
  }
  return evidence;
}
