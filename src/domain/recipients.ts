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
  /** A letter to the address came back, and nobody has said since that it may be used. Not said: none has. */
  readonly emailBounced?: boolean;
  /** The post has brought a letter back from this very postal address. Not said: it has not. */
  readonly postReturned?: boolean;
  /** The link to this student has ended, whatever becomes of the person. Not said: it has not. */
  readonly linkEnded?: boolean;
}

export type ExcludedBecause =
  /** By role: a relative, an emergency contact. */
  | 'not-a-guardian'
  /** A guardian or parent by role, and the SIS says that this one is none of this student's. */
  | 'relationship-denied'
  | 'link-ended'
  | 'inactive'
  | 'no-contact'
  | 'mail-not-allowed'
  /** The student is 18 and is written to instead. */
  | 'rights-with-student'
  /** The letter of the step went to the same person under another record; said of a plan only. */
  | 'has-it-already';

export type ChannelReason =
  | 'address-usable'
  | 'wants-paper'
  /** Paper is wanted, but the post brings it back. */
  | 'post-returned'
  | 'address-missing'
  | 'address-malformed'
  | 'address-several'
  | 'address-role-box'
  | 'address-private'
  | 'address-of-the-student'
  | 'address-shared'
  | 'address-bounced'
  | 'address-of-two-households';

/** One letter to be written: to one guardian, jointly to those who share a household and an address, or to the student. */
export interface RecipientLetter {
  /** None on a letter to the student. */
  readonly guardianIds: readonly number[];
  /** The student is 18, and the letter is to her or him. */
  readonly toStudent: boolean;
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
  /** Everybody who is linked to the student, by sourcedId: what was decided about each, and why. */
  readonly people: readonly PersonDecision[];
}

/** What was decided about one person, as it is kept with the letters. Without names and addresses. */
export interface PersonDecision {
  /** `THE_STUDENT`, or a guardian's id. */
  readonly personId: number;
  readonly sourcedId: string;
  readonly role: Candidate['role'] | 'student';
  readonly outcome:
    | { readonly kind: 'no-letter'; readonly reason: ExcludedBecause }
    | {
        readonly kind: 'letter';
        readonly channel: 'email' | 'paper';
        readonly channelReason: ChannelReason;
        readonly language: string;
        /** `own`: as the SIS says of the person; `of-joint-letter`: as it says of another on it; `not-said`: English. */
        readonly languageReason: 'own' | 'of-joint-letter' | 'not-said';
        /** Ids of the others on the same letter. */
        readonly jointWith: readonly number[];
        /** What the post has to go by. */
        readonly postal: 'known' | 'missing' | 'returned';
        /** Somebody else gets a letter at another postal address. */
        readonly anotherHousehold: boolean;
      };
}

/** Stands in a decision where others have the id of a guardian. */
export const THE_STUDENT = 0;

/** A student of 18 who is written to: instead of the guardians, or as well. */
export interface AdultStudent {
  readonly rule: 'student' | 'both';
  readonly sourcedId: string;
  readonly address: PostalAddress | null;
}

/**
 * Who gets a letter about a student, by which channel and in which language, and for everybody else why not.
 * @param input `adult`: the student is 18, and the policy says that she or he is written to
 */
export function chooseRecipients(input: {
  readonly student: { readonly email: string | null };
  readonly guardians: readonly Candidate[];
  readonly adult?: AdultStudent | null;
}): Recipients {
  const candidates = [...input.guardians].sort((a, b) => (a.sourcedId < b.sourcedId ? -1 : 1));
  const forbidden = candidates
    .filter((guardian) => guardian.noContact)
    .flatMap((guardian) => guardian.email?.split(/[\s,;]+/) ?? []);
  const leftOut: { guardianId: number; reason: ExcludedBecause }[] = [];
  const included: Routed[] = [];
  for (const guardian of candidates) {
    const instead = input.adult?.rule === 'student' ? 'rights-with-student' : null;
    const reason = exclusion(guardian) ?? instead;
    if (reason === null) included.push(route(guardian, input.student.email, forbidden));
    else leftOut.push({ guardianId: guardian.id, reason });
  }
  const groups = groupLetters(splitHouseholds(included));
  const letters = groups.map(asLetter);
  const people = decisionsOn(candidates, groups, letters, leftOut);
  if (input.adult == null) return { letters, leftOut, people };
  const own = letterToStudent(input.adult, input.student.email, forbidden);
  return { letters: [own.letter, ...letters], leftOut, people: [own.decision, ...people] };
}

/** By e-mail where the student has a usable address that nobody uses who must not be contacted, else on paper. */
function letterToStudent(
  { sourcedId, address }: AdultStudent,
  email: string | null,
  forbidden: readonly string[],
): { letter: RecipientLetter; decision: PersonDecision } {
  const verdict = usableAddress(email);
  const shared = forbidden.some((box) => sameAddress(box, email));
  const channelReason: ChannelReason =
    verdict.kind === 'unusable' ? `address-${verdict.reason}` : shared ? 'address-shared' : 'address-usable';
  const usable = verdict.kind === 'usable' && !shared ? verdict.address : null;
  const channel = usable === null ? 'paper' : 'email';
  return {
    letter: {
      guardianIds: [],
      toStudent: true,
      channel,
      channelReason,
      email: usable,
      address,
      language: 'en',
    },
    decision: {
      personId: THE_STUDENT,
      sourcedId,
      role: 'student',
      outcome: {
        kind: 'letter',
        channel,
        channelReason,
        language: 'en',
        languageReason: 'not-said',
        jointWith: [],
        postal: householdOf(address) === null ? 'missing' : 'known',
        anotherHousehold: false,
      },
    },
  };
}

function decisionsOn(
  candidates: readonly Candidate[],
  groups: readonly (readonly Routed[])[],
  letters: readonly RecipientLetter[],
  leftOut: Recipients['leftOut'],
): PersonDecision[] {
  const households = new Set(groups.flat().flatMap((one) => one.household ?? []));
  return candidates.map((candidate): PersonDecision => {
    const { id: personId, sourcedId, role } = candidate;
    const place = groups.findIndex((group) => group.some((one) => one.guardian.id === personId));
    const letter = letters[place];
    const own = groups[place]?.find((one) => one.guardian.id === personId);
    const out = leftOut.find((one) => one.guardianId === personId);
    if (letter === undefined || own === undefined) {
      const reason = out?.reason ?? 'not-a-guardian';
      return { personId, sourcedId, role, outcome: { kind: 'no-letter', reason } };
    }
    return {
      personId,
      sourcedId,
      role,
      outcome: {
        kind: 'letter',
        channel: letter.channel,
        channelReason: own.reason,
        language: letter.language,
        languageReason: languageReason(candidate, letter.language, groups[place] ?? []),
        jointWith: letter.guardianIds.filter((id) => id !== personId),
        postal: postalOf(candidate),
        anotherHousehold: own.household !== null && households.size > 1,
      },
    };
  });
}

function languageReason(
  { language }: Candidate,
  chosen: string,
  group: readonly Routed[],
): 'own' | 'of-joint-letter' | 'not-said' {
  if (language === chosen) return 'own';
  return group.some((one) => one.guardian.language !== null) ? 'of-joint-letter' : 'not-said';
}

function postalOf({ address, postReturned }: Candidate): 'known' | 'missing' | 'returned' {
  if (householdOf(address) === null) return 'missing';
  return postReturned === true ? 'returned' : 'known';
}

interface Routed {
  readonly guardian: Candidate;
  readonly household: string | null;
  readonly email: string | null;
  readonly reason: ChannelReason;
}

function exclusion(guardian: Candidate): ExcludedBecause | null {
  if (guardian.role !== 'guardian' && guardian.role !== 'parent') return 'not-a-guardian';
  if (guardian.isGuardian === false) return 'relationship-denied';
  if (guardian.linkEnded === true) return 'link-ended';
  if (!guardian.active) return 'inactive';
  if (guardian.noContact) return 'no-contact';
  return guardian.mailAllowed ? null : 'mail-not-allowed';
}

/** @param forbidden mailboxes of people who must not be contacted: nobody gets a letter there, whoever shares them. */
function route(guardian: Candidate, studentEmail: string | null, forbidden: readonly string[]): Routed {
  const household = householdOf(guardian.address);
  const verdict = usableAddress(guardian.email);
  const paper = (reason: ChannelReason): Routed => ({ guardian, household, email: null, reason });
  const wantsPaper = guardian.wantsPaper && postalOf(guardian) !== 'returned';
  if (wantsPaper) return paper('wants-paper');
  if (verdict.kind === 'unusable') return paper(`address-${verdict.reason}`);
  if (guardian.addressPrivate) return paper('address-private');
  if (sameAddress(verdict.address, studentEmail)) return paper('address-of-the-student');
  if (guardian.emailShared || forbidden.some((box) => sameAddress(verdict.address, box))) {
    return paper('address-shared');
  }
  if (guardian.emailBounced) return paper('address-bounced');
  const reason = guardian.wantsPaper ? 'post-returned' : 'address-usable';
  return { guardian, household, email: verdict.address, reason };
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
    toStudent: false,
    channel: first.email === null ? 'paper' : 'email',
    channelReason: first.reason,
    email: first.email,
    // What the post brings back is printed on no envelope: the office hands such a letter over.
    address: group.find((one) => postalOf(one.guardian) === 'known')?.guardian.address ?? null,
    language: group.find((one) => one.guardian.language !== null)?.guardian.language ?? 'en',
  };
}

function sameAddress(a: string, b: string | null): boolean {
  return b !== null && a.toLowerCase() === b.trim().toLowerCase();
}
