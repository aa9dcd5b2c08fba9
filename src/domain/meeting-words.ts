import type { InvitationAnswer, InviteeKind, MeetingPlan, MeetingState } from './meeting.ts';
import type { SchoolDate } from './school-date.ts';
import { spelled } from './words.ts';

/** `October 1, 2026 at 3:30 PM`. */
export function whenInWords({ on, at }: Pick<MeetingPlan, 'on' | 'at'>): string {
  return `${spelled(on)} at ${timeInWords(at)}`;
}

/** `3:30 PM` for `15:30`. */
export function timeInWords(at: string): string {
  const hour = Number(at.slice(0, 2));
  return `${hour % 12 === 0 ? 12 : hour % 12}:${at.slice(3)} ${hour < 12 ? 'AM' : 'PM'}`;
}

export const meetingStateWords: Readonly<Record<MeetingState, string>> = {
  scheduled: 'scheduled',
  held: 'held',
  'parent-absent': 'the family did not come',
  refused: 'the family refused',
  cancelled: 'cancelled',
};

export const meetingAnswerWords: Readonly<Record<InvitationAnswer, string>> = {
  accepted: 'accepted',
  declined: 'declined',
  tentative: 'may come',
  wrote: 'wrote an answer',
};

/** What one of the invited has answered, as the end of a sentence; empty: nothing. */
export function answeredInWords(
  { answer, answeredOn, answeredSequence }: GivenAnswer,
  { sequence }: { readonly sequence: number },
): string {
  if (answer === null || answeredOn === null) return '';
  const earlier = (answeredSequence ?? 0) < sequence ? ', before the meeting was changed' : '';
  return `${meetingAnswerWords[answer]} on ${spelled(answeredOn)}${earlier}`;
}

interface GivenAnswer {
  readonly answer: InvitationAnswer | null;
  readonly answeredOn: SchoolDate | null;
  readonly answeredSequence: number | null;
}

/** How a meeting ended, as a sentence for the file and the packet. */
export function meetingInWords(meeting: {
  readonly ref: string;
  readonly on: SchoolDate;
  readonly at: string;
  readonly state: MeetingState;
}): string {
  const what = `Meeting ${meeting.ref} of ${whenInWords(meeting)}`;
  return `${what}: ${meetingStateWords[meeting.state]}`;
}

/** How one of the invited hears of a meeting, and why not by e-mail. */
export function invitedInWords({
  kind,
  channel,
  reason,
}: {
  readonly kind: InviteeKind;
  readonly channel: 'email' | 'paper' | 'none';
  readonly reason: string | null;
}): string {
  if (channel === 'email') return 'by e-mail';
  const why = reason === null ? '' : `: ${whyWords[reason] ?? reason}`;
  if (channel === 'paper') return `on paper, by the office${why}`;
  return `${kind === 'family' ? 'not invited' : 'not written to'}${why}`;
}

/** Why nobody is written to, or not by e-mail. */
const whyWords: Readonly<Record<string, string>> = {
  hold: 'a hold keeps letters back',
  'not-live': 'Rollcall sends no letters for this school',
  'no-template': 'the folder with templates has no invitation',
  'missing-glyph': 'a name has a character that cannot be printed',
  'wants-paper': 'paper is wanted',
  'post-returned': 'the post brings it back',
  'address-missing': 'there is no e-mail address',
  'address-malformed': 'the e-mail address is not one',
  'address-several': 'several e-mail addresses stand in one field',
  'address-role-box': 'the e-mail address is an office’s',
  'address-private': 'the e-mail address is private',
  'address-of-the-student': 'the e-mail address is the student’s',
  'address-shared': 'others use the e-mail address',
  'address-bounced': 'mail to the e-mail address came back',
  'address-of-two-households': 'two households use the e-mail address',
  'not-delivered': 'the e-mail did not arrive',
  'recipient-changed': 'by the records of today this address may not be used',
};
