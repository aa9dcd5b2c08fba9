import { describe, expect, test } from '@jest/globals';
import {
  type AskedHold,
  flagFields,
  isFlagged,
  judgeHold,
  reminderDay,
  sisHolds,
} from '../../src/domain/hold-kinds.ts';
import type { HoldRules } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { CALENDAR } from '../support/domain-builders.ts';

const rules: HoldRules = {
  remindSchoolDays: 3,
  kinds: [
    { kind: 'illness-plan', scope: 'letters', longestDays: 180 },
    { kind: 'homelessness', scope: 'everything', longestDays: null },
    { kind: 'deceased', scope: 'absolute', longestDays: null },
  ],
  fromSis: [
    { field: 'homeless', is: ['Y', 'true'], kind: 'homelessness', owner: 'counselor' },
    { field: 'status.deceased', is: ['1'], kind: 'deceased', owner: 'administrator' },
    { field: 'homeless', is: ['doubled-up'], kind: 'homelessness', owner: 'counselor' },
  ],
};
const today = schoolDate('2026-10-05');

function judged(asked: Partial<Omit<AskedHold, 'from' | 'until'>> & { from?: string; until?: string }) {
  const { from, until, ...rest } = asked;
  return judgeHold(
    {
      kind: 'illness-plan',
      scope: null,
      owner: 'counselor',
      ...rest,
      from: from === undefined ? null : schoolDate(from),
      until: until === undefined ? null : schoolDate(until),
    },
    { rules, people: ['Dana@north.example.org'], today },
  );
}

describe('a hold that may stand', () => {
  test.each<[string, Parameters<typeof judged>[0], object]>([
    [
      'takes the scope of its kind, begins today and lasts as long as the kind allows',
      {},
      { scope: 'letters', begins: '2026-10-05', ends: '2027-04-02' },
    ],
    ['without a limit it has no end', { kind: 'homelessness' }, { scope: 'everything', ends: null }],
    [
      'may stop more than its kind',
      { scope: 'everything', until: '2026-10-09' },
      { scope: 'everything', ends: '2026-10-09' },
    ],
    ['of one day', { from: '2026-10-05', until: '2026-10-05' }, { begins: '2026-10-05', ends: '2026-10-05' }],
    ['that has begun before', { from: '2026-09-01', until: '2026-10-05' }, { begins: '2026-09-01' }],
    ['on its longest day', { from: '2026-10-06', until: '2027-04-03' }, { ends: '2027-04-03' }],
    [
      'of a person, as the staff list writes the address',
      { owner: 'dana@NORTH.example.org' },
      { owner: 'Dana@north.example.org' },
    ],
    ['absolute: no end', { kind: 'deceased' }, { scope: 'absolute', begins: '2026-10-05', ends: null }],
    [
      'missing, although the policy does not name it',
      { kind: 'missing', from: '2026-10-01' },
      { scope: 'absolute', begins: '2026-10-01', ends: null },
    ],
  ])('%s', (_, asked, hold) => {
    expect(judged(asked)).toMatchObject({ kind: 'allowed', hold });
  });
});

describe('a hold that may not', () => {
  test.each<[string, Parameters<typeof judged>[0], string, RegExp]>([
    [
      'unknown kind',
      { kind: 'ilness-plan' },
      'kind',
      /^one of illness-plan, homelessness, deceased, missing$/,
    ],
    [
      'unknown scope',
      { scope: 'mails' },
      'scope',
      /^letters, referral, everything for a hold of the kind illness-plan$/,
    ],
    ['absolute for a kind that is not', { scope: 'absolute' }, 'scope', /letters, referral, everything/],
    ['less for a kind that is absolute', { kind: 'deceased', scope: 'letters' }, 'scope', /^absolute for/],
    [
      'owner who is nobody',
      { owner: 'someone@north.example.org' },
      'owner',
      /a role .* or the e-mail address/,
    ],
    ['the officer as owner', { owner: 'truancy-officer' }, 'owner', /a role/],
    [
      'end before the beginning',
      { from: '2026-10-09', until: '2026-10-08' },
      'until',
      /^2026-10-09 or later$/,
    ],
    ['over already', { from: '2026-09-01', until: '2026-10-04' }, 'until', /^2026-10-05 or later$/],
    [
      'too long',
      { until: '2027-04-03' },
      'until',
      /^2027-04-02 at the latest: illness-plan lasts up to 180 days$/,
    ],
    ['absolute with an end', { kind: 'deceased', until: '2026-12-01' }, 'until', /only a person ends it/],
    ['absolute from tomorrow on', { kind: 'missing', from: '2026-10-06' }, 'from', /today/],
  ])('%s', (_, asked, part, expected) => {
    const answer = judged(asked);
    expect(answer).toMatchObject({ kind: 'refused', part });
    expect(answer).toHaveProperty('expected', expect.stringMatching(expected));
  });
});

test.each<[string, string | null, number, string, string | null]>([
  ['three school days before a Friday', '2026-10-09', 3, '2026-09-30', '2026-10-06'],
  ['a weekend is none of them', '2026-10-11', 3, '2026-09-30', '2026-10-06'],
  ['across a break', '2026-11-30', 2, '2026-11-02', '2026-11-23'],
  ['on its last day with 0', '2026-10-09', 0, '2026-09-30', '2026-10-09'],
  ['placed later than that: today', '2026-10-09', 3, '2026-10-08', '2026-10-08'],
  ['placed on a Saturday: the next school day', '2026-10-12', 3, '2026-10-10', '2026-10-12'],
  ['over before the next school day', '2026-10-11', 3, '2026-10-10', null],
  ['in the summer: in the last days of school', '2027-07-01', 3, '2027-05-03', '2027-05-25'],
  ['without an end', null, 3, '2026-09-30', null],
])('the owner is reminded %s', (_, ends, schoolDays, now, day) => {
  const hold = { begins: schoolDate('2026-09-01'), ends: ends === null ? null : schoolDate(ends) };
  expect(reminderDay(hold, schoolDays, CALENDAR, schoolDate(now))).toBe(day);
});

describe('holds that follow the SIS', () => {
  const [homeless, deceased] = sisHolds(rules);

  test('one for each field and kind, with all its values', () => {
    expect(sisHolds(rules)).toHaveLength(2);
    expect(homeless).toMatchObject({ values: ['y', 'true', 'doubled-up'], scope: 'everything' });
    expect(deceased).toMatchObject({ key: 'status.deceased:deceased:absolute', owner: 'administrator' });
    expect(flagFields(rules)).toEqual(['homeless', 'status.deceased']);
  });

  test.each([
    [{ homeless: 'Y' }, true],
    [{ homeless: 'TRUE' }, true],
    [{ homeless: 'N' }, false],
    [{ homeless: '' }, false],
    [{ other: 'Y' }, false],
  ] as const)('%j', (flags, expected) => {
    expect(homeless !== undefined && isFlagged(homeless, flags as never)).toBe(expected);
  });
});
