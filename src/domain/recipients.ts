import { usableAddress } from './email-address.ts';
import { householdOf } from './household.ts';
import type { PostalAddress } from './sis-records.ts';

/** A person linked to the student, as the district's records show the link today. */
export interface Candidate {
  readonly id: number;
  readonly sourcedId: string;
  readonly role: 'guardian' | 'parent' | 'relative' | 'other';
  readonly active: boolean;
  readonly email: string | null;
  readonly language: string | null;
  readonly address: PostalAddress | null;
  readonly addressPrivate: boolean;
  readonly mailAllowed: boolean;
  readonly noContact: boolean;
  readonly wantsPaper: boolean;
  readonly isGuardian: boolean | null;
  /** Somebody outside the family uses the same e-mail address. */
  readonly emailShared: boolean;
  /** A letter to the address came back, and nobody has said since that it may be used. */
  readonly emailBounced: boolean;
}

export type ExcludedBecause = 'not-a-guardian' | 'inactive' | 'no-contact' | 'mail-not-allowed';

export type ChannelReason =
  | 'address-usable'
  | 'wants-paper'
  | 'address-missing'
  | 'address-malformed'
  | 'address-several'
  | 'address-role-box'
  | 'address-private'
  | 'address-of-the-student'
  | 'address-shared'
  | 'address-bounced'
  | 'address-of-two-households';

/** One letter to be written: to one guardian, or jointly to those who share a household and an address. */
export interface RecipientLetter {
  readonly guardianIds: readonly number[];
  readonly channel: 'email' | 'paper';
  readonly channelReason: ChannelReason;
  readonly email: string | null;
  readonly address: PostalAddress | null;
  /** BCP 47. */
  readonly language: string;
}

export interface Recipients {
  readonly letters: readonly RecipientLetter[];
  readonly leftOut: readonly { readonly guardianId: number; readonly reason: ExcludedBecause }[];
}

/** Who gets a letter about a student, by which channel and in which language, and for everybody else why not. */
export function chooseRecipients(input: {
  readonly student: { readonly email: string | null };
  readonly guardians: readonly Candidate[];
}): Recipients {
  const candidates = [...input.guardians].sort((a, b) => (a.sourcedId < b.sourcedId ? -1 : 1));
  const forbidden = candidates
    .filter((guardian) => guardian.noContact)
    .flatMap((guardian) => guardian.email?.split(/[\s,;]+/) ?? []);
  const leftOut: { guardianId: number; reason: ExcludedBecause }[] = [];
  const included: Routed[] = [];
  for (const guardian of candidates) {
    const reason = exclusion(guardian);
    if (reason === null) included.push(route(guardian, input.student.email, forbidden));
    else leftOut.push({ guardianId: guardian.id, reason });
  }
  const groups = groupLetters(splitHouseholds(included));
  return { letters: groups.map(asLetter), leftOut };
}

interface Routed {
  readonly guardian: Candidate;
  readonly household: string | null;
  readonly email: string | null;
  readonly reason: ChannelReason;
}

function exclusion(guardian: Candidate): ExcludedBecause | null {
  if (guardian.role !== 'guardian' && guardian.role !== 'parent') return 'not-a-guardian';
  if (guardian.isGuardian === false) return 'not-a-guardian';
  if (!guardian.active) return 'inactive';
  if (guardian.noContact) return 'no-contact';
  return guardian.mailAllowed ? null : 'mail-not-allowed';
}

/** @param forbidden mailboxes of people who must not be contacted: nobody gets a letter there, whoever shares them. */
function route(guardian: Candidate, studentEmail: string | null, forbidden: readonly string[]): Routed {
  const household = householdOf(guardian.address);
  const verdict = usableAddress(guardian.email);
  const paper = (reason: ChannelReason): Routed => ({ guardian, household, email: null, reason });
  if (guardian.wantsPaper) return paper('wants-paper');
  if (verdict.kind === 'unusable') return paper(`address-${verdict.reason}`);
  if (guardian.addressPrivate) return paper('address-private');
  if (sameAddress(verdict.address, studentEmail)) return paper('address-of-the-student');
  if (guardian.emailShared || forbidden.some((box) => sameAddress(verdict.address, box))) {
    return paper('address-shared');
  }
  if (guardian.emailBounced) return paper('address-bounced');
  return { guardian, household, email: verdict.address, reason: 'address-usable' };
}

/** One mailbox of two households would show each the other's letter: everybody who uses it gets paper. */
function splitHouseholds(routed: readonly Routed[]): Routed[] {
  const households = new Map<string, Set<string>>();
  for (const { email, household } of routed) {
    if (email === null || household === null) continue;
    const box = email.toLowerCase();
    households.set(box, (households.get(box) ?? new Set()).add(household));
  }
  return routed.map((one) => {
    const users = one.email === null ? undefined : households.get(one.email.toLowerCase());
    return users === undefined || users.size < 2
      ? one
      : { ...one, email: null, reason: 'address-of-two-households' };
  });
}

function groupLetters(routed: readonly Routed[]): Routed[][] {
  const groups: Routed[][] = [];
  for (const one of routed) {
    const joint = groups.find((group) => group.every((other) => together(one, other)));
    if (joint === undefined) groups.push([one]);
    else joint.push(one);
  }
  return groups;
}

/** E-mail: the same box and no known second household. Paper: the same known household. */
function together(a: Routed, b: Routed): boolean {
  if (a.email !== null && b.email !== null) return sameAddress(a.email, b.email);
  return a.email === null && b.email === null && a.household !== null && a.household === b.household;
}

function asLetter(group: readonly Routed[]): RecipientLetter {
  const first = group[0] as Routed;
  return {
    guardianIds: group.map((one) => one.guardian.id),
    channel: first.email === null ? 'paper' : 'email',
    channelReason: first.reason,
    email: first.email,
    address: group.find((one) => one.guardian.address !== null)?.guardian.address ?? null,
    language: group.find((one) => one.guardian.language !== null)?.guardian.language ?? 'en',
  };
}

function sameAddress(a: string, b: string | null): boolean {
  return b !== null && a.toLowerCase() === b.trim().toLowerCase();
}
