import type { SchoolCalendar } from './calendar.ts';
import type { HoldRules, HoldScope, Role } from './policy.ts';
import { addDays, type SchoolDate } from './school-date.ts';

export type HoldKind = HoldRules['kinds'][number];

/** Nobody may have to edit a policy first in order to say this of a child. */
const ALWAYS_KNOWN: readonly HoldKind[] = [
  { kind: 'deceased', scope: 'absolute', longestDays: null },
  { kind: 'missing', scope: 'absolute', longestDays: null },
];

/** Roles that can have a hold: everybody on the staff. */
export const HOLD_OWNER_ROLES: readonly Role[] = [
  'attendance-clerk',
  'administrator',
  'counselor',
  'teacher',
  'supervisor',
  'it-contact',
];

/** The kinds of the policy, with those that every district has. */
export function holdKinds({ kinds }: HoldRules): readonly HoldKind[] {
  return [...kinds, ...ALWAYS_KNOWN.filter(({ kind }) => !kinds.some((own) => own.kind === kind))];
}

/** What somebody wants to be held, in their own words. */
export interface AskedHold {
  readonly kind: string;
  /** null: that of the kind. */
  readonly scope: string | null;
  /** null: today. */
  readonly from: SchoolDate | null;
  /** The last day; null: as long as the kind allows. */
  readonly until: SchoolDate | null;
  readonly owner: string;
}

export interface AllowedHold {
  readonly kind: string;
  readonly scope: HoldScope;
  readonly begins: SchoolDate;
  readonly ends: SchoolDate | null;
  readonly owner: string;
}

/** Why a hold cannot be placed: which of its parts, and what may stand there instead. */
export interface HoldRefusal {
  readonly part: 'kind' | 'scope' | 'from' | 'until' | 'owner';
  /** Never what stood there: in a file, that may be anything. */
  readonly found: string;
  readonly expected: string;
  /** Words among which the right one is likely to be. */
  readonly known: readonly string[];
}

const SCOPES: readonly HoldScope[] = ['letters', 'referral', 'everything'];

/** @param people e-mail addresses of the staff. */
export function judgeHold(
  asked: AskedHold,
  by: { readonly rules: HoldRules; readonly people: readonly string[]; readonly today: SchoolDate },
): { readonly kind: 'allowed'; readonly hold: AllowedHold } | ({ readonly kind: 'refused' } & HoldRefusal) {
  const { today } = by;
  const kinds = holdKinds(by.rules);
  const kind = kinds.find((one) => one.kind === asked.kind);
  const names = kinds.map((one) => one.kind);
  if (kind === undefined) return refused('kind', 'another word', `one of ${names.join(', ')}`, names);
  const scopes = kind.scope === 'absolute' ? ['absolute'] : SCOPES;
  const scope = scopes.find((one) => one === (asked.scope ?? kind.scope));
  if (scope === undefined) {
    const expected = `${scopes.join(', ')} for a hold of the kind ${kind.kind}`;
    return refused('scope', 'another word', expected, scopes);
  }
  const owners = [...HOLD_OWNER_ROLES, ...by.people];
  const owner = owners.find((one) => one.toLowerCase() === asked.owner.toLowerCase());
  if (owner === undefined) {
    const expected = `a role (${HOLD_OWNER_ROLES.join(', ')}) or the e-mail address of a person in \`staff\``;
    return refused('owner', 'neither', expected, owners);
  }
  const begins = asked.from ?? today;
  if (scope === 'absolute') {
    // Nothing would stop what is sent until then, and nothing but a person may end it.
    if (begins > today) return refused('from', 'a day to come', `today (${today}) or before`);
    if (asked.until !== null) return refused('until', 'a date', 'none: only a person ends it');
    return { kind: 'allowed', hold: { kind: kind.kind, scope, begins, ends: null, owner } };
  }
  const longest = kind.longestDays === null ? null : addDays(begins, kind.longestDays - 1);
  const ends = asked.until ?? longest;
  if (ends !== null && ends < today) return refused('until', 'a day that is over', `${today} or later`);
  if (ends !== null && ends < begins) return refused('until', 'a day before it begins', `${begins} or later`);
  if (ends !== null && longest !== null && ends > longest) {
    const expected = `${longest} at the latest: ${kind.kind} lasts up to ${kind.longestDays} days`;
    return refused('until', 'a later day', expected);
  }
  return { kind: 'allowed', hold: { kind: kind.kind, scope: scope as HoldScope, begins, ends, owner } };
}

function refused(
  part: HoldRefusal['part'],
  found: string,
  expected: string,
  known: readonly string[] = [],
): { readonly kind: 'refused' } & HoldRefusal {
  return { kind: 'refused', part, found, expected, known };
}

/**
 * The first school day from `today` on at which the owner of a hold is reminded; null where no school day is left on
 * which it would help.
 */
export function reminderDay(
  hold: { readonly begins: SchoolDate; readonly ends: SchoolDate | null },
  remindSchoolDays: number,
  calendar: SchoolCalendar,
  today: SchoolDate,
): SchoolDate | null {
  if (hold.ends === null) return null;
  const wanted = calendar.backSchoolDays(hold.ends, remindSchoolDays + 1) ?? calendar.firstDay;
  const earliest = [wanted, today, hold.begins].sort().at(-1) as SchoolDate;
  const day = calendar.isSchoolDay(earliest) ? earliest : calendar.nextSchoolDay(earliest);
  return day !== null && day <= hold.ends ? day : null;
}

/** A field of the SIS whose value means a hold. */
export interface SisHold {
  /** What the hold is called at its source: another kind or scope makes it another hold. */
  readonly key: string;
  readonly field: string;
  /** In lower case. */
  readonly values: readonly string[];
  readonly kind: string;
  readonly scope: HoldScope;
  readonly longestDays: number | null;
  readonly owner: string;
}

/** @throws RangeError for a kind that is not in the policy: its file is checked before. */
export function sisHolds(rules: HoldRules): readonly SisHold[] {
  const kinds = holdKinds(rules);
  const holds = new Map<string, SisHold>();
  for (const { field, is, kind, owner } of rules.fromSis) {
    const known = kinds.find((one) => one.kind === kind);
    if (known === undefined) throw new RangeError(`the policy has no kind of hold ${kind}`);
    const { scope, longestDays } = known;
    const key = `${field}:${kind}:${scope}`;
    const values = [...(holds.get(key)?.values ?? []), ...is.map((value) => value.trim().toLowerCase())];
    holds.set(key, { key, field, values, kind, scope, longestDays, owner });
  }
  return [...holds.values()];
}

/**
 * What stands in while a field cannot be read that might say that nothing may leave: everything waits. It is no absolute
 * hold, which only a person could end; this one ends once the field can be read.
 */
export function unreadHolds(holds: readonly SisHold[]): readonly SisHold[] {
  return holds
    .filter(({ scope }) => scope === 'absolute')
    .map((hold) => ({ ...hold, key: `${hold.key}:unread`, scope: 'everything' }));
}

/** Whether the SIS says of a student what means this hold. @param flags fields as the SIS wrote them. */
export function isFlagged(hold: SisHold, flags: Readonly<Record<string, string | null>>): boolean {
  const said = flags[hold.field] ?? null;
  return said !== null && hold.values.includes(said.toLowerCase());
}

/** The fields that have to be read, each once. */
export function flagFields({ fromSis }: HoldRules): readonly string[] {
  return [...new Set(fromSis.map(({ field }) => field))].sort();
}
