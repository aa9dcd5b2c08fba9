import { homeEnrolment } from '../domain/counting.ts';
import { type AskedMeeting, judgeMeeting } from '../domain/judge-meeting.ts';
import { holdsOn } from '../domain/ladder-blocks.ts';
import type { MeetingOutcome, MeetingRefusal } from '../domain/meeting.ts';
import { invitedInWords, meetingInWords, whenInWords } from '../domain/meeting-words.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { addToFile } from '../store/attendance-files.ts';
import type { Db, Tx } from '../store/database.ts';
import { findStudentId } from '../store/districts.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { addInvitees, type InviteeInLine } from '../store/meeting-invitees.ts';
import { roundOfStep } from '../store/meeting-tasks.ts';
import {
  closeMeeting,
  findMeeting,
  insertMeeting,
  moveMeeting,
  type StoredMeeting,
} from '../store/meetings.ts';
import { saveNotNeeded } from '../store/meetings-not-needed.ts';
import { loadStudentFacts, type StoredFacts } from '../store/student-facts.ts';
import { lockStudent } from '../store/student-locks.ts';
import { type AskedInvitees, chooseInvitees, type InviteeRefusal } from './choose-invitees.ts';
import { tellInvited } from './invite.ts';
import type { Letterbox } from './letterbox.ts';
import { askForAnother, completeMeetingTasks, completeOutcomeTask } from './meeting-tasks.ts';
import type { Moment, Procedure } from './procedure.ts';

/** What meetings are arranged with. `db` may be a transaction that is open. */
export interface MeetingDesk {
  readonly letterbox: Letterbox;
  readonly procedure: Procedure;
}

export interface MeetingInLine {
  readonly meeting: StoredMeeting;
  readonly invited: readonly InviteeInLine[];
}

type Refused =
  | ({ readonly kind: 'refused' } & MeetingRefusal)
  | ({ readonly kind: 'refused' } & InviteeRefusal);

export type ScheduledMeeting =
  | ({ readonly kind: 'scheduled' } & MeetingInLine)
  | { readonly kind: 'unknown-student' | 'not-enrolled' | 'absolute-hold' }
  | Refused;

/**
 * A person arranges a meeting about a student. It goes into the attendance file and answers what a step asks about a
 * meeting; whoever is invited hears of it.
 * @param asked `student`: sourcedId or student number
 */
export async function scheduleMeeting(
  tx: Tx,
  desk: MeetingDesk,
  asked: AskedMeeting & AskedInvitees & { readonly student: string; readonly by: string },
  moment: Moment,
): Promise<ScheduledMeeting> {
  const studentId = await findStudentId(tx, asked.student);
  if (studentId === null) return { kind: 'unknown-student' };
  await lockStudent(tx, studentId);
  const student: StudentYear = { studentId, schoolYear: desk.procedure.schoolYear.id };
  const facts = await loadStudentFacts(tx, { id: studentId, schoolYear: student.schoolYear });
  const school = homeEnrolment(facts?.enrolments ?? [], moment.today);
  if (facts === null || school === null) return { kind: 'not-enrolled' };
  if (isUntouchable(facts, moment.today)) return { kind: 'absolute-hold' };
  const calendar = desk.procedure.calendarOf(school.schoolSourcedId);
  const judged = judgeMeeting(asked, { calendar, today: moment.today });
  if (judged.kind === 'refused') return judged;
  const at = { id: school.schoolId, sourcedId: school.schoolSourcedId };
  const surroundings = { config: desk.letterbox.config, procedure: desk.procedure, school: at };
  const chosen = chooseInvitees(facts, surroundings, asked, moment);
  if (chosen.kind === 'refused') return chosen;
  const done = { by: asked.by, outcome: 'scheduled', on: moment.today, now: moment.now };
  const [step = null] = await completeMeetingTasks(tx, student, null, done);
  const meeting = await insertMeeting(
    tx,
    { ...student, ...judged.plan, schoolId: at.id, step, scheduledBy: asked.by },
    moment.now,
  );
  await addInvitees(tx, meeting.id, chosen.invitees);
  const invited = await tellInvited(tx, desk.letterbox, desk.procedure, meeting, moment);
  await file(tx, meeting, moment, {
    title: `Meeting ${meeting.ref} scheduled for ${whenInWords(meeting)} by ${asked.by}`,
    detail: [placeInWords(meeting), `Purpose: ${meeting.purpose}.`, ...whoIsInvited(invited)].join(' '),
  });
  return { kind: 'scheduled', meeting, invited };
}

export type ChangedMeeting =
  | ({ readonly kind: 'changed' } & MeetingInLine)
  /** `over`: cancelled, or a person has said what came of it. */
  | { readonly kind: 'unknown' | 'over' | 'absolute-hold' | 'too-early' }
  | Refused;

/** Another time, place or purpose; whoever was invited hears of it. Parts that are not named stay as they are. */
export async function changeMeeting(
  tx: Tx,
  desk: MeetingDesk,
  changed: { readonly ref: string; readonly by: string; readonly plan: Partial<AskedMeeting> },
  moment: Moment,
): Promise<ChangedMeeting> {
  return withMeeting(tx, changed.ref, moment, async (meeting, facts) => {
    if (meeting.state !== 'scheduled') return { kind: 'over' };
    const school = homeEnrolment(facts.enrolments, moment.today);
    const calendar = desk.procedure.calendarOf(school?.schoolSourcedId ?? null);
    const judged = judgeMeeting({ ...meeting, ...changed.plan }, { calendar, today: moment.today });
    if (judged.kind === 'refused') return judged;
    const now = await moveMeeting(tx, meeting.id, judged.plan, moment.now);
    if (now === null) return { kind: 'over' };
    const done = { by: changed.by, outcome: 'moved', on: moment.today, now: moment.now };
    await completeOutcomeTask(tx, meeting.id, done);
    const invited = await tellInvited(tx, desk.letterbox, desk.procedure, now, moment);
    await file(tx, now, moment, {
      title: `Meeting ${now.ref} moved from ${whenInWords(meeting)} to ${whenInWords(now)} by ${changed.by}`,
      detail: `${placeInWords(now)} Purpose: ${now.purpose}.`,
    });
    return { kind: 'changed', meeting: now, invited };
  });
}

/** More people are invited, and whoever could not be told before is told now. */
export async function inviteMore(
  tx: Tx,
  desk: MeetingDesk,
  more: AskedInvitees & { readonly ref: string; readonly by: string },
  moment: Moment,
): Promise<ChangedMeeting> {
  return withMeeting(tx, more.ref, moment, async (meeting, facts) => {
    if (meeting.state !== 'scheduled' || meeting.on < moment.today) return { kind: 'over' };
    const school = await tx
      .selectFrom('school')
      .select(['id', 'sourced_id'])
      .where('id', '=', meeting.schoolId)
      .executeTakeFirstOrThrow();
    const at = { id: school.id, sourcedId: school.sourced_id };
    const surroundings = { config: desk.letterbox.config, procedure: desk.procedure, school: at };
    const chosen = chooseInvitees(facts, surroundings, more, moment);
    if (chosen.kind === 'refused') return chosen;
    await addInvitees(tx, meeting.id, chosen.invitees);
    const invited = await tellInvited(tx, desk.letterbox, desk.procedure, meeting, moment);
    await file(tx, meeting, moment, {
      title: `Invitations to meeting ${meeting.ref} of ${whenInWords(meeting)} seen to by ${more.by}`,
      detail: whoIsInvited(invited).join(' '),
    });
    return { kind: 'changed', meeting, invited };
  });
}

/** A person says what came of a meeting. Where the family did not come, another one is asked for. */
export async function recordOutcome(
  tx: Tx,
  desk: MeetingDesk,
  said: {
    readonly ref: string;
    readonly outcome: MeetingOutcome;
    readonly by: string;
    readonly note: string | null;
  },
  moment: Moment,
): Promise<ChangedMeeting> {
  return withMeeting(tx, said.ref, moment, async (meeting) => {
    if (meeting.state !== 'scheduled') return { kind: 'over' };
    // A family can refuse before; nobody can have met.
    if (said.outcome !== 'refused' && meeting.on > moment.today) return { kind: 'too-early' };
    return close(tx, desk, meeting, { state: said.outcome, by: said.by, note: said.note }, moment);
  });
}

/** A meeting does not take place. Whoever was told of it hears so, and another one is asked for. */
export async function cancelMeeting(
  tx: Tx,
  desk: MeetingDesk,
  cancelled: { readonly ref: string; readonly by: string; readonly because: string },
  moment: Moment,
): Promise<ChangedMeeting> {
  return withMeeting(tx, cancelled.ref, moment, async (meeting) => {
    if (meeting.state !== 'scheduled') return { kind: 'over' };
    const { by, because: note } = cancelled;
    return close(tx, desk, meeting, { state: 'cancelled', by, note }, moment);
  });
}

async function close(
  tx: Tx,
  desk: MeetingDesk,
  before: StoredMeeting,
  closed: { state: MeetingOutcome | 'cancelled'; by: string; note: string | null },
  moment: Moment,
): Promise<ChangedMeeting> {
  const { today: on, now } = moment;
  // A refusal beforehand takes the meeting out of everybody's calendar, too.
  const isOff = closed.state === 'cancelled' || (closed.state === 'refused' && before.on >= on);
  const meeting = await closeMeeting(tx, before.id, { ...closed, isOff, on, now });
  if (meeting === null) return { kind: 'over' };
  await completeOutcomeTask(tx, meeting.id, { by: closed.by, outcome: closed.state, on, now });
  const invited = await tellInvited(tx, desk.letterbox, desk.procedure, meeting, moment);
  await file(tx, meeting, moment, {
    title: `${meetingInWords(meeting)}, recorded by ${closed.by}`,
    detail: closed.note,
  });
  if (closed.state === 'cancelled' || closed.state === 'parent-absent')
    await askForAnother(tx, desk.procedure, meeting, meetingInWords(meeting), moment);
  return { kind: 'changed', meeting, invited };
}

export type DecidedNotNeeded =
  | { readonly kind: 'recorded'; readonly studentId: number; readonly steps: readonly string[] }
  | { readonly kind: 'unknown-student' }
  /** No step asks for a meeting, and none was named. */
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'unknown-step'; readonly known: readonly string[] };

/**
 * A person decides that no meeting is needed. It answers what the step asks, and is not asked again in this round.
 * @param decided `step`: null for whatever step asks for one now
 */
export async function decideNoMeeting(
  tx: Tx,
  procedure: Procedure,
  decided: {
    readonly student: string;
    readonly step: string | null;
    readonly by: string;
    readonly because: string;
  },
  moment: Moment,
): Promise<DecidedNotNeeded> {
  const studentId = await findStudentId(tx, decided.student);
  if (studentId === null) return { kind: 'unknown-student' };
  const known = procedure.policy.steps.map(({ id }) => id);
  if (decided.step !== null && !known.includes(decided.step)) return { kind: 'unknown-step', known };
  await lockStudent(tx, studentId);
  const student = { studentId, schoolYear: procedure.schoolYear.id };
  const { by, because } = decided;
  const { today: on, now } = moment;
  const done = { by, outcome: 'not-needed', because, on, now };
  const asked = await completeMeetingTasks(tx, student, decided.step, done);
  const steps = decided.step === null ? asked : [decided.step];
  if (steps.length === 0) return { kind: 'not-asked' };
  for (const step of steps) {
    const round = (await roundOfStep(tx, student, step))?.round ?? 1;
    await saveNotNeeded(tx, { ...student, step, round, on, by, because }, now);
    const title = `No meeting needed (${step}), decided by ${by}`;
    await addToFile(tx, { ...student, now }, { onDate: on, kind: 'meeting', title, detail: because });
  }
  return { kind: 'recorded', studentId, steps };
}

async function withMeeting(
  tx: Tx,
  ref: string,
  moment: Moment,
  use: (meeting: StoredMeeting, facts: StoredFacts) => Promise<ChangedMeeting>,
): Promise<ChangedMeeting> {
  const known = await findMeeting(tx, ref);
  if (known === null) return { kind: 'unknown' };
  await lockStudent(tx, known.studentId);
  const meeting = await findMeeting(tx, ref);
  const facts = await loadStudentFacts(tx, { id: known.studentId, schoolYear: known.schoolYear });
  if (meeting === null || facts === null) return { kind: 'unknown' };
  return isUntouchable(facts, moment.today) ? { kind: 'absolute-hold' } : use(meeting, facts);
}

/** Nothing at all is done about whoever has died or is missing. */
function isUntouchable({ holds }: StoredFacts, today: SchoolDate): boolean {
  return holds.some((hold) => hold.scope === 'absolute' && holdsOn(hold, today));
}

async function file(
  tx: Db,
  { studentId, schoolYear }: StoredMeeting,
  { today, now }: Moment,
  entry: { readonly title: string; readonly detail: string | null },
): Promise<void> {
  await addToFile(tx, { studentId, schoolYear, now }, { onDate: today, kind: 'meeting', ...entry });
}

function placeInWords({ place, callIn }: StoredMeeting): string {
  return `Place: ${place}${callIn === null ? '' : `, or ${callIn}`}.`;
}

function whoIsInvited(invited: readonly InviteeInLine[]): string[] {
  if (invited.length === 0) return ['Nobody is invited by Rollcall.'];
  return [`Invited: ${invited.map((one) => `${one.name} (${invitedInWords(one)})`).join('; ')}.`];
}
