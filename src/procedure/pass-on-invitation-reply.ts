import { meetingAnswerWords } from '../domain/meeting-words.ts';
import { addToFile } from '../store/attendance-files.ts';
import type { Tx } from '../store/database.ts';
import type { InvitationInMail } from '../store/meeting-invitations.ts';
import { noteAnswer } from '../store/meeting-invitees.ts';
import type { StaffMail } from '../store/staff-mails.ts';
import type { Letterbox } from './letterbox.ts';
import { type Answer, officeOf, queueAnswer, senderInWords } from './pass-on-reply.ts';
import type { Moment } from './procedure.ts';
import { readSchoolFacts } from './school-facts.ts';

/**
 * One of the invited has answered: the meeting says so, the answer lies in the attendance file, and the school’s office
 * gets it. Nothing else follows by itself: whether the meeting is moved or called off a person decides.
 */
export async function passOnInvitationReply(
  tx: Tx,
  letterbox: Letterbox,
  mail: StaffMail,
  { meeting, invitee, sequence }: InvitationInMail,
  answer: Answer,
  moment: Moment,
): Promise<void> {
  const { today: on, now } = moment;
  const { from, calendar } = answer.writing;
  const isAddressee = from !== null && from === mail.toEmail.toLowerCase();
  // An answer of a calendar is taken at its word only from where the invitation went, and about this very meeting.
  const isCalendars = calendar !== null && isAddressee && calendar.uid.startsWith(`${meeting.id}@`);
  const said = isCalendars ? calendar.answer : 'wrote';
  const answered = isCalendars ? calendar.sequence : sequence;
  if (isAddressee) await noteAnswer(tx, invitee.id, { answer: said, on, sequence: answered });
  const { studentId, schoolYear } = meeting;
  await addToFile(
    tx,
    { studentId, schoolYear, now },
    {
      onDate: on,
      kind: 'document',
      title: `Answer received to the invitation to meeting ${meeting.ref}, for ${invitee.name}: ${meetingAnswerWords[said]}`,
      detail: isAddressee
        ? 'From the address that the invitation was sent to.'
        : 'From another address than the invitation was sent to.',
      documentId: answer.documentId,
    },
  );
  const school = await readSchoolFacts(tx, letterbox.config, meeting.schoolId);
  const student = await tx
    .selectFrom('student')
    .select(['given_name', 'family_name'])
    .where('id', '=', studentId)
    .executeTakeFirstOrThrow();
  const about = `It concerns ${student.given_name} ${student.family_name}, ${school.name}.`;
  const what = isCalendars
    ? ` ${invitee.name} has ${meetingAnswerWords[said]}${answered < meeting.sequence ? ' an earlier date of the meeting' : ''}.`
    : '';
  await queueAnswer(tx, letterbox, answer, moment, {
    about: `the invitation to meeting ${meeting.ref}`,
    concerns: `${about}${what}`,
    to: officeOf(letterbox, school),
    replyTo: isAddressee ? { name: '', address: from } : null,
    sender: senderInWords(from, isAddressee),
    studentIds: [studentId],
  });
}
