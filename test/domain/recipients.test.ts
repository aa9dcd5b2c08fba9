import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, chooseRecipients } from '../../src/domain/recipients.ts';
import type { PostalAddress } from '../../src/domain/sis-records.ts';
import { aCandidate, OAK } from '../support/candidates.ts';

const ELM: PostalAddress = {
  lines: ['7 Elm Ave', 'Apt 3'],
  city: 'Salida',
  state: 'CO',
  postalCode: '81201',
};
const STUDENT_BOX = 'student@school.example';

function choose(...guardians: Candidate[]) {
  return chooseRecipients({ student: { email: STUDENT_BOX }, guardians });
}

describe('G25: who gets a letter', () => {
  test.each<[string, Partial<Candidate>, string | null]>([
    ['a guardian', {}, null],
    ['a parent', { role: 'parent' }, null],
    ['one whom the SIS calls a guardian of the student', { isGuardian: true }, null],
    ['a relative', { role: 'relative' }, 'not-a-guardian'],
    ['a relative whom the link calls a guardian', { role: 'relative', isGuardian: true }, 'not-a-guardian'],
    ['an emergency contact', { role: 'other' }, 'not-a-guardian'],
    ['one whom the link denies', { isGuardian: false }, 'relationship-denied'],
    ['one whose link has ended', { linkEnded: true }, 'link-ended'],
    ['one who is not active', { active: false }, 'inactive'],
    ['one with a no-contact flag', { noContact: true }, 'no-contact'],
    ['one who may not get mail', { mailAllowed: false }, 'mail-not-allowed'],
    ['a no-contact flag although paper is wanted', { noContact: true, wantsPaper: true }, 'no-contact'],
  ])('%s', (_name, guardian, reason) => {
    const { letters, leftOut } = choose(aCandidate(1, guardian));
    expect(letters.map((letter) => letter.guardianIds)).toEqual(reason === null ? [[1]] : []);
    expect(leftOut).toEqual(reason === null ? [] : [{ guardianId: 1, reason }]);
  });

  test('without guardians nobody', () => {
    expect(choose()).toEqual({ letters: [], leftOut: [], people: [] });
  });
});

describe('by which channel', () => {
  test.each<[string, Partial<Candidate>, string, string | null]>([
    ['a usable address', {}, 'address-usable', 'parent1@example.org'],
    ['spaces around it', { email: ' p@example.org ' }, 'address-usable', 'p@example.org'],
    ['paper is wanted', { wantsPaper: true }, 'wants-paper', null],
    ['no address', { email: null }, 'address-missing', null],
    ['a broken address', { email: 'parent@' }, 'address-malformed', null],
    ['two in one field', { email: 'a@example.org, b@example.org' }, 'address-several', null],
    ['a role box', { email: 'office@example.org' }, 'address-role-box', null],
    ['a private address', { addressPrivate: true }, 'address-private', null],
    ['the student’s own', { email: STUDENT_BOX }, 'address-of-the-student', null],
    ['the student’s own in capitals', { email: 'Student@School.Example' }, 'address-of-the-student', null],
    ['shared outside the family', { emailShared: true }, 'address-shared', null],
    ['a letter to it came back', { emailBounced: true }, 'address-bounced', null],
  ])('%s: %s', (_name, guardian, channelReason, email) => {
    expect(choose(aCandidate(1, guardian)).letters).toEqual([
      {
        guardianIds: [1],
        toStudent: false,
        channel: email === null ? 'paper' : 'email',
        channelReason,
        email,
        address: OAK,
        language: 'en',
      },
    ]);
  });

  test('a student without an address stands in nobody’s way', () => {
    const { letters } = chooseRecipients({ student: { email: null }, guardians: [aCandidate(1)] });
    expect(letters).toMatchObject([{ channel: 'email' }]);
  });
});

test('a mailbox of one who must not be contacted is used for nobody, also where it is one of several', () => {
  const forbidden = aCandidate(1, { noContact: true, email: 'a@example.org; Shared@example.org' });
  const { letters } = choose(forbidden, aCandidate(2, { email: 'shared@example.org' }));
  expect(letters).toMatchObject([{ guardianIds: [2], channel: 'paper', channelReason: 'address-shared' }]);
});

describe('how many letters', () => {
  const shared = { email: 'family@example.org' };

  test.each<[string, Candidate[], { guardianIds: number[]; channel: string }[]]>([
    [
      'one household with two boxes: one each',
      [aCandidate(1), aCandidate(2)],
      [
        { guardianIds: [1], channel: 'email' },
        { guardianIds: [2], channel: 'email' },
      ],
    ],
    [
      'one household with one box: a joint one',
      [aCandidate(1, shared), aCandidate(2, shared)],
      [{ guardianIds: [1, 2], channel: 'email' }],
    ],
    [
      'one box in two spellings: a joint one',
      [aCandidate(1, shared), aCandidate(2, { email: 'Family@Example.org' })],
      [{ guardianIds: [1, 2], channel: 'email' }],
    ],
    [
      'one box, and one household is not known: a joint one',
      [aCandidate(1, shared), aCandidate(2, { ...shared, address: null })],
      [{ guardianIds: [1, 2], channel: 'email' }],
    ],
    [
      'one box of two households: both on paper',
      [aCandidate(1, shared), aCandidate(2, { ...shared, address: ELM })],
      [
        { guardianIds: [1], channel: 'paper' },
        { guardianIds: [2], channel: 'paper' },
      ],
    ],
    [
      'two households with two boxes: one each',
      [aCandidate(1), aCandidate(2, { address: ELM })],
      [
        { guardianIds: [1], channel: 'email' },
        { guardianIds: [2], channel: 'email' },
      ],
    ],
    [
      'one household on paper: a joint one',
      [aCandidate(1, { email: null }), aCandidate(2, { wantsPaper: true })],
      [{ guardianIds: [1, 2], channel: 'paper' }],
    ],
    [
      'two households on paper: one each',
      [aCandidate(1, { email: null }), aCandidate(2, { email: null, address: ELM })],
      [
        { guardianIds: [1], channel: 'paper' },
        { guardianIds: [2], channel: 'paper' },
      ],
    ],
    [
      'two unknown households on paper: one each',
      [aCandidate(1, { email: null, address: null }), aCandidate(2, { email: null, address: null })],
      [
        { guardianIds: [1], channel: 'paper' },
        { guardianIds: [2], channel: 'paper' },
      ],
    ],
    [
      'one household, one by mail and one on paper: one each',
      [aCandidate(1), aCandidate(2, { email: null })],
      [
        { guardianIds: [1], channel: 'email' },
        { guardianIds: [2], channel: 'paper' },
      ],
    ],
    [
      'one who is left out shares the box: a letter to the other alone',
      [aCandidate(1, shared), aCandidate(2, { ...shared, mailAllowed: false })],
      [{ guardianIds: [1], channel: 'email' }],
    ],
    [
      'one who must not be contacted reads the box: paper for the other',
      [aCandidate(1, shared), aCandidate(2, { ...shared, noContact: true })],
      [{ guardianIds: [1], channel: 'paper' }],
    ],
    [
      'one box of two known households and an unknown one: paper for all three',
      [
        aCandidate(1, shared),
        aCandidate(2, { ...shared, address: ELM }),
        aCandidate(3, { ...shared, address: null }),
      ],
      [
        { guardianIds: [1], channel: 'paper' },
        { guardianIds: [2], channel: 'paper' },
        { guardianIds: [3], channel: 'paper' },
      ],
    ],
  ])('%s', (_name, guardians, letters) => {
    expect(choose(...guardians).letters).toMatchObject(letters);
    expect(choose(...guardians).letters).toHaveLength(letters.length);
  });

  test.each<[string, Partial<PostalAddress>, number]>([
    ['punctuation and case', { lines: ['12 OAK ST'] }, 1],
    ['the longer ZIP code', { postalCode: '81201-1234' }, 1],
    ['spaces', { lines: ['12  Oak St. '] }, 1],
    ['abbreviations', { lines: ['12 Oak Street'] }, 1],
    ['another house number', { lines: ['14 Oak St.'] }, 2],
    ['another flat', { lines: ['12 Oak St.', 'Apt 2'] }, 2],
    ['another town', { city: 'Denver' }, 2],
  ])('households that differ in %s', (_name, difference, letters) => {
    const other = aCandidate(2, { email: null, address: { ...OAK, ...difference } });
    expect(choose(aCandidate(1, { email: null }), other).letters).toHaveLength(letters);
  });

  test.each([
    [['7 Elm Avenue #3'], 1],
    [['7 Elm Ave. Unit 3'], 1],
    [['7 Elm Ave', 'Apartment 3'], 1],
    [['7 Elm Ave'], 2],
    [['7 Elm Ave', 'Apt 4'], 2],
    [['73 Elm Ave'], 2],
  ])('%j and "7 Elm Ave, Apt 3": %i', (lines, letters) => {
    const here = aCandidate(1, { email: null, address: ELM });
    expect(choose(here, aCandidate(2, { email: null, address: { ...ELM, lines } })).letters).toHaveLength(
      letters,
    );
  });

  test('G25: neither of two households is shown the other’s address', () => {
    const { letters } = choose(aCandidate(1, shared), aCandidate(2, { ...shared, address: ELM }));
    expect(
      letters.map(({ guardianIds, address, email, channelReason }) => ({
        guardianIds,
        address,
        email,
        channelReason,
      })),
    ).toEqual([
      { guardianIds: [1], address: OAK, email: null, channelReason: 'address-of-two-households' },
      { guardianIds: [2], address: ELM, email: null, channelReason: 'address-of-two-households' },
    ]);
  });
});

describe('the language', () => {
  const box = { email: 'family@example.org' };

  test.each<[string, Candidate[], string[]]>([
    ['the guardian’s', [aCandidate(1, { language: 'es' })], ['es']],
    ['English where the SIS does not say', [aCandidate(1, { language: null })], ['en']],
    ['each their own', [aCandidate(1, { language: 'es' }), aCandidate(2, { language: 'vi' })], ['es', 'vi']],
    [
      'a joint letter: the first that is known',
      [aCandidate(1, { ...box, language: null }), aCandidate(2, { ...box, language: 'es' })],
      ['es'],
    ],
  ])('%s', (_name, guardians, languages) => {
    expect(choose(...guardians).letters.map((letter) => letter.language)).toEqual(languages);
  });
});

describe('any family', () => {
  const candidate = fc.record({
    role: fc.constantFrom<Candidate['role']>('guardian', 'parent', 'relative'),
    email: fc.constantFrom(null, 'a@example.org', 'A@example.org', 'b@example.org', STUDENT_BOX),
    address: fc.constantFrom(null, OAK, ELM),
    noContact: fc.boolean(),
    wantsPaper: fc.boolean(),
    addressPrivate: fc.boolean(),
  });
  const family = fc
    .array(candidate, { maxLength: 5 })
    .map((members) => members.map((member, i) => aCandidate(i + 1, member)));

  test('everybody is either in one letter or left out once', () => {
    fc.assert(
      fc.property(family, (guardians) => {
        const { letters, leftOut, people } = choose(...guardians);
        expect(people.map(({ personId }) => personId)).toEqual(guardians.map(({ id }) => id));
        const named = [
          ...letters.flatMap((letter) => letter.guardianIds),
          ...leftOut.map((one) => one.guardianId),
        ];
        expect(named.sort()).toEqual(guardians.map((guardian) => guardian.id));
      }),
    );
  });

  test('the order in which they come does not matter', () => {
    const shuffled = family.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([guardians, otherOrder]) => {
        expect(choose(...otherOrder)).toEqual(choose(...guardians));
      }),
    );
  });

  test('no e-mail goes to the student, and none twice to one box', () => {
    fc.assert(
      fc.property(family, (guardians) => {
        const boxes = choose(...guardians).letters.flatMap(({ email }) =>
          email === null ? [] : [email.toLowerCase()],
        );
        expect(boxes).not.toContain(STUDENT_BOX);
        expect(new Set(boxes).size).toBe(boxes.length);
      }),
    );
  });
});
