import { createHash } from 'node:crypto';
import PostalMime, { type Email } from 'postal-mime';
import { syntacticAddress } from '../../domain/email-address.ts';
import { type AutomaticSign, automaticSign } from './automatic.ts';
import { type CalendarReply, readCalendarReply } from './calendar-reply.ts';
import { type DeliveryReport, readDeliveryStatus, statusIn, withoutAddresses } from './delivery-status.ts';
import {
  addressesIn,
  firstValue,
  type HeaderField,
  messageIdsIn,
  readBlocks,
  valuesOf,
} from './header-fields.ts';
import { plainLines } from './plain-text.ts';

/** Traces of a mail of ours: nothing is proved by them yet. */
export interface Traces {
  /** Addresses that it was delivered to: one may be a return path of ours. */
  readonly deliveredTo: readonly string[];
  readonly messageIds: readonly string[];
}

/** What one mail in the mailbox is. */
export type Inbound =
  /** A mail system tells what became of a mail. */
  | { readonly kind: 'notice'; readonly traces: Traces; readonly reports: readonly DeliveryReport[] }
  | { readonly kind: 'automatic'; readonly traces: Traces; readonly sign: AutomaticSign }
  /** One of our own has come back. */
  | { readonly kind: 'own' }
  | { readonly kind: 'personal'; readonly traces: Traces; readonly writing: Writing }
  /** Deeper, longer or stranger than any mail has to be. */
  | { readonly kind: 'unreadable' };

export interface Writing {
  /** Lower case; null where there is no plain one. */
  readonly from: string | null;
  readonly lines: readonly string[];
  readonly attachments: number;
  /** What a calendar program answers to an invitation; null: it is none of those. */
  readonly calendar: CalendarReply | null;
  /** The same for every copy of it that is delivered. */
  readonly key: string;
}

const MOST_HEADER_BYTES = 256 * 1024;
const DEEPEST_PART = 20;
/** As many as an attachment of the largest size has. */
const MOST_LINES = 180_000;
const MOST_SHORT_LINES = 50_000;
const SHORT_LINE = 60;

/**
 * Reads one mail. Nothing in it is believed: it may be forged, broken or made to harm.
 * @param raw RFC 822 bytes, or the headers alone
 */
export async function readInbound(raw: Uint8Array): Promise<Inbound> {
  const mail = await parse(raw);
  if (mail === null) return { kind: 'unreadable' };
  const { headers } = mail;
  if (headers.some(({ key }) => key.startsWith('x-rollcall-'))) return { kind: 'own' };
  const reports = reportsIn(mail);
  if (reports !== null) return { kind: 'notice', traces: tracesOfNotice(mail), reports };
  const traces = tracesIn(headers);
  const writing = writingIn(mail);
  const sign = automaticSign(headers, mail.subject ?? '');
  // A calendar program answers because a person has pressed a button, whatever it calls itself.
  if (sign !== null && writing.calendar === null) return { kind: 'automatic', traces, sign };
  return { kind: 'personal', traces, writing };
}

async function parse(raw: Uint8Array): Promise<Email | null> {
  if (hasTooManyLines(raw)) return null;
  try {
    return await PostalMime.parse(raw, {
      // A returned mail is evidence; mails in mails in mails are not followed.
      forceRfc822Attachments: true,
      maxNestingDepth: DEEPEST_PART,
      maxHeadersSize: MOST_HEADER_BYTES,
    });
  } catch {
    return null;
  }
}

/** The parser takes its time for each line: mails of nothing but line breaks would keep everything else waiting. */
function hasTooManyLines(raw: Uint8Array): boolean {
  let [lines, short, start] = [0, 0, 0];
  for (let end = raw.indexOf(10); end >= 0; end = raw.indexOf(10, start)) {
    lines += 1;
    if (end - start < SHORT_LINE) short += 1;
    if (lines > MOST_LINES || short > MOST_SHORT_LINES) return true;
    start = end + 1;
  }
  return false;
}

function tracesIn(headers: readonly HeaderField[]): Traces {
  return {
    deliveredTo: addressesIn(
      valuesOf(headers, 'to', 'cc', 'delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to'),
    ),
    messageIds: messageIdsIn(valuesOf(headers, 'in-reply-to', 'references')),
  };
}

/** @returns null when the mail is no notice of a mail system */
function reportsIn(mail: Email): DeliveryReport[] | null {
  const part = mail.attachments.find(({ mimeType }) =>
    /^message\/(?:global-)?delivery-status$/.test(mimeType),
  );
  if (part !== undefined) return readDeliveryStatus(bytesOf(part.content));
  const failed = addressesIn(valuesOf(mail.headers, 'x-failed-recipients'));
  return failed.length === 0 ? null : [eximReport(mail, failed)];
}

/** Exim without RFC 3464: a header that only final failures have, and the reason in the text. */
function eximReport(mail: Email, failed: readonly string[]): DeliveryReport {
  const text = (mail.text ?? '').slice(0, 20_000);
  const said = /^.{0,400}\b[45]\d\d[ -].{0,400}$/m.exec(text)?.[0] ?? '';
  return {
    action: 'failed',
    status: statusIn(said) ?? (/\b5\d\d[ -]/.test(said) ? '5.0.0' : null),
    recipients: failed.map((address) => address.toLowerCase()),
    said: withoutAddresses(said),
  };
}

/** Also what the returned mail, or its headers, tell: in a part of their own, or under the text. */
function tracesOfNotice(mail: Email): Traces {
  const returned = mail.attachments
    .filter(({ mimeType }) =>
      /^(?:message\/(?:rfc822|global)|text\/rfc822-headers|message\/global-headers)$/.test(mimeType),
    )
    .slice(0, 3)
    .map(({ content }) => bytesOf(content));
  const texts = [...returned, Buffer.from((mail.text ?? '').slice(0, 64 * 1024))];
  const ids = texts.flatMap((bytes) =>
    readBlocks(bytes, 40).flatMap((block) => messageIdsIn(firstValue(block, 'message-id'))),
  );
  const own = tracesIn(mail.headers);
  return { ...own, messageIds: [...new Set([...ids, ...own.messageIds])].slice(0, 40) };
}

function writingIn(mail: Email): Writing {
  const verdict = syntacticAddress(mail.from?.address ?? null);
  const from = verdict.kind === 'usable' ? verdict.address.toLowerCase() : null;
  const id = messageIdsIn(mail.messageId ?? '')[0] ?? '';
  const lines = plainLines(mail.text, mail.html);
  // A mail without an id of its own is known by what it says.
  const identity = id === '' ? [from, mail.date ?? '', lines] : [from, id];
  return {
    from,
    lines,
    attachments: mail.attachments.length,
    calendar: calendarIn(mail),
    key: createHash('sha256').update(JSON.stringify(identity)).digest('hex'),
  };
}

/** The same answer often comes twice in one mail, as a part of it and as a file. */
function calendarIn(mail: Email): CalendarReply | null {
  const replies = mail.attachments
    .filter(({ mimeType }) => /^(?:text\/calendar|application\/ics)$/i.test(mimeType))
    .slice(0, 3)
    .flatMap(({ content }) => readCalendarReply(Buffer.from(bytesOf(content)).toString('utf8')) ?? []);
  const [first, ...more] = replies;
  const isOne = more.every((other) => other.uid === first?.uid && other.answer === first.answer);
  return first !== undefined && isOne ? first : null;
}

function bytesOf(content: ArrayBuffer | Uint8Array | string): Uint8Array {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof Uint8Array ? content : new Uint8Array(content);
}
