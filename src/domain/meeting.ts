import type { SchoolDate } from './school-date.ts';

export const meetingOutcomes = ['held', 'parent-absent', 'refused'] as const;
export type MeetingOutcome = (typeof meetingOutcomes)[number];

/** `scheduled` until a person says what came of it. */
export type MeetingState = 'scheduled' | MeetingOutcome | 'cancelled';

/** `other`: neither family nor staff, for example somebody of a partner agency. */
export type InviteeKind = 'family' | 'staff' | 'other';

/** What one of the invited has answered; `wrote`: in words, which a person reads. */
export type InvitationAnswer = 'accepted' | 'declined' | 'tentative' | 'wrote';

/** When and where people come together. */
export interface MeetingPlan {
  readonly on: SchoolDate;
  /** `HH:MM` on the district's clock. */
  readonly at: string;
  readonly minutes: number;
  readonly place: string;
  /** A phone number or an address on the web, for whoever cannot come; null: there is none. */
  readonly callIn: string | null;
  /** For staff, the file and the packet. The family's invitation has the words of its template. */
  readonly purpose: string;
}

export type MeetingPart = 'on' | 'at' | 'minutes' | 'place' | 'call-in' | 'purpose';

/** Why a meeting cannot be recorded so: which of its parts, and what may stand there instead. */
export interface MeetingRefusal {
  readonly part: MeetingPart;
  readonly found: string;
  readonly expected: string;
}
