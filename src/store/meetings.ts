import { sql } from 'kysely';
import type {
  InvitationAnswer,
  InviteeKind,
  MeetingOutcome,
  MeetingPlan,
  MeetingState,
} from '../domain/meeting.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { underAbsoluteHold } from './absolute-hold.ts';
import type { Db } from './database.ts';
import type { StudentYear } from './ladder-steps.ts';
import { newReference } from './references.ts';

export interface NewMeeting extends StudentYear, MeetingPlan {
  readonly schoolId: number;
  /** The step whose task asked for it; null: somebody wanted it without being asked. */
  readonly step: string | null;
  readonly scheduledBy: string;
}

export interface StoredMeeting extends NewMeeting {
  readonly id: string;
  readonly ref: string;
  /** Raised with each change that the invited have to hear of. */
  readonly sequence: number;
  readonly state: MeetingState;
  readonly outcomeOn: SchoolDate | null;
  readonly outcomeBy: string | null;
  readonly outcomeNote: string | null;
}

export async function insertMeeting(tx: Db, meeting: NewMeeting, now: Date): Promise<StoredMeeting> {
  const row = await tx
    .insertInto('meeting')
    .values({
      ref: newReference('E'),
      student_id: meeting.studentId,
      school_year: meeting.schoolYear,
      school_id: meeting.schoolId,
      step: meeting.step,
      ...planColumns(meeting),
      scheduled_by: meeting.scheduledBy,
      scheduled_at: now,
      changed_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return asMeeting(row);
}

export async function findMeeting(db: Db, ref: string): Promise<StoredMeeting | null> {
  const row = await db
    .selectFrom('meeting')
    .selectAll()
    .where('ref', '=', ref.toUpperCase())
    .executeTakeFirst();
  return row === undefined ? null : asMeeting(row);
}

/** Every meeting about a student in a school year, the first at the top. */
export async function listMeetings(db: Db, student: StudentYear): Promise<StoredMeeting[]> {
  const rows = await db
    .selectFrom('meeting')
    .selectAll()
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .orderBy('on_date')
    .orderBy('at_time')
    .orderBy('ref')
    .execute();
  return rows.map(asMeeting);
}

/** Another time, place or purpose. @returns the meeting as it is now, or null when it is over */
export async function moveMeeting(
  tx: Db,
  id: string,
  plan: MeetingPlan,
  now: Date,
): Promise<StoredMeeting | null> {
  const row = await tx
    .updateTable('meeting')
    .set((eb) => ({ ...planColumns(plan), sequence: eb('sequence', '+', 1), changed_at: now }))
    .where('id', '=', id)
    .where('state', '=', 'scheduled')
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : asMeeting(row);
}

/** What came of a meeting. @returns the meeting as it is now, or null when that was said before */
export async function closeMeeting(
  tx: Db,
  id: string,
  closed: {
    state: MeetingOutcome | 'cancelled';
    on: SchoolDate;
    by: string;
    note: string | null;
    /** Whoever was told of it has to hear that it does not take place. */
    isOff: boolean;
    now: Date;
  },
): Promise<StoredMeeting | null> {
  const row = await tx
    .updateTable('meeting')
    .set((eb) => ({
      state: closed.state,
      outcome_on: closed.on,
      outcome_by: closed.by,
      outcome_note: closed.note,
      changed_at: closed.now,
      ...(closed.isOff && { sequence: eb('sequence', '+', 1) }),
    }))
    .where('id', '=', id)
    .where('state', '=', 'scheduled')
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : asMeeting(row);
}

/** Meetings whose day has passed and of which nobody has said what came of them; none of students of whom nothing may be said. */
export async function meetingsWithoutOutcome(db: Db, before: SchoolDate): Promise<StoredMeeting[]> {
  const rows = await db
    .selectFrom('meeting')
    .selectAll()
    .where('state', '=', 'scheduled')
    .where('on_date', '<', before)
    .where(({ not }) => not(underAbsoluteHold(sql.ref('meeting.student_id'))))
    .orderBy('on_date')
    .orderBy('ref')
    .execute();
  return rows.map(asMeeting);
}

export interface ListedMeeting extends StoredMeeting {
  /** sourcedId. */
  readonly student: string;
  readonly name: string;
  readonly school: string;
  readonly schoolSourcedId: string;
}

/**
 * The meetings of a school year, the first at the top; those about students of whom nothing may be said are left out.
 * @param at `schools`: sourcedIds; null: all. `state`: null: whatever came of them
 */
export async function listAllMeetings(
  db: Db,
  at: { schoolYear: string; schools: readonly string[] | null; state: MeetingState | null },
): Promise<ListedMeeting[]> {
  const rows = await db
    .selectFrom('meeting')
    .innerJoin('student', 'student.id', 'meeting.student_id')
    .innerJoin('school', 'school.id', 'meeting.school_id')
    .selectAll('meeting')
    .select(['student.sourced_id', 'student.given_name', 'student.family_name'])
    .select(['school.name as school_name', 'school.sourced_id as school_sourced_id'])
    .where('meeting.school_year', '=', at.schoolYear)
    .$if(at.schools !== null, (query) => query.where('school.sourced_id', 'in', ['', ...(at.schools ?? [])]))
    .$if(at.state !== null, (query) => query.where('meeting.state', '=', at.state ?? 'scheduled'))
    .where(({ not }) => not(underAbsoluteHold(sql.ref('meeting.student_id'))))
    .orderBy('meeting.on_date')
    .orderBy('meeting.at_time')
    .orderBy('meeting.ref')
    .execute();
  return rows.map((row) => ({
    ...asMeeting(row),
    student: row.sourced_id,
    name: `${row.given_name} ${row.family_name}`,
    school: row.school_name,
    schoolSourcedId: row.school_sourced_id,
  }));
}

export interface NewInvitee {
  readonly kind: InviteeKind;
  /** Of a family: who is written to together; empty: the student, who is 18. */
  readonly guardianIds: readonly number[];
  readonly name: string;
  readonly email: string | null;
  /** `none`: may not be written to by us. */
  readonly channel: 'email' | 'paper' | 'none';
  /** Why not by e-mail. */
  readonly reason: string | null;
}

export interface StoredInvitee extends NewInvitee {
  readonly id: string;
}

/** Who is invited already stays so, by whatever way. */
export async function addInvitees(tx: Db, meetingId: string, invitees: readonly NewInvitee[]): Promise<void> {
  const invited = await inviteesOf(tx, meetingId);
  const added = invitees.filter((one) => !invited.some((other) => isSamePerson(one, other)));
  if (added.length === 0) return;
  await tx
    .insertInto('meeting_invitee')
    .values(
      added.map(({ kind, guardianIds, name, email, channel, reason }) => ({
        meeting_id: meetingId,
        kind,
        guardian_ids: [...guardianIds],
        name,
        email,
        channel,
        reason,
      })),
    )
    .execute();
}

/** A family by whom it consists of, whatever its address is by now; everybody else by the address. */
function isSamePerson(one: NewInvitee, other: NewInvitee): boolean {
  if (one.kind !== 'family' || other.kind !== 'family')
    return one.kind === other.kind && one.email?.toLowerCase() === other.email?.toLowerCase();
  if (one.guardianIds.length === 0) return other.guardianIds.length === 0;
  return one.guardianIds.some((id) => other.guardianIds.includes(id));
}

/** Another way to reach one of the invited, as the records are today. */
export async function rerouteInvitee(
  tx: Db,
  id: string,
  way: Pick<NewInvitee, 'guardianIds' | 'name' | 'email' | 'channel' | 'reason'>,
): Promise<void> {
  const { guardianIds, name, email, channel, reason } = way;
  await tx
    .updateTable('meeting_invitee')
    .set({ guardian_ids: [...guardianIds], name, email, channel, reason })
    .where('id', '=', id)
    .execute();
}

export interface InviteeInLine extends StoredInvitee {
  /** What was made last for this person. */
  readonly last: {
    readonly sequence: number;
    readonly method: 'request' | 'cancel';
    readonly mailId: string | null;
    /** Of the mail; null: on paper. */
    readonly mailState: string | null;
    readonly documentId: string | null;
  } | null;
  /** What the person has answered last; null: nothing. */
  readonly answer: InvitationAnswer | null;
  readonly answeredOn: SchoolDate | null;
  readonly answeredSequence: number | null;
  /** A mail about the meeting has left to this person, or may have. */
  readonly toldByMail: boolean;
  /** A sheet about it was made to be handed over, and not taken back before that. */
  readonly toldOnPaper: boolean;
}

/** Who is invited to a meeting, with what was made for each last. */
export async function inviteesOf(db: Db, meetingId: string): Promise<InviteeInLine[]> {
  const { rows } = await sql<{
    id: string;
    kind: InviteeKind;
    guardian_ids: number[];
    name: string;
    email: string | null;
    channel: NewInvitee['channel'];
    reason: string | null;
    last: InviteeInLine['last'];
    answer: InvitationAnswer | null;
    answeredOn: SchoolDate | null;
    answeredSequence: number | null;
    toldByMail: boolean;
    toldOnPaper: boolean;
  }>`
    select i.id, i.kind, i.guardian_ids, i.name, i.email, i.channel, i.reason,
      i.answer, i.answered_on as "answeredOn", i.answered_sequence as "answeredSequence",
      (select json_build_object('sequence', v.sequence, 'method', v.method, 'mailId', v.staff_mail_id,
          'mailState', m.state, 'documentId', v.document_id)
        from meeting_invitation v left join staff_mail m on m.id = v.staff_mail_id
        where v.invitee_id = i.id order by v.sequence desc, v.made_at desc limit 1) as last,
      exists (select from meeting_invitation v join staff_mail m on m.id = v.staff_mail_id
        where v.invitee_id = i.id and m.state in ('claimed', 'transmitting', 'sent', 'uncertain')) as "toldByMail",
      exists (select from meeting_invitation v
        where v.invitee_id = i.id and v.document_id is not null and not v.taken_back) as "toldOnPaper"
    from meeting_invitee i
    where i.meeting_id = ${meetingId}
    order by case i.kind when 'family' then 1 when 'staff' then 2 else 3 end, i.name, i.id`.execute(db);
  return rows.map(({ guardian_ids: guardianIds, ...row }) => ({ ...row, guardianIds }));
}

/** A sheet that nobody has handed over is overtaken. */
export async function takeBackPapers(tx: Db, inviteeId: string): Promise<void> {
  await sql`
    update meeting_invitation set taken_back = true
    where id = (
      select id from meeting_invitation
      where invitee_id = ${inviteeId} and document_id is not null
      order by sequence desc, made_at desc limit 1)`.execute(tx);
}

/** Keeps what was made for one of the invited. */
export async function saveInvitation(
  tx: Db,
  invitation: {
    meetingId: string;
    inviteeId: string;
    sequence: number;
    method: 'request' | 'cancel';
    mailId: string | null;
    documentId: string | null;
    now: Date;
  },
): Promise<void> {
  const { meetingId, inviteeId, sequence, method, mailId, documentId, now } = invitation;
  await tx
    .insertInto('meeting_invitation')
    .values({
      meeting_id: meetingId,
      invitee_id: inviteeId,
      sequence,
      method,
      staff_mail_id: mailId,
      document_id: documentId,
      made_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['invitee_id', 'sequence', 'method'])
        .doUpdateSet({ staff_mail_id: mailId, document_id: documentId, made_at: now }),
    )
    .execute();
}

/** What has not begun to leave of earlier states of a meeting never does. */
export async function takeBackInvitations(
  tx: Db,
  meeting: Pick<StoredMeeting, 'id' | 'sequence'>,
  reason: string,
): Promise<void> {
  await tx
    .updateTable('staff_mail')
    .set({ state: 'cancelled', reason, due_at: null })
    .where('state', '=', 'queued')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('meeting_invitation')
        .select('staff_mail_id')
        .where('meeting_id', '=', meeting.id)
        .where('sequence', '<', meeting.sequence)
        .where('staff_mail_id', 'is not', null)
        .$castTo<{ staff_mail_id: string }>(),
    )
    .execute();
}

/** One that has not begun to leave never does. */
export async function takeBackInvitation(tx: Db, mailId: string, reason: string): Promise<void> {
  await tx
    .updateTable('staff_mail')
    .set({ state: 'cancelled', reason, due_at: null })
    .where('id', '=', mailId)
    .where('state', '=', 'queued')
    .execute();
}

/** The last answer of one of the invited stands. */
export async function noteAnswer(
  tx: Db,
  inviteeId: string,
  { answer, on, sequence }: { answer: InvitationAnswer; on: SchoolDate; sequence: number },
): Promise<void> {
  await tx
    .updateTable('meeting_invitee')
    .set({ answer, answered_on: on, answered_sequence: sequence })
    .where('id', '=', inviteeId)
    .execute();
}

/**
 * The last invitation that has left to an address, by the id that only the invited know of the meeting.
 * @returns the mail; null where nobody at this address was invited
 */
export async function invitationTo(db: Db, meetingId: string, email: string): Promise<string | null> {
  const row = await db
    .selectFrom('meeting_invitation')
    .innerJoin('staff_mail', 'staff_mail.id', 'meeting_invitation.staff_mail_id')
    .select('staff_mail.id')
    .where('meeting_id', '=', meetingId)
    .where(sql`lower(staff_mail.to_email)`, '=', email)
    .where('staff_mail.state', 'in', ['claimed', 'transmitting', 'sent', 'uncertain'])
    .orderBy('sequence', 'desc')
    .executeTakeFirst();
  return row?.id ?? null;
}

export interface InvitationInMail {
  readonly meeting: StoredMeeting;
  readonly invitee: StoredInvitee;
  readonly sequence: number;
  readonly method: 'request' | 'cancel';
}

/** Whose invitation a mail is, and to which state of which meeting. @returns null for any other mail */
export async function invitationOfMail(db: Db, mailId: string): Promise<InvitationInMail | null> {
  const row = await db
    .selectFrom('meeting_invitation')
    .innerJoin('meeting', 'meeting.id', 'meeting_invitation.meeting_id')
    .selectAll('meeting')
    .select(['invitee_id', 'method', 'meeting_invitation.sequence as sent_sequence'])
    .where('staff_mail_id', '=', mailId)
    .executeTakeFirst();
  if (row === undefined) return null;
  const invitee = (await inviteesOf(db, row.id)).find(({ id }) => id === row.invitee_id);
  if (invitee === undefined) return null;
  return { meeting: asMeeting(row), invitee, sequence: row.sent_sequence, method: row.method };
}

export interface NotNeeded extends StudentYear {
  readonly step: string;
  readonly round: number;
  readonly on: SchoolDate;
  readonly by: string;
  readonly because: string;
}

export async function saveNotNeeded(tx: Db, decided: NotNeeded, now: Date): Promise<void> {
  await tx
    .insertInto('meeting_not_needed')
    .values({
      student_id: decided.studentId,
      school_year: decided.schoolYear,
      step: decided.step,
      round: decided.round,
      decided_on: decided.on,
      decided_by: decided.by,
      because: decided.because,
      at: now,
    })
    .execute();
}

/** What was decided about a student, the first at the top. */
export async function listNotNeeded(db: Db, student: StudentYear): Promise<NotNeeded[]> {
  const rows = await db
    .selectFrom('meeting_not_needed')
    .selectAll()
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .orderBy('at')
    .execute();
  return rows.map((row) => ({
    ...student,
    step: row.step,
    round: row.round,
    on: row.decided_on,
    by: row.decided_by,
    because: row.because,
  }));
}

function planColumns({ on, at, minutes, place, callIn, purpose }: MeetingPlan) {
  return { on_date: on, at_time: at, minutes, place, call_in: callIn, purpose };
}

function asMeeting(row: {
  id: string;
  ref: string;
  student_id: number;
  school_year: string;
  school_id: number;
  step: string | null;
  purpose: string;
  on_date: SchoolDate;
  at_time: string;
  minutes: number;
  place: string;
  call_in: string | null;
  sequence: number;
  state: MeetingState;
  scheduled_by: string;
  outcome_on: SchoolDate | null;
  outcome_by: string | null;
  outcome_note: string | null;
}): StoredMeeting {
  return {
    id: row.id,
    ref: row.ref,
    studentId: row.student_id,
    schoolYear: row.school_year,
    schoolId: row.school_id,
    step: row.step,
    purpose: row.purpose,
    on: row.on_date,
    at: row.at_time,
    minutes: row.minutes,
    place: row.place,
    callIn: row.call_in,
    sequence: row.sequence,
    state: row.state,
    scheduledBy: row.scheduled_by,
    outcomeOn: row.outcome_on,
    outcomeBy: row.outcome_by,
    outcomeNote: row.outcome_note,
  };
}
