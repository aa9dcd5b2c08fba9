import type { Config } from '../config/config-types.ts';
import { adultRule, isAdult } from '../domain/adult-students.ts';
import { homeEnrolment } from '../domain/counting.ts';
import { syntacticAddress } from '../domain/email-address.ts';
import { holdsOn } from '../domain/ladder-blocks.ts';
import type { Role } from '../domain/policy.ts';
import type { RecipientLetter } from '../domain/recipients.ts';
import type { NewInvitee } from '../store/meeting-invitees.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import { recipientsOf } from './assess.ts';
import { type Moment, modeOf, type Procedure } from './procedure.ts';

/** Whom a person wants to come. */
export interface AskedInvitees {
  /** Guardians by sourcedId. */
  readonly families: 'all' | readonly string[];
  /** E-mail addresses of members of staff. */
  readonly staff: readonly string[];
  /** Everybody who has the role at the school. */
  readonly roles: readonly Role[];
  readonly others: readonly { readonly name: string; readonly email: string }[];
}

export interface InviteeRefusal {
  readonly part: 'guardian' | 'staff' | 'role' | 'other';
  readonly found: string;
  readonly expected: string;
  /** Words among which the right one is likely to be. */
  readonly known: readonly string[];
}

/** Where a student belongs, as far as invitations go. */
export interface InvitingSchool {
  readonly id: number;
  readonly sourcedId: string;
}

/** Who is invited, and by which way; families by the rules of letters. */
export function chooseInvitees(
  facts: StoredFacts,
  { config, procedure, school }: { config: Config; procedure: Procedure; school: InvitingSchool },
  asked: AskedInvitees,
  moment: Moment,
):
  | { readonly kind: 'chosen'; readonly invitees: readonly NewInvitee[] }
  | ({ readonly kind: 'refused' } & InviteeRefusal) {
  const refused = (part: InviteeRefusal['part'], found: string, expected: string, known: string[] = []) =>
    ({ kind: 'refused', part, found: JSON.stringify(found.slice(0, 100)), expected, known }) as const;
  const invitees: NewInvitee[] = [];
  const families = familyWays(facts, procedure, school, moment);
  const bySourcedId = new Map(facts.guardians.map(({ sourcedId, id }) => [sourcedId, id]));
  const mayBeWrittenTo = facts.guardians.filter(({ id }) =>
    families.some(({ guardianIds }) => guardianIds.includes(id)),
  );
  if (asked.families === 'all') invitees.push(...families);
  else {
    for (const sourcedId of asked.families) {
      const id = bySourcedId.get(sourcedId);
      const way = families.find(({ guardianIds }) => id !== undefined && guardianIds.includes(id));
      if (way === undefined) {
        const known = mayBeWrittenTo.map((one) => one.sourcedId);
        const expected = 'the sourcedId of a guardian who may be written to about this student';
        return refused('guardian', sourcedId, expected, known);
      }
      if (!invitees.includes(way)) invitees.push(way);
    }
  }
  const home = homeEnrolment(facts.enrolments, moment.today)?.schoolSourcedId ?? school.sourcedId;
  const colleagues = invitableStaff(config, home);
  const members = new Map<string, { name: string; email: string }>();
  for (const email of asked.staff) {
    const member = colleagues.find((one) => sameBox(one.email, email));
    if (member === undefined) {
      const known = colleagues.map((one) => one.email);
      const expected = 'the e-mail address of somebody of the student’s school or of the district';
      return refused('staff', email, expected, known);
    }
    members.set(member.email.toLowerCase(), member);
  }
  for (const role of asked.roles) {
    const people = config.staffFor(role, school.sourcedId);
    if (people.length === 0) return refused('role', role, 'a role that somebody has at the school');
    for (const one of people) members.set(one.email.toLowerCase(), one);
  }
  const mode = modeOf(procedure.modes, school.sourcedId);
  for (const { name, email } of members.values())
    invitees.push({ kind: 'staff', guardianIds: [], name, ...byMail(email, mode !== 'shadow') });
  for (const { name, email } of asked.others) {
    const address = syntacticAddress(email);
    if (address.kind === 'unusable') return refused('other', email, 'one e-mail address');
    // Whoever may not be contacted must not be reached through this door.
    if (facts.guardians.some((one) => one.email?.toLowerCase().includes(address.address.toLowerCase())))
      return refused(
        'other',
        email,
        'nobody whom the SIS links to the student: families are invited as such',
      );
    if (!members.has(address.address.toLowerCase()))
      invitees.push({
        kind: 'other',
        guardianIds: [],
        name: name.trim(),
        ...byMail(address.address, mode === 'live'),
      });
  }
  return { kind: 'chosen', invitees };
}

/** Of the staff, whom a meeting about a student of a school may be opened to. */
export function invitableStaff({ staff }: Pick<Config, 'staff'>, schoolSourcedId: string): Config['staff'] {
  return staff.filter(
    ({ schools, role }) =>
      // The IT contact looks after the program, and sees no student.
      role !== 'it-contact' && (schools === 'all' || schools.includes(schoolSourcedId)),
  );
}

function byMail(email: string, isSent: boolean): Pick<NewInvitee, 'email' | 'channel' | 'reason'> {
  return isSent ? { email, channel: 'email', reason: null } : { email, channel: 'none', reason: 'not-live' };
}

/** Each household's way today: who may be written to, where, and why not by e-mail. */
export function familyWays(
  facts: StoredFacts,
  procedure: Procedure,
  school: InvitingSchool,
  { today }: Pick<Moment, 'today'>,
): readonly (NewInvitee & { readonly letter: RecipientLetter })[] {
  const { birthDate, holds, guardians } = facts;
  const isHeld =
    holds.some((hold) => hold.scope !== 'referral' && holdsOn(hold, today)) ||
    (isAdult(birthDate, today) && adultRule(procedure.policy.adultStudents, facts.adultAnswer) === 'hold') ||
    guardians.some((one) => one.contradictory && one.linkActive);
  const isLive = modeOf(procedure.modes, school.sourcedId) === 'live';
  return recipientsOf(facts, procedure.policy, today).letters.map((letter) => {
    const people = guardians.filter(({ id }) => letter.guardianIds.includes(id));
    const names = letter.toStudent ? [facts] : people;
    const written = names.map(({ givenName, familyName }) => `${givenName} ${familyName}`.trim());
    const { channel, channelReason, email } = letter;
    const way: Pick<NewInvitee, 'email' | 'channel' | 'reason'> = isHeld
      ? { email: null, channel: 'none', reason: 'hold' }
      : !isLive
        ? { email: null, channel: 'paper', reason: 'not-live' }
        : channel === 'email'
          ? { email, channel, reason: null }
          : { email: null, channel, reason: channelReason };
    return {
      kind: 'family' as const,
      guardianIds: letter.guardianIds,
      name: [...new Set(written)].join(' and '),
      ...way,
      letter,
    };
  });
}

function sameBox(a: string, b: string): boolean {
  return a.toLowerCase() === b.trim().toLowerCase();
}
