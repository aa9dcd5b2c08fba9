/** One meeting as the calendar of one of the invited takes it in. No name of a student and no reason: calendars are shared. */
export interface CalendarInvitation {
  readonly method: 'request' | 'cancel';
  /** The same as long as it is the same meeting: `<id>@<domain>`. */
  readonly uid: string;
  /** Higher than in whatever was sent of it before. */
  readonly sequence: number;
  readonly madeAt: Date;
  readonly begins: Date;
  readonly minutes: number;
  /** Of `summary` and `description`, BCP 47. */
  readonly language: string;
  readonly summary: string;
  readonly location: string;
  readonly description: string;
  readonly organizer: { readonly name: string; readonly address: string };
  /** Only the one who gets it: two households of a student do not see each other. */
  readonly attendee: { readonly name: string; readonly address: string };
}

/**
 * The invitation as iCalendar (RFC 5545, by the rules of RFC 5546 for requests and cancellations). Times are in UTC, so
 * that neither side needs to know the other's time zone.
 */
export function calendarInvitation(invitation: CalendarInvitation): string {
  const { method, uid, sequence, madeAt, begins, minutes, language, organizer, attendee } = invitation;
  const spoken = `LANGUAGE=${language.replace(/[^A-Za-z0-9-]/g, '')}`;
  const ends = new Date(begins.getTime() + minutes * 60_000);
  const isRequest = method === 'request';
  const lines = [
    'BEGIN:VCALENDAR',
    'PRODID:-//Rollcall//Meetings//EN',
    'VERSION:2.0',
    'CALSCALE:GREGORIAN',
    `METHOD:${isRequest ? 'REQUEST' : 'CANCEL'}`,
    'BEGIN:VEVENT',
    `UID:${text(uid)}`,
    `SEQUENCE:${sequence}`,
    `DTSTAMP:${utc(madeAt)}`,
    `DTSTART:${utc(begins)}`,
    `DTEND:${utc(ends)}`,
    `SUMMARY;${spoken}:${text(invitation.summary)}`,
    `LOCATION:${text(invitation.location)}`,
    `DESCRIPTION;${spoken}:${text(invitation.description)}`,
    `ORGANIZER;CN=${quoted(organizer.name)}:mailto:${organizer.address}`,
    `ATTENDEE;CN=${quoted(attendee.name)};ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=${isRequest ? 'TRUE' : 'FALSE'}:mailto:${attendee.address}`,
    `STATUS:${isRequest ? 'CONFIRMED' : 'CANCELLED'}`,
    'CLASS:PRIVATE',
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return `${lines.map(folded).join('\r\n')}\r\n`;
}

/** `20261001T213000Z`. */
function utc(instant: Date): string {
  return `${instant.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** A value of type TEXT (RFC 5545, 3.3.11); line breaks of any kind become the escaped one. */
function text(value: string): string {
  return clean(value.replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n'), '\n')
    .replace(/\\/g, '\\\\')
    .replace(/;/g, '\\;')
    .replace(/,/g, '\\,')
    .replace(/\n/g, '\\n');
}

/**
 * A parameter's value (3.2): nothing can escape a quotation mark in it, and some readers take a backslash for an escape,
 * so that others stand in their place.
 */
function quoted(value: string): string {
  return `"${clean(value).replace(/"/g, '’').replace(/\\/g, '/').replace(/\s+/g, ' ').trim()}"`;
}

/** @param kept a control character that means something here */
function clean(value: string, kept = ''): string {
  return value
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (one) => (one === kept ? one : ' '));
}

/** No line is longer than 75 octets (3.1), and no character is torn apart. */
function folded(line: string): string {
  const pieces: string[] = [];
  let piece = '';
  let octets = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    // What goes on in the next line begins with a space, which counts.
    if (octets + size > 75) {
      pieces.push(piece);
      piece = '';
      octets = 1;
    }
    piece += character;
    octets += size;
  }
  return [...pieces, piece].join('\r\n ');
}
