import { describe, expect, test } from '@jest/globals';
import { stopFor, volumeLimit } from '../../src/domain/brakes.ts';
import { shippedBrakes } from '../support/brakes.ts';

describe('letters of one run that need nobody’s yes', () => {
  test.each([
    ['a small school without any history', 300, 0, 20],
    ['2 % of the enrolment, when they are more', 5_000, 0, 100],
    ['2 % in binary fractions', 1_150, 0, 23],
    ['rounded down', 1_199, 0, 23],
    ['three times the largest run, when that is more', 5_000, 40, 120],
    ['nobody enrolled', 0, 0, 20],
  ])('%s', (_when, enrolled, largest, limit) => {
    expect(volumeLimit(shippedBrakes.volume, { enrolled, largest })).toBe(limit);
  });

  test('a limit of the district’s own', () => {
    const volume = { letters: 5, share: 0.001, factor: 1.5 };
    expect(volumeLimit(volume, { enrolled: 1_000, largest: 5 })).toBe(7);
  });
});

describe('a row of failures stops sending', () => {
  test.each([
    [0, 0, null],
    [4, 2, null],
    [5, 0, 'refusals'],
    [0, 3, 'uncertain'],
    [6, 3, 'uncertain'],
  ])('after %s refusals and %s of unknown fate: %s', (refusals, uncertain, stop) => {
    expect(stopFor({ refusals, uncertain }, shippedBrakes)).toBe(stop);
  });
});
