import type { Config } from '../config/config-types.ts';
import type { Role } from '../domain/policy.ts';
import { mayDo } from '../domain/rights.ts';
import { type StaffOut, whoIsAbove, whoIsAsked } from '../domain/task-people.ts';
import { isSnoozed, pressureOf } from '../domain/task-time.ts';
import type { Db } from '../store/database.ts';
import { openTasksForMail, type TaskForMail } from '../store/open-tasks.ts';
import { openTaskLines, type TaskLine } from '../store/task-lines.ts';
import { asToldTo } from './blind-task.ts';
import type { Person } from './people.ts';
import type { Moment, Procedure } from './procedure.ts';
import { mayBeTold, readStaffOut } from './whose-tasks.ts';

/** Who looks, and by what. */
export interface TaskReader {
  readonly person: Person;
  readonly procedure: Procedure | null;
  readonly moment: Moment;
  /** Hears of a task that there is and that is none of this person's. */
  refuse?(about: { readonly subject: string; readonly studentId: number | null }): void;
}

type StaffConfig = Pick<Config, 'staff' | 'staffMail'>;

/** The open tasks of a person, as in the digest: worst deadline first, with those that were taken to the person. */
export async function myTasks(db: Db, config: StaffConfig, reader: TaskReader): Promise<TaskLine[]> {
  const { person, procedure, moment } = reader;
  const out = await readStaffOut(db, moment.today);
  const schools = standsIn(out, person) ? 'all' : schoolsOf(person);
  const lines = await openTaskLines(db, { schools, email: person.email });
  return lines
    .filter(
      (task) =>
        (procedure === null || mayBeTold(task, procedure)) &&
        !isSnoozed(task, moment.today) &&
        isTheirs(config, reader, task, out),
    )
    .map((task) => asToldTo(task, person.email, config.staff));
}

export interface SeenTask {
  readonly task: TaskForMail;
  /** The person may answer it, and not only look. */
  readonly mayAnswer: boolean;
}

/**
 * An open task as a person may see it: an own one, or one about a student or a school whose files the person may see.
 * @returns null: there is none, or it is nobody's business here
 */
export async function taskFor(
  db: Db,
  config: StaffConfig,
  reader: TaskReader,
  ref: string,
): Promise<SeenTask | null> {
  const [task] = await openTasksForMail(db, { ref });
  if (task === undefined) return null;
  const { person, procedure, moment } = reader;
  if (procedure !== null && !mayBeTold(task, procedure)) return null;
  const mayAnswer =
    holdsRole(person, task) ||
    isTheirs(config, reader, task, await readStaffOut(db, moment.today)) ||
    mayDo(person, 'answer-approval', [task.schoolSourcedId]);
  if (!mayAnswer && !mayDo(person, 'view-file', [task.schoolSourcedId])) {
    reader.refuse?.(aboutTask(task));
    return null;
  }
  const told = asToldTo(task, person.email, config.staff);
  return { task: told, mayAnswer: mayAnswer && told.kind === task.kind };
}

/** An open task that a person may answer; null: none such. */
export async function taskToAnswer(
  db: Db,
  config: StaffConfig,
  reader: TaskReader,
  ref: string,
): Promise<TaskForMail | null> {
  const seen = await taskFor(db, config, reader, ref);
  if (seen === null) return null;
  if (!seen.mayAnswer) reader.refuse?.(aboutTask(seen.task));
  return seen.mayAnswer ? seen.task : null;
}

function aboutTask({ ref, student }: TaskForMail) {
  return { subject: ref, studentId: student?.id ?? null };
}

/** Whether a task goes to this person: as its own, in somebody's stead, or because it was not done in time. */
function isTheirs(
  config: StaffConfig,
  { person, procedure, moment }: TaskReader,
  task: TaskLine,
  out: StaffOut,
) {
  const owned = { ...task, role: task.role as Role };
  // Whoever is away today still finds the own tasks here.
  const here = { ...out, away: new Map([...out.away].filter(([email]) => email !== person.email)) };
  const names = (people: readonly { email: string }[]) =>
    people.some(({ email }) => email.toLowerCase() === person.email);
  if (names(whoIsAsked(owned, config.staff, out)) || names(whoIsAsked(owned, config.staff, here)))
    return true;
  if (procedure === null) return false;
  const calendar = procedure.calendarOf(task.schoolSourcedId);
  const { escalated } = pressureOf(task, config.staffMail, calendar, moment.today);
  return escalated && names(whoIsAbove(owned, config.staff, out));
}

/** Somebody in the role may do what a colleague is asked. */
function holdsRole({ roles, email }: Person, { role, person, schoolSourcedId }: TaskLine): boolean {
  if (person !== null && person.toLowerCase() !== email) return false;
  return roles.some(
    (one) =>
      one.role === role &&
      (one.schools === 'all' || (schoolSourcedId !== null && one.schools.includes(schoolSourcedId))),
  );
}

/** Tasks of other schools can be those of somebody who is away. */
function standsIn({ away }: StaffOut, { email }: Person): boolean {
  return [...away.values()].some(({ substitute }) => substitute?.toLowerCase() === email);
}

function schoolsOf({ roles }: Person): 'all' | readonly string[] {
  const schools = new Set<string>();
  for (const entry of roles) {
    if (entry.schools === 'all') return 'all';
    for (const school of entry.schools) schools.add(school);
  }
  return [...schools];
}
