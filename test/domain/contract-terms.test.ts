import { describe, expect, test } from '@jest/globals';
import {
  type AskedContract,
  type ContractSurroundings,
  isJudgedToItsEnd,
  judgeTerms,
} from '../../src/domain/contract-terms.ts';
import { days } from '../../src/domain/days.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { CALENDAR } from '../support/domain-builders.ts';

const asked: AskedContract = {
  begins: schoolDate('2026-09-14'),
  ends: schoolDate('2026-10-30'),
  allowedDays: '2.5',
  basis: 'all',
  graceDays: 3,
  exceptCodes: ['med', 'MED'],
  signedOn: schoolDate('2026-09-11'),
  refused: false,
};
const around: ContractSurroundings = {
  calendar: CALENDAR,
  codes: ['MED', 'UNX'],
  others: [{ ref: 'C-1', begins: schoolDate('2026-11-02'), ends: schoolDate('2026-12-18') }],
  today: schoolDate('2026-09-14'),
};
const { firstDay, lastDay } = CALENDAR;

describe('the terms of a contract', () => {
  test('are kept as they are, with codes as the SIS writes them', () => {
    const { signedOn: _signedOn, refused: _refused, ...terms } = asked;
    expect(judgeTerms(asked, around)).toEqual({
      kind: 'allowed',
      terms: { ...terms, allowedDays: days('2.5'), exceptCodes: ['MED'] },
    });
  });

  test.each<[string, Partial<AskedContract>]>([
    ['no day at all may be missed', { allowedDays: '0' }],
    ['without time for a note', { graceDays: 0 }],
    ['of one day', { begins: asked.ends, allowedDays: '0.5' }],
    ['which began before today', { begins: schoolDate('2026-09-01') }],
    ['that nobody has signed yet', { signedOn: null }],
    [
      'that the family refused, of days that are over',
      { refused: true, signedOn: null, ends: asked.begins, allowedDays: '0' },
    ],
  ])('%s can be', (_name, rest) => {
    expect(judgeTerms({ ...asked, ...rest }, around).kind).toBe('allowed');
  });

  test.each<[string, Partial<AskedContract>, string, string, string]>([
    [
      'an end before the beginning',
      { ends: schoolDate('2026-09-11') },
      'ends',
      '2026-09-11',
      '2026-09-14, the day on which it begins, or later',
    ],
    [
      'a beginning outside the school year',
      { begins: schoolDate('2026-07-01') },
      'begins',
      '2026-07-01',
      `a day of the school year, ${firstDay} to ${lastDay}`,
    ],
    [
      'an end outside the school year',
      { ends: schoolDate('2027-07-01') },
      'ends',
      '2027-07-01',
      `a day of the school year, ${firstDay} to ${lastDay}`,
    ],
    [
      'what is over',
      { begins: schoolDate('2026-09-01'), ends: schoolDate('2026-09-11') },
      'ends',
      '2026-09-11',
      'today (2026-09-14) or later: what is over cannot be watched',
    ],
    [
      'days of another contract',
      { ends: schoolDate('2026-11-02') },
      'begins',
      '2026-09-14 to 2026-11-02',
      'days outside the contract C-1, from 2026-11-02 to 2026-12-18; or end that one first',
    ],
    [
      'a third of a day',
      { allowedDays: '0.33' },
      'allowed-days',
      '"0.33"',
      'a number of whole or half days such as 0, 2 or 2.5',
    ],
    [
      'no number',
      { allowedDays: '-1' },
      'allowed-days',
      '"-1"',
      'a number of whole or half days such as 0, 2 or 2.5',
    ],
    [
      'more days than there are',
      { ends: asked.begins, allowedDays: '1' },
      'allowed-days',
      '1',
      'less than the school days from 2026-09-14 to 2026-09-14, which are 1: nothing could violate it',
    ],
    [
      'a code that nobody knows',
      { exceptCodes: ['MEDD'] },
      'except-codes',
      '"MEDD"',
      'titles of attendance codes of the SIS',
    ],
    [
      'half a day of grace',
      { graceDays: 0.5 },
      'grace-days',
      '0.5',
      'a whole number of school days, 0 to 30',
    ],
    ['a grace of months', { graceDays: 31 }, 'grace-days', '31', 'a whole number of school days, 0 to 30'],
    [
      'a grace beyond the school year',
      { begins: lastDay, ends: lastDay, allowedDays: '0' },
      'grace-days',
      '3',
      `fewer: no day of the contract (${lastDay} to ${lastDay}) would count before the school year ends on ${lastDay}`,
    ],
    [
      'a signature to come',
      { signedOn: schoolDate('2026-09-15') },
      'signed-on',
      '2026-09-15',
      'today (2026-09-14) or before',
    ],
    ['signed and refused', { refused: true }, 'refused', 'beside --signed-on', 'one of the two'],
  ])('%s is refused', (_name, rest, part, found, expected) => {
    expect(judgeTerms({ ...asked, ...rest }, around)).toMatchObject({
      kind: 'refused',
      part,
      found,
      expected,
    });
  });

  test('are judged to their end where the school year is long enough', () => {
    const terms = { ...asked, allowedDays: days('2') };
    expect(isJudgedToItsEnd(terms, CALENDAR)).toBe(true);
    expect(isJudgedToItsEnd({ ...terms, ends: lastDay }, CALENDAR)).toBe(false);
    expect(isJudgedToItsEnd({ ...terms, ends: lastDay, graceDays: 0 }, CALENDAR)).toBe(false);
  });
});
