import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import { underAbsoluteHold } from './absolute-hold.ts';
import type { Db, Tx } from './database.ts';
import type { StudentYear } from './ladder-steps.ts';
import { legalDeadline } from './legal-deadline.ts';
import { newReference } from './references.ts';
import { closeTasks, completeTask, openTask, reopenTask } from './tasks.ts';

export type ApprovalAnswer = 'given' | 'refused';

/** The kind of the tasks that ask for approval. Their reference is that of the approval. */
export const APPROVAL = 'approval';

/**
 * Asks a role to approve a step of a student. The step waits until a person answers; what was asked before of the same
 * step is asked no more.
 * @returns the reference of the approval, for example `A-7F3K-2Q9M`
 */
export async function askApproval(
  tx: Tx,
  student: StudentYear,
  asked: {
    /** Of the task: two with the same key are never open together. */
    readonly key: string;
    readonly step: string;
    /** What the step is called. */
    readonly title: string;
    readonly role: string;
    readonly schoolId: number | null;
    readonly on: SchoolDate;
    readonly dueOn: SchoolDate;
    readonly now: Date;
  },
): Promise<string> {
  const ref = newReference('A');
  await closeTasks(tx, { keys: [asked.key] }, { reason: 'asked-anew', on: asked.on, now: asked.now });
  await openTask(
    tx,
    {
      ...student,
      ref,
      key: asked.key,
      kind: APPROVAL,
      role: asked.role,
      openedOn: asked.on,
      dueOn: asked.dueOn,
      schoolId: asked.schoolId,
      step: asked.step,
      detail: asked.title,
    },
    asked.now,
  );
  await ofStep(tx, student, asked.step)
    .set({
      approval: 'asked',
      approval_ref: ref,
      approval_by: null,
      approval_because: null,
      approval_at: null,
      changed_at: asked.now,
    })
    .execute();
  return ref;
}

/** A step waits for approval: the task that asks for it is open, and is that of the role whose answer it waits for. */
export async function keepAsking(
  tx: Tx,
  student: StudentYear,
  { step, role, now }: { readonly step: string; readonly role: string; readonly now: Date },
): Promise<void> {
  const row = await tx
    .selectFrom('ladder_step')
    .select('approval_ref')
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('step', '=', step)
    .where('approval', '=', 'asked')
    .executeTakeFirst();
  const ref = row?.approval_ref ?? null;
  if (ref === null) return;
  await reopenTask(tx, ref, now);
  await tx
    .updateTable('task')
    .set({ role, changed_at: now })
    .where('ref', '=', ref)
    .where('role', '<>', role)
    .execute();
}

/** An approval, and what has become of it. */
export interface Approval {
  readonly ref: string;
  readonly studentId: number;
  readonly schoolYear: string;
  readonly step: string;
  readonly role: string;
  /** `closed`: nobody has to answer any more, for `reason`. */
  readonly state: 'asked' | ApprovalAnswer | 'closed';
  readonly askedOn: SchoolDate;
  readonly dueOn: SchoolDate;
  readonly answeredOn: SchoolDate | null;
  readonly by: string | null;
  /** Why it was refused or given, in the person's words; why it was closed, as a code word. */
  readonly reason: string | null;
}

export async function readApproval(db: Db, ref: string): Promise<Approval | null> {
  const [found] = await selectApprovals(db).where('ref', '=', ref.toUpperCase()).execute();
  return found === undefined ? null : asApproval(found);
}

/** What was asked for about a student in a school year up to a day, as it stood at its end, in the order of asking. */
export async function listApprovals(db: Db, student: StudentYear, upTo: SchoolDate): Promise<Approval[]> {
  const rows = await selectApprovals(db)
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('opened_on', '<=', upTo)
    .orderBy('opened_on')
    .orderBy('changed_at')
    .orderBy('ref')
    .execute();
  return rows.map(asApproval).map((approval) => asOf(approval, upTo));
}

/**
 * Records what a person has answered.
 * @returns false when the step does not wait for this answer: nothing was recorded then
 */
export async function recordApproval(
  tx: Tx,
  approval: Approval,
  answer: {
    readonly answer: ApprovalAnswer;
    readonly by: string;
    readonly because: string | null;
    readonly on: SchoolDate;
    readonly now: Date;
  },
): Promise<boolean> {
  const updated = await ofStep(tx, approval, approval.step)
    .where('approval_ref', '=', approval.ref)
    .where('approval', '=', 'asked')
    .where('state', '=', 'owed')
    .set({
      approval: answer.answer,
      approval_by: answer.by,
      approval_because: answer.because,
      approval_at: answer.now,
      changed_at: answer.now,
    })
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) return false;
  const { ref } = approval;
  return (await completeTask(tx, { ...answer, ref, outcome: answer.answer })) !== null;
}

/** Whether the step of an approval still waits for its answer. */
export async function isAwaited(db: Db, approval: Approval): Promise<boolean> {
  const row = await db
    .selectFrom('ladder_step')
    .select('step')
    .where('student_id', '=', approval.studentId)
    .where('school_year', '=', approval.schoolYear)
    .where('step', '=', approval.step)
    .where('approval_ref', '=', approval.ref)
    .where('approval', '=', 'asked')
    .where('state', '=', 'owed')
    .executeTakeFirst();
  return row !== undefined;
}

/** An approval that waits for an answer, with what the person who answers wants to know. */
export interface AskedApproval {
  readonly ref: string;
  /** Our own id. */
  readonly studentId: number;
  /** sourcedId. */
  readonly student: string;
  readonly name: string;
  readonly schoolSourcedId: string | null;
  readonly school: string | null;
  readonly step: string;
  readonly role: string;
  readonly askedOn: SchoolDate;
  readonly dueOn: SchoolDate;
  /** The last day that the law leaves; null: no law sets any. */
  readonly deadline: SchoolDate | null;
}

/** What waits for an answer, the nearest day first; nothing about a student of whom nothing may be said. */
export async function listAskedApprovals(db: Db): Promise<AskedApproval[]> {
  const result = await sql<AskedApproval>`
    select t.ref, st.id as "studentId", st.sourced_id as student, st.given_name || ' ' || st.family_name as name,
      sc.sourced_id as "schoolSourcedId", sc.name as school, t.step, t.role, t.opened_on as "askedOn",
      t.due_on as "dueOn", ${legalDeadline(sql.ref('e.result'), sql.ref('t.step'))} as deadline
    from task t
    join student st on st.id = t.student_id
    left join school sc on sc.id = t.school_id
    left join ladder l on l.student_id = t.student_id and l.school_year = t.school_year
    left join evaluation e on e.id = l.evaluation_id
    where t.kind = ${APPROVAL} and t.state = 'open' and not ${underAbsoluteHold(sql.ref('t.student_id'))}
    order by t.due_on, t.opened_on, t.ref`.execute(db);
  return result.rows;
}

function ofStep(tx: Tx, student: StudentYear, step: string) {
  return tx
    .updateTable('ladder_step')
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('step', '=', step);
}

function selectApprovals(db: Db) {
  return db
    .selectFrom('task')
    .select(['ref', 'student_id', 'school_year', 'step', 'role', 'state', 'opened_on', 'due_on'])
    .select(['closed_on', 'closed_by', 'outcome', 'reason'])
    .where('kind', '=', APPROVAL);
}

/** Before its answer an approval was asked for, and nobody knew more. */
function asOf(approval: Approval, date: SchoolDate): Approval {
  if (approval.answeredOn === null || approval.answeredOn <= date) return approval;
  return { ...approval, state: 'asked', answeredOn: null, by: null, reason: null };
}

type ApprovalRow = Awaited<ReturnType<ReturnType<typeof selectApprovals>['execute']>>[number];

function asApproval(row: ApprovalRow): Approval {
  if (row.student_id === null || row.school_year === null || row.step === null) {
    throw new Error(`the approval ${row.ref} is about no step of a student`);
  }
  return {
    ref: row.ref,
    studentId: row.student_id,
    schoolYear: row.school_year,
    step: row.step,
    role: row.role,
    state: row.state === 'done' ? (row.outcome as ApprovalAnswer) : row.state === 'open' ? 'asked' : 'closed',
    askedOn: row.opened_on,
    dueOn: row.due_on,
    answeredOn: row.closed_on,
    by: row.closed_by,
    reason: row.reason,
  };
}
