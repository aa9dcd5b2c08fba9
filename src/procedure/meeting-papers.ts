import type { Db } from '../store/database.ts';
import { readDocument } from '../store/documents.ts';
import { inviteesOf } from '../store/meeting-invitees.ts';
import { findMeeting } from '../store/meetings.ts';

export interface MeetingPaper {
  readonly inviteeId: string;
  /** Names nobody. */
  readonly fileName: string;
  readonly pdf: Buffer;
}

/** The latest sheet for each of the invited who is told on paper. @returns null when there is no such meeting */
export async function readMeetingPapers(db: Db, ref: string): Promise<readonly MeetingPaper[] | null> {
  const meeting = await findMeeting(db, ref);
  if (meeting === null) return null;
  const papers: MeetingPaper[] = [];
  for (const { id: inviteeId, last } of await inviteesOf(db, meeting.id)) {
    if (last === null || last.documentId === null) continue;
    const { bytes: pdf } = await readDocument(db, last.documentId);
    papers.push({ inviteeId, fileName: `meeting-${meeting.ref}-${papers.length + 1}.pdf`, pdf });
  }
  return papers;
}
