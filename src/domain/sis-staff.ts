import { usableAddress } from './email-address.ts';
import type { Role } from './policy.ts';
import type { SchoolDate } from './school-date.ts';
import { type StaffRecord, staffRolesOn } from './sis-records.ts';
import { keyOf, type StaffEntry } from './task-people.ts';

/** Which people of the SIS are staff here, and as what. */
export interface StaffRules {
  /** By the role's name in the SIS, in small letters. What is not named gives nothing. */
  readonly roles: Readonly<Record<string, Role>>;
  /** In small letters: nobody with an address elsewhere gets in. */
  readonly emailDomains: readonly string[];
  /** sourcedIds of the schools that take part. */
  readonly schools: readonly string[];
  /** Addresses of whom the configuration speaks, in small letters: it has the last word about them. */
  readonly spokenFor: ReadonlySet<string>;
}

/**
 * Who of the SIS is staff on a day: one entry per person and role. A role counts at the schools for which the SIS names
 * it, never for the whole district. Whoever is a student too, has no address of the district, or shares it with
 * somebody else, is nobody here.
 */
export function staffOfSis(
  people: readonly StaffRecord[],
  rules: StaffRules,
  today: SchoolDate,
): readonly StaffEntry[] {
  const owners = new Map<string, number>();
  const known = people.flatMap((person) => {
    const email = addressOf(person, rules);
    if (!person.active || email === null) return [];
    owners.set(email, (owners.get(email) ?? 0) + 1);
    return [{ person, email }];
  });
  return known.flatMap(({ person, email }): StaffEntry[] => {
    if (owners.get(email) !== 1 || rules.spokenFor.has(email)) return [];
    const schools = schoolsByRole(person, rules, today);
    const name = `${person.givenName} ${person.familyName}`.trim() || email;
    return [...schools].map(([role, at]) => ({ name, email, role, schools: [...at].sort() }));
  });
}

export type StaffReadVerdict =
  | { readonly kind: 'right' }
  | { readonly kind: 'doubtful'; readonly had: number; readonly would: number };

/**
 * Whether as many people have access after a read as one would expect: a mapping gone wrong in the SIS must not open the
 * files to everybody, nor a permission that is missing shut out a whole district.
 */
export function judgeStaffRead(had: number, would: number): StaffReadVerdict {
  const grown = would - had > MOST_NEW && would > had * 1.5;
  const shrunk = had - would > MOST_GONE && would < had * 0.5;
  return grown || shrunk ? { kind: 'doubtful', had, would } : { kind: 'right' };
}

/** Who gets in by a list of staff, and as what: the same text for the same access, whatever people are called. */
export function accessText(people: readonly StaffEntry[]): string {
  return people.map(accessOf).sort().join('\n');
}

export interface AccessChange {
  readonly change: 'gets' | 'loses';
  readonly entry: StaffEntry;
}

/** What somebody may by one list and not by the other. */
export function changedAccess(
  now: readonly StaffEntry[],
  then: readonly StaffEntry[],
): readonly AccessChange[] {
  const only = (
    change: AccessChange['change'],
    all: readonly StaffEntry[],
    others: readonly StaffEntry[],
  ) => {
    const known = new Set(others.map(accessOf));
    return all.filter((entry) => !known.has(accessOf(entry))).map((entry) => ({ change, entry }));
  };
  return [...only('gets', then, now), ...only('loses', now, then)];
}

function accessOf({ email, role, schools }: StaffEntry): string {
  return [email, role, schools === 'all' ? schools : [...schools].sort().join(' ')].join(' ');
}

const MOST_NEW = 10;
const MOST_GONE = 5;

function addressOf({ email }: StaffRecord, { emailDomains }: StaffRules): string | null {
  const verdict = usableAddress(email);
  if (verdict.kind !== 'usable') return null;
  const key = keyOf(verdict.address);
  return emailDomains.includes(key.slice(key.lastIndexOf('@') + 1)) ? key : null;
}

function schoolsByRole(
  person: StaffRecord,
  { roles, schools }: StaffRules,
  today: SchoolDate,
): ReadonlyMap<Role, ReadonlySet<string>> {
  const found = new Map<Role, Set<string>>();
  for (const { role, schoolSourcedId } of staffRolesOn(person, today)) {
    const ours = Object.hasOwn(roles, role) ? roles[role] : undefined;
    if (ours === undefined || !schools.includes(schoolSourcedId)) continue;
    found.set(ours, (found.get(ours) ?? new Set()).add(schoolSourcedId));
  }
  return found;
}
