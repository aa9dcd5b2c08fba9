import { whenInWords } from '../domain/meeting-words.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db, Tx } from '../store/database.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { openTasksOf, openTaskWithKey, roundOfStep } from '../store/meeting-tasks.ts';
import { listMeetings, meetingsWithoutOutcome, type StoredMeeting } from '../store/meetings.ts';
import { listNotNeeded } from '../store/meetings-not-needed.ts';
import { completeTask, openTask } from '../store/tasks.ts';
import { type Moment, modeOf, type Procedure } from './procedure.ts';
import { stepTaskKey } from './step-tasks.ts';

const AGAIN = 'schedule-meeting-again';

/** The tasks of a step that a meeting answers. */
export const meetingTasks: readonly string[] = ['consider-meeting', 'schedule-meeting', AGAIN];

/** Of the task that asks for another meeting. */
export function askedAgainKey({ studentId, schoolYear }: StudentYear, step: string): string {
  return stepTaskKey(AGAIN, { studentId, schoolYear }, step);
}

/** Two tasks with the same key are never open together. */
export function handOverKey(inviteeId: string): string {
  return `hand-over-invitation:${inviteeId}`;
}

export function undeliveredKey(inviteeId: string): string {
  return `invitation-undelivered:${inviteeId}`;
}

interface Done {
  readonly by: string;
  readonly outcome: string;
  readonly because?: string | null;
  readonly on: SchoolDate;
  readonly now: Date;
}

/** A person has answered what a step asks about a meeting. @param step null: whatever step asks. @returns the steps that did */
export async function completeMeetingTasks(
  tx: Tx,
  student: StudentYear,
  step: string | null,
  done: Done,
): Promise<string[]> {
  const open = await openTasksOf(tx, student, meetingTasks);
  const asked = open.filter((task) => step === null || task.step === step);
  for (const { ref } of asked) await completeTask(tx, { ref, ...done });
  return [...new Set(asked.flatMap((task) => task.step ?? []))];
}

/** A person has said what came of a meeting. */
export async function completeOutcomeTask(tx: Tx, meetingId: string, done: Done): Promise<void> {
  const ref = await openTaskWithKey(tx, outcomeKey(meetingId));
  if (ref !== null) await completeTask(tx, { ref, ...done });
}

/** The meeting that a step had asked for did not take place: another one is asked for, or the reason why none is needed. */
export async function askForAnother(
  tx: Tx,
  procedure: Procedure,
  meeting: StoredMeeting,
  why: string,
  moment: Moment,
): Promise<void> {
  const { studentId, schoolYear, step, ref, schoolId } = meeting;
  const student = { studentId, schoolYear };
  if (step === null || (await isMeetingNotNeeded(tx, student, step))) return;
  if ((await roundOfStep(tx, student, step))?.stands !== true) return;
  if ((await listMeetings(tx, student)).some(({ state }) => state === 'scheduled' || state === 'held'))
    return;
  const work = procedure.policy.steps.find(({ id }) => id === step)?.meeting ?? MEETING_WORK;
  const dueOn = procedure.calendarOf(null).addSchoolDays(moment.today, work.dueInSchoolDays) ?? moment.today;
  await openTask(
    tx,
    {
      key: askedAgainKey(student, step),
      kind: AGAIN,
      role: work.role,
      openedOn: moment.today,
      dueOn,
      ...student,
      schoolId,
      step,
      detail: `${ref}: ${why}`,
      shadow: await isShadow(tx, procedure, schoolId),
    },
    moment.now,
  );
}

/** Whether a person has decided that this round of the step needs no meeting. */
export async function isMeetingNotNeeded(tx: Db, student: StudentYear, step: string): Promise<boolean> {
  const decided = (await listNotNeeded(tx, student)).filter((one) => one.step === step);
  if (decided.length === 0) return false;
  const round = (await roundOfStep(tx, student, step))?.round ?? 1;
  return decided.some((one) => one.round === round);
}

/** Asks what came of each meeting whose day has passed, once. @returns how many were asked for now */
export async function askForOutcomes(db: Db, procedure: Procedure, moment: Moment): Promise<number> {
  return db.transaction().execute(async (tx) => {
    let asked = 0;
    for (const meeting of await meetingsWithoutOutcome(tx, moment.today)) {
      const { studentId, schoolYear, schoolId, step, ref, id } = meeting;
      const work = procedure.policy.steps.find((one) => one.id === step)?.meeting ?? MEETING_WORK;
      const opened = await openTask(
        tx,
        {
          key: outcomeKey(id),
          kind: 'meeting-outcome',
          role: work.role,
          openedOn: moment.today,
          dueOn: procedure.calendarOf(null).addSchoolDays(moment.today, 1) ?? moment.today,
          studentId,
          schoolId,
          schoolYear,
          detail: `${ref}, ${whenInWords(meeting)}`,
          shadow: await isShadow(tx, procedure, schoolId),
        },
        moment.now,
      );
      if (opened !== null) asked += 1;
    }
    return asked;
  });
}

/** Whoever sees to meetings where no step says who. */
const MEETING_WORK = { role: 'administrator', dueInSchoolDays: 2 } as const;

export function outcomeKey(meetingId: string): string {
  return `meeting-outcome:${meetingId}`;
}

async function isShadow(tx: Tx, { modes }: Procedure, schoolId: number): Promise<boolean> {
  const school = await tx
    .selectFrom('school')
    .select('sourced_id')
    .where('id', '=', schoolId)
    .executeTakeFirst();
  return modeOf(modes, school?.sourced_id ?? null) === 'shadow';
}
