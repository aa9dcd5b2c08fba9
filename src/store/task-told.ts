import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

/** Whom each open task was told to before a day, as `<task id> <address in small letters>`. */
export async function toldBefore(db: Db, day: SchoolDate): Promise<Set<string>> {
  const rows = await db
    .selectFrom('task_told')
    .innerJoin('task', 'task.id', 'task_told.task_id')
    .select(['task_told.task_id', 'task_told.person'])
    .where('task.state', '=', 'open')
    .where('task_told.told_on', '<', day)
    .execute();
  return new Set(rows.map(({ task_id, person }) => toldKey(task_id, person)));
}

export function toldKey(taskId: string, person: string): string {
  return `${taskId} ${person.toLowerCase()}`;
}

/** The digest of the day tells one person of these tasks. */
export async function recordTold(
  tx: Db,
  told: { readonly taskIds: readonly string[]; readonly person: string; readonly on: SchoolDate },
): Promise<void> {
  if (told.taskIds.length === 0) return;
  await sql`
    insert into task_told (task_id, person, told_on)
    select id, ${told.person.toLowerCase()}, ${told.on}::date from unnest(${[...told.taskIds]}::uuid[]) id
    on conflict do nothing`.execute(tx);
}

/** A mail of its own tells one person of these tasks. */
export async function recordToldAtOnce(
  tx: Db,
  told: { readonly taskIds: readonly string[]; readonly person: string; readonly on: SchoolDate },
): Promise<void> {
  await sql`
    insert into task_told (task_id, person, told_on, told_at_once_on)
    select id, ${told.person.toLowerCase()}, ${told.on}::date, ${told.on}::date
    from unnest(${[...told.taskIds]}::uuid[]) id
    on conflict (task_id, person) do update set told_at_once_on = excluded.told_at_once_on`.execute(tx);
}

/** Somebody above is told of these tasks from now on. */
export async function markEscalated(tx: Db, taskIds: readonly string[], on: SchoolDate): Promise<void> {
  if (taskIds.length === 0) return;
  await tx
    .updateTable('task')
    .set({ escalated_on: on })
    .where('id', 'in', [...taskIds])
    .where('escalated_on', 'is', null)
    .execute();
}

/** Puts an open task off. @returns false when it is not open any more */
export async function snoozeTask(
  tx: Db,
  snoozed: {
    readonly id: string;
    readonly until: SchoolDate | null;
    readonly by: string;
    readonly because: string;
    readonly now: Date;
  },
): Promise<boolean> {
  const result = await tx
    .updateTable('task')
    .set({
      snoozed_until: snoozed.until,
      snoozed_by: snoozed.by,
      snoozed_because: snoozed.because,
      escalated_on: null,
      changed_at: snoozed.now,
    })
    .where('id', '=', snoozed.id)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
