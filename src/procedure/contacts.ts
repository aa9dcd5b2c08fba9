import { inOneLine } from '../domain/plain-words.ts';
import { addDays, type SchoolDate } from '../domain/school-date.ts';
import { addToFile } from '../store/attendance-files.ts';
import { type ContactOutcome, contactOutcomes, logContact } from '../store/contact-log.ts';
import type { Tx } from '../store/database.ts';
import { homeSchoolOf } from '../store/home-school.ts';
import { lockStudent } from '../store/student-locks.ts';
import { completeTask, openTask, type Task } from '../store/tasks.ts';
import { placeHolds } from './holds.ts';
import type { Moment, Procedure } from './procedure.ts';

/** Tasks whose outcome is an attempt to reach the family. */
export const contactTasks: ReadonlySet<string> = new Set(['contact-family', 'call-with-interpreter']);

/** Any contact answers it, whoever it was asked of. */
const ANSWERED_BY_ANY = 'contact-family';

/** What an administrator decides about where nobody of the family can be reached. */
const CONTACT_NOT_POSSIBLE = 'contact-not-possible';

/** The hold that a promised note gives. */
export const NOTE_PROMISED = 'note-promised';

const DUE_SCHOOL_DAYS = 2;
const LONGEST_NOTE = 2_000;

export interface AskedContact {
  readonly studentId: number;
  /** Reference of the task that it answers; null: logged without one. */
  readonly task: string | null;
  readonly outcome: string;
  readonly note: string | null;
  /** null: today. */
  readonly on: SchoolDate | null;
  /** Whom of the family it was with; null: not said. */
  readonly guardianId: number | null;
  readonly by: string;
  /** null: on the command line. */
  readonly byEmail: string | null;
}

export interface ContactRefusal {
  readonly kind: 'refused';
  readonly part: 'outcome' | 'on' | 'note' | 'guardian' | 'task';
  readonly expected: string;
}

export interface LoggedContact {
  readonly kind: 'logged';
  readonly ref: string;
  /** The tasks that it has answered, the one that was named first. */
  readonly answered: readonly Task[];
  /** The last school day of the pause that a promised note gives; null: none. */
  readonly pausedUntil: SchoolDate | null;
}

/**
 * A member of staff has tried to reach the family. It goes into the contact log and the attendance file, answers the
 * tasks that ask for a contact, and pauses the ladder where a note was promised.
 */
export async function recordContact(
  tx: Tx,
  procedure: Procedure,
  asked: AskedContact,
  moment: Moment,
): Promise<LoggedContact | ContactRefusal> {
  await lockStudent(tx, asked.studentId);
  const on = asked.on ?? moment.today;
  const refusal = await refusalOf(tx, procedure, { ...asked, on }, moment);
  if (refusal !== null) return refusal;
  const outcome = asked.outcome as ContactOutcome;
  const student = { studentId: asked.studentId, schoolYear: procedure.schoolYear.id };
  const answered = await answerTasks(tx, student, asked, moment);
  const entry = await logContact(tx, {
    ...student,
    taskId: answered[0]?.id ?? null,
    on,
    at: moment.now,
    by: asked.by,
    byEmail: asked.byEmail,
    outcome,
    note: asked.note,
    guardianId: asked.guardianId,
    closedTasks: answered.map(({ id }) => id),
  });
  await addToFile(
    tx,
    { ...student, now: moment.now },
    { onDate: on, kind: 'contact', title: `Contact: ${outcome}`, detail: asked.note, contactId: entry.id },
  );
  const pausedUntil =
    outcome === NOTE_PROMISED ? await pause(tx, procedure, { ...asked, entryId: entry.id }, moment) : null;
  return { kind: 'logged', ref: entry.ref, answered, pausedUntil };
}

/**
 * Nobody of the family can be reached at all. The task is answered without a contact, and the administrator is asked
 * how to go on: that no contact was attempted stays a gap of a referral.
 * @returns false when the task is not open, or asks for no contact
 */
export async function recordNoContactPossible(
  tx: Tx,
  procedure: Procedure,
  said: { task: string; by: string; because: string },
  moment: Moment,
): Promise<boolean> {
  const waiting = await tx
    .selectFrom('task')
    .select(['student_id', 'kind', 'state'])
    .where('ref', '=', said.task)
    .executeTakeFirst();
  if (waiting === undefined || waiting.student_id === null || !contactTasks.has(waiting.kind)) return false;
  await lockStudent(tx, waiting.student_id);
  const task = await completeTask(tx, {
    ref: said.task,
    by: said.by,
    outcome: 'not-possible',
    because: said.because,
    on: moment.today,
    now: moment.now,
  });
  if (task === null) return false;
  const student = { studentId: waiting.student_id, schoolYear: procedure.schoolYear.id };
  await addToFile(
    tx,
    { ...student, now: moment.now },
    { onDate: moment.today, kind: 'task', title: 'No contact is possible', detail: said.because },
  );
  const calendar = await calendarOf(tx, procedure, student.studentId, moment.today);
  await openTask(
    tx,
    {
      key: `${CONTACT_NOT_POSSIBLE}:${student.studentId}:${student.schoolYear}`,
      kind: CONTACT_NOT_POSSIBLE,
      role: 'administrator',
      openedOn: moment.today,
      dueOn: calendar.addSchoolDays(moment.today, DUE_SCHOOL_DAYS) ?? calendar.lastDay,
      ...student,
      schoolId: task.schoolId,
      detail: said.because,
    },
    moment.now,
  );
  return true;
}

async function refusalOf(
  tx: Tx,
  procedure: Procedure,
  asked: AskedContact & { on: SchoolDate },
  { today }: Moment,
): Promise<ContactRefusal | null> {
  const refused = (part: ContactRefusal['part'], expected: string): ContactRefusal => ({
    kind: 'refused',
    part,
    expected,
  });
  if (!(contactOutcomes as readonly string[]).includes(asked.outcome))
    return refused('outcome', inOneLine(contactOutcomes, 'or'));
  if (asked.on > today) return refused('on', 'today or a day before');
  if (asked.on < procedure.schoolYear.begins) return refused('on', 'a day of this school year');
  if (asked.note !== null && asked.note.length > LONGEST_NOTE)
    return refused('note', `at most ${LONGEST_NOTE} characters`);
  if (asked.guardianId !== null) {
    const link = await tx
      .selectFrom('guardianship')
      .select('guardian_id')
      .where('student_id', '=', asked.studentId)
      .where('guardian_id', '=', asked.guardianId)
      .executeTakeFirst();
    if (link === undefined) return refused('guardian', 'a person whom the records link to this student');
  }
  if (asked.task === null) return null;
  const task = await tx
    .selectFrom('task')
    .select(['student_id', 'kind', 'state'])
    .where('ref', '=', asked.task)
    .executeTakeFirst();
  const fits = task?.state === 'open' && task.student_id === asked.studentId && contactTasks.has(task.kind);
  return fits ? null : refused('task', 'an open task of this student that asks for a contact');
}

async function answerTasks(
  tx: Tx,
  { studentId }: { studentId: number },
  { task, by, outcome }: AskedContact,
  moment: Moment,
): Promise<Task[]> {
  const waiting = await tx
    .selectFrom('task')
    .select('ref')
    .where('student_id', '=', studentId)
    .where('state', '=', 'open')
    .where((eb) => eb.or([eb('kind', '=', ANSWERED_BY_ANY), eb('ref', '=', task ?? '')]))
    .orderBy('opened_on')
    .orderBy('ref')
    .execute();
  const refs = [...waiting.filter(({ ref }) => ref === task), ...waiting.filter(({ ref }) => ref !== task)];
  const answered: Task[] = [];
  for (const { ref } of refs) {
    const done = await completeTask(tx, { ref, by, outcome, on: moment.today, now: moment.now });
    if (done !== null) answered.push(done);
  }
  return answered;
}

async function pause(
  tx: Tx,
  procedure: Procedure,
  { studentId, by, byEmail, entryId }: AskedContact & { entryId: string },
  moment: Moment,
): Promise<SchoolDate> {
  const calendar = await calendarOf(tx, procedure, studentId, moment.today);
  const days = procedure.contactLog.notePromisedSchoolDays;
  // Where the school year ends before, nothing is decided any more.
  const ends = calendar.addSchoolDays(moment.today, days) ?? addDays(moment.today, days);
  const [ref] = await placeHolds(
    tx,
    procedure,
    [
      {
        studentId,
        kind: NOTE_PROMISED,
        scope: 'everything',
        begins: moment.today,
        ends,
        owner: byEmail ?? 'attendance-clerk',
        reason: 'The family has promised a note.',
        source: 'staff',
        sourceKey: null,
        by,
      },
    ],
    moment,
  );
  await tx
    .updateTable('contact_log_entry')
    .set((eb) => ({
      hold_id: eb
        .selectFrom('hold')
        .select('id')
        .where('ref', '=', ref ?? ''),
    }))
    .where('id', '=', entryId)
    .execute();
  return ends;
}

async function calendarOf(tx: Tx, procedure: Procedure, studentId: number, today: SchoolDate) {
  return procedure.calendarOf((await homeSchoolOf(tx, studentId, today))?.sourcedId ?? null);
}
