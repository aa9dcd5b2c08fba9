import { days } from '../../../src/domain/days.ts';
import type { Policy } from '../../../src/domain/policy.ts';
import { type SchoolDate, schoolDate } from '../../../src/domain/school-date.ts';
import type { Office } from '../office.ts';
import {
  aCode,
  aDeletedAbsence,
  aGuardian,
  anAbsence,
  aSchool,
  aStudent,
  enrolledAt,
  linkTo,
  weekdaysFrom,
} from '../sis-records.ts';

/**
 * What the test itself knows: plain lists that it changes beside the SIS and the staff, and plain counts over them.
 * Nothing here asks the program or its database.
 */
export interface World {
  today: SchoolDate;
  readonly children: readonly Child[];
  /** As the SIS told them at the last read that was applied. */
  known: readonly Child[];
  /** The SIS says something else since. */
  unread: boolean;
  policy: PolicyName;
  /** Each policy that has held. */
  readonly policies: Set<PolicyName>;
  /** The process died, and nobody has started another one. */
  down: boolean;
  /** How often it died. */
  deaths: number;
  /** Mails of the server that were looked at. */
  mailsSeen: number;
  /** Ids of the printed letters that were looked at. */
  readonly printed: Set<string>;
  readonly handedOver: HandedOver[];
  readonly packets: { readonly child: string; readonly on: SchoolDate }[];
}

export interface Child {
  readonly name: string;
  /** Dates missed; false once the SIS has removed the row. */
  readonly rows: Map<SchoolDate, boolean>;
  /** Has a row whose code nobody knows. */
  unmapped: boolean;
  place: 'here' | 'there' | 'gone';
  /** At which school from when on; the first is the one of the beginning. */
  readonly schools: { readonly since: SchoolDate; readonly at: 'here' | 'there' }[];
  leftOn: SchoolDate | null;
  readonly parents: Parent[];
  readonly holds: { readonly ref: string; readonly scope: HoldScope }[];
  /** A member of staff has tried to reach the family. */
  called: boolean;
}

export interface Parent {
  readonly name: string;
  readonly channel: 'email' | 'paper';
  standing: 'may' | 'barred' | 'contradictory';
  /** Changes with each new address. */
  address: number;
}

/** A letter as the family has it: e-mailed or posted. */
export interface HandedOver {
  readonly child: string;
  readonly parent: string;
  readonly step: string;
  readonly on: SchoolDate;
}

export type HoldScope = 'letters' | 'everything' | 'absolute';
export type PolicyName = 'shipped' | 'lower' | 'higher';
/**
 * How it behaves: it works, is away, refuses with 4xx or 5xx, breaks off, or accepts and is not heard; to everybody, or
 * to the mothers only.
 */
export interface MailServer {
  readonly does: 'works' | 'away' | 'later' | 'refuses' | 'breaks-off' | 'is-not-heard';
  readonly toAll: boolean;
}

const OTHER_SCHOOL = 'washington';
const FIRST_DATE = schoolDate('2026-09-08');

/** The calendar of the office, written down. */
const FREE = ['2026-09-07', '2026-09-25', '2026-10-15', '2026-10-16', '2026-10-19', '2026-11-11'];
export const SCHOOL_DAYS: readonly SchoolDate[] = weekdaysFrom('2026-08-19', 90).filter(
  (date) => !FREE.includes(date),
);
/** On the last school day before a break nothing leaves. */
const BEFORE_BREAK = '2026-10-14';

/** The shipped procedure, written down, with two others that differ in their numbers. */
const AT: Readonly<Record<PolicyName, Readonly<Record<string, number>>>> = {
  shipped: { contact: 4, 'first-letter': 7, 'medical-letter': 10, referral: 11 },
  lower: { contact: 3, 'first-letter': 5, 'medical-letter': 8, referral: 9 },
  higher: { contact: 5, 'first-letter': 9, 'medical-letter': 12, referral: 14 },
};
const SETTLE_DAYS: Readonly<Record<string, number>> = {
  contact: 1,
  'first-letter': 3,
  'medical-letter': 3,
  referral: 5,
};
export const STEPS = Object.keys(SETTLE_DAYS);
export const LETTER_STEPS = ['first-letter', 'medical-letter'];
export const NOTICE_DAYS = 5;

export function newWorld(): World {
  const children = [
    aChild('ada', 6, [aParent('mum-of-ada', 'email'), aParent('dad-of-ada', 'paper')]),
    aChild('ben', 9, [aParent('mum-of-ben', 'email'), aParent('dad-of-ben', 'email')]),
  ];
  return {
    today: FIRST_DATE,
    children,
    known: structuredClone(children),
    unread: true,
    policy: 'shipped',
    policies: new Set(['shipped']),
    down: false,
    deaths: 0,
    mailsSeen: 0,
    printed: new Set(),
    handedOver: [],
    packets: [],
  };
}

/** Has missed the last school days before the first date, so many of them. */
function aChild(name: string, missed: number, parents: Parent[]): Child {
  const before = SCHOOL_DAYS.filter((date) => date < FIRST_DATE).slice(-missed);
  return {
    name,
    rows: new Map(before.map((date) => [date, true])),
    unmapped: false,
    place: 'here',
    schools: [{ since: SCHOOL_DAYS[0] as SchoolDate, at: 'here' }],
    leftOn: null,
    parents,
    holds: [],
    called: false,
  };
}

function aParent(name: string, channel: Parent['channel']): Parent {
  return { name, channel, standing: 'may', address: 1 };
}

export function childOf(children: readonly Child[], name: string): Child {
  const child = children.find((one) => one.name === name);
  if (child === undefined) throw new RangeError(`there is no child ${name}`);
  return child;
}

export function isSchoolDay(date: SchoolDate): boolean {
  return SCHOOL_DAYS.includes(date);
}

export function isSendingDay(date: SchoolDate): boolean {
  return isSchoolDay(date) && date !== BEFORE_BREAK;
}

/** School days after the one date, up to and including the other. */
export function schoolDaysBetween(after: SchoolDate, upTo: SchoolDate): number {
  return SCHOOL_DAYS.filter((day) => after < day && day <= upTo).length;
}

export function threshold(policy: PolicyName, step: string): number {
  return AT[policy][step] ?? Number.POSITIVE_INFINITY;
}

/** Days that count for the step today. */
export function countFor(child: Child, step: string, today: SchoolDate): number {
  const settleDays = SETTLE_DAYS[step] ?? 0;
  return [...child.rows].filter(
    ([date, isThere]) =>
      isThere &&
      isSchoolDay(date) &&
      (child.leftOn === null || date < child.leftOn) &&
      schoolDaysBetween(date, today) >= settleDays,
  ).length;
}

export function isReached(world: World, child: Child, step: string, policy = world.policy): boolean {
  return countFor(child, step, world.today) >= threshold(policy, step);
}

/** The child as the program has to see it today: what the SIS told last, and what the staff said since. */
export function childAsKnown(world: World, name: string): Child {
  const { holds, called } = childOf(world.children, name);
  return { ...childOf(world.known, name), holds, called };
}

/** Why no letter about the child may leave; empty when one may. */
export function obstacles(child: Child): string[] {
  return [
    ...(child.holds.some(({ scope }) => scope === 'absolute') ? ['absolute'] : []),
    ...(child.holds.some(({ scope }) => scope !== 'absolute') ? ['hold'] : []),
    ...(child.place === 'gone' ? ['not-enrolled'] : []),
    ...(child.unmapped ? ['unmapped-code'] : []),
    ...(child.parents.some(({ standing }) => standing === 'contradictory')
      ? ['contradictory-guardianship']
      : []),
    ...(recipients(child).length === 0 ? ['no-recipient'] : []),
  ];
}

export function recipients(child: Child): readonly Parent[] {
  return child.parents.filter(({ standing }) => standing === 'may');
}

export function addressOf({ name, address }: Parent): string {
  return `${name}.${address}@family.example.org`;
}

export function policyCalled(name: PolicyName, shipped: Policy): Policy {
  if (name === 'shipped') return shipped;
  return {
    ...shipped,
    version: `${shipped.version} ${name}`,
    contentHash: `${shipped.contentHash} ${name}`,
    steps: shipped.steps.map((step) => ({ ...step, at: days(String(threshold(name, step.id))) })),
  };
}

/** Makes the SIS of the office say what the world says. */
export function tellSis({ sis, school }: Office, world: World): void {
  const { children } = world;
  world.unread = true;
  sis.schools = [aSchool(school), aSchool(OTHER_SCHOOL)];
  sis.codes = [aCode('unx')];
  const idOf = (at: 'here' | 'there') => (at === 'here' ? school : OTHER_SCHOOL);
  sis.students = children.map(({ name, schools, leftOn }) =>
    aStudent(name, {
      givenName: name,
      enrolments: schools.map(({ since, at }, index) =>
        enrolledAt(idOf(at), { begins: since, ends: schools[index + 1]?.since ?? leftOn }),
      ),
    }),
  );
  sis.guardians = children.flatMap(({ name, parents }) =>
    parents.map((parent) =>
      aGuardian(parent.name, {
        givenName: parent.name,
        email: parent.channel === 'email' ? addressOf(parent) : null,
        noContact: parent.standing === 'barred',
        links: [
          linkTo(name),
          ...(parent.standing === 'contradictory' ? [linkTo(name, { guardian: false })] : []),
        ],
      }),
    ),
  );
  sis.absences = [
    // Keeps the collection from being empty.
    anAbsence('nobody', '2026-08-19', { sourcedId: 'anchor', schoolSourcedId: school }),
    ...children.flatMap(({ name, rows, schools, unmapped }) => [
      ...[...rows].map(([date, isThere]) =>
        isThere
          ? anAbsence(name, date, {
              schoolSourcedId: idOf(schools.findLast(({ since }) => since <= date)?.at ?? 'here'),
            })
          : aDeletedAbsence(name, date),
      ),
      ...(unmapped
        ? [
            anAbsence(name, '2026-08-20', {
              sourcedId: `${name}/unmapped`,
              codeSourcedId: 'new',
              schoolSourcedId: school,
            }),
          ]
        : [{ sourcedId: `${name}/unmapped`, deleted: true as const }]),
    ]),
  ];
}
