import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import { newReference } from './references.ts';
import type { ContactLogEntryTable } from './tables/files.ts';

export type ContactOutcome = ContactLogEntryTable['outcome'];

export const contactOutcomes: readonly ContactOutcome[] = [
  'reached',
  'left-message',
  'no-answer',
  'wrong-number',
  'note-promised',
  'refused',
];

export interface NewContact {
  readonly studentId: number;
  readonly schoolYear: string;
  readonly taskId: string | null;
  readonly on: SchoolDate;
  readonly at: Date;
  readonly by: string;
  readonly outcome: ContactOutcome;
  readonly note: string | null;
  /** Whom of the family it was with; not set: not said. */
  readonly guardianId?: number | null;
  readonly byEmail?: string | null;
  readonly holdId?: string | null;
  readonly closedTasks?: readonly string[];
}

export interface ContactLogEntry extends Omit<NewContact, 'closedTasks'> {
  readonly id: string;
  readonly ref: string;
  readonly byEmail: string | null;
  readonly guardianId: number | null;
  readonly holdId: string | null;
  /** Ids of the tasks that it answered. */
  readonly closedTasks: readonly string[];
  /** A person has taken it back; null: it stands. */
  readonly undone: { readonly at: Date; readonly by: string; readonly because: string | null } | null;
}

export async function logContact(tx: Db, entry: NewContact): Promise<{ id: string; ref: string }> {
  return tx
    .insertInto('contact_log_entry')
    .values({
      ref: newReference('K'),
      student_id: entry.studentId,
      school_year: entry.schoolYear,
      task_id: entry.taskId,
      on_date: entry.on,
      at: entry.at,
      by_name: entry.by,
      by_email: entry.byEmail ?? null,
      outcome: entry.outcome,
      note: entry.note,
      guardian_id: entry.guardianId ?? null,
      hold_id: entry.holdId ?? null,
      closed_tasks: [...(entry.closedTasks ?? [])],
    })
    .returning(['id', 'ref'])
    .executeTakeFirstOrThrow();
}

/** The contacts that stand, in the order in which they were logged. */
export async function listContacts(
  db: Db,
  student: { studentId: number; schoolYear: string },
): Promise<ContactLogEntry[]> {
  return (await listAllContacts(db, student)).filter((entry) => entry.undone === null);
}

/** Those that were taken back, too. */
export async function listAllContacts(
  db: Db,
  student: { studentId: number; schoolYear: string },
): Promise<ContactLogEntry[]> {
  const rows = await db
    .selectFrom('contact_log_entry')
    .selectAll()
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .orderBy('at')
    .orderBy('ref')
    .execute();
  return rows.map(asEntry);
}

export async function findContact(db: Db, ref: string): Promise<ContactLogEntry | null> {
  const row = await db
    .selectFrom('contact_log_entry')
    .selectAll()
    .where('ref', '=', ref.toUpperCase())
    .executeTakeFirst();
  return row === undefined ? null : asEntry(row);
}

/** @returns false when it was taken back before */
export async function markUndone(
  tx: Db,
  id: string,
  undone: { by: string; because: string | null; now: Date },
): Promise<boolean> {
  const result = await tx
    .updateTable('contact_log_entry')
    .set({ undone_at: undone.now, undone_by: undone.by, undone_because: undone.because })
    .where('id', '=', id)
    .where('undone_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/**
 * What a contact had answered is asked again; not where the same is asked already, or where the step that asked is not
 * taken any more.
 * @returns how many tasks are open again
 */
export async function reopenAnswered(tx: Db, taskIds: readonly string[], now: Date): Promise<number> {
  if (taskIds.length === 0) return 0;
  const { numAffectedRows } = await sql`
    update task set state = 'open', closed_on = null, closed_by = null, outcome = null, reason = null,
      changed_at = ${now}
    where id = any(${[...taskIds]}::uuid[]) and state = 'done'
      and not exists (select from task o where o.key = task.key and o.state = 'open')
      and (step is null or exists (select from ladder_step s
        where s.student_id = task.student_id and s.school_year = task.school_year and s.step = task.step
          and s.state in ('owed', 'taken') and not s.superseded))`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}

function asEntry(row: {
  id: string;
  ref: string;
  student_id: number;
  school_year: string;
  task_id: string | null;
  on_date: SchoolDate;
  at: Date;
  by_name: string;
  by_email: string | null;
  outcome: ContactOutcome;
  note: string | null;
  guardian_id: number | null;
  hold_id: string | null;
  closed_tasks: string[];
  undone_at: Date | null;
  undone_by: string | null;
  undone_because: string | null;
}): ContactLogEntry {
  return {
    id: row.id,
    ref: row.ref,
    studentId: row.student_id,
    schoolYear: row.school_year,
    taskId: row.task_id,
    on: row.on_date,
    at: row.at,
    by: row.by_name,
    byEmail: row.by_email,
    outcome: row.outcome,
    note: row.note,
    guardianId: row.guardian_id,
    holdId: row.hold_id,
    closedTasks: row.closed_tasks,
    undone:
      row.undone_at === null
        ? null
        : { at: row.undone_at, by: row.undone_by ?? '', because: row.undone_because },
  };
}
