import type { MeetingPlan } from '../domain/meeting.ts';
import { timeInWords } from '../domain/meeting-words.ts';
import { type Block, bullets, heading } from './content.ts';
import { longDate } from './dates.ts';
import { mailOf, type RenderedMail } from './staff-mail.ts';

/** `invited`: for the first time; `changed`: another time, place or purpose; `cancelled`: it does not take place. */
export type MeetingNews = 'invited' | 'changed' | 'cancelled';

export interface MeetingMailFacts {
  readonly news: MeetingNews;
  readonly reference: string;
  readonly meeting: MeetingPlan;
  readonly school: { readonly name: string; readonly phone: string };
  readonly district: string;
}

/**
 * The mail to a member of staff. The names stand in the text and not in the subject; the calendar entry beside it has
 * none, because calendars are shared.
 */
export function staffMeetingMail(
  facts: MeetingMailFacts & {
    readonly student: { readonly name: string; readonly grade: string | null };
    readonly invited: readonly string[];
  },
): RenderedMail {
  const { student, invited, meeting } = facts;
  const grade = student.grade === null ? '' : `, grade ${student.grade}`;
  return mail(facts, [
    `About ${student.name}${grade}, ${facts.school.name}`,
    ...whenAndWhere(facts),
    `Purpose: ${meeting.purpose}`,
    ...(invited.length === 0 ? [] : [`Invited: ${invited.join('; ')}`]),
    ...(facts.news === 'cancelled' ? [] : ['Please record afterwards what came of it.']),
  ]);
}

/** The mail to somebody who is neither family nor staff: it names no student. The school says whom the meeting is about. */
export function outsideMeetingMail(facts: MeetingMailFacts): RenderedMail {
  return mail(facts, [
    ...whenAndWhere(facts),
    `The school tells you whom it is about: please call ${facts.school.name} at ${facts.school.phone}.`,
  ]);
}

const SUBJECTS: Readonly<Record<MeetingNews, string>> = {
  invited: 'Please come to a meeting on',
  changed: 'A meeting has changed: it is now on',
  cancelled: 'A meeting is cancelled:',
};

function mail(facts: MeetingMailFacts, lines: readonly string[]): RenderedMail {
  const subject = `${SUBJECTS[facts.news]} ${longDate(facts.meeting.on, 'en')}`;
  const content: Block[] = [heading(1, subject), bullets(lines)];
  return mailOf(subject, content, { district: facts.district, reference: facts.reference });
}

function whenAndWhere({ meeting }: MeetingMailFacts): string[] {
  const { on, at, minutes, place, callIn } = meeting;
  return [
    `When: ${longDate(on, 'en')} at ${timeInWords(at)}, ${minutes} minutes`,
    `Where: ${place}`,
    ...(callIn === null ? [] : [`Or by: ${callIn}`]),
  ];
}
