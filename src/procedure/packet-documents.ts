import type { PacketFacts } from '../documents/packet-facts.ts';
import type { Db } from '../store/database.ts';
import type { StudentYear } from '../store/evaluations.ts';

/** What was handed in, as far as it is in the file: nothing that was taken out of it. */
export async function packetDocuments(_db: Db, _student: StudentYear): Promise<PacketFacts['documents']> {
  return [];
}
