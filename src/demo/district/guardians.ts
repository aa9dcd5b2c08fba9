import type { Adult } from './households.ts';
import type { Membership } from './membership.ts';
import type { DistrictOptions, GuardianFacts, History, Version } from './model.ts';
import type { Child } from './people.ts';
import { homeAddress, mailboxName } from './places.ts';
import { type Random, randomOf } from './random.ts';
import type { TermDays } from './term-days.ts';

/** The adults as the SIS comes to know them: with their first child, and with what changes in the year. */
export function buildGuardians(
  options: DistrictOptions,
  pupils: readonly { readonly child: Child; readonly membership: Membership }[],
  days: TermDays,
): History<GuardianFacts>[] {
  const linked = new Map<string, { adult: Adult; children: KnownChild[] }>();
  for (const { child, membership } of pupils) {
    for (const adult of child.adults) {
      const entry = linked.get(adult.sourcedId) ?? { adult, children: [] };
      entry.children.push({ sourcedId: child.sourcedId, email: child.email, knownAt: membership.knownAt });
      linked.set(adult.sourcedId, entry);
    }
  }
  return [...linked.values()].map(({ adult, children }) => {
    const random = randomOf(options.seed, 'guardian', adult.sourcedId);
    // One parent in a hundred gives the school the child's own address.
    const childs = random.chance(0.01) ? children.find((child) => child.email !== null)?.email : undefined;
    const always = childs ? { email: childs } : {};
    const change = changeInTheYear(adult, random, days);
    const instants = new Set(children.map((child) => child.knownAt));
    const first = Math.min(...instants);
    if (change !== null && change.knownAt > first) instants.add(change.knownAt);
    const versions = [...instants]
      .sort((a, b) => a - b)
      .map((knownAt): Version<GuardianFacts> => {
        const known = children.filter((child) => child.knownAt <= knownAt);
        const changed = change !== null && change.knownAt <= knownAt ? change.facts : {};
        const relationships = known.map((child) => ({
          student: child.sourcedId,
          guardian: adult.guardian,
          type: adult.relationship,
        }));
        return {
          sourcedId: adult.sourcedId,
          knownAt,
          state: 'active',
          facts: { ...adult.facts, ...always, ...changed, relationships },
        };
      });
    return { sourcedId: adult.sourcedId, versions };
  });
}

interface KnownChild {
  readonly sourcedId: string;
  readonly email: string | null;
  readonly knownAt: number;
}

interface Change {
  readonly knownAt: number;
  readonly facts: Partial<Adult['facts']>;
}

function changeInTheYear(adult: Adult, random: Random, days: TermDays): Change | null {
  const knownAt = days.officeHour(random.integer(10, 65), random);
  const { givenName, familyName } = adult.facts;
  return random.weighted<Change | null>([
    [null, 95],
    [{ knownAt, facts: { address: homeAddress(random) } }, 1.5],
    [{ knownAt, facts: { email: `${mailboxName(givenName, familyName)}.new@example.org` } }, 1.5],
    [{ knownAt, facts: { email: null } }, 1],
    [{ knownAt, facts: { noContact: true } }, adult.guardian && adult.relationship === 'Father' ? 1 : 0],
  ]);
}
