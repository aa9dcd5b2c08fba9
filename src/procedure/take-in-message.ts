import { createHash } from 'node:crypto';
import { judgeNotice } from '../mail/inbound/delivery-status.ts';
import type { FetchedMail } from '../mail/inbound/inbox.ts';
import { type Inbound, readInbound, type Traces, type Writing } from '../mail/inbound/read-inbound.ts';
import { referenceIn } from '../mail/return-path.ts';
import { underAbsoluteHoldNow } from '../store/absolute-hold.ts';
import type { Tx } from '../store/database.ts';
import { findProved, type ProvedMail } from '../store/delivery-notices.ts';
import { saveDocument } from '../store/documents.ts';
import {
  beginMessage,
  countPassedOn,
  endMessage,
  type Handled,
  type MessagePlace,
  wasPassedOn,
} from '../store/inbound-messages.ts';
import { type Letter, readLetter } from '../store/letters.ts';
import { passMessage } from '../store/mailbox-folders.ts';
import { type InvitationInMail, invitationOfMail, invitationTo } from '../store/meeting-invitations.ts';
import { readReferral } from '../store/referrals.ts';
import { readStaffMail, type StaffMail, studentsNamedIn } from '../store/staff-mails.ts';
import { openTask } from '../store/tasks.ts';
import { recordLetterBounced, recordLetterDelivered } from './letter-bounced.ts';
import type { Letterbox } from './letterbox.ts';
import { passOnInvitationReply } from './pass-on-invitation-reply.ts';
import { passOnGuardianReply, passOnStaffReply } from './pass-on-reply.ts';
import type { Moment, Procedure } from './procedure.ts';
import { recordStaffMailBounced, recordStaffMailDelivered } from './staff-mail-bounced.ts';

/** So many answers of one person, or to one mail, are passed on in a day; what comes then waits in the mailbox. */
export const MOST_PASSED_ON = 10;

interface Desk {
  readonly letterbox: Letterbox;
  readonly procedure: Procedure;
  readonly moment: Moment;
}

/** A mail of ours that an inbound mail is proved to be about. */
type Subject =
  | { readonly kind: 'letter'; readonly letter: Letter }
  | { readonly kind: 'staff-mail'; readonly mail: StaffMail };

/**
 * Handles one mail of the mailbox in one transaction: what it is, what comes of it, and that it was. Doing it again, also
 * with a copy of the same bytes, changes nothing.
 * @returns what it was and what came of it; null for one that was handled before
 */
export async function takeInMessage(
  desk: Desk,
  place: MessagePlace,
  fetched: FetchedMail,
): Promise<Handled | null> {
  const { letterbox, moment } = desk;
  const inbound = await readInbound(fetched.raw);
  const sha256 = createHash('sha256').update(fetched.raw).digest('hex');
  return letterbox.db.transaction().execute(async (tx) => {
    await passMessage(tx, place);
    const messageId = await beginMessage(tx, { ...place, sha256, on: moment.today, now: moment.now });
    if (messageId === null) return null;
    const handled = await handle(tx, desk, inbound, { ...fetched, messageId });
    await endMessage(tx, messageId, handled);
    return handled;
  });
}

async function handle(
  tx: Tx,
  desk: Desk,
  inbound: Inbound,
  mail: FetchedMail & { messageId: string },
): Promise<Handled> {
  if (inbound.kind === 'unreadable') return { kind: 'unreadable', outcome: 'left', fileAway: false };
  if (inbound.kind === 'own') return { kind: 'own', outcome: 'ignored', fileAway: true };
  const subject = await findSubject(tx, desk, inbound);
  if (subject === null) return { kind: inbound.kind, outcome: 'not-ours', fileAway: false };
  const about = { letterId: idOf(subject, 'letter'), staffMailId: idOf(subject, 'staff-mail') };
  switch (inbound.kind) {
    case 'automatic':
      return { kind: 'automatic', outcome: inbound.sign, ...about, fileAway: true };
    case 'notice':
      return {
        kind: 'notice',
        outcome: await notice(tx, desk, inbound, subject, mail),
        ...about,
        fileAway: true,
      };
    case 'personal':
      return { ...(await answer(tx, desk, inbound.writing, subject, mail)), ...about };
  }
}

/** Only a return path with its seal, or a Message-ID that nobody can guess, proves what a mail is about. */
async function findSubject(
  tx: Tx,
  { letterbox }: Desk,
  inbound: Extract<Inbound, { traces: Traces }>,
): Promise<Subject | null> {
  const { traces } = inbound;
  const keys = [letterbox.secretKey, letterbox.secretKeyBefore].flatMap((key) => key ?? []);
  const refs = traces.deliveredTo.flatMap(
    (address) => keys.map((key) => referenceIn(key, address)).find((ref) => ref !== null) ?? [],
  );
  const proved: ProvedMail | null = await findProved(tx, { refs, messageIds: traces.messageIds });
  if (proved === null) return inbound.kind === 'personal' ? invitedSubject(tx, inbound.writing) : null;
  if (proved.kind === 'letter') {
    const letter = await readLetter(tx, proved.id);
    return letter === null ? null : { kind: 'letter', letter };
  }
  const mail = await readStaffMail(tx, proved.id);
  return mail === null ? null : { kind: 'staff-mail', mail };
}

/** Some calendars do not say which mail they answer, but only the invited know the id of their meeting. */
async function invitedSubject(tx: Tx, { calendar, from }: Writing): Promise<Subject | null> {
  const meetingId = calendar?.uid.slice(0, calendar.uid.indexOf('@')) ?? '';
  if (from === null || !UUID.test(meetingId)) return null;
  const mailId = await invitationTo(tx, meetingId, from);
  const mail = mailId === null ? null : await readStaffMail(tx, mailId);
  return mail === null ? null : { kind: 'staff-mail', mail };
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function idOf(subject: Subject, kind: Subject['kind']): string | null {
  if (subject.kind !== kind) return null;
  return subject.kind === 'letter' ? subject.letter.id : subject.mail.id;
}

async function notice(
  tx: Tx,
  { letterbox, procedure, moment }: Desk,
  { reports }: Extract<Inbound, { kind: 'notice' }>,
  subject: Subject,
  { raw, messageId }: { raw: Buffer; messageId: string },
): Promise<string> {
  const recipient = subject.kind === 'letter' ? subject.letter.envelopeTo : subject.mail.envelopeTo;
  const verdict = judgeNotice(reports, recipient);
  if (verdict.kind === 'undecided') return reports[0]?.action ?? 'says-nothing';
  const documentId = await keep(tx, 'delivery-notice', raw, await studentsOf(tx, subject), moment);
  const told = { report: verdict.report, documentId, messageId };
  if (subject.kind === 'letter') {
    return verdict.kind === 'failed'
      ? recordLetterBounced(tx, procedure, subject.letter, told, moment)
      : recordLetterDelivered(tx, procedure, subject.letter, told, moment);
  }
  return verdict.kind === 'failed'
    ? recordStaffMailBounced(tx, procedure, letterbox.config, subject.mail, told, moment)
    : recordStaffMailDelivered(tx, procedure, subject.mail, told, moment);
}

async function answer(
  tx: Tx,
  desk: Desk,
  writing: Writing,
  subject: Subject,
  { raw, whole, messageId }: FetchedMail & { messageId: string },
): Promise<Handled> {
  const { letterbox, moment } = desk;
  const kind = whole ? 'personal' : 'too-large';
  const sender = writing.from === null ? null : createHash('sha256').update(writing.from).digest('hex');
  const about = { letterId: idOf(subject, 'letter'), staffMailId: idOf(subject, 'staff-mail') };
  if (await wasPassedOn(tx, writing.key)) return { kind, outcome: 'copy', sender, fileAway: true };
  const invitation = subject.kind === 'letter' ? null : await invitationOfMail(tx, subject.mail.id);
  const studentId =
    subject.kind === 'letter' ? subject.letter.studentId : (invitation?.meeting.studentId ?? null);
  // About a student who is dead or missing no mail leaves, not even to the office: it stays where people look.
  const mayLeave = studentId === null || !(await underAbsoluteHoldNow(tx, studentId));
  const passedOn = await countPassedOn(tx, { sender, ...about, on: moment.today });
  if (!mayLeave || passedOn >= MOST_PASSED_ON) {
    await askToRead(tx, desk, subject, invitation, mayLeave ? 'many on one day' : 'nothing may leave');
    return { kind, outcome: mayLeave ? 'too-many' : 'absolute-hold', sender, fileAway: false };
  }
  const documentId = whole ? await keep(tx, 'reply', raw, await studentsOf(tx, subject), moment) : null;
  const reply = { writing, raw: whole ? raw : null, documentId, messageId };
  if (subject.kind === 'letter') await passOnGuardianReply(tx, letterbox, subject.letter, reply, moment);
  else if (invitation !== null)
    await passOnInvitationReply(tx, letterbox, subject.mail, invitation, reply, moment);
  else await passOnStaffReply(tx, letterbox, subject.mail, reply, moment);
  return { kind, outcome: 'passed-on', sender, writing: writing.key, fileAway: whole };
}

async function askToRead(
  tx: Tx,
  desk: Desk,
  subject: Subject,
  invitation: InvitationInMail | null,
  why: string,
): Promise<void> {
  const { procedure, moment } = desk;
  const letter = subject.kind === 'letter' ? subject.letter : null;
  const about = [
    ...(letter === null ? [] : [`letter ${letter.ref}`]),
    ...(invitation === null ? [] : [`meeting ${invitation.meeting.ref}`]),
  ];
  await openTask(
    tx,
    {
      key: `read-replies:${letter?.id ?? invitation?.meeting.id ?? 'staff'}`,
      kind: 'read-replies',
      role: letter === null && invitation === null ? 'it-contact' : 'attendance-clerk',
      openedOn: moment.today,
      dueOn: procedure.calendarOf(null).addSchoolDays(moment.today, 1) ?? moment.today,
      // Not about the student: what is asked is to look into the mailbox.
      schoolId: letter?.schoolId ?? invitation?.meeting.schoolId ?? null,
      detail: [...about, why].join(', '),
    },
    moment.now,
  );
}

/** Whom a mail concerns, by the mail of ours that it answers. */
async function studentsOf(tx: Tx, subject: Subject): Promise<readonly number[]> {
  if (subject.kind === 'letter') return [subject.letter.studentId];
  const { referralId } = subject.mail;
  const referral = referralId === null ? null : await readReferral(tx, { id: referralId });
  return referral === null ? studentsNamedIn(tx, subject.mail.id) : [referral.studentId];
}

async function keep(
  tx: Tx,
  kind: string,
  bytes: Buffer,
  students: readonly number[],
  moment: Moment,
): Promise<string> {
  const document = { mediaType: 'message/rfc822', kind, bytes, students, now: moment.now };
  return (await saveDocument(tx, document)).id;
}
