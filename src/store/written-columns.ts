import { type RawBuilder, sql } from 'kysely';

/** What stands where a name or a text stood that may not be empty. */
export const DESTROYED = '(destroyed)';

/** Whose rows a table has: how they lead to a student. */
type Whose = (students: RawBuilder<unknown>) => RawBuilder<boolean>;

interface WrittenColumns {
  readonly table: string;
  readonly whose: Whose;
  /** Become empty. */
  readonly emptied?: readonly string[];
  /** May not be empty, or says that something was done: where a text stands it becomes `DESTROYED`. */
  readonly replaced?: readonly string[];
}

const ofStudent: Whose = (students) => sql<boolean>`student_id = any(${students})`;
const ofLetter: Whose = (students) =>
  sql<boolean>`letter_id in (select id from letter where student_id = any(${students}))`;
const ofReferral: Whose = (students) =>
  sql<boolean>`referral_id in (select id from referral where student_id = any(${students}))`;
const ofMeeting: Whose = (students) =>
  sql<boolean>`meeting_id in (select id from meeting where student_id = any(${students}))`;
/** What was sent to those who were invited to a meeting about the student. */
const ofInvitation: Whose = (students) =>
  sql<boolean>`staff_mail_id in (
    select v.staff_mail_id from meeting_invitation v join meeting m on m.id = v.meeting_id
    where m.student_id = any(${students}))`;

/**
 * What people wrote about a student, what servers answered, and where it was sent: it goes with the file. A new column
 * of this kind belongs here.
 */
export const WRITTEN: readonly WrittenColumns[] = [
  { table: 'adult_answer', whose: ofStudent, emptied: ['because'] },
  { table: 'attendance_contract', whose: ofStudent, emptied: ['note', 'ended_because'] },
  { table: 'bounced_address', whose: ofLetter, emptied: ['trusted_because'] },
  { table: 'case_event', whose: ofReferral, emptied: ['says'] },
  { table: 'contact_log_entry', whose: ofStudent, emptied: ['note', 'undone_because'] },
  { table: 'delivery_notice', whose: ofLetter, emptied: ['said'] },
  { table: 'delivery_notice', whose: ofInvitation, emptied: ['said'] },
  {
    table: 'file_entry',
    whose: (students) =>
      sql<boolean>`file_id in (select id from attendance_file where student_id = any(${students}))`,
    emptied: ['detail'],
  },
  { table: 'hold', whose: ofStudent, emptied: ['reason', 'ended_because'] },
  { table: 'ladder_step', whose: ofStudent, emptied: ['approval_because', 'released_because'] },
  {
    table: 'letter',
    whose: ofStudent,
    emptied: ['address', 'email', 'envelope_to', 'reply', 'recalled_because', 'returned_because'],
    replaced: ['reissued_because'],
  },
  { table: 'letter_resolution', whose: ofLetter, replaced: ['because'] },
  { table: 'medical_documentation', whose: ofStudent, emptied: ['note'] },
  {
    table: 'meeting',
    whose: ofStudent,
    emptied: ['outcome_note', 'call_in'],
    replaced: ['purpose', 'place'],
  },
  {
    table: 'meeting_invitee',
    whose: (students) => sql<boolean>`${ofMeeting(students)} and kind <> 'staff'`,
    emptied: ['email'],
    replaced: ['name'],
  },
  { table: 'meeting_not_needed', whose: ofStudent, replaced: ['because'] },
  { table: 'packet', whose: ofReferral, emptied: ['because'] },
  { table: 'referral', whose: ofStudent, emptied: ['released_because'] },
  { table: 'send_attempt', whose: ofLetter, emptied: ['reply'] },
  { table: 'send_attempt', whose: ofInvitation, emptied: ['reply'] },
  { table: 'task', whose: ofStudent, emptied: ['detail', 'snoozed_because'] },
  {
    table: 'upload',
    whose: ofStudent,
    emptied: ['note'],
    replaced: ['file_name', 'removed_because'],
  },
  // To whom the family had the record shown is theirs to forget; what the officer got stays on record.
  {
    table: 'disclosure',
    whose: (students) => sql<boolean>`${ofStudent(students)} and how = 'export'`,
    emptied: ['to_email'],
    replaced: ['to_name', 'interest'],
  },
];
