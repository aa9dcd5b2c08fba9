import type { PacketFacts } from '../documents/packet-facts.ts';
import { uploadKindWords } from '../domain/uploads.ts';
import type { Db } from '../store/database.ts';
import type { StudentYear } from '../store/evaluations.ts';
import { unbindableOf } from '../store/packets.ts';
import { listUploads } from '../store/uploads.ts';

/** What was handed in, as far as it is in the file: nothing that was taken out of it. */
export async function packetDocuments(db: Db, student: StudentYear): Promise<PacketFacts['documents']> {
  const uploads = await listUploads(db, student);
  const unbindable = await unbindableOf(
    db,
    uploads.map(({ documentId }) => documentId),
  );
  return uploads.map((upload) => ({
    reference: upload.ref,
    title: uploadKindWords[upload.kind],
    date: upload.onDate,
    receivedOn: upload.addedOn,
    receivedBy: upload.addedBy,
    own: false,
    kept: { documentId: upload.documentId, sha256: upload.sha256, mediaType: upload.mediaType },
    unbound: unbindable.get(upload.documentId) ?? null,
  }));
}
