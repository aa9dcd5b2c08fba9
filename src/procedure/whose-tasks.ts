import type { Config } from '../config/config-types.ts';
import type { Role } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { keyOf, type OwnedTask, type StaffOut, whoIsAbove, whoIsAsked } from '../domain/task-people.ts';
import { isSnoozed, pressureOf, type TaskPressure } from '../domain/task-time.ts';
import type { Db } from '../store/database.ts';
import { openTasksForMail, type TaskForMail } from '../store/open-tasks.ts';
import { listStaffAway, unreachableStaff } from '../store/staff-away.ts';
import { APPROVE_BATCH } from './batch-task.ts';
import { asToldTo } from './blind-task.ts';
import { modeOf, type Procedure } from './procedure.ts';
import { KILL_SWITCH } from './tell-of-kill-switch.ts';

/** A task as one person is told of it. */
export interface ToldTask extends TaskPressure {
  readonly task: TaskForMail;
  /** It is somebody else's, and was not done in time. */
  readonly fromBelow: boolean;
  /** Who is away and has named this person. */
  readonly insteadOf: string | null;
}

export interface TaskBox {
  readonly name: string;
  readonly email: string;
  /** Worst deadline first. */
  readonly tasks: readonly ToldTask[];
}

/** Who is away today, and to whom mail does not arrive. */
export async function readStaffOut(db: Db, today: SchoolDate): Promise<StaffOut> {
  const away = new Map<string, { until: SchoolDate; substitute: string | null }>();
  for (const { email, begins, ends, substitute } of await listStaffAway(db, today)) {
    if (begins <= today) away.set(keyOf(email), { until: ends, substitute });
  }
  return { away, unreachable: await unreachableStaff(db) };
}

/** The open tasks of each person by e-mail address in small letters: the person's own, and overdue ones of others that were taken to them. */
export async function tasksByPerson(
  db: Db,
  config: Pick<Config, 'staff' | 'staffMail'>,
  procedure: Procedure,
  today: SchoolDate,
): Promise<Map<string, TaskBox>> {
  const out = await readStaffOut(db, today);
  const boxes = new Map<string, { name: string; email: string; tasks: ToldTask[] }>();
  for (const task of await openTasksForMail(db)) {
    if (!mayBeTold(task, procedure) || isSnoozed(task, today)) continue;
    const calendar = procedure.calendarOf(task.schoolSourcedId);
    const pressure = pressureOf(task, config.staffMail, calendar, today);
    const owned = ownedOf(task);
    const put = (person: { name: string; email: string; insteadOf: string | null }, fromBelow: boolean) => {
      const { name, email, insteadOf } = person;
      const box = boxes.get(keyOf(email)) ?? { name, email, tasks: [] };
      box.tasks.push({ task: asToldTo(task, email, config.staff), ...pressure, fromBelow, insteadOf });
      boxes.set(keyOf(email), box);
    };
    for (const person of whoIsAsked(owned, config.staff, out)) put(person, false);
    if (pressure.escalated) for (const person of whoIsAbove(owned, config.staff, out)) put(person, true);
  }
  return boxes;
}

export function ownedOf({ role, person, schoolSourcedId }: TaskForMail): OwnedTask {
  return { role: role as Role, person, schoolSourcedId };
}

/**
 * Nothing leaves for a school in shadow mode, not even what was asked before. The IT contact keeps it running, and a
 * batch is of letters that are to leave, of whatever school, as a stop of all sending is.
 */
export function mayBeTold(
  task: Pick<TaskForMail, 'role' | 'kind' | 'schoolSourcedId'>,
  { modes }: Procedure,
): boolean {
  return (
    task.role === 'it-contact' ||
    task.kind === APPROVE_BATCH ||
    task.kind === KILL_SWITCH ||
    modeOf(modes, task.schoolSourcedId) !== 'shadow'
  );
}
