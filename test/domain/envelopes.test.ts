import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type EnvelopeSetting, placeInEnvelopes, type WaitingPaper } from '../../src/domain/envelopes.ts';
import type { PostalAddress } from '../../src/domain/sis-records.ts';

const OAK: PostalAddress = { lines: ['12 Oak Street'], city: 'Salida', state: 'CO', postalCode: '81201' };
const OAK_AGAIN: PostalAddress = { ...OAK, lines: ['12 Oak St.'], postalCode: '81201-1234' };
const ELM: PostalAddress = { lines: ['7 Elm Ave'], city: 'Gunnison', state: 'CO', postalCode: '81230' };

const paper = (ref: string, familyName: string, letter: Partial<WaitingPaper> = {}): WaitingPaper => ({
  ref,
  familyName,
  guardianIds: [1],
  address: OAK,
  ...letter,
});

const placed = (letters: WaitingPaper[], setting: Partial<EnvelopeSetting> = {}) =>
  placeInEnvelopes(letters, { order: 'name', siblingsTogether: true, ...setting }).map(
    ({ ref, envelope }) => `${envelope} ${ref}`,
  );

describe('which letters share an envelope', () => {
  test.each<[string, WaitingPaper[], Partial<EnvelopeSetting>, string[]]>([
    [
      'siblings: the same people at the same door, however it is spelled',
      [paper('L-1', 'Poole'), paper('L-2', 'Poole', { address: OAK_AGAIN })],
      {},
      ['1 L-1', '1 L-2'],
    ],
    [
      'not where the district does not want it',
      [paper('L-1', 'Poole'), paper('L-2', 'Poole')],
      { siblingsTogether: false },
      ['1 L-1', '2 L-2'],
    ],
    [
      'not for other people at the same door',
      [paper('L-1', 'Poole'), paper('L-2', 'Poole', { guardianIds: [2] })],
      {},
      ['1 L-1', '2 L-2'],
    ],
    [
      'not where one letter has an addressee more',
      [paper('L-1', 'Poole'), paper('L-2', 'Poole', { guardianIds: [1, 2] })],
      {},
      ['1 L-1', '2 L-2'],
    ],
    [
      'not for the same people at two doors',
      [paper('L-1', 'Poole'), paper('L-2', 'Poole', { address: ELM })],
      {},
      ['1 L-1', '2 L-2'],
    ],
    [
      'not without an address, and those come last',
      [
        paper('L-1', 'Adams', { address: null }),
        paper('L-2', 'Adams', { address: null }),
        paper('L-3', 'Zorn'),
      ],
      {},
      ['1 L-3', '2 L-1', '3 L-2'],
    ],
  ])('%s', (_name, letters, setting, expected) => {
    expect(placed(letters, setting).sort()).toEqual(expected.sort());
  });
});

test.each<[EnvelopeSetting['order'], string[]]>([
  ['name', ['1 L-2', '2 L-3', '3 L-1']],
  ['postal-code', ['1 L-3', '2 L-1', '3 L-2']],
])('the order by %s', (order, expected) => {
  const letters = [
    paper('L-1', 'Young'),
    paper('L-2', 'adams', { address: ELM, guardianIds: [2] }),
    paper('L-3', 'Baker', { guardianIds: [3] }),
  ];
  expect(placed(letters, { order })).toEqual(expected);
});

test('every letter lies in the run once, envelopes are numbered without gaps, and the order in which they come does not matter', () => {
  const letter = fc.record({
    familyName: fc.constantFrom('Poole', 'poole', 'Adams', ''),
    guardianIds: fc.constantFrom([1], [2], [1, 2], [2, 1]),
    address: fc.constantFrom(null, OAK, OAK_AGAIN, ELM),
  });
  const setting = fc.record({
    order: fc.constantFrom<EnvelopeSetting['order']>('name', 'postal-code'),
    siblingsTogether: fc.boolean(),
  });
  const letters = fc
    .array(letter, { maxLength: 8 })
    .map((all) => all.map((one, index): WaitingPaper => ({ ...one, ref: `L-${index}` })));
  fc.assert(
    fc.property(letters, setting, (all, how) => {
      const result = placeInEnvelopes(all, how);
      expect(result.map(({ ref }) => ref).sort()).toEqual(all.map(({ ref }) => ref).sort());
      expect(placeInEnvelopes([...all].reverse(), how)).toEqual(result);
      const numbers = result.map(({ envelope }) => envelope);
      expect([...new Set(numbers)]).toEqual(Array.from(new Set(numbers), (_, index) => index + 1));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }),
    { numRuns: 60 },
  );
});
