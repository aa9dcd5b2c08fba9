import { sql } from 'kysely';
import type { MeetingOutcome, MeetingPlan, MeetingState } from '../domain/meeting.ts';
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

function planColumns({ on, at, minutes, place, callIn, purpose }: MeetingPlan) {
  return { on_date: on, at_time: at, minutes, place, call_in: callIn, purpose };
}

export function asMeeting(row: {
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
