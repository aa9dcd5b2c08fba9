import type { Role } from './policy.ts';
import { mayDo, schoolsWith } from './rights.ts';
import type { SchoolDate } from './school-date.ts';

/** One entry of the configuration: somebody in a role at schools. */
export interface StaffEntry {
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  /** sourcedIds, or all schools of the district. */
  readonly schools: readonly string[] | 'all';
}

/** Who cannot be told of tasks now; by e-mail address in small letters. */
export interface StaffOut {
  readonly away: ReadonlyMap<string, { readonly until: SchoolDate; readonly substitute: string | null }>;
  /** Mails to them come back. */
  readonly unreachable: ReadonlySet<string>;
}

export interface AskedPerson {
  readonly name: string;
  readonly email: string;
  /** Who is away and has named this person; null: the person's own task. */
  readonly insteadOf: string | null;
}

/** Whose a task is. */
export interface OwnedTask {
  readonly role: Role;
  /** E-mail address of the one person whose task it is; null: everybody in the role. */
  readonly person: string | null;
  readonly schoolSourcedId: string | null;
}

/**
 * Who is asked to do a task: its person, else its role at the school, else for all schools, else the administrators,
 * the supervisors, the IT contact. Whoever is away or cannot be reached is passed over as long as somebody else can be
 * asked, so that no task waits in a mailbox that nobody reads.
 */
export function whoIsAsked(
  task: OwnedTask,
  staff: readonly StaffEntry[],
  out: StaffOut,
): readonly AskedPerson[] {
  const levels = levelsOf(task, staff);
  for (const level of levels) {
    const people = present(level, staff, out);
    if (people.length > 0) return people;
  }
  // Nobody at all can be reached: the mail is tried all the same.
  return once((levels[0] ?? staff.slice(0, 1)).map(asked));
}

/** Whether a person has no other role than to keep the program running: no student is shown to them. */
export function seesNoStudent(email: string, staff: readonly StaffEntry[]): boolean {
  const entries = staff.filter((one) => keyOf(one.email) === keyOf(email));
  return entries.length > 0 && entries.every(({ role }) => role === 'it-contact');
}

/** Whom an overdue task is taken to: the supervisors of its school, else the administrators; none of those asked already. */
export function whoIsAbove(
  task: OwnedTask,
  staff: readonly StaffEntry[],
  out: StaffOut,
): readonly AskedPerson[] {
  const already = new Set(whoIsAsked(task, staff, out).map(({ email }) => keyOf(email)));
  for (const role of ['supervisor', 'administrator'] as const) {
    for (const level of inRole(role, task.schoolSourcedId, staff)) {
      const people = present(level, staff, out).filter(({ email }) => !already.has(keyOf(email)));
      if (people.length > 0) return people;
    }
  }
  return [];
}

/**
 * Whether somebody may stand in for a person: at each school of the person's roles either the same role, or the right
 * to see its files. Nobody comes to see students in this way who may not see them anyway.
 */
export function maySubstitute(substitute: string, email: string, staff: readonly StaffEntry[]): boolean {
  const roles = staff.filter((one) => keyOf(one.email) === keyOf(substitute));
  const sees = schoolsWith({ roles }, 'view-file');
  return staff
    .filter((one) => keyOf(one.email) === keyOf(email))
    .every(({ role, schools }) => {
      const same = roles.filter((one) => one.role === role);
      if (schools === 'all') return sees === 'all' || same.some((one) => one.schools === 'all');
      return schools.every(
        (school) =>
          mayDo({ roles }, 'view-file', [school]) ||
          same.some((one) => one.schools === 'all' || one.schools.includes(school)),
      );
    });
}

/** Addresses are compared in small letters. */
export function keyOf(email: string): string {
  return email.toLowerCase();
}

function levelsOf(task: OwnedTask, staff: readonly StaffEntry[]): readonly (readonly StaffEntry[])[] {
  const { person, role, schoolSourcedId } = task;
  const own = person === null ? [] : staff.filter(({ email }) => keyOf(email) === keyOf(person)).slice(0, 1);
  const roles = [...new Set<Role>([role, 'administrator', 'supervisor', 'it-contact'])];
  return [own, ...roles.flatMap((one) => inRole(one, schoolSourcedId, staff))].filter(
    ({ length }) => length > 0,
  );
}

/** Those named for the school come before those for all; for no school in particular at last everybody in the role. */
function inRole(
  role: Role,
  schoolSourcedId: string | null,
  staff: readonly StaffEntry[],
): readonly (readonly StaffEntry[])[] {
  const all = staff.filter((one) => one.role === role);
  const everywhere = all.filter(({ schools }) => schools === 'all');
  if (schoolSourcedId === null) return [everywhere, all];
  return [all.filter(({ schools }) => schools !== 'all' && schools.includes(schoolSourcedId)), everywhere];
}

function present(
  level: readonly StaffEntry[],
  staff: readonly StaffEntry[],
  { away, unreachable }: StaffOut,
): readonly AskedPerson[] {
  const there = (email: string) => !away.has(keyOf(email)) && !unreachable.has(keyOf(email));
  const own = level.filter(({ email }) => there(email)).map(asked);
  const substitutes = level.flatMap(({ email, name }) => {
    const named = away.get(keyOf(email))?.substitute ?? null;
    const substitute = named === null ? undefined : staff.find((one) => keyOf(one.email) === keyOf(named));
    return substitute === undefined ||
      !there(substitute.email) ||
      !maySubstitute(substitute.email, email, staff)
      ? []
      : [{ ...asked(substitute), insteadOf: name }];
  });
  return once([...own, ...substitutes]);
}

function asked({ name, email }: StaffEntry): AskedPerson {
  return { name, email, insteadOf: null };
}

function once(people: readonly AskedPerson[]): readonly AskedPerson[] {
  const seen = new Set<string>();
  return people.filter(({ email }) => !seen.has(keyOf(email)) && seen.add(keyOf(email)));
}
