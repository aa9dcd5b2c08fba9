/** What a calendar program answers for one of the invited (RFC 5546, 3.2.3). */
export interface CalendarReply {
  readonly answer: 'accepted' | 'declined' | 'tentative';
  readonly uid: string;
  /** Of the state of the meeting that is answered; 0 where it is not told. */
  readonly sequence: number;
}

const LONGEST = 64 * 1024;
const ANSWERS: Readonly<Record<string, CalendarReply['answer']>> = {
  ACCEPTED: 'accepted',
  DECLINED: 'declined',
  TENTATIVE: 'tentative',
};

/**
 * Reads an answer to one invitation. Nothing but the three words, the id and the number is taken from it.
 * @returns null where it is none, or answers for several people or meetings
 */
export function readCalendarReply(text: string): CalendarReply | null {
  if (text.length > LONGEST) return null;
  const lines = text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/);
  const only = (name: string): string | null => {
    const found = lines.filter((line) => new RegExp(`^${name}[;:]`, 'i').test(line));
    return found.length === 1 ? (found[0] ?? null) : null;
  };
  if (only('METHOD')?.slice('METHOD:'.length).trim().toUpperCase() !== 'REPLY') return null;
  const attendee = only('ATTENDEE');
  const uid =
    only('UID')
      ?.replace(/^UID[^:]*:/i, '')
      .trim() ?? '';
  const answer = ANSWERS[/;PARTSTAT="?([A-Z-]{1,20})/i.exec(attendee ?? '')?.[1]?.toUpperCase() ?? ''];
  if (answer === undefined || uid === '' || uid.length > 300) return null;
  const sequence = /^SEQUENCE:(\d{1,6})\s*$/i.exec(only('SEQUENCE') ?? '')?.[1];
  return { answer, uid, sequence: Number(sequence ?? 0) };
}
