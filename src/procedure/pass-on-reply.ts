import { type Block, paragraph } from '../documents/content.ts';
import { longDate } from '../documents/dates.ts';
import { renderStaffMail } from '../documents/staff-mail.ts';
import type { Writing } from '../mail/inbound/read-inbound.ts';
import type { Attachment } from '../mail/message.ts';
import { addToFile } from '../store/attendance-files.ts';
import type { Tx } from '../store/database.ts';
import type { Letter } from '../store/letters.ts';
import { readReferral } from '../store/referrals.ts';
import { newMailReference, type StaffMail } from '../store/staff-mails.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';
import { readSchoolFacts } from './school-facts.ts';
import { shortHash } from './short-hash.ts';
import { queueStaffMessage } from './staff-message.ts';

/** What a person has answered, to which mail of ours. */
export interface Answer {
  readonly writing: Writing;
  /** The mail as it came; null: it is too large to be passed on. */
  readonly raw: Buffer | null;
  /** Where it is kept; null with `raw`. */
  readonly documentId: string | null;
  readonly messageId: string;
}

/**
 * A guardian has answered a letter: the answer lies in the attendance file, and the school's office gets it. Nobody is
 * answered by us.
 */
export async function passOnGuardianReply(
  tx: Tx,
  letterbox: Letterbox,
  letter: Letter,
  answer: Answer,
  moment: Moment,
): Promise<void> {
  const school = await readSchoolFacts(tx, letterbox.config, letter.schoolId);
  const student = await tx
    .selectFrom('student')
    .select(['given_name', 'family_name'])
    .where('id', '=', letter.studentId)
    .executeTakeFirstOrThrow();
  const { from } = answer.writing;
  const isAddressee = from !== null && from === letter.envelopeTo?.toLowerCase();
  await addToFile(
    tx,
    { studentId: letter.studentId, schoolYear: letter.schoolYear, now: moment.now },
    {
      onDate: moment.today,
      kind: 'document',
      title: `Reply received to letter ${letter.ref} (${letter.step})`,
      detail: isAddressee
        ? 'From the address that the letter was sent to.'
        : 'From another address than the letter was sent to.',
      letterId: letter.id,
      documentId: answer.documentId,
    },
  );
  await queueAnswer(tx, letterbox, answer, moment, {
    about: `letter ${letter.ref}`,
    concerns: `It concerns ${student.given_name} ${student.family_name}, ${school.name}.`,
    to: officeOf(letterbox, school),
    // Whoever writes from elsewhere may be anybody: an answer must be addressed by hand.
    replyTo: isAddressee ? { name: '', address: from } : null,
    sender: senderInWords(from, isAddressee),
    studentIds: [letter.studentId],
  });
}

/** Somebody has answered a mail to staff, or the officer one about a case. */
export async function passOnStaffReply(
  tx: Tx,
  letterbox: Letterbox,
  mail: StaffMail,
  answer: Answer,
  moment: Moment,
): Promise<void> {
  const { config } = letterbox;
  const referral = mail.referralId === null ? null : await readReferral(tx, { id: mail.referralId });
  const { from } = answer.writing;
  const isAddressee = from !== null && from === mail.toEmail.toLowerCase();
  const school = referral === null ? null : await readSchoolFacts(tx, config, referral.schoolId);
  if (referral !== null) {
    await addToFile(
      tx,
      { studentId: referral.studentId, schoolYear: referral.schoolYear, now: moment.now },
      {
        onDate: moment.today,
        kind: 'referral',
        title: `Answer received to a mail about case ${referral.ref}`,
        detail: isAddressee ? 'From the truancy officer’s address.' : 'From another address.',
        documentId: answer.documentId,
      },
    );
  }
  const people =
    school === null
      ? config.staffFor('it-contact', null)
      : config.staffFor('administrator', school.sourcedId);
  await queueAnswer(tx, letterbox, answer, moment, {
    about: referral === null ? `mail ${mail.ref}` : `case ${referral.ref}`,
    concerns:
      school === null
        ? 'It answers a mail of Rollcall to staff.'
        : `It concerns a student of ${school.name}.`,
    to: (people.length > 0 ? people : config.staff).slice(0, 5),
    replyTo: isAddressee ? { name: '', address: from } : null,
    sender: senderInWords(from, isAddressee),
    studentIds: referral === null ? [] : [referral.studentId],
  });
}

/** The school's own box; where it has none, or that is the mailbox we read, its clerks. */
export function officeOf(
  { config }: Letterbox,
  school: { name: string; sourcedId: string; contact: { email: string | null } },
): readonly { name: string; email: string }[] {
  const { email } = school.contact;
  const ours = [
    config.mail.from.address,
    config.mail.replyTo?.address,
    config.mail.returnPath,
    config.mailbox?.user,
  ];
  const isOurs = ours.some((one) => one?.toLowerCase() === email?.toLowerCase());
  if (email !== null && !isOurs) return [{ name: school.name, email }];
  for (const role of ['attendance-clerk', 'administrator'] as const) {
    const people = config.staffFor(role, school.sourcedId);
    if (people.length > 0) return people.slice(0, 5);
  }
  return config.staff.slice(0, 1);
}

export async function queueAnswer(
  tx: Tx,
  letterbox: Letterbox,
  { writing, raw, messageId }: Answer,
  moment: Moment,
  mail: {
    about: string;
    concerns: string;
    to: readonly { name: string; email: string }[];
    replyTo: { name: string; address: string } | null;
    sender: string;
    studentIds: readonly number[];
  },
): Promise<void> {
  const { templates, config } = letterbox;
  for (const person of mail.to) {
    const ref = newMailReference();
    const rendered = renderStaffMail(
      templates,
      'reply',
      {
        date: longDate(moment.today, 'en'),
        'answer.about': mail.about,
        'answer.concerns': mail.concerns,
        'answer.sender': mail.sender,
        'answer.rest': restInWords(raw, writing),
      },
      { answer: quoted(writing.lines) },
      { district: config.district.name, reference: ref },
    );
    await queueStaffMessage(
      tx,
      letterbox,
      {
        kind: 'task',
        ref,
        key: `reply:${messageId}:${shortHash(person.email.toLowerCase(), 16)}`,
        to: person,
        rendered,
        attachments: raw === null ? [] : [asAttachment(raw, ref)],
        studentIds: mail.studentIds,
        replyTo: mail.replyTo,
      },
      moment,
    );
  }
}

export function senderInWords(from: string | null, isAddressee: boolean): string {
  if (from === null)
    return 'The sender’s address cannot be read. Please make sure who wrote before you answer.';
  return isAddressee
    ? `From ${from}, the address that the mail was sent to. An answer to this mail goes there.`
    : `From ${from}, which is not the address that the mail was sent to. Please make sure who wrote before you answer or tell anything about a student.`;
}

function restInWords(raw: Buffer | null, { attachments }: Writing): string {
  if (raw === null) return 'It is too large to be passed on: please look at it in the mailbox itself.';
  const count =
    attachments === 0 ? '' : ` with ${attachments === 1 ? 'one attachment' : `${attachments} attachments`}`;
  return `The whole mail${count} is attached. Open attachments of people outside with care.`;
}

/** Word for word, marked as somebody else's. */
function quoted(lines: readonly string[]): Block[] {
  const written = lines.some((line) => line !== '') ? lines : ['(There is no text in it.)'];
  const text = written.map((line) => `> ${line}`.trim()).join('\n');
  return [paragraph(text)];
}

/** A mail inside a mail must not be encoded, so one that is not plain text on short lines travels as a file. */
function asAttachment(raw: Buffer, ref: string): Attachment {
  const isPlain = raw.every((byte) => byte < 128 && byte !== 0) && !hasLongLine(raw);
  return {
    fileName: `answer-${ref}.eml`,
    contentType: isPlain ? 'message/rfc822' : 'application/octet-stream',
    content: raw,
  };
}

function hasLongLine(raw: Buffer): boolean {
  let start = 0;
  for (let end = raw.indexOf(10); ; end = raw.indexOf(10, start)) {
    if ((end < 0 ? raw.length : end) - start > 900) return true;
    if (end < 0) return false;
    start = end + 1;
  }
}
