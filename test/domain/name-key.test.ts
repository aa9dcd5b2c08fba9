import { expect, test } from '@jest/globals';
import { nameKey, sameName, shareName, similarName } from '../../src/domain/name-key.ts';

test.each([
  ["O'Brien-Sánchez", 'obrien sanchez'],
  ['Nguyễn', 'NGUYEN'],
  ['De La Cruz', 'delacruz'],
  ['ŁUKASZ', 'Łukasz'],
  ['Ana María', 'Ana-Maria'],
])('%s and %s are one name', (a, b) => {
  expect(nameKey(a)).toBe(nameKey(b));
});

const eva = { givenName: 'Eva', familyName: 'Ruiz' };

test.each([
  [{ givenName: 'EVA', familyName: 'Ruíz' }, 'same'],
  [{ givenName: 'Eva Luz', familyName: 'Ruiz' }, 'similar'],
  [{ givenName: 'Eva', familyName: 'Cole' }, 'shared'],
  [{ givenName: 'Ivo', familyName: 'Ruiz' }, 'shared'],
  [{ givenName: 'Ivo', familyName: 'Cole' }, 'other'],
  [{ givenName: '', familyName: 'Ruiz' }, 'shared'],
])('Eva Ruiz and %p: %s', (other, expected) => {
  const found = sameName(eva, other)
    ? 'same'
    : similarName(eva, other)
      ? 'similar'
      : shareName(eva, other)
        ? 'shared'
        : 'other';
  expect(found).toBe(expected);
});

test('nobody shares a name that is not told', () => {
  const nobody = { givenName: '', familyName: '-' };
  expect(sameName(nobody, nobody) || similarName(nobody, nobody) || shareName(nobody, nobody)).toBe(false);
});
