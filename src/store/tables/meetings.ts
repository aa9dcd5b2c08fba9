import type { ColumnType, Generated } from 'kysely';
import type { InvitationAnswer, InviteeKind, MeetingState } from '../../domain/meeting.ts';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { Optional } from './columns.ts';

/** The tables of meetings, one interface each. */
export interface MeetingTables {
  meeting: MeetingTable;
  meeting_invitee: MeetingInviteeTable;
  meeting_invitation: MeetingInvitationTable;
  meeting_not_needed: MeetingNotNeededTable;
}

interface MeetingTable {
  id: Generated<string>;
  ref: string;
  student_id: number;
  school_year: string;
  school_id: number;
  /** The step whose task asked for it; null: somebody wanted it without being asked. */
  step: Optional<string>;
  purpose: string;
  on_date: SchoolDate;
  /** `HH:MM` on the district's clock. */
  at_time: string;
  minutes: number;
  place: string;
  call_in: Optional<string>;
  /** Raised with each change that the invited have to hear of (RFC 5545). */
  sequence: Generated<number>;
  state: ColumnType<MeetingState, MeetingState | undefined, MeetingState>;
  scheduled_by: string;
  scheduled_at: Date;
  outcome_on: Optional<SchoolDate>;
  outcome_by: Optional<string>;
  outcome_note: Optional<string>;
  changed_at: Date;
}

interface MeetingInviteeTable {
  id: Generated<string>;
  meeting_id: string;
  kind: InviteeKind;
  /** Of a family: who is written to together; empty: the student, who is 18. */
  guardian_ids: ColumnType<number[], number[] | undefined, number[]>;
  name: string;
  email: Optional<string>;
  /** `none`: may not be written to by us. */
  channel: 'email' | 'paper' | 'none';
  /** Why not by e-mail. */
  reason: Optional<string>;
  answer: Optional<InvitationAnswer>;
  answered_on: Optional<SchoolDate>;
  /** The state of the meeting that was answered. */
  answered_sequence: Optional<number>;
}

/** What was made for one of the invited, once for each state of the meeting. */
interface MeetingInvitationTable {
  id: Generated<string>;
  meeting_id: string;
  invitee_id: string;
  sequence: number;
  method: 'request' | 'cancel';
  staff_mail_id: Optional<string>;
  /** What the clerk hands over. */
  document_id: Optional<string>;
  /** It was overtaken before anybody had handed it over. */
  taken_back: Generated<boolean>;
  made_at: Date;
}

/** A person has decided that a round of a step needs no meeting. */
interface MeetingNotNeededTable {
  id: Generated<string>;
  student_id: number;
  school_year: string;
  step: string;
  round: number;
  decided_on: SchoolDate;
  decided_by: string;
  because: string;
  at: Date;
}
