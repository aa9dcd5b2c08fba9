import type { Config } from '../config/config-types.ts';
import type { Role } from '../domain/policy.ts';
import { mayDo } from '../domain/rights.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { keyOf, type StaffOut, whoIsAbove, whoIsAsked } from '../domain/task-people.ts';
import { isSnoozed, pressureOf } from '../domain/task-time.ts';
import type { Db } from '../store/database.ts';
import { openTasksForMail, type TaskForMail } from '../store/open-tasks.ts';
import { openTaskLines, type TaskLine } from '../store/task-lines.ts';
import type { Person } from './people.ts';
import type { Procedure } from './procedure.ts';
import { readStaffOut } from './whose-tasks.ts';

type Owned = Pick<TaskLine, 'person' | 'role' | 'schoolSourcedId' | 'openedOn' | 'dueOn' | 'snoozedUntil'>;

/** By what it is found out whose a task is today. */
export interface TaskAsker {
  readonly config: Pick<Config, 'staff' | 'staffMail'>;
  /** null: nothing can be decided yet, and nothing is overdue. */
  readonly procedure: Procedure | null;
  readonly today: SchoolDate;
}

/** The open tasks of a person, worst deadline first: what the daily mail tells of. */
export async function myTasks(db: Db, asker: TaskAsker, person: Person): Promise<TaskLine[]> {
  const out = await readStaffOut(db, asker.today);
  const schools = standsIn(out, person) ? 'all' : schoolsOf(person);
  const lines = await openTaskLines(db, { schools, email: person.email });
  return lines.filter((task) => !isSnoozed(task, asker.today) && isAskedOf(asker, out, person, task));
}

/**
 * An open task as a person may see it: an own one, or one about a student or a school whose files the person may see.
 * @returns null: there is none, or it is nobody's business here
 */
export async function taskFor(
  db: Db,
  asker: TaskAsker,
  person: Person,
  ref: string,
): Promise<TaskForMail | null> {
  const [task] = await openTasksForMail(db, { ref });
  if (task === undefined) return null;
  if (mayDo(person, 'view-file', [task.schoolSourcedId])) return task;
  return isAskedOf(asker, await readStaffOut(db, asker.today), person, task) ? task : null;
}

/** Whether a task goes to this person: as the mails say it. */
function isAskedOf(
  { config, procedure, today }: TaskAsker,
  out: StaffOut,
  { email }: Person,
  task: Owned,
): boolean {
  const owned = { ...task, role: task.role as Role };
  const isOne = (people: readonly { email: string }[]) => people.some((one) => keyOf(one.email) === email);
  if (isOne(whoIsAsked(owned, config.staff, out))) return true;
  if (procedure === null) return false;
  const calendar = procedure.calendarOf(task.schoolSourcedId);
  const { escalated } = pressureOf(task, config.staffMail, calendar, today);
  return escalated && isOne(whoIsAbove(owned, config.staff, out));
}

/** Tasks of other schools can be those of somebody who is away. */
function standsIn({ away }: StaffOut, { email }: Person): boolean {
  return [...away.values()].some(({ substitute }) => substitute === email);
}

function schoolsOf({ roles }: Person): 'all' | readonly string[] {
  const schools = new Set<string>();
  for (const entry of roles) {
    if (entry.schools === 'all') return 'all';
    for (const school of entry.schools) schools.add(school);
  }
  return [...schools];
}
