import type { RenderedMail } from '../documents/staff-mail.ts';
import type { StaffMailKind } from '../domain/mail-kinds.ts';
import { type Attachment, buildMessage, type CalendarPart, type MessageParts } from '../mail/message.ts';
import { messageId } from '../mail/message-id.ts';
import type { Db } from '../store/database.ts';
import { saveDocument } from '../store/documents.ts';
import { queueStaffMail } from '../store/staff-mails.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';
import { returnPathOf } from './return-path-of.ts';

/** What a mail to staff consists of. */
export interface StaffMessage {
  kind: StaffMailKind;
  ref: string;
  /** The same mail is never composed twice. */
  key: string;
  to: { name: string; email: string };
  rendered: RenderedMail;
  attachments?: readonly Attachment[];
  /** Where its answers go, instead of where those to all mails go. */
  replyTo?: { readonly name: string; readonly address: string } | null;
  /** Not set: English. */
  language?: string;
  calendar?: CalendarPart | null;
}

/** Freezes a mail to staff, the officer or who is invited to a meeting, and puts it in line. @returns its id, or null when it was composed before */
export async function queueStaffMessage(
  tx: Db,
  letterbox: Letterbox,
  mail: StaffMessage & {
    referralId?: string;
    /** Whom it names: it does not leave once nothing may be said about one of them. */
    studentIds?: readonly number[];
    /** Whose content it holds, where it leaves whatever may be said about them. Not set: that of those whom it names. */
    contentOf?: readonly number[];
  },
  moment: Moment,
): Promise<string | null> {
  const { raw, messageId: id } = await buildStaffMessage(letterbox, mail, moment);
  const document = await saveDocument(tx, {
    mediaType: 'message/rfc822',
    kind: 'message',
    bytes: raw,
    students: mail.contentOf ?? mail.studentIds ?? [],
    now: moment.now,
  });
  return queueStaffMail(tx, {
    ref: mail.ref,
    kind: mail.kind,
    key: mail.key,
    toName: mail.to.name,
    toEmail: mail.to.email,
    messageDocumentId: document.id,
    messageId: id,
    envelopeFrom: returnPathOf(letterbox, mail.ref),
    referralId: mail.referralId ?? null,
    studentIds: mail.studentIds ?? [],
    now: moment.now,
  });
}

/** The bytes of such a mail, which are kept nowhere yet. */
export async function buildStaffMessage(
  letterbox: Letterbox,
  mail: StaffMessage,
  moment: Moment,
): Promise<{ raw: Buffer; messageId: string }> {
  const { config } = letterbox;
  const id = messageId(letterbox.secretKey, mail.key, config.mail.messageIdDomain);
  const parts: MessageParts = {
    kind: mail.kind,
    ref: mail.ref,
    step: null,
    messageId: id,
    date: moment.now,
    from: config.mail.from,
    to: { name: mail.to.name, address: mail.to.email },
    replyTo: mail.replyTo ?? config.mail.replyTo,
    subject: mail.rendered.subject,
    text: mail.rendered.text,
    html: mail.rendered.html,
    language: mail.language ?? 'en',
    attachments: mail.attachments ?? [],
    calendar: mail.calendar ?? null,
  };
  return { raw: await buildMessage(parts, config.mail.dkim), messageId: id };
}
