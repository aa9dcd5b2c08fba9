import type { GuardianFacts, PostalAddress } from './model.ts';
import { type NamePool, origins } from './name-pools.ts';
import { homeAddress, mailboxName, phoneNumber } from './places.ts';
import type { Random } from './random.ts';

/** The adults around the children of one family, before the children are known. */
export interface Adult {
  readonly sourcedId: string;
  readonly facts: Omit<GuardianFacts, 'relationships'>;
  readonly guardian: boolean;
  readonly relationship: string;
}

export interface Family {
  readonly familyName: string;
  readonly pool: NamePool;
  readonly adults: readonly Adult[];
}

type Shape = 'couple' | 'two-households' | 'one-parent' | 'grandparent';

const mailDomains = ['example.org', 'mail.example.org', 'post.test', 'home.test'];
/** Mailboxes that several people read; nothing about a child belongs there. */
const sharedMailboxes = [
  'frontdesk@harbor-shelter.test',
  'office@valley-orchards.test',
  'info@larkin-roofing.test',
  'families@hope-center.example.org',
];

export function buildFamily(random: Random): Family {
  const { language, pool } = random.weighted(origins);
  const familyName = random.pick(pool.family);
  const home = homeAddress(random);
  const shape = random.weighted<Shape>([
    ['couple', 52],
    ['two-households', 22],
    ['one-parent', 21],
    ['grandparent', 5],
  ]);
  const adult = (
    gender: 'female' | 'male',
    own: Partial<Adult['facts']>,
    relationship: string,
    guardian = true,
  ): Adult => {
    const givenName = random.pick(pool[gender]);
    const surname = own.familyName ?? familyName;
    return {
      sourcedId: random.uuid(),
      guardian,
      relationship,
      facts: {
        givenName,
        familyName: surname,
        role: guardian
          ? random.weighted<GuardianFacts['role']>([
              ['guardian', 3],
              ['parent', 2],
            ])
          : 'relative',
        personId: String(random.integer(100_000, 999_999)),
        email: mailbox(random, givenName, surname),
        phone: random.chance(0.95) ? phoneNumber(random) : null,
        language,
        address: home,
        private: random.chance(0.03),
        mailing: !random.chance(0.02),
        noContact: false,
        wantsPaper: random.chance(0.03),
        ...own,
      },
    };
  };
  const adults = adultsOf(shape, random, pool, home, adult);
  if (random.chance(0.3)) adults.push(emergencyContact(random, pool, adult));
  return { familyName, pool, adults };
}

type MakeAdult = (
  gender: 'female' | 'male',
  own: Partial<Adult['facts']>,
  relationship: string,
  guardian?: boolean,
) => Adult;

function adultsOf(
  shape: Shape,
  random: Random,
  pool: NamePool,
  home: PostalAddress,
  adult: MakeAdult,
): Adult[] {
  const otherName = random.chance(0.6) ? {} : { familyName: random.pick(pool.family) };
  switch (shape) {
    case 'couple': {
      const mother = adult('female', otherName, 'Mother');
      const joint = random.chance(0.18) && mother.facts.email !== null ? { email: mother.facts.email } : {};
      return [mother, adult('male', joint, 'Father')];
    }
    case 'two-households': {
      const elsewhere = { address: differentAddress(random, home) };
      const denied = random.chance(0.1) ? { noContact: true } : {};
      const adults = [
        adult('female', otherName, 'Mother'),
        adult('male', { ...elsewhere, ...denied }, 'Father'),
      ];
      if (random.chance(0.25)) {
        adults.push(
          adult('female', { ...elsewhere, familyName: random.pick(pool.family) }, 'Stepmother', false),
        );
      }
      return adults;
    }
    case 'one-parent':
      return [random.chance(0.8) ? adult('female', {}, 'Mother') : adult('male', {}, 'Father')];
    case 'grandparent':
      return [adult('female', { role: 'guardian' }, 'Grandmother')];
  }
}

function emergencyContact(random: Random, pool: NamePool, adult: MakeAdult): Adult {
  const relationship = random.pick(['Aunt', 'Uncle', 'Grandparent', 'Neighbor']);
  const own = { familyName: random.pick(pool.family), address: differentAddress(random, null) };
  return adult(relationship === 'Uncle' ? 'male' : 'female', own, relationship, false);
}

function differentAddress(random: Random, not: PostalAddress | null): PostalAddress {
  let address = homeAddress(random);
  while (address.addressLine1 === not?.addressLine1) address = homeAddress(random);
  return address;
}

function mailbox(random: Random, givenName: string, familyName: string): string | null {
  const own = `${mailboxName(givenName, familyName)}${random.integer(2, 99)}@${random.pick(mailDomains)}`;
  return random.weighted<string | null>([
    [own, 85],
    [null, 10],
    [random.pick(sharedMailboxes), 2],
    [`${own}; ${mailboxName(familyName)}.family@example.org`, 1],
    [mailboxName(givenName, familyName), 0.7],
  ]);
}
