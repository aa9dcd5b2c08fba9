import type { PacketFacts } from '../documents/packet-facts.ts';
import { meetingStateWords, whenInWords } from '../domain/meeting-words.ts';
import type { Db } from '../store/database.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { listMeetings } from '../store/meetings.ts';

/** What the packet says of meetings. */
export async function packetMeetings(db: Db, student: StudentYear): Promise<PacketFacts['meetings']> {
  return (await listMeetings(db, student)).map((meeting) => ({
    reference: meeting.ref,
    date: meeting.on,
    what: `${meeting.purpose}, ${whenInWords(meeting)}, ${meeting.place}`,
    outcome: meetingStateWords[meeting.state],
    note: meeting.outcomeNote,
  }));
}
