import { describe, expect, test } from '@jest/globals';
import type { AbsenceRecord } from '../../src/domain/absence.ts';
import { applyEvaluation } from '../../src/domain/apply-evaluation.ts';
import { buildCalendar } from '../../src/domain/calendar.ts';
import { formatDays } from '../../src/domain/days.ts';
import { evaluateLadder } from '../../src/domain/ladder.ts';
import type { Evaluation, LadderSetting, StudentFacts } from '../../src/domain/ladder-facts.ts';
import type { Policy, Step } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import {
  absent,
  absentInARow,
  aPolicy,
  aSetting,
  aStep,
  aStepRecord,
  aStudent,
  asked,
  handedOver,
  SCHOOL_YEAR,
  schoolDaysFrom,
  standing,
  verdictOf,
} from '../support/domain-builders.ts';

/** Two terms; the second begins on the first school day of January. */
const TERMS = buildCalendar({
  ...SCHOOL_YEAR,
  terms: [
    { name: 'Fall', begins: schoolDate('2026-08-17') },
    { name: 'Spring', begins: schoolDate('2027-01-04') },
  ],
});
const IN_TERMS = { calendar: TERMS, calendarOf: () => TERMS };

function of(...steps: Step[]): Policy {
  return aPolicy({ steps });
}

function look(
  facts: StudentFacts,
  on: string,
  policy: Policy,
  setting: Partial<LadderSetting> = {},
): Evaluation {
  return evaluateLadder(facts, aSetting(policy, setting), schoolDate(on));
}

function carriedOut(facts: StudentFacts, on: string, policy: Policy, setting: Partial<LadderSetting> = {}) {
  return applyEvaluation(facts, look(facts, on, policy, setting));
}

function dates(...list: string[]): AbsenceRecord[] {
  return list.map((date) => absent(date));
}

describe('time alone takes nothing back', () => {
  const percent = of(
    aStep({ id: 'letter', at: '10', unit: 'percent', letter: 'a', settleDays: 1, fromEnrolledDays: 20 }),
  );
  // 3 of 29 school days are more than 10 percent on September 28, and 3 of 31 are less.
  const three = aStudent({ records: dates('2026-09-01', '2026-09-08', '2026-09-15') });

  test('a share that was reached is latched: what has left stays taken, with the numbers of then', () => {
    const sent = handedOver(carriedOut(three, '2026-09-28', percent), 'letter', '2026-09-29');
    const later = look(sent, '2026-11-02', percent);
    expect(verdictOf(later, 'letter')).toMatchObject({
      state: 'taken',
      superseded: false,
      latched: true,
      reason: 'latched',
      enrolledDays: 29,
      settledThrough: '2026-09-27',
    });
    expect(later.actions).toEqual([]);
  });

  test('a letter that still waits stands as well, and is not planned twice', () => {
    const waiting = carriedOut(three, '2026-09-28', percent);
    const later = look(waiting, '2026-10-20', percent);
    expect(verdictOf(later, 'letter')).toMatchObject({ state: 'owed', latched: true, enrolledDays: 29 });
    expect(later.actions).toEqual([]);
  });

  test('a correction does take it back, though nothing else has changed', () => {
    const sent = handedOver(carriedOut(three, '2026-09-28', percent), 'letter', '2026-09-29');
    const corrected = { ...sent, records: dates('2026-09-01', '2026-09-15') };
    expect(asked(look(corrected, '2026-11-02', percent))).toEqual(['supersede letter']);
    const superseded = carriedOut(corrected, '2026-11-02', percent);
    const again = { ...superseded, records: three.records };
    expect(asked(look(again, '2026-11-03', percent))).toEqual(['reinstate letter']);
  });

  test('a percentage says nothing before enough school days', () => {
    const early = aStudent({ records: dates('2026-08-18') });
    expect(standing(look(early, '2026-08-28', percent))).toEqual({ letter: null });
    expect(look(early, '2026-08-28', percent).nextLookOn).toBeNull();
    const four = aStudent({ records: dates('2026-08-18', '2026-08-19', '2026-08-20', '2026-08-21') });
    expect(look(four, '2026-08-28', percent).nextLookOn).toBe('2026-09-15');
    expect(standing(look(four, '2026-09-15', percent))).toEqual({ letter: 'owed' });
  });

  const lastTen = of(
    aStep({ id: 'letter', at: '3', window: { kind: 'last', schoolDays: 10 }, letter: 'a', settleDays: 1 }),
  );
  const inARow = aStudent({ records: absentInARow(3, '2026-09-08') });

  test('in a window of ten school days the letter is latched, and a correction supersedes it', () => {
    const sent = handedOver(carriedOut(inARow, '2026-09-11', lastTen), 'letter', '2026-09-14');
    const later = look(sent, '2026-10-20', lastTen);
    expect(verdictOf(later, 'letter')).toMatchObject({ state: 'taken', reason: 'latched' });
    const corrected = { ...sent, records: absentInARow(2, '2026-09-08') };
    expect(standing(look(corrected, '2026-10-20', lastTen))).toEqual({ letter: 'taken, superseded' });
  });

  test('what still waits when its window is over is withdrawn, on the day that was foretold', () => {
    const waiting = carriedOut({ ...inARow, hasRecipient: false }, '2026-09-11', lastTen);
    expect(standing(look(waiting, '2026-09-24', lastTen))).toEqual({ letter: 'owed' });
    expect(look(waiting, '2026-09-24', lastTen).nextLookOn).toBe('2026-09-25');
    const over = look(waiting, '2026-09-25', lastTen);
    expect(over.actions).toEqual([{ kind: 'withdraw', step: 'letter', reason: 'time-passed' }]);
    expect(verdictOf(over, 'letter').reason).toBe('time-passed');
    expect(verdictOf(look(applyEvaluation(waiting, over), '2026-09-28', lastTen), 'letter').reason).toBe(
      'time-passed',
    );
  });

  test('what was taken back by a correction while waiting says so, window or not', () => {
    const waiting = carriedOut({ ...inARow, hasRecipient: false }, '2026-09-11', lastTen);
    const corrected = { ...waiting, records: absentInARow(2, '2026-09-08') };
    expect(look(corrected, '2026-09-14', lastTen).actions).toEqual([
      { kind: 'withdraw', step: 'letter', reason: 'count-fell' },
    ]);
  });
});

describe('terms', () => {
  const inTerm = of(
    aStep({ id: 'letter', at: '3', window: { kind: 'term' }, letter: 'a', settleDays: 3, requalify: true }),
  );

  test.each([
    ['on its first school day', '2027-01-04'],
    ['in the break', '2026-12-26'],
    ['on the Saturday before', '2027-01-02'],
  ])('the last days of a term count for it, when the next begins %s', (_name, begins) => {
    const terms = [
      { name: 'Fall', begins: schoolDate('2026-08-17') },
      { name: 'Spring', begins: schoolDate(begins) },
    ];
    const calendar = buildCalendar({ ...SCHOOL_YEAR, terms });
    const setting = { calendar, calendarOf: () => calendar };
    const lastDays = aStudent({ records: dates('2026-12-16', '2026-12-17', '2026-12-18') });
    expect(look(lastDays, '2026-12-18', inTerm, setting).nextLookOn).toBe('2027-01-06');
    expect(standing(look(lastDays, '2027-01-05', inTerm, setting))).toEqual({ letter: null });
    expect(standing(look(lastDays, '2027-01-06', inTerm, setting))).toEqual({ letter: 'owed' });
    // One school day later the settled date lies in the new term, in which nothing was missed.
    expect(standing(look(lastDays, '2027-01-07', inTerm, setting))).toEqual({ letter: null });
  });

  test('with requalify the second term owes a second round, and its record says so', () => {
    const fall = carriedOut(aStudent({ records: absentInARow(3) }), '2026-09-10', inTerm, IN_TERMS);
    const sent = handedOver(fall, 'letter', '2026-09-11');
    const spring = { ...sent, records: [...sent.records, ...dates('2027-01-04', '2027-01-05')] };
    expect(standing(look(spring, '2027-01-20', inTerm, IN_TERMS))).toEqual({ letter: 'taken' });
    const third = { ...spring, records: [...spring.records, ...dates('2027-01-06')] };
    const evaluation = look(third, '2027-01-20', inTerm, IN_TERMS);
    expect(asked(evaluation)).toEqual(['plan-letters letter']);
    expect(verdictOf(evaluation, 'letter')).toMatchObject({
      state: 'owed',
      round: 2,
      windowFrom: '2027-01-04',
      count: 30_000,
    });
    const after = applyEvaluation(third, evaluation).steps[0];
    expect(after).toMatchObject({ round: 2, owedOn: '2027-01-20', takenOn: null, acted: true });
    const twice = look(applyEvaluation(third, evaluation), '2027-01-21', inTerm, IN_TERMS);
    expect(asked(twice)).toEqual([]);
  });

  test('without it a letter goes out once a school year', () => {
    const once = of(aStep({ id: 'letter', at: '3', window: { kind: 'term' }, letter: 'a' }));
    const sent = handedOver(
      carriedOut(aStudent({ records: absentInARow(3) }), '2026-09-10', once, IN_TERMS),
      'letter',
      '2026-09-11',
    );
    const spring = { ...sent, records: [...sent.records, ...absentInARow(5, '2027-01-04')] };
    expect(asked(look(spring, '2027-02-01', once, IN_TERMS))).toEqual([]);
  });

  test('a lower letter that gave way in the first term is owed in the second by itself', () => {
    const two = of(
      aStep({ id: 'low', at: '2', window: { kind: 'term' }, letter: 'a' }),
      aStep({ id: 'high', at: '4', window: { kind: 'term' }, letter: 'b' }),
    );
    const fall = handedOver(
      carriedOut(aStudent({ records: absentInARow(4) }), '2026-09-10', two, IN_TERMS),
      'high',
      '2026-09-11',
    );
    expect(standing(look(fall, '2026-12-01', two, IN_TERMS))).toMatchObject({ low: 'skipped for high' });
    const spring = { ...fall, records: [...fall.records, ...absentInARow(2, '2027-01-04')] };
    expect(standing(look(spring, '2027-01-20', two, IN_TERMS))).toMatchObject({ low: 'owed', high: 'taken' });
  });

  describe('going live in the second term, with a shadow of the first', () => {
    const contact = of(aStep({ id: 'talk', at: '3', window: { kind: 'term' }, requalify: true }));
    const shadow = { ...IN_TERMS, mode: 'shadow' } as const;
    const fall = absentInARow(3);
    const [first, second, third] = absentInARow(3, '2027-01-11');
    const inShadow = carriedOut(aStudent({ records: fall }), '2026-09-10', contact, shadow);
    const twice = (facts: StudentFacts, on: string) => {
      const once = look(facts, on, contact, IN_TERMS);
      const after = applyEvaluation(facts, once);
      expect(asked(look(after, on, contact, IN_TERMS))).toEqual([]);
      return { asked: asked(once), after };
    };

    test.each([
      [
        'is left to the school when it is reached again on that very day',
        [first, second, third],
        '2027-01-14',
      ],
      ['is left to the school as it stood when it is not', [first], '2026-09-10'],
    ])('%s, however often that day is looked at', (_name, spring, owedOn) => {
      const records = [...fall, ...spring.flatMap((row) => row ?? [])];
      const { asked: actions, after } = twice({ ...inShadow, records }, '2027-01-14');
      expect(actions).toEqual(['end-shadow talk']);
      expect(after.steps).toEqual([expect.objectContaining({ state: 'pre-existing', round: 1, owedOn })]);
    });

    test('is owed once more by a crossing after that day', () => {
      const few = [...fall, ...[first, second].flatMap((row) => row ?? [])];
      const { after } = twice({ ...inShadow, records: few }, '2027-01-14');
      const records = [...few, absent('2027-01-14')];
      const { asked: actions, after: crossed } = twice({ ...after, records }, '2027-01-15');
      expect(actions).toEqual(['take talk']);
      expect(crossed.steps).toEqual([expect.objectContaining({ state: 'taken', round: 2, shadow: false })]);
    });
  });

  test('before the first term nothing counts', () => {
    const late = buildCalendar({
      ...SCHOOL_YEAR,
      terms: [{ name: 'One', begins: schoolDate('2026-09-14') }],
    });
    const evaluation = look(aStudent({ records: absentInARow(4) }), '2026-09-09', inTerm, {
      calendar: late,
      calendarOf: () => late,
    });
    expect(verdictOf(evaluation, 'letter')).toMatchObject({ count: 0, windowFrom: null, state: null });
  });
});

describe('days in a row', () => {
  const row = of(aStep({ id: 'letter', at: '3', unit: 'consecutive', letter: 'a', settleDays: 1 }));

  test.each<[string, AbsenceRecord[], string]>([
    ['three school days', absentInARow(3), '3'],
    ['over a weekend and a holiday', dates('2026-09-04', '2026-09-08', '2026-09-09'), '3'],
    ['a school day in between', dates('2026-09-01', '2026-09-02', '2026-09-04'), '2'],
    [
      'a half day in between',
      [...dates('2026-09-01', '2026-09-03', '2026-09-04'), absent('2026-09-02', { fraction: '0.5' })],
      '2',
    ],
    ['the longest of two runs', dates('2026-09-01', '2026-09-08', '2026-09-09', '2026-09-10'), '3'],
  ])('%s', (_name, records, count) => {
    const verdict = verdictOf(look(aStudent({ records }), '2026-10-01', row), 'letter');
    expect(formatDays(verdict.count)).toBe(count);
    expect(verdict.state).toBe(count === '3' ? 'owed' : null);
  });

  test('a run that comes up to the settled date goes on when the next day settles', () => {
    expect(look(aStudent({ records: absentInARow(3) }), '2026-09-03', row).nextLookOn).toBe('2026-09-04');
  });
});

describe('a jump over three letters', () => {
  const three = of(
    aStep({ id: 'one', at: '3', letter: 'a' }),
    aStep({ id: 'two', at: '5', unit: 'percent', letter: 'b', fromEnrolledDays: 1 }),
    aStep({ id: 'three', at: '2', unit: 'consecutive', letter: 'c' }),
  );

  test('the last in the file goes, whatever its unit', () => {
    expect(standing(look(aStudent({ records: absentInARow(4) }), '2026-10-01', three))).toEqual({
      one: 'skipped for three',
      two: 'skipped for three',
      three: 'owed',
    });
  });
});

describe('ages', () => {
  const young = of(aStep({ id: 'letter', at: '3', letter: 'a', ages: { from: null, to: 12 } }));
  const born = (date: string | null) =>
    aStudent({ records: absentInARow(3), birthDate: date === null ? null : schoolDate(date) });

  test.each([
    ['12 until tomorrow', '2013-10-02', 'owed'],
    ['13 today', '2013-10-01', null],
  ])('%s', (_name, date, state) => {
    expect(standing(look(born(date), '2026-10-01', young))).toEqual({ letter: state });
  });

  test('the birthday is the next look, and withdraws what waits', () => {
    const waiting = carriedOut(born('2013-10-02'), '2026-10-01', young);
    expect(look(waiting, '2026-10-01', young).nextLookOn).toBe('2026-10-02');
    expect(look(waiting, '2026-10-02', young).actions).toEqual([
      { kind: 'withdraw', step: 'letter', reason: 'not-for-this-student' },
    ]);
  });

  test('a step from an age on begins on the birthday', () => {
    const old = of(aStep({ id: 'letter', at: '3', letter: 'a', ages: { from: 13, to: null } }));
    expect(look(born('2013-10-02'), '2026-10-01', old).nextLookOn).toBe('2026-10-02');
    expect(standing(look(born('2013-10-02'), '2026-10-02', old))).toEqual({ letter: 'owed' });
  });

  test('without a birth date the letter waits for one, and a contact does not', () => {
    const both = of(
      aStep({ id: 'contact', at: '2', ages: { from: 6, to: 17 } }),
      aStep({ id: 'letter', at: '3', letter: 'a', ages: { from: 6, to: 17 } }),
    );
    const evaluation = look(born(null), '2026-10-01', both);
    expect(standing(evaluation)).toEqual({ contact: 'taken', letter: 'owed' });
    expect(verdictOf(evaluation, 'letter').blocks).toEqual([{ kind: 'unknown-age' }]);
  });
});

describe('the legal deadline', () => {
  const withDeadline = of(
    aStep({ id: 'letter', at: '3', letter: 'a', settleDays: 3, legalDeadlineDays: 10 }),
  );

  test('runs from the day that reached the step, not from the day it was settled or owed', () => {
    const three = aStudent({ records: absentInARow(3) });
    expect(verdictOf(look(three, '2026-09-03', withDeadline), 'letter').deadline).toBeNull();
    const owed = look(three, '2026-09-09', withDeadline);
    expect(verdictOf(owed, 'letter').deadline).toBe('2026-09-18');
    const waiting = applyEvaluation(three, owed);
    const more = { ...waiting, records: absentInARow(6) };
    expect(verdictOf(look(more, '2026-09-30', withDeadline), 'letter').deadline).toBe('2026-09-18');
    const sent = handedOver(waiting, 'letter', '2026-09-10');
    expect(verdictOf(look(sent, '2026-09-30', withDeadline), 'letter').deadline).toBeNull();
  });

  test('of a share it runs from the last time the share was reached', () => {
    const policy = of(
      aStep({
        id: 'letter',
        at: '10',
        unit: 'percent',
        letter: 'a',
        legalDeadlineDays: 5,
        fromEnrolledDays: 20,
      }),
    );
    const three = aStudent({ records: dates('2026-09-01', '2026-09-08', '2026-09-28') });
    expect(verdictOf(look(three, '2026-09-29', policy), 'letter').deadline).toBe('2026-10-05');
  });

  test('never lies behind the last school day', () => {
    const records = schoolDaysFrom('2027-05-18', 3).map((date) => absent(date));
    expect(verdictOf(look(aStudent({ records }), '2027-05-25', withDeadline), 'letter').deadline).toBe(
      '2027-05-28',
    );
  });
});

describe('windows and bases are the step’s own', () => {
  test('a step of unexcused days leaves excused ones out, and takes uncoded ones as the policy says', () => {
    const records = [
      absent('2026-09-01'),
      absent('2026-09-02', { excuse: 'excused' }),
      absent('2026-09-03', { excuse: 'unknown' }),
    ];
    const policy = of(aStep({ id: 'a', at: '2', basis: 'unexcused' }), aStep({ id: 'b', at: '3' }));
    for (const [unknownExcuse, state] of [
      ['neither', null],
      ['excused', null],
      ['unexcused', 'taken'],
    ] as const) {
      const rules = { ...policy, counting: { ...policy.counting, unknownExcuse } };
      expect(standing(look(aStudent({ records }), '2026-10-01', rules))).toEqual({ a: state, b: 'taken' });
    }
  });

  test('percent is of the school days enrolled, wherever', () => {
    const policy = of(aStep({ id: 'a', at: '25', unit: 'percent', fromEnrolledDays: 4, settleDays: 1 }));
    const facts = aStudent({
      records: dates('2026-09-09'),
      enrolments: [
        {
          schoolId: 1,
          schoolSourcedId: 'lincoln',
          primary: true,
          begins: schoolDate('2026-09-08'),
          ends: null,
        },
      ],
    });
    expect(verdictOf(look(facts, '2026-09-14', policy), 'a')).toMatchObject({
      enrolledDays: 4,
      state: 'taken',
    });
    expect(verdictOf(look(facts, '2026-09-15', policy), 'a')).toMatchObject({ enrolledDays: 5, state: null });
  });

  test('the last ten school days move on, and the record of one who was taken keeps a second round', () => {
    const policy = of(
      aStep({ id: 'contact', at: '2', window: { kind: 'last', schoolDays: 10 }, requalify: true }),
    );
    const taken = carriedOut(aStudent({ records: absentInARow(2) }), '2026-09-03', policy);
    const later = { ...taken, records: [...taken.records, ...absentInARow(2, '2026-10-05')] };
    const second = look(later, '2026-10-07', policy);
    expect(asked(second)).toEqual(['take contact']);
    expect(applyEvaluation(later, second).steps).toEqual([
      aStepRecord('contact', 'taken', {
        owedOn: schoolDate('2026-10-07'),
        takenOn: schoolDate('2026-10-07'),
        round: 2,
        acted: false,
      }),
    ]);
  });
});
