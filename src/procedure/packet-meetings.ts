import type { PacketFacts } from '../documents/packet-facts.ts';
import type { Db } from '../store/database.ts';
import type { StudentYear } from '../store/evaluations.ts';

/** What the packet says of meetings. */
export async function packetMeetings(_db: Db, _student: StudentYear): Promise<PacketFacts['meetings']> {
  return [];
}
