import { whenInWords } from '../domain/meeting-words.ts';
import { addToFile } from '../store/attendance-files.ts';
import type { Tx } from '../store/database.ts';
import { invitationOfMail, takeBackInvitation } from '../store/meeting-invitations.ts';
import { rerouteInvitee, type StoredInvitee } from '../store/meeting-invitees.ts';
import type { StoredMeeting } from '../store/meetings.ts';
import type { HandOver } from '../store/send-protocol.ts';
import type { StaffMail } from '../store/staff-mails.ts';
import { loadStudentFacts } from '../store/student-facts.ts';
import { openTask } from '../store/tasks.ts';
import { familyWays } from './choose-invitees.ts';
import { undeliveredKey } from './meeting-tasks.ts';
import { type Moment, modeOf, type Procedure } from './procedure.ts';

/**
 * Before it is handed over: whether an invitation still says how the meeting stands, and whether its reader may be
 * written to today at this address. One that may not leave never does; the clerk tells the person in another way.
 * @returns whether it may leave
 */
export async function recheckInvitation(
  tx: Tx,
  procedure: Procedure,
  mail: StaffMail,
  moment: Moment,
): Promise<boolean> {
  const found = await invitationOfMail(tx, mail.id);
  if (found === null) return false;
  const { meeting, invitee, sequence } = found;
  if (sequence !== meeting.sequence || meeting.on < moment.today) {
    await takeBackInvitation(tx, mail.id, sequence === meeting.sequence ? 'too-late' : 'overtaken');
    if (sequence === meeting.sequence) await askToTell(tx, procedure, { meeting, invitee }, moment);
    return false;
  }
  if (await mayBeWrittenTo(tx, procedure, { meeting, invitee }, mail, moment)) return true;
  await takeBackInvitation(tx, mail.id, 'recipient-changed');
  await rerouteInvitee(tx, invitee.id, { ...invitee, channel: 'none', reason: 'recipient-changed' });
  await askToTell(tx, procedure, { meeting, invitee }, moment);
  return false;
}

async function mayBeWrittenTo(
  tx: Tx,
  procedure: Procedure,
  { meeting, invitee }: Invited,
  mail: StaffMail,
  moment: Moment,
): Promise<boolean> {
  const { sourced_id: sourcedId } = await tx
    .selectFrom('school')
    .select('sourced_id')
    .where('id', '=', meeting.schoolId)
    .executeTakeFirstOrThrow();
  if (modeOf(procedure.modes, sourcedId) !== 'live') return false;
  if (invitee.kind !== 'family') return true;
  const facts = await loadStudentFacts(tx, { id: meeting.studentId, schoolYear: meeting.schoolYear });
  if (facts === null) return false;
  const ways = familyWays(facts, procedure, { id: meeting.schoolId, sourcedId }, moment);
  return ways.some(
    (way) =>
      way.channel === 'email' &&
      way.email?.toLowerCase() === mail.toEmail.toLowerCase() &&
      invitee.guardianIds.every((id) => way.guardianIds.includes(id)),
  );
}

/**
 * What the mail server made of an invitation: one that has left stands in the file; of one that did not arrive, or may
 * not have, the clerk hears.
 * @returns whether the mail was one
 */
export async function recordInvitationAnswer(
  tx: Tx,
  procedure: Procedure,
  mail: StaffMail,
  answer: HandOver['kind'],
  moment: Moment,
): Promise<boolean> {
  if (mail.kind !== 'meeting') return false;
  const found = await invitationOfMail(tx, mail.id);
  if (found === null) return false;
  const { meeting, invitee, method } = found;
  if (answer === 'sent') {
    const { studentId, schoolYear, ref } = meeting;
    const what = method === 'cancel' ? 'Cancellation of' : 'Invitation to';
    await addToFile(
      tx,
      { studentId, schoolYear, now: moment.now },
      {
        onDate: moment.today,
        kind: 'meeting',
        title: `${what} meeting ${ref} e-mailed to ${invitee.name}`,
        documentId: mail.messageDocumentId,
      },
    );
  }
  if (answer === 'rejected' && invitee.kind === 'family')
    await rerouteInvitee(tx, invitee.id, {
      ...invitee,
      email: null,
      channel: 'paper',
      reason: 'not-delivered',
    });
  if (answer === 'rejected' || answer === 'uncertain') await askToTell(tx, procedure, found, moment);
  return true;
}

interface Invited {
  readonly meeting: StoredMeeting;
  readonly invitee: StoredInvitee;
}

async function askToTell(
  tx: Tx,
  procedure: Procedure,
  { meeting, invitee }: Invited,
  moment: Moment,
): Promise<void> {
  const { studentId, schoolYear, schoolId, ref } = meeting;
  const { today, now } = moment;
  await openTask(
    tx,
    {
      key: undeliveredKey(invitee.id),
      kind: 'invitation-undelivered',
      role: 'attendance-clerk',
      openedOn: today,
      dueOn: procedure.calendarOf(null).addSchoolDays(today, 1) ?? today,
      studentId,
      schoolId,
      schoolYear,
      detail: `${ref}, ${whenInWords(meeting)}, for ${invitee.name}`,
    },
    now,
  );
}
