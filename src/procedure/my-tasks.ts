import type { Config } from '../config/config-types.ts';
import type { Role } from '../domain/policy.ts';
import { mayDo } from '../domain/rights.ts';
import type { Db } from '../store/database.ts';
import { openTasksForMail, type TaskForMail } from '../store/open-tasks.ts';
import { openTaskLines, type TaskLine } from '../store/task-lines.ts';
import type { Person } from './people.ts';

type Owned = Pick<TaskLine, 'person' | 'role' | 'schoolSourcedId'>;

/** The open tasks of a person, worst deadline first. */
export async function myTasks(
  db: Db,
  config: Pick<Config, 'staff' | 'staffFor'>,
  person: Person,
): Promise<TaskLine[]> {
  const lines = await openTaskLines(db, { schools: schoolsOf(person), email: person.email });
  return lines.filter((task) => isAskedOf(config, person, task));
}

/**
 * An open task as a person may see it: an own one, or one about a student or a school whose files the person may see.
 * @returns null: there is none, or it is nobody's business here
 */
export async function taskFor(
  db: Db,
  config: Pick<Config, 'staff' | 'staffFor'>,
  person: Person,
  ref: string,
): Promise<TaskForMail | null> {
  const task = (await openTasksForMail(db)).find((one) => one.ref === ref);
  if (task === undefined) return null;
  const visible = isAskedOf(config, person, task) || mayDo(person, 'view-file', [task.schoolSourcedId]);
  return visible ? task : null;
}

/** Whether a task goes to this person: to the one whose it is, or to the role at its school, or in its stead. */
export function isAskedOf(
  config: Pick<Config, 'staff' | 'staffFor'>,
  { email }: Person,
  task: Owned,
): boolean {
  return peopleFor(config, task).some((one) => one.email.toLowerCase() === email);
}

function peopleFor(config: Pick<Config, 'staff' | 'staffFor'>, task: Owned): readonly { email: string }[] {
  const own = config.staff.find(({ email }) => email.toLowerCase() === task.person?.toLowerCase());
  if (own !== undefined) return [own];
  for (const role of [task.role as Role, 'administrator', 'supervisor'] as const) {
    const people = config.staffFor(role, task.schoolSourcedId);
    if (people.length > 0) return people;
  }
  return config.staff.slice(0, 1);
}

function schoolsOf({ roles }: Person): 'all' | readonly string[] {
  const schools = new Set<string>();
  for (const entry of roles) {
    if (entry.schools === 'all') return 'all';
    for (const school of entry.schools) schools.add(school);
  }
  return [...schools];
}
