import { describe, expect, test } from '@jest/globals';
import type { Role } from '../../src/domain/policy.ts';
import { mayAnywhere, mayDo, type Right, schoolsWith } from '../../src/domain/rights.ts';

const RIGHTS: readonly Right[] = [
  'view-file',
  'log-contact',
  'add-document',
  'manage-meeting',
  'draft-contract',
  'manage-contract',
  'manage-hold',
  'answer-approval',
  'handle-paper',
  'resolve-letter',
  'release-referral',
  'keep-medical',
  'view-summary',
  'pick-up-packet',
];

/** One column per right, in the order above. */
const TABLE: readonly (readonly [Role, string])[] = [
  ['attendance-clerk', 'x x x x x . . . x x . x . .'],
  ['administrator', '   x x x x x x x x x x x x x .'],
  ['counselor', '       x x x x . . . . . . . . . .'],
  ['teacher', '         . . . . . . . . . . . . . .'],
  ['supervisor', '      x x x x x x x x x x x x x .'],
  ['it-contact', '      . . . . . . . . . . . . . .'],
  ['truancy-officer', ' . . . . . . . . . . . . . x'],
];

describe.each(TABLE)('%s', (role, row) => {
  const expected = row.trim().split(/\s+/);

  test.each(RIGHTS.map((right, index) => [right, expected[index] === 'x'] as const))(
    '%s: %s',
    (right, has) => {
      const here = { roles: [{ role, schools: ['S1'] }] };
      expect(mayDo(here, right, ['S1'])).toBe(has);
      expect(mayDo(here, right, ['S2', 'S1'])).toBe(has);
      expect(mayDo(here, right, ['S2'])).toBe(false);
      expect(mayDo(here, right, [])).toBe(false);
      expect(mayDo(here, right, [null])).toBe(false);
      const everywhere = { roles: [{ role, schools: 'all' as const }] };
      expect(mayDo(everywhere, right, ['S2'])).toBe(has);
      expect(mayDo(everywhere, right, [null])).toBe(has);
      expect(mayAnywhere(here, right)).toBe(has);
    },
  );
});

test('the roles of a person stay apart: what one allows at a school another does not allow elsewhere', () => {
  const person = {
    roles: [
      { role: 'administrator', schools: ['S1'] },
      { role: 'counselor', schools: ['S2', 'S1'] },
    ],
  } as const;
  expect(schoolsWith(person, 'view-file')).toEqual(['S1', 'S2']);
  expect(schoolsWith(person, 'manage-hold')).toEqual(['S1']);
  expect(mayDo(person, 'manage-hold', ['S2'])).toBe(false);
  expect(schoolsWith(person, 'pick-up-packet')).toEqual([]);
});

test('nobody without a role may do anything', () => {
  expect(RIGHTS.filter((right) => mayDo({ roles: [] }, right, ['S1', null]))).toEqual([]);
});
