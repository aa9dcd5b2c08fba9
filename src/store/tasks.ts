import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import { newReference } from './references.ts';
import type { TaskState } from './tables/work.ts';

export interface NewTask {
  /** Two tasks with the same key are never open together. */
  readonly key: string;
  /** Where the task goes by the reference of what it asks for; not set: a reference of its own. */
  readonly ref?: string;
  readonly kind: string;
  readonly role: string;
  readonly openedOn: SchoolDate;
  readonly dueOn: SchoolDate;
  readonly studentId?: number | null;
  readonly schoolId?: number | null;
  readonly schoolYear?: string | null;
  readonly step?: string | null;
  readonly detail?: string | null;
  readonly letterId?: string | null;
  readonly referralId?: string | null;
  readonly printRunId?: string | null;
  /** E-mail address of the one person whose task it is; null: everybody in the role. */
  readonly person?: string | null;
  /** Nobody is told of it. */
  readonly shadow?: boolean;
}

export interface Task {
  readonly id: string;
  readonly ref: string;
  readonly kind: string;
  readonly role: string;
  readonly state: TaskState;
  readonly openedOn: SchoolDate;
  readonly dueOn: SchoolDate;
  readonly studentId: number | null;
  readonly schoolId: number | null;
  readonly schoolYear: string | null;
  readonly step: string | null;
  readonly detail: string | null;
  readonly letterId: string | null;
  readonly referralId: string | null;
  readonly printRunId: string | null;
  /** The day on which it comes back; null: nobody has put it off. */
  readonly snoozedUntil: SchoolDate | null;
}

/** Opens a task, or shows one that nobody was told of. @returns its id, or null when the same task is open already. */
export async function openTask(db: Db, task: NewTask, now: Date): Promise<string | null> {
  const row = await db
    .insertInto('task')
    .values({
      ref: task.ref ?? newReference('T'),
      key: task.key,
      kind: task.kind,
      role: task.role,
      state: 'open',
      opened_on: task.openedOn,
      due_on: task.dueOn,
      student_id: task.studentId ?? null,
      school_id: task.schoolId ?? null,
      school_year: task.schoolYear ?? null,
      step: task.step ?? null,
      detail: task.detail ?? null,
      letter_id: task.letterId ?? null,
      referral_id: task.referralId ?? null,
      print_run_id: task.printRunId ?? null,
      person: task.person ?? null,
      shadow: task.shadow ?? false,
      changed_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .where('state', '=', 'open')
        .doUpdateSet((eb) => ({
          shadow: false,
          opened_on: eb.ref('excluded.opened_on'),
          due_on: eb.ref('excluded.due_on'),
          changed_at: eb.ref('excluded.changed_at'),
        }))
        .where('task.shadow', '=', true)
        .where('excluded.shadow', '=', false),
    )
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

/** A person did it. @returns the task as it was, or null when it was not open. */
export async function completeTask(
  db: Db,
  done: { ref: string; by: string; outcome: string; because?: string | null; on: SchoolDate; now: Date },
): Promise<Task | null> {
  const row = await db
    .updateTable('task')
    .set({
      state: 'done',
      closed_on: done.on,
      closed_by: done.by,
      outcome: done.outcome,
      reason: done.because ?? null,
      changed_at: done.now,
    })
    .where('ref', '=', done.ref)
    .where('state', '=', 'open')
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : asTask(row);
}

/** What had closed a task by itself is gone: it is open again. One that a person has done stays done. */
export async function reopenTask(db: Db, ref: string, now: Date): Promise<void> {
  await db
    .updateTable('task')
    .set({ state: 'open', closed_on: null, reason: null, changed_at: now })
    .where('ref', '=', ref)
    .where('state', '=', 'closed')
    .execute();
}

/**
 * The reason for the tasks is gone: they close by themselves. A letter of the step that may have left is to be cleared
 * up all the same: its task stays.
 * @returns how many closed.
 */
export async function closeTasks(
  db: Db,
  which:
    | { studentId: number; schoolYear: string; step: string }
    | { keys: readonly string[] }
    | { letterId: string },
  closed: { reason: string; on: SchoolDate; now: Date },
): Promise<number> {
  const result = await db
    .updateTable('task')
    .set({ state: 'closed', closed_on: closed.on, reason: closed.reason, changed_at: closed.now })
    .where('state', '=', 'open')
    .$if('keys' in which, (query) => query.where('key', 'in', 'keys' in which ? [...which.keys] : []))
    .$if('letterId' in which, (query) =>
      query.where('letter_id', '=', 'letterId' in which ? which.letterId : ''),
    )
    .$if('step' in which, (query) =>
      'step' in which
        ? query
            .where('student_id', '=', which.studentId)
            .where('school_year', '=', which.schoolYear)
            .where('step', '=', which.step)
            .where(({ exists, not, selectFrom }) =>
              not(
                exists(
                  selectFrom('letter')
                    .select('letter.id')
                    .whereRef('letter.id', '=', 'task.letter_id')
                    .where('letter.state', 'in', ['uncertain', 'transmitting']),
                ),
              ),
            )
        : query,
    )
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** More has become known of what an open task asks. */
export async function detailTask(db: Db, key: string, detail: string, now: Date): Promise<void> {
  await db
    .updateTable('task')
    .set({ detail, changed_at: now })
    .where('key', '=', key)
    .where('state', '=', 'open')
    .execute();
}

/**
 * The latest task of each key, where it is open or was closed for a reason that may pass.
 * @param reason as it stands in those that closed
 */
export async function openOrClosedFor(
  db: Db,
  reason: string,
  of: { studentIds: readonly number[]; schoolYear: string; kinds: readonly string[] },
): Promise<Task[]> {
  if (of.studentIds.length === 0) return [];
  const rows = await db
    .selectFrom((eb) =>
      eb
        .selectFrom('task')
        .selectAll()
        .distinctOn('key')
        .where('student_id', 'in', [...of.studentIds])
        .where('school_year', '=', of.schoolYear)
        .where('kind', 'in', [...of.kinds])
        .orderBy('key')
        .orderBy(sql`state = 'open'`, 'desc')
        .orderBy('changed_at', 'desc')
        .as('latest'),
    )
    .selectAll()
    .where((eb) => eb.or([eb('state', '=', 'open'), eb('reason', '=', reason)]))
    .orderBy('student_id')
    .orderBy('step')
    .execute();
  return rows.map(asTask);
}

/** The shadows of a step's tasks close with it. */
export async function closeShadowTasks(
  tx: Db,
  atStep: { studentId: number; schoolYear: string; step: string },
  closed: { reason: string; on: SchoolDate; now: Date },
): Promise<void> {
  await tx
    .updateTable('task')
    .set({ state: 'closed', closed_on: closed.on, reason: closed.reason, changed_at: closed.now })
    .where('state', '=', 'open')
    .where('shadow', '=', true)
    .where('student_id', '=', atStep.studentId)
    .where('school_year', '=', atStep.schoolYear)
    .where('step', '=', atStep.step)
    .execute();
}

/** Open tasks, worst deadline first. @param shadow those of which nobody was told, instead of all others */
export async function listOpenTasks(db: Db, shadow = false): Promise<Task[]> {
  const rows = await db
    .selectFrom('task')
    .selectAll()
    .where('state', '=', 'open')
    .where('shadow', '=', shadow)
    .orderBy('due_on')
    .orderBy('opened_on')
    .orderBy('ref')
    .execute();
  return rows.map(asTask);
}

/** Every task about a student in a school year of which staff were told, oldest first, with how it ended. */
export async function listStudentTasks(
  db: Db,
  student: { studentId: number; schoolYear: string },
): Promise<
  {
    kind: string;
    role: string;
    openedOn: SchoolDate;
    closedOn: SchoolDate | null;
    outcome: string | null;
  }[]
> {
  const rows = await db
    .selectFrom('task')
    .select(['kind', 'role', 'opened_on', 'closed_on', 'outcome', 'reason'])
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('shadow', '=', false)
    .orderBy('opened_on')
    .orderBy('ref')
    .execute();
  return rows.map((row) => ({
    kind: row.kind,
    role: row.role,
    openedOn: row.opened_on,
    closedOn: row.closed_on,
    outcome: row.outcome ?? row.reason,
  }));
}

function asTask(row: {
  id: string;
  ref: string;
  kind: string;
  role: string;
  state: TaskState;
  opened_on: SchoolDate;
  due_on: SchoolDate;
  student_id: number | null;
  school_id: number | null;
  school_year: string | null;
  step: string | null;
  detail: string | null;
  letter_id: string | null;
  referral_id: string | null;
  print_run_id: string | null;
  snoozed_until: SchoolDate | null;
}): Task {
  return {
    id: row.id,
    ref: row.ref,
    kind: row.kind,
    role: row.role,
    state: row.state,
    openedOn: row.opened_on,
    dueOn: row.due_on,
    studentId: row.student_id,
    schoolId: row.school_id,
    schoolYear: row.school_year,
    step: row.step,
    detail: row.detail,
    letterId: row.letter_id,
    referralId: row.referral_id,
    printRunId: row.print_run_id,
    snoozedUntil: row.snoozed_until,
  };
}
