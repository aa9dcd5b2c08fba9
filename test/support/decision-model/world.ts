import type { Mode } from '../../../src/domain/ladder-facts.ts';
import { type SchoolDate, schoolDate } from '../../../src/domain/school-date.ts';
import { weekdaysFrom } from '../sis-records.ts';

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
  /** The one in force. */
  policy: PolicyName;
  /** Each policy that has held, or is about to. */
  readonly policies: Set<PolicyName>;
  /** The next one, and the day that it names. */
  coming: { readonly name: PolicyName; readonly from: SchoolDate } | null;
  /** What may leave at which school. */
  readonly modes: Record<Place, Mode>;
  readonly setting: Setting;
  /** What a person has said to a step that asks for it; nothing once the count has been below. */
  readonly answers: Map<StepOf, ApprovalAnswer>;
  /** In which mode a step that is reached now was reached. */
  readonly reachedIn: Map<StepOf, 'live' | 'not-live'>;
  /** Reached before Rollcall was live: nothing of it ever leaves, unless a person releases it. */
  readonly leftToSchool: Set<StepOf>;
  /** Children about whom something was decided while not everything could leave. */
  readonly everNotLive: Set<string>;
  /** Letters that the school has sent by itself. */
  readonly outside: Outside[];
  /** Steps of which such a letter was ever on record. */
  readonly everOutside: Set<StepOf>;
  readonly contracts: AgreedContract[];
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

/** A step of a child. */
export type StepOf = `${string} ${string}`;
export type Place = 'here' | 'there';
export type ApprovalAnswer = 'given' | 'refused';

/** What a whole life goes by. */
export interface Setting {
  /** Steps that a person has to approve. */
  readonly asks: readonly string[];
  /** The first read finds a school year under way, of which nobody has told anything. */
  readonly baseline: boolean;
  readonly mode: Mode;
}

export interface Outside {
  readonly child: string;
  readonly step: string;
  readonly on: SchoolDate;
  readonly how: 'import' | 'by-hand';
}

export interface AgreedContract {
  readonly child: string;
  readonly ref: string;
  readonly begins: SchoolDate;
  readonly ends: SchoolDate;
  readonly allowed: number;
  readonly grace: number;
  /** By a person, or because the child had left before its end. */
  isEnded: boolean;
}

export interface Child {
  readonly name: string;
  /** How often the SIS has given the child another id. */
  renamed: number;
  /** Dates missed; false once the SIS has removed the row. */
  readonly rows: Map<SchoolDate, boolean>;
  /** Has a row whose code nobody knows. */
  unmapped: boolean;
  place: 'here' | 'there' | 'gone';
  /** At which school from when on; the first is the one of the beginning. */
  readonly schools: { readonly since: SchoolDate; readonly at: Place }[];
  leftOn: SchoolDate | null;
  readonly parents: Parent[];
  readonly holds: { readonly ref: string; readonly scope: HoldScope }[];
  /** A member of staff has tried to reach the family. */
  called: boolean;
}

export interface Parent {
  readonly name: string;
  renamed: number;
  /** The SIS knows the parent once, twice, or only by the second record any more: the two were made one. */
  records: 'one' | 'both' | 'second';
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

export function newWorld(setting: Setting): World {
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
    coming: null,
    modes: { here: setting.mode, there: setting.mode },
    setting,
    answers: new Map(),
    reachedIn: new Map(),
    leftToSchool: new Set(),
    everNotLive: new Set(),
    outside: [],
    everOutside: new Set(),
    contracts: [],
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
    renamed: 0,
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
  return { name, renamed: 0, records: 'one', channel, standing: 'may', address: 1 };
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
  if (step === 'referral' && world.contracts.some((contract) => isViolated(world, child, contract)))
    return true;
  return countFor(child, step, world.today) >= threshold(policy, step);
}

/** More days than were agreed, each with its grace behind it. */
export function isViolated(world: World, child: Child, contract: AgreedContract): boolean {
  if (contract.child !== child.name || contract.isEnded) return false;
  const missed = [...child.rows].filter(
    ([date, isThere]) =>
      isThere &&
      isSchoolDay(date) &&
      date <= world.today &&
      (child.leftOn === null || date < child.leftOn) &&
      contract.begins <= date &&
      date <= contract.ends &&
      schoolDaysBetween(date, world.today) >= contract.grace,
  );
  return missed.length > contract.allowed;
}

/** What may leave about the child: of who has left, the last school says so. */
export function modeOf(world: World, child: Child): Mode {
  return world.modes[child.schools.at(-1)?.at ?? 'here'];
}

/** Whether the step would be acted on for real: a contact is, once staff are told of their tasks. */
export function isForReal(world: World, child: Child, step: string): boolean {
  const mode = modeOf(world, child);
  return step === 'contact' ? mode !== 'shadow' : mode === 'live';
}

export function stepOf(child: string, step: string): StepOf {
  return `${child} ${step}`;
}

/** The id under which the SIS serves a person now. */
export function idOf({ name, renamed }: Pick<Child | Parent, 'name' | 'renamed'>): string {
  return renamed === 0 ? name : `${name}~${renamed}`;
}

/** Under whatever id. */
export function nameOf(sourcedId: string): string {
  return sourcedId.split('~')[0] ?? sourcedId;
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
