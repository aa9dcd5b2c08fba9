import { calendarInvitation } from '../documents/calendar-invitation.ts';
import {
  type InvitationFacts,
  type InvitationName,
  invitationSheet,
  renderInvitation,
} from '../documents/invitation.ts';
import { type MeetingNews, outsideMeetingMail, staffMeetingMail } from '../documents/meeting-mail.ts';
import type { RenderedMail } from '../documents/staff-mail.ts';
import { whenInWords } from '../domain/meeting-words.ts';
import type { RecipientLetter } from '../domain/recipients.ts';
import { instantInZone } from '../domain/school-date.ts';
import { addToFile } from '../store/attendance-files.ts';
import type { Tx } from '../store/database.ts';
import { saveDocument } from '../store/documents.ts';
import { saveInvitation, takeBackInvitations, takeBackPapers } from '../store/meeting-invitations.ts';
import { type InviteeInLine, inviteesOf, rerouteInvitee } from '../store/meeting-invitees.ts';
import type { StoredMeeting } from '../store/meetings.ts';
import { newMailReference } from '../store/staff-mails.ts';
import { loadStudentFacts, type StoredFacts } from '../store/student-facts.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import { familyWays } from './choose-invitees.ts';
import type { Letterbox } from './letterbox.ts';
import { handOverKey, undeliveredKey } from './meeting-tasks.ts';
import { type Moment, modeOf, type Procedure } from './procedure.ts';
import { readSchoolFacts, type SchoolFacts, schoolYearLabel } from './school-facts.ts';
import { queueStaffMessage } from './staff-message.ts';

/**
 * Tells everybody who is invited how a meeting stands, each once for each state of it: by e-mail with an entry for the
 * calendar, or on paper that the office hands over. What has not left yet of an earlier state never does. The way to a
 * family is looked up anew each time. Nobody is invited to what is over.
 * @returns the invited, as they stand now
 */
export async function tellInvited(
  tx: Tx,
  letterbox: Letterbox,
  procedure: Procedure,
  meeting: StoredMeeting,
  moment: Moment,
): Promise<readonly InviteeInLine[]> {
  const { studentId: id, schoolYear } = meeting;
  const facts = await loadStudentFacts(tx, { id, schoolYear });
  const isOff = isCalledOff(meeting, moment);
  if (facts === null || meeting.on < moment.today || (meeting.state !== 'scheduled' && !isOff))
    return inviteesOf(tx, meeting.id);
  const school = await readSchoolFacts(tx, letterbox.config, meeting.schoolId);
  await takeBackInvitations(tx, meeting, 'overtaken');
  const all = await inviteesOf(tx, meeting.id);
  const names = all.map(({ name }) => name);
  const telling = { tx, letterbox, procedure, meeting, facts, school, moment, names, isOff };
  for (const invitee of all) {
    if (!isOff && hasCurrent(invitee, meeting)) continue;
    // Whoever is told now need not be told by hand any more.
    await closeTasks(tx, { keys: [undeliveredKey(invitee.id)] }, closedBy(isOff, moment));
    const isOnPaper = await hasHandedOver(tx, meeting.id, invitee, closedBy(isOff, moment));
    await tell(telling, invitee, invitee.toldByMail || isOnPaper);
  }
  return inviteesOf(tx, meeting.id);
}

/** A sheet that nobody has handed over yet has told nothing, and is not handed over any more. */
async function hasHandedOver(
  tx: Tx,
  meetingId: string,
  { id, toldOnPaper }: InviteeInLine,
  closed: ReturnType<typeof closedBy>,
): Promise<boolean> {
  if ((await closeTasks(tx, { keys: [handOverKey(id)] }, closed)) === 0) return toldOnPaper;
  await takeBackPapers(tx, id);
  const now = (await inviteesOf(tx, meetingId)).find((one) => one.id === id);
  return now?.toldOnPaper ?? false;
}

interface Telling {
  readonly tx: Tx;
  readonly letterbox: Letterbox;
  readonly procedure: Procedure;
  readonly meeting: StoredMeeting;
  readonly facts: StoredFacts;
  readonly school: SchoolFacts;
  readonly moment: Moment;
  /** Of everybody who is invited. */
  readonly names: readonly string[];
  /** It does not take place. */
  readonly isOff: boolean;
}

/** Cancelled, or refused by the family before its day was over. */
function isCalledOff({ state, on }: StoredMeeting, { today }: Moment): boolean {
  return state === 'cancelled' || (state === 'refused' && on >= today);
}

function closedBy(isOff: boolean, { today, now }: Moment) {
  return { reason: isOff ? 'meeting-cancelled' : 'meeting-changed', on: today, now };
}

/** What was made for this state of the meeting stands. */
function hasCurrent({ last }: InviteeInLine, { sequence }: StoredMeeting): boolean {
  if (last === null || last.sequence !== sequence || last.method !== 'request') return false;
  return last.documentId !== null || !['rejected', 'cancelled'].includes(last.mailState ?? 'cancelled');
}

async function tell(telling: Telling, invitee: InviteeInLine, isTold: boolean): Promise<void> {
  const { tx, meeting, procedure, facts, moment, school, isOff } = telling;
  // Whoever has heard of nothing needs no cancellation.
  if (isOff && !isTold) return;
  const news: MeetingNews = isOff ? 'cancelled' : isTold ? 'changed' : 'invited';
  if (invitee.kind !== 'family') {
    if (invitee.channel !== 'email' || invitee.email === null) return;
    return mailTo(telling, invitee, news, { rendered: wordsFor(telling, invitee, news), language: 'en' });
  }
  const at = { id: meeting.schoolId, sourcedId: school.sourcedId };
  const ways = familyWays(facts, procedure, at, moment);
  const way = ways.find(({ guardianIds }) => isSameFamily(guardianIds, invitee.guardianIds));
  if (way === undefined) {
    const none = { ...invitee, email: null, channel: 'none' as const, reason: 'recipient-changed' };
    return rerouteInvitee(tx, invitee.id, none);
  }
  // Whoever was told by e-mail that did not arrive gets it on paper.
  const isLost = invitee.channel === 'paper' && invitee.reason === 'not-delivered';
  const now = isLost && way.channel === 'email' ? { ...way, channel: 'paper' as const, email: null } : way;
  const { letter, ...kept } = now;
  await rerouteInvitee(tx, invitee.id, isLost ? { ...kept, reason: 'not-delivered' } : kept);
  const writing = invitationFacts(telling, letter, news);
  // A family that has refused needs no sheet that says so.
  if (now.channel === 'paper' && meeting.state === 'refused') return;
  if (now.channel === 'paper') return handOver(telling, { ...invitee, ...kept }, writing);
  if (now.channel === 'none' || now.email === null) return;
  const rendered = renderInvitation(telling.letterbox.templates, writing);
  if (rendered.kind === 'no-template')
    return rerouteInvitee(tx, invitee.id, { ...kept, channel: 'none', reason: 'no-template' });
  const { mail, language, description } = rendered;
  return mailTo(telling, { ...invitee, ...kept }, news, { rendered: mail, language, description });
}

/** Those who were invited together may by now be written to apart. */
function isSameFamily(now: readonly number[], then: readonly number[]): boolean {
  return now.length === 0 ? then.length === 0 : now.some((id) => then.includes(id));
}

const TEMPLATES: Readonly<Record<MeetingNews, InvitationName>> = {
  invited: 'meeting-invitation',
  changed: 'meeting-changed',
  cancelled: 'meeting-cancelled',
};

function invitationFacts(telling: Telling, letter: RecipientLetter, news: MeetingNews): InvitationFacts {
  const { letterbox, meeting, facts, school, moment } = telling;
  const people = facts.guardians.filter(({ id }) => letter.guardianIds.includes(id));
  const student = { givenName: facts.givenName, familyName: facts.familyName, grade: facts.grade };
  return {
    template: TEMPLATES[news],
    reference: meeting.ref,
    language: letter.language,
    date: moment.today,
    schoolYear: schoolYearLabel(meeting.schoolYear),
    district: letterbox.config.district,
    school,
    student,
    addressees: letter.toStudent
      ? [student]
      : people.map(({ givenName, familyName }) => ({ givenName, familyName })),
    postalAddress: letter.address,
    meeting,
    signature: school.signature,
    contact: school.contact,
    pictures: school.pictures,
  };
}

function wordsFor(telling: Telling, { kind }: InviteeInLine, news: MeetingNews): RenderedMail {
  const { meeting, school, letterbox, facts, names } = telling;
  const about = {
    news,
    reference: meeting.ref,
    meeting,
    school,
    district: letterbox.config.district.name,
  };
  if (kind === 'other') return outsideMeetingMail(about);
  const student = { name: `${facts.givenName} ${facts.familyName}`, grade: facts.grade };
  return staffMeetingMail({ ...about, student, invited: names });
}

async function mailTo(
  telling: Telling,
  invitee: InviteeInLine,
  news: MeetingNews,
  { rendered, language, description }: { rendered: RenderedMail; language: string; description?: string },
): Promise<void> {
  const { tx, letterbox, procedure, meeting, school, moment, facts } = telling;
  const { config } = letterbox;
  const method = news === 'cancelled' ? 'cancel' : 'request';
  const to = { name: invitee.name, email: invitee.email ?? '' };
  const answersTo = config.mail.replyTo ?? config.mail.from;
  const office =
    school.contact.email === null ? answersTo : { name: school.name, address: school.contact.email };
  const ref = newMailReference();
  const again = invitee.last?.mailId == null ? '' : `:after:${invitee.last.mailId}`;
  const mailId = await queueStaffMessage(
    tx,
    letterbox,
    {
      kind: invitee.kind === 'staff' ? 'task' : 'meeting',
      ref,
      key: `meeting:${invitee.id}:${meeting.sequence}:${method}${again}`,
      to,
      rendered,
      language,
      studentIds: [facts.studentId],
      replyTo: office,
      calendar: {
        method,
        content: calendarInvitation({
          method,
          uid: `${meeting.id}@${config.mail.messageIdDomain}`,
          sequence: meeting.sequence,
          madeAt: moment.now,
          begins: instantInZone(meeting.on, meeting.at, procedure.timeZone),
          minutes: meeting.minutes,
          language,
          summary: invitee.kind === 'family' ? rendered.subject : `Meeting ${meeting.ref}, ${school.name}`,
          location: meeting.place,
          description:
            description ?? [meeting.callIn, meeting.ref].filter((line) => line !== null).join('\n'),
          organizer: office,
          attendee: { name: to.name, address: to.email },
        }),
      },
    },
    moment,
  );
  await saveInvitation(tx, {
    meetingId: meeting.id,
    inviteeId: invitee.id,
    sequence: meeting.sequence,
    method,
    mailId,
    documentId: null,
    now: moment.now,
  });
}

/** Paper lies in the file, and the clerk is asked to hand it over. */
async function handOver(telling: Telling, invitee: InviteeInLine, writing: InvitationFacts): Promise<void> {
  const { tx, letterbox, procedure, meeting, school, moment, isOff } = telling;
  const { today, now } = moment;
  const sheet = await invitationSheet(letterbox.templates, writing);
  if (sheet.kind !== 'rendered')
    return rerouteInvitee(tx, invitee.id, { ...invitee, channel: 'none', reason: sheet.kind });
  const document = await saveDocument(tx, {
    mediaType: 'application/pdf',
    kind: 'invitation',
    bytes: sheet.pdf,
    students: [meeting.studentId],
    now,
  });
  await saveInvitation(tx, {
    meetingId: meeting.id,
    inviteeId: invitee.id,
    sequence: meeting.sequence,
    method: isOff ? 'cancel' : 'request',
    mailId: null,
    documentId: document.id,
    now,
  });
  const { studentId, schoolYear, schoolId, ref } = meeting;
  await addToFile(
    tx,
    { studentId, schoolYear, now },
    {
      onDate: today,
      kind: 'document',
      title: `${paperTitles[writing.template]} ${ref} on paper, for ${invitee.name}`,
      documentId: document.id,
    },
  );
  const dueOn = procedure.calendarOf(school.sourcedId).addSchoolDays(today, 1) ?? today;
  await openTask(
    tx,
    {
      key: handOverKey(invitee.id),
      kind: 'hand-over-invitation',
      role: 'attendance-clerk',
      openedOn: today,
      dueOn: dueOn < meeting.on ? dueOn : today,
      studentId,
      schoolId,
      schoolYear,
      detail: `${ref}, ${whenInWords(meeting)}, for ${invitee.name}`,
      shadow: modeOf(procedure.modes, school.sourcedId) === 'shadow',
    },
    now,
  );
}

const paperTitles: Readonly<Record<InvitationName, string>> = {
  'meeting-invitation': 'Invitation to meeting',
  'meeting-changed': 'Change of meeting',
  'meeting-cancelled': 'Cancellation of meeting',
};
