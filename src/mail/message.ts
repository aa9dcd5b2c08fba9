import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { MailKind } from '../domain/mail-kinds.ts';
import { type DkimKey, signMail } from './dkim.ts';
import { isPlainAddress } from './envelope.ts';

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

export interface Attachment {
  /** Carries no name of a person: `letter-L-2345-6789.pdf`. */
  readonly fileName: string;
  readonly contentType: string;
  readonly content: Buffer;
}

export interface MessageParts {
  readonly kind: MailKind;
  /** The reference that people use, for example `L-7F3K-2Q9M`. */
  readonly ref: string;
  /** The step of a letter, otherwise null. */
  readonly step: string | null;
  /** With its angle brackets, from `messageId()`. */
  readonly messageId: string;
  readonly date: Date;
  readonly from: Mailbox;
  readonly to: Mailbox;
  readonly replyTo: Mailbox | null;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** BCP 47 tag, for example `es`. */
  readonly language: string;
  readonly attachments: readonly Attachment[];
  /** What calendars take in: as another form of the text, and as a file. Not set: none. */
  readonly calendar?: CalendarPart | null;
}

export interface CalendarPart {
  readonly method: 'request' | 'cancel';
  /** iCalendar with CRLF line ends. */
  readonly content: string;
}

/**
 * Freezes a mail into RFC 822 bytes with CRLF line ends, 7-bit throughout: multipart/alternative (text, HTML), inside
 * multipart/mixed when there are attachments; signed where there is a key. The same parts give the same bytes.
 * @throws RangeError when a part does not fit; the error names the part and repeats nothing of it
 */
export async function buildMessage(parts: MessageParts, key: DkimKey | null = null): Promise<Buffer> {
  checkParts(parts);
  const composer = new MailComposer({
    messageId: parts.messageId,
    date: parts.date,
    from: mailbox(parts.from),
    to: mailbox(parts.to),
    ...(parts.replyTo !== null && { replyTo: mailbox(parts.replyTo) }),
    subject: parts.subject,
    headers: machineHeaders(parts),
    text: parts.text,
    html: parts.html,
    attachments: parts.attachments.map(({ fileName, contentType, content }) => ({
      filename: fileName,
      contentType,
      content,
    })),
    ...(parts.calendar != null && {
      icalEvent: { method: parts.calendar.method, filename: 'meeting.ics', content: parts.calendar.content },
    }),
    baseBoundary: createHash('sha256').update(parts.messageId).digest('hex').slice(0, 32),
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const raw = await composer.compile().build();
  return key === null ? raw : signMail(raw, key);
}

function machineHeaders(parts: MessageParts): { key: string; value: string }[] {
  const headers = [
    { key: 'X-Rollcall-Kind', value: parts.kind },
    { key: 'X-Rollcall-Ref', value: parts.ref },
    { key: 'Auto-Submitted', value: 'auto-generated' },
    // Everything but NDR: a delivery failure is the one automatic answer we want.
    { key: 'X-Auto-Response-Suppress', value: 'DR, RN, NRN, OOF, AutoReply' },
    { key: 'Content-Language', value: parts.language },
  ];
  if (parts.step !== null) headers.splice(2, 0, { key: 'X-Rollcall-Step', value: parts.step });
  return headers;
}

/** A name is somebody's data and is made harmless; an address or a subject that is not plain is a fault of ours. */
function mailbox({ name, address }: Mailbox): Mailbox {
  return {
    name: name.normalize('NFC').replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim().slice(0, 200),
    address,
  };
}

/** Controls, line and paragraph separators, and the marks that turn the reading direction around. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

function checkParts(parts: MessageParts): void {
  const boxes = [parts.from, parts.to, ...(parts.replyTo === null ? [] : [parts.replyTo])];
  const checks: [part: string, fits: boolean][] = [
    ['reference', /^[A-Za-z0-9-]{1,64}$/.test(parts.ref)],
    ['step', parts.step === null || /^[A-Za-z0-9-]{1,64}$/.test(parts.step)],
    ['Message-ID', /^<[A-Za-z0-9.-]{1,64}@[A-Za-z0-9.-]{1,190}>$/.test(parts.messageId)],
    ['date', !Number.isNaN(parts.date.getTime())],
    ['address', boxes.every((box) => isPlainAddress(box.address))],
    [
      'subject',
      parts.subject.trim() !== '' && parts.subject.length <= 300 && parts.subject.search(UNPRINTABLE) < 0,
    ],
    ['text', parts.text !== ''],
    ['HTML', parts.html !== ''],
    ['language', /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/.test(parts.language)],
    [
      'file name',
      parts.attachments.every(({ fileName }) => /^[A-Za-z0-9][A-Za-z0-9.-]{0,100}$/.test(fileName)),
    ],
    [
      'content type',
      parts.attachments.every(({ contentType }) => /^[a-z]+\/[a-z0-9.+-]+$/.test(contentType)),
    ],
  ];
  const wrong = checks.filter(([, fits]) => !fits).map(([part]) => part);
  if (wrong.length > 0)
    throw new RangeError(`a ${parts.kind} mail cannot be built: unfit ${wrong.join(', ')}`);
}
