import type { Role } from './policy.ts';

/** What a person may do on the pages, by role and school. */
export type Right =
  | 'view-file'
  | 'log-contact'
  | 'add-document'
  | 'manage-meeting'
  | 'waive-meeting'
  | 'draft-contract'
  | 'manage-contract'
  | 'manage-hold'
  | 'answer-approval'
  | 'handle-paper'
  | 'resolve-letter'
  | 'release-referral'
  | 'keep-medical'
  | 'view-summary'
  | 'pick-up-packet';

/** A role, and the schools at which a person has it (sourcedIds). */
export interface RoleAtSchools {
  readonly role: Role;
  readonly schools: 'all' | readonly string[];
}

/** Whoever holds roles. */
export interface RoleHolder {
  readonly roles: readonly RoleAtSchools[];
}

/**
 * Whether a person has a right at one of these schools. What belongs to no school (an empty list, or null alone) is a
 * matter of those who have the role at all schools.
 */
export function mayDo(
  person: RoleHolder,
  right: Right,
  schoolSourcedIds: readonly (string | null)[],
): boolean {
  return person.roles.some(
    ({ role, schools }) =>
      rightsOf[role].has(right) &&
      (schools === 'all' || schoolSourcedIds.some((school) => school !== null && schools.includes(school))),
  );
}

/** At which schools a person has a right: for lists. */
export function schoolsWith(person: RoleHolder, right: Right): 'all' | readonly string[] {
  const schools = new Set<string>();
  for (const entry of person.roles) {
    if (!rightsOf[entry.role].has(right)) continue;
    if (entry.schools === 'all') return 'all';
    for (const school of entry.schools) schools.add(school);
  }
  return [...schools].sort();
}

/** Whether a person has a right anywhere: for the navigation. */
export function mayAnywhere(person: RoleHolder, right: Right): boolean {
  const schools = schoolsWith(person, right);
  return schools === 'all' || schools.length > 0;
}

/**
 * Whether the person is asked for an answer: in the role that is asked, or as supervisor, at each of these schools. About
 * no school nobody is asked.
 */
export function isAskedAt(
  person: RoleHolder,
  role: string,
  schoolSourcedIds: readonly (string | null)[],
): boolean {
  return (
    schoolSourcedIds.length > 0 &&
    schoolSourcedIds.every((school) =>
      person.roles.some(
        (one) =>
          (one.role === role || one.role === 'supervisor') &&
          (one.schools === 'all' || (school !== null && one.schools.includes(school))),
      ),
    )
  );
}

const clerk: readonly Right[] = [
  'view-file',
  'log-contact',
  'add-document',
  'manage-meeting',
  'draft-contract',
  'keep-medical',
  'handle-paper',
  'resolve-letter',
];

const administrator: readonly Right[] = [
  ...clerk,
  'waive-meeting',
  'manage-contract',
  'manage-hold',
  'answer-approval',
  'release-referral',
  'view-summary',
];

/** A teacher sees the own tasks only, and answers them; the IT contact sees no student. */
const rightsOf: Readonly<Record<Role, ReadonlySet<Right>>> = {
  'attendance-clerk': new Set(clerk),
  administrator: new Set(administrator),
  counselor: new Set(['view-file', 'log-contact', 'manage-meeting', 'add-document']),
  teacher: new Set(),
  supervisor: new Set(administrator),
  'it-contact': new Set(),
  'truancy-officer': new Set(['pick-up-packet']),
};
