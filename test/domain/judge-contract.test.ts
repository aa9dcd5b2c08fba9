import { describe, expect, test } from '@jest/globals';
import type { AbsenceRecord, AttendanceCode } from '../../src/domain/absence.ts';
import type { Contract } from '../../src/domain/contract.ts';
import { countDays } from '../../src/domain/counting.ts';
import { type DayBook, openDayBook } from '../../src/domain/day-book.ts';
import { days } from '../../src/domain/days.ts';
import { judgeContract, nextContractLook } from '../../src/domain/judge-contract.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { absent, aCode, aStudent, CALENDAR, COUNTING, codeTable } from '../support/domain-builders.ts';

const CONTRACT: Contract = {
  id: 'c-1',
  ref: 'C-1',
  begins: schoolDate('2026-09-14'),
  ends: schoolDate('2026-10-02'),
  allowedDays: days('2'),
  basis: 'all',
  graceDays: 2,
  exceptCodes: ['med'],
  endedOn: null,
};
const CODES = [aCode({ sourcedId: 'c1', title: 'MED' }), aCode({ sourcedId: 'c2', title: 'UNX' })];

function book(records: AbsenceRecord[], today: string, codes: AttendanceCode[] = CODES): DayBook {
  const facts = aStudent({ records, codes: codeTable(...codes) });
  const counted = countDays(facts, COUNTING, () => CALENDAR, schoolDate(today));
  return openDayBook(counted, facts.enrolments, COUNTING, CALENDAR);
}

const three = [absent('2026-09-14'), absent('2026-09-16'), absent('2026-09-17')];

describe('a contract', () => {
  test.each<[string, AbsenceRecord[], Partial<Contract>, string, unknown]>([
    ['as many days as allowed', three.slice(1), {}, '2026-09-30', { kind: 'running' }],
    ['one more', three, {}, '2026-09-30', { kind: 'violated', on: '2026-09-17', days: days('3') }],
    [
      'half a day more',
      [...three.slice(1), absent('2026-09-21', { fraction: '0.5' })],
      {},
      '2026-09-30',
      { kind: 'violated', on: '2026-09-21', days: days('2.5') },
    ],
    ['in the days of grace', three, {}, '2026-09-18', { kind: 'running' }],
    [
      'when the grace is over',
      three,
      {},
      '2026-09-21',
      { kind: 'violated', on: '2026-09-17', days: days('3') },
    ],
    [
      'no grace at all',
      three,
      { graceDays: 0 },
      '2026-09-17',
      { kind: 'violated', on: '2026-09-17', days: days('3') },
    ],
    [
      'a day before it began',
      [absent('2026-09-11'), ...three.slice(1)],
      {},
      '2026-09-30',
      { kind: 'running' },
    ],
    ['a day after it ended', [...three.slice(1), absent('2026-10-05')], {}, '2026-10-30', { kind: 'kept' }],
    [
      'a day with a code that is excepted',
      [...three.slice(1), absent('2026-09-21', { codeId: 'c1' })],
      {},
      '2026-09-30',
      { kind: 'running' },
    ],
    [
      'a day with another code',
      [...three.slice(1), absent('2026-09-21', { codeId: 'c2' })],
      {},
      '2026-09-30',
      { kind: 'violated', on: '2026-09-21', days: days('3') },
    ],
    [
      'excused days, when unexcused ones are meant',
      three.map((row) => ({ ...row, excuse: 'excused' as const })),
      { basis: 'unexcused' },
      '2026-09-30',
      { kind: 'running' },
    ],
    ['on its last day', [], {}, '2026-10-02', { kind: 'running' }],
    ['while its last day may still be noted', [], {}, '2026-10-05', { kind: 'running' }],
    ['when its last day is settled', [], {}, '2026-10-06', { kind: 'kept' }],
    ['the day after it, without grace', [], { graceDays: 0 }, '2026-10-03', { kind: 'kept' }],
  ])('%s', (_name, records, rest, on, standing) => {
    expect(judgeContract({ ...CONTRACT, ...rest }, book(records, on), schoolDate(on))).toEqual(standing);
  });

  test.each<[string, AbsenceRecord[], Partial<Contract>, string, string | null]>([
    ['its end', [], {}, '2026-09-15', '2026-10-06'],
    ['its end, without grace', [], { graceDays: 0 }, '2026-09-15', '2026-10-03'],
    ['the violation, when the grace is over', three, {}, '2026-09-18', '2026-09-21'],
    ['nothing, once violated', three, {}, '2026-09-30', null],
    ['nothing, once kept', [], {}, '2026-10-30', null],
  ])('is looked at next for %s', (_name, records, rest, on, next) => {
    expect(nextContractLook({ ...CONTRACT, ...rest }, book(records, on), schoolDate(on))).toBe(next);
  });
});
