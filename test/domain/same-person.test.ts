import { describe, expect, test } from '@jest/globals';
import {
  type Addressee,
  hasItAlready,
  type PersonRecord,
  standsInFor,
} from '../../src/domain/same-person.ts';

const ELM = { lines: ['1 Elm Street'], city: 'Cedar Valley', state: 'UT', postalCode: '84999' };
const OAK = { ...ELM, lines: ['2 Oak Street'] };

function record(id: number, of: Partial<PersonRecord> = {}): PersonRecord {
  return {
    id,
    givenName: 'José',
    familyName: 'Nuñez',
    email: 'jose@family.example.org',
    address: ELM,
    ...of,
  };
}

function addressee(guardianId: number, of: Partial<Addressee> = {}): Addressee {
  const { id: _, ...reachable } = record(guardianId);
  return { ...reachable, guardianId, live: true, beside: [], ...of };
}

describe('a letter that went to record 1', () => {
  test.each<[string, boolean, Partial<PersonRecord>, Partial<Addressee>]>([
    ['the same name, mailbox and door', true, {}, {}],
    ['the name without its accents', true, { givenName: 'Jose', familyName: 'NUNEZ' }, {}],
    ['another door, the same mailbox', true, { address: OAK, email: ' JOSE@family.example.org' }, {}],
    [
      'another mailbox, the same door written otherwise',
      true,
      { email: null, address: { ...ELM, lines: ['1 Elm St.'] } },
      {},
    ],
    ['another mailbox and door', false, { email: 'j@family.example.org', address: OAK }, {}],
    [
      'neither mailbox nor door on either',
      false,
      { email: null, address: null },
      { email: null, address: null },
    ],
    ['an empty mailbox on both', false, { email: ' ', address: null }, { email: ' ', address: null }],
    ['another given name', false, { givenName: 'Ana' }, {}],
    ['no name', false, { givenName: '', familyName: '' }, { givenName: '', familyName: '' }],
    ['a letter that was cancelled', false, {}, { live: false }],
    ['both were written to side by side', false, {}, { beside: [2] }],
  ])('is one for record 2, where they have: %s', (_, expected, of, was) => {
    expect(hasItAlready(record(2, of), [addressee(1, was)])).toBe(expected);
  });

  test('is no reason for a record that is on it, or has one of its own', () => {
    expect(hasItAlready(record(1), [addressee(1)])).toBe(false);
    expect(hasItAlready(record(2), [addressee(1), addressee(2)])).toBe(false);
    expect(hasItAlready(record(2), [addressee(1), addressee(2, { live: false })])).toBe(true);
  });

  test('is written anew to the record that stands in, unless it has one', () => {
    const was = addressee(1, { live: false });
    expect(standsInFor(record(2), [1], [was])).toBe(true);
    expect(standsInFor(record(2), [3], [was])).toBe(false);
    expect(standsInFor(record(2, { givenName: 'Ana' }), [1], [was])).toBe(false);
    expect(standsInFor(record(2), [1], [was, addressee(2)])).toBe(false);
  });
});
