import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decisionSentence } from '../../src/domain/recipient-words.ts';
import { type Candidate, chooseRecipients, THE_STUDENT } from '../../src/domain/recipients.ts';
import type { PostalAddress } from '../../src/domain/sis-records.ts';
import { aCandidate, OAK } from '../support/candidates.ts';

const ELM: PostalAddress = { lines: ['7 Elm Ave'], city: 'Salida', state: 'CO', postalCode: '81201' };
const STUDENT_BOX = 'student@school.example';
const NAMES = new Map([
  [1, 'Mary Poole'],
  [2, 'John Poole'],
]);

function sentences(...guardians: Candidate[]): string[] {
  const { people } = chooseRecipients({ student: { email: STUDENT_BOX }, guardians });
  return people.map((person) => decisionSentence(person, (id) => NAMES.get(id) ?? `Person ${id}`));
}

const MARY = 'Mary Poole gets';

describe('why a person gets no letter', () => {
  test.each<[Partial<Candidate>, string]>([
    [
      { role: 'relative' },
      'the records link this person to the student, but as neither guardian nor parent. Only guardians and parents are written to.',
    ],
    [
      { role: 'other' },
      'the records link this person to the student, but as neither guardian nor parent. Only guardians and parents are written to.',
    ],
    [{ isGuardian: false }, 'the records say that this person is not a guardian of this student.'],
    [{ linkEnded: true }, 'the records no longer link this person to the student.'],
    [{ active: false }, 'the records no longer have this person as active.'],
    [{ noContact: true }, 'the records say that this person must not be contacted.'],
    [{ mailAllowed: false }, 'the records do not allow mail about the student to this person.'],
  ])('%j', (person, why) => {
    expect(sentences(aCandidate(1, person))).toEqual([`${MARY} no letter: ${why}`]);
  });
});

describe('why a letter goes by e-mail or on paper', () => {
  const english = 'Its language is English (en), as the records say of this person.';
  test.each<[Partial<Candidate>, string]>([
    [
      {},
      `a letter by e-mail: the records have an e-mail address that is this person’s own or the household’s. ${english}`,
    ],
    [{ wantsPaper: true }, `a letter on paper: the records say that this person wants paper. ${english}`],
    [{ email: null }, `a letter on paper: the records have no e-mail address. ${english}`],
    [
      { email: 'mary at example' },
      `a letter on paper: the e-mail address in the records is none that can be written to. ${english}`,
    ],
    [
      { email: 'a@example.org, b@example.org' },
      `a letter on paper: the records have several e-mail addresses in one field, and nobody guesses which is right. ${english}`,
    ],
    [
      { email: 'office@example.org' },
      `a letter on paper: the e-mail address in the records is that of an office, or of nobody. ${english}`,
    ],
    [
      { addressPrivate: true },
      `a letter on paper: the records mark the e-mail address as private. ${english}`,
    ],
    [
      { email: STUDENT_BOX },
      `a letter on paper: the e-mail address in the records is the student’s own. ${english}`,
    ],
    [
      { emailShared: true },
      `a letter on paper: somebody outside the family, or somebody who must not be contacted, uses the e-mail address too. ${english}`,
    ],
    [
      { email: null, address: null },
      `a letter on paper: the records have no e-mail address. ${english} The records have no postal address: the office hands the letter over.`,
    ],
    [
      { email: null, postReturned: true },
      `a letter on paper: the records have no e-mail address. ${english} The post has brought a letter back from the postal address in the records: the letter carries no address, and the office hands it over.`,
    ],
    [
      { wantsPaper: true, postReturned: true },
      `a letter by e-mail: the records say that this person wants paper, but the post has brought a letter back from the postal address in them. ${english}`,
    ],
  ])('%j', (person, why) => {
    expect(sentences(aCandidate(1, person))).toEqual([`${MARY} ${why}`]);
  });

  test('a mailbox of two households: paper for both, and each hears of its own letter', () => {
    const box = { email: 'both@example.org' };
    const of = (name: string) =>
      `${name} gets a letter on paper: two households use the e-mail address, and each would see the other’s letter. ${english} Another household gets a letter of its own; neither letter shows the other’s address.`;
    expect(sentences(aCandidate(1, box), aCandidate(2, { ...box, address: ELM }))).toEqual([
      of('Mary Poole'),
      of('John Poole'),
    ]);
  });
});

describe('joint letters and languages', () => {
  test('who shares a mailbox, and whose language it is', () => {
    const box = { email: 'home@example.org' };
    expect(
      sentences(aCandidate(1, { ...box, language: null }), aCandidate(2, { ...box, language: 'es' })),
    ).toEqual([
      'Mary Poole gets a joint letter with John Poole (they share the mailbox) by e-mail: the records have an e-mail address that is this person’s own or the household’s. Its language is Spanish (es), as the records say of another person on it.',
      'John Poole gets a joint letter with Mary Poole (they share the mailbox) by e-mail: the records have an e-mail address that is this person’s own or the household’s. Its language is Spanish (es), as the records say of this person.',
    ]);
  });

  test('who shares a postal address, and a language that nobody named', () => {
    const paper = { wantsPaper: true, language: null };
    expect(sentences(aCandidate(1, paper), aCandidate(2, { ...paper, email: null }))[1]).toBe(
      'John Poole gets a joint letter with Mary Poole (they share the postal address) on paper: the records say that this person wants paper. Its language is English (en), because the records name none.',
    );
  });

  test('a tag that nobody knows stays as it is', () => {
    expect(sentences(aCandidate(1, { language: 'x-hill' }))[0]).toContain('Its language is x-hill,');
  });
});

describe('a student of 18', () => {
  const toldOf = (rule: 'student' | 'both', email: string | null, ...guardians: Candidate[]) => {
    const adult = { rule, sourcedId: 's-1', address: OAK };
    const { letters, people } = chooseRecipients({ student: { email }, guardians, adult });
    return {
      letters: letters.map((letter) => [
        letter.toStudent ? 'student' : letter.guardianIds.join(),
        letter.channel,
      ]),
      sentences: people.map((person) =>
        decisionSentence(person, (id) => (id === THE_STUDENT ? 'Ada Poole' : (NAMES.get(id) ?? ''))),
      ),
    };
  };
  const usable =
    'the records have an e-mail address that is this person’s own or the household’s. Its language is English (en), because the records name none.';

  test('is written to instead of the guardians', () => {
    expect(toldOf('student', STUDENT_BOX, aCandidate(1), aCandidate(2, { noContact: true }))).toEqual({
      letters: [['student', 'email']],
      sentences: [
        `Ada Poole, being the student, who is 18, gets a letter by e-mail: ${usable}`,
        'Mary Poole gets no letter: the student is 18, and letters go to the student instead of the guardians.',
        'John Poole gets no letter: the records say that this person must not be contacted.',
      ],
    });
  });

  test.each<[string, string | null, Candidate[], string[][]]>([
    [
      'as well as the guardians',
      STUDENT_BOX,
      [aCandidate(1)],
      [
        ['student', 'email'],
        ['1', 'email'],
      ],
    ],
    ['on paper without an address', null, [], [['student', 'paper']]],
    [
      'on paper where somebody uses the mailbox who must not be contacted',
      STUDENT_BOX,
      [aCandidate(1, { email: STUDENT_BOX, noContact: true })],
      [['student', 'paper']],
    ],
    [
      'and no guardian gets a letter at the student’s address',
      STUDENT_BOX,
      [aCandidate(1, { email: STUDENT_BOX })],
      [
        ['student', 'email'],
        ['1', 'paper'],
      ],
    ],
  ])('is written to: %s', (_name, email, guardians, letters) => {
    expect(toldOf('both', email, ...guardians).letters).toEqual(letters);
  });
});

test('no sentence and no decision shows an address', () => {
  const person = fc.record({
    email: fc.constantFrom(null, 'a@example.org', 'b@example.org', STUDENT_BOX),
    address: fc.constantFrom(null, OAK, ELM),
    noContact: fc.boolean(),
    wantsPaper: fc.boolean(),
    postReturned: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(person, { maxLength: 4 }), (all) => {
      const guardians = all.map((one, index) => aCandidate(index + 1, one));
      const { people } = chooseRecipients({ student: { email: STUDENT_BOX }, guardians });
      const said = JSON.stringify([people, sentences(...guardians)]);
      expect(said).not.toMatch(/@|Oak|Elm|81201/);
    }),
    { numRuns: 50 },
  );
});

test('what the post brings back is printed on no letter', () => {
  const { letters } = chooseRecipients({
    student: { email: null },
    guardians: [
      aCandidate(1, { email: null, postReturned: true }),
      aCandidate(2, { email: null, address: ELM }),
    ],
  });
  expect(letters.map(({ channel, address }) => [channel, address])).toEqual([
    ['paper', null],
    ['paper', ELM],
  ]);
});
