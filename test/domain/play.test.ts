import { describe, expect, test } from '@jest/globals';
import type { AbsenceRecord } from '../../src/domain/absence.ts';
import { comparePlays, type PlayedTwice } from '../../src/domain/compare-plays.ts';
import type { Contract } from '../../src/domain/contract.ts';
import { days } from '../../src/domain/days.ts';
import type { LadderSetting, StudentFacts } from '../../src/domain/ladder-facts.ts';
import { type History, type Known, type Played, playStudent } from '../../src/domain/play.ts';
import { playAhead, type RulesToCome } from '../../src/domain/play-ahead.ts';
import { onlyPolicy, type Policy } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import {
  absentInARow,
  aHold,
  anEnrolment,
  aPolicy,
  aStep,
  aStepRecord,
  aStudent,
  CALENDAR,
  LINCOLN,
} from '../support/domain-builders.ts';

const day = schoolDate;

/** Each row known on the morning after its date, unless told otherwise. */
function known(
  records: readonly AbsenceRecord[],
  mornings: { from?: string; until?: string | null } = {},
): Known<AbsenceRecord>[] {
  return records.map((what) => ({
    what,
    from: day(mornings.from ?? CALENDAR.nextSchoolDay(what.date) ?? what.date),
    until: mornings.until === undefined || mornings.until === null ? null : day(mornings.until),
  }));
}

function aHistory(history: Partial<History> = {}): History {
  const {
    codes: _codes,
    records: _records,
    steps: _steps,
    lettersOut: _letters,
    holds: _holds,
    recordsStale: _stale,
    ...student
  } = aStudent();
  return { student, codes: [], records: [], holds: [], contracts: [], ...history };
}

function play(history: Partial<History>, until = '2027-05-28', policy: Policy = aPolicy()): Played {
  return playStudent(aHistory(history), {
    policy,
    calendarOf: () => CALENDAR,
    until: day(until),
    baselineOn: null,
  });
}

const lines = ({ steps }: Played) =>
  steps.map(
    ({ step, plannedOn, leftOn, withdrawnOn }) =>
      `${step} ${plannedOn} ${leftOn ?? 'stays'}${withdrawnOn === null ? '' : ` withdrawn ${withdrawnOn}`}`,
  );

describe('a year is played morning by morning', () => {
  // 1 September to 11 September, Labor Day left out: eight days.
  const eight = absentInARow(8);

  test('steps are taken on the day on which they are settled', () => {
    expect(lines(play({ records: known(eight) }))).toEqual([
      'contact 2026-09-08 2026-09-08',
      'first-letter 2026-09-15 2026-09-15',
    ]);
  });

  test('what was recorded late was not known before', () => {
    expect(lines(play({ records: known(eight, { from: '2026-10-05' }) }))).toEqual([
      'contact 2026-10-05 2026-10-05',
      'first-letter 2026-10-05 2026-10-05',
    ]);
  });

  test('a row that was corrected later counted until then', () => {
    const [wrong, ...right] = known(eight.slice(0, 7));
    const corrected = wrong === undefined ? [] : [{ ...wrong, until: day('2026-09-29') }];
    expect(lines(play({ records: [...corrected, ...right] }))).toEqual([
      'contact 2026-09-08 2026-09-08',
      'first-letter 2026-09-15 2026-09-15',
    ]);
    expect(lines(play({ records: right }))).toEqual(['contact 2026-09-09 2026-09-09']);
  });

  test('a letter that has not left when its count falls is withdrawn', () => {
    // Planned on the last school day before Thanksgiving, on which nothing leaves.
    const until = (morning: string) =>
      lines(play({ records: known(absentInARow(7, '2026-11-11'), { until: morning }) }))[1];
    expect(until('2026-11-30')).toBe('first-letter 2026-11-24 stays withdrawn 2026-11-30');
    expect(until('2026-12-01')).toBe('first-letter 2026-11-24 2026-11-30');
  });

  test.each([
    [0, '2026-09-04'],
    [1, '2026-09-08'],
  ])('a letter that is approved within %i school days leaves on %s', (days, leftOn) => {
    const approval = { role: 'administrator' as const, days };
    const policy = aPolicy({ steps: [aStep({ id: 'letter', at: '3', letter: 'a', approval })] });
    const [played] = play({ records: known(absentInARow(4)) }, '2026-09-30', policy).steps;
    expect(played).toMatchObject({ step: 'letter', leftOn });
  });

  test('a referral leaves once its letter has been out for the notice', () => {
    const played = lines(play({ records: known(absentInARow(14)) }));
    expect(played).toEqual([
      'contact 2026-09-08 2026-09-08',
      'first-letter 2026-09-15 2026-09-15',
      'medical-letter 2026-09-18 2026-09-18',
      'referral 2026-09-23 2026-09-23',
    ]);
  });

  test('a referral rests on the letter of the round that stands, not on one that was superseded', () => {
    const policy = aPolicy({
      steps: [
        aStep({ id: 'letter', at: '3', settleDays: 1, letter: 'a', requalify: true }),
        aStep({ id: 'referral', at: '4', settleDays: 1, referral: true, noticeDays: 5 }),
      ],
    });
    const [wrong, ...right] = known(eight.slice(0, 3));
    const records = [
      ...(wrong === undefined ? [] : [{ ...wrong, until: day('2026-09-15') }]),
      ...right,
      ...known(absentInARow(3, '2026-09-21')),
    ];
    expect(lines(play({ records }, '2027-05-28', policy))).toEqual([
      'letter 2026-09-04 2026-09-04',
      'letter 2026-09-22 2026-09-22',
      'referral 2026-09-29 2026-09-29',
    ]);
  });

  test('a hold keeps a letter back while it was known and in force', () => {
    const hold = {
      what: aHold({ begins: '2026-09-01', ends: '2026-12-31' }),
      from: day('2026-09-10'),
      until: day('2026-10-12'),
    };
    expect(lines(play({ records: known(eight), holds: [hold] }))).toEqual([
      'contact 2026-09-08 2026-09-08',
      'first-letter 2026-10-12 2026-10-12',
    ]);
    expect(play({ records: known(eight), holds: [hold] }, '2026-10-01').waiting).toEqual([
      { step: 'first-letter', because: ['hold'] },
    ]);
    const tooLate = { ...hold, from: day('2026-09-16') };
    expect(lines(play({ records: known(eight), holds: [tooLate] }))).toContain(
      'first-letter 2026-09-15 2026-09-15',
    );
  });

  test('nothing is decided after the last morning', () => {
    expect(lines(play({ records: known(eight) }, '2026-09-14'))).toEqual(['contact 2026-09-08 2026-09-08']);
  });

  test('a student without a row gets nothing, and no morning is looked at', () => {
    expect(play({})).toEqual({ steps: [], waiting: [] });
  });

  test('the school is the one of that day', () => {
    const { student } = aHistory();
    const moved = {
      ...student,
      enrolments: [
        anEnrolment({ ends: day('2026-09-10') }),
        anEnrolment({ schoolId: 7, schoolSourcedId: 'seven', begins: day('2026-09-10') }),
      ],
    };
    const rows = eight.map((row) => (row.date < '2026-09-10' ? row : { ...row, schoolId: 7 }));
    const schools = play({ student: moved, records: known(rows) }).steps.map(({ schoolId }) => schoolId);
    expect(schools).toEqual([LINCOLN, 7]);
  });
});

describe('approvals in a play', () => {
  const asking = aPolicy({
    steps: [
      aStep({
        id: 'letter',
        at: '3',
        settleDays: 1,
        letter: 'one',
        approval: { role: 'administrator', days: 2 },
      }),
    ],
  });
  // Three days from Tuesday, 1 September, to Thursday; asked on Friday, given two school days later.
  const three = absentInARow(3);

  test('are given at the end of their time, and the letter leaves then', () => {
    expect(lines(play({ records: known(three) }, '2026-12-18', asking))).toEqual([
      'letter 2026-09-09 2026-09-09',
    ]);
    expect(play({ records: known(three) }, '2026-09-08', asking)).toEqual({
      steps: [],
      waiting: [{ step: 'letter', because: ['approval'] }],
    });
  });

  test('fall away with the count, and are asked for anew when it rises again', () => {
    const [first, ...rest] = known(three);
    const gone = first === undefined ? [] : [{ ...first, until: day('2026-09-08') }];
    const back = known(absentInARow(1, '2026-09-14'));
    expect(lines(play({ records: [...gone, ...rest, ...back] }, '2026-12-18', asking))).toEqual([
      'letter 2026-09-17 2026-09-17',
    ]);
  });
});

describe('a play of a year that was not followed from its beginning', () => {
  const playedFrom = (baselineOn: string, records: readonly Known<AbsenceRecord>[]) =>
    lines(
      playStudent(aHistory({ records }), {
        policy: aPolicy(),
        calendarOf: () => CALENDAR,
        until: day('2027-05-28'),
        baselineOn: day(baselineOn),
      }),
    );

  test('leaves what was reached by then to the school, and acts on what came later', () => {
    const records = known(absentInARow(8));
    expect(playedFrom('2026-09-10', records)).toEqual(['first-letter 2026-09-15 2026-09-15']);
    expect(playedFrom('2026-09-15', records)).toEqual([]);
    expect(playedFrom('2026-08-20', records)).toHaveLength(2);
  });
});

describe('the days to come are played from where a student stands', () => {
  const ahead = (
    facts: StudentFacts,
    today: string,
    until: string,
    setting: Partial<LadderSetting> = {},
    toCome: readonly RulesToCome[] = [],
  ) =>
    playAhead(
      facts,
      {
        policies: onlyPolicy(aPolicy()),
        calendar: CALENDAR,
        calendarOf: () => CALENDAR,
        mode: 'live',
        baseline: false,
        ...setting,
      },
      { today: day(today), until: day(until) },
      toCome,
    );

  test('what settles is acted on, on the day on which it does', () => {
    const played = ahead(aStudent({ records: absentInARow(8) }), '2026-09-14', '2026-09-30');
    expect(played.steps.map(({ step, leftOn }) => [step, leftOn])).toEqual([
      ['contact', '2026-09-14'],
      ['first-letter', '2026-09-15'],
    ]);
  });

  test('a letter that is on its way leaves on the next sending day, and is planned by nobody once more', () => {
    const facts = aStudent({
      records: absentInARow(8),
      steps: [
        aStepRecord('contact', 'taken'),
        aStepRecord('first-letter', 'owed', { acted: true, takenOn: null }),
      ],
    });
    const { steps } = ahead(facts, '2026-09-19', '2026-09-30');
    expect(steps.map(({ step, plannedOn, leftOn }) => [step, plannedOn, leftOn])).toEqual([
      ['first-letter', '2026-09-15', '2026-09-21'],
    ]);
  });

  test('a hold lets go after its last day, and what is still in the way is named', () => {
    const facts = aStudent({
      records: absentInARow(8),
      steps: [aStepRecord('contact', 'taken')],
      holds: [aHold({ begins: '2026-09-01', ends: '2026-09-22' })],
    });
    expect(ahead(facts, '2026-09-16', '2026-09-30').steps.map(({ leftOn }) => leftOn)).toEqual([
      '2026-09-23',
    ]);
    const { waiting, steps } = ahead(facts, '2026-09-16', '2026-09-18');
    expect(steps).toEqual([]);
    expect(waiting).toMatchObject([{ step: 'first-letter', because: [{ kind: 'hold' }] }]);
  });

  test('absences that are too old today are new enough tomorrow', () => {
    const facts = aStudent({
      records: absentInARow(8),
      steps: [aStepRecord('contact', 'taken')],
      recordsStale: true,
    });
    const { first, steps } = ahead(facts, '2026-09-16', '2026-09-30');
    expect(first.steps.find(({ step }) => step === 'first-letter')?.blocks).toEqual([
      { kind: 'stale-records' },
    ]);
    expect(steps.map(({ leftOn }) => leftOn)).toEqual(['2026-09-17']);
  });

  describe('a step that is approved', () => {
    const within = (days: number) =>
      onlyPolicy(
        aPolicy({
          steps: [aStep({ id: 'letter', at: '3', letter: 'a', approval: { role: 'administrator', days } })],
        }),
      );
    const facts = aStudent({ records: absentInARow(4) });
    const leftOn = (days: number, of: StudentFacts, today: string) =>
      ahead(of, today, '2026-09-30', { policies: within(days) }).steps.map((one) => one.leftOn);

    test.each([
      [0, '2026-09-10'],
      [1, '2026-09-11'],
      [2, '2026-09-14'],
    ])('within %i school days leaves on %s', (days, date) => {
      expect(leftOn(days, facts, '2026-09-10')).toEqual([date]);
    });

    test.each([
      ['on the last day of its time, on that day', '2026-09-10', '2026-09-10'],
      ['late, on the next school day', '2026-09-08', '2026-09-11'],
    ])('and was asked for before leaves %s', (_, owedOn, date) => {
      const steps = [
        aStepRecord('letter', 'owed', { owedOn: day(owedOn), takenOn: null, approval: 'asked' }),
      ];
      expect(leftOn(0, { ...facts, steps }, '2026-09-10')).toEqual([date]);
    });
  });

  describe('a policy that comes to hold on one of them', () => {
    const letterAt = (version: string, at: string, counting = {}) => {
      const policy = aPolicy({ version, steps: [aStep({ id: 'letter', at, letter: 'a' })] });
      return { ...policy, counting: { ...policy.counting, ...counting } };
    };
    const [old, lower] = [letterAt('old', '9'), letterAt('new', '7')];
    const from = day('2026-09-10');
    const since = (current: Policy): RulesToCome => ({
      from,
      rules: {
        policies: {
          current,
          previous: old,
          since: from,
          of: (version) => (version === 'old' ? old : current),
        },
        codes: new Map(),
      },
    });
    const letters = (facts: StudentFacts, current: Policy) =>
      ahead(facts, '2026-09-08', '2026-09-30', { policies: onlyPolicy(old) }, [since(current)]);

    test('is the one by which that day goes, and those after it', () => {
      // Seven absences, the last of the 10th: over the new line, and never over the old one.
      const facts = aStudent({ records: absentInARow(7) });
      expect(ahead(facts, '2026-09-08', '2026-09-30', { policies: onlyPolicy(old) }).steps).toEqual([]);
      const { steps } = letters(facts, lower);
      expect(steps.map(({ step, leftOn }) => [step, leftOn])).toEqual([['letter', '2026-09-11']]);
    });

    test('withdraws on its first day what only the one before it owes', () => {
      const waiting = aStudent({
        records: absentInARow(9, '2026-08-25'),
        steps: [
          aStepRecord('letter', 'owed', { owedOn: day('2026-09-08'), takenOn: null, policyVersion: 'old' }),
        ],
        hasRecipient: false,
      });
      expect(letters(waiting, old).waiting).toMatchObject([{ step: 'letter' }]);
      expect(letters(waiting, letterAt('new', '12')).waiting).toEqual([]);
    });
  });

  test('what a baseline finds is left to the school', () => {
    const played = ahead(aStudent({ records: absentInARow(8) }), '2026-09-16', '2026-09-30', {
      baseline: true,
    });
    expect(played.first.steps.filter(({ reason }) => reason === 'baseline').map(({ step }) => step)).toEqual([
      'contact',
      'first-letter',
    ]);
    expect(played.steps).toEqual([]);
  });
});

describe('two policies side by side', () => {
  const step = (id: string, at: string, rest = {}) => aStep({ id, at, settleDays: 1, ...rest });
  const work = { tasks: [{ kind: 'contact-family', role: 'counselor' as const, dueInSchoolDays: 1 }] };
  const mild = aPolicy({ steps: [step('call', '3', work), step('letter', '6', { letter: 'one' })] });
  const strict = aPolicy({ steps: [step('ring', '4', work), step('note', '5', { letter: 'one' })] });
  const twice = (student: string, n: number): PlayedTwice => {
    const records = known(absentInARow(n));
    return {
      student,
      letters: 2,
      inForce: play({ records }, '2026-12-18', mild),
      other: play({ records }, '2026-12-18', strict),
    };
  };
  const range = { from: day('2026-08-17'), to: day('2026-12-18') };
  const comparison = comparePlays([twice('three', 3), twice('five', 5), twice('six', 6)], range);

  test('who is reached sooner, later, only under one of them', () => {
    expect(comparison.reach).toEqual({
      contact: { sooner: 0, same: 0, later: 2, 'only-other': 0, 'only-in-force': 1 },
      letter: { sooner: 1, same: 0, later: 0, 'only-other': 1, 'only-in-force': 0 },
      referral: { sooner: 0, same: 0, later: 0, 'only-other': 0, 'only-in-force': 0 },
    });
    expect(comparison.students).toContainEqual({
      student: 'three',
      reach: 'contact',
      change: 'only-in-force',
      inForceOn: '2026-09-04',
      otherOn: null,
    });
  });

  test('letters are those to each household, by week, school and step', () => {
    expect(comparison.weeks).toEqual([
      { week: '2026-09-07', schoolId: LINCOLN, policy: 'inForce', step: 'letter', letters: 2 },
      { week: '2026-09-07', schoolId: LINCOLN, policy: 'other', step: 'note', letters: 4 },
    ]);
    expect(comparison.steps).toEqual([
      { policy: 'inForce', step: 'call', students: 3, letters: 0 },
      { policy: 'inForce', step: 'letter', students: 1, letters: 2 },
      { policy: 'other', step: 'note', students: 2, letters: 4 },
      { policy: 'other', step: 'ring', students: 2, letters: 0 },
    ]);
  });

  test('a student who was reached before the dates asked for is no news in them', () => {
    const late = comparePlays([twice('six', 6)], { ...range, from: day('2026-09-10') });
    expect(late.reach.contact).toMatchObject({ later: 0, 'only-other': 0 });
    expect(late.weeks.map(({ policy }) => policy)).toEqual(['inForce']);
  });
});

describe('a contract', () => {
  const contract: Contract = {
    id: 'c-1',
    ref: 'C-1',
    begins: day('2026-09-01'),
    ends: day('2026-11-20'),
    allowedDays: days('2'),
    basis: 'all',
    graceDays: 1,
    exceptCodes: [],
    endedOn: null,
  };
  const policy = aPolicy({
    steps: [
      aStep({
        id: 'referral',
        at: '20',
        settleDays: 0,
        referral: true,
        noticeDays: 0,
        orWhen: ['contract-violated'],
      }),
    ],
  });
  const violated = (from: string, until: string | null) =>
    lines(
      play(
        {
          records: known(absentInARow(3)),
          contracts: [{ what: contract, from: day(from), until: until === null ? null : day(until) }],
        },
        '2027-05-28',
        policy,
      ),
    );

  test('counts from the morning on which it was known', () => {
    expect(violated('2026-09-01', null)).toEqual(['referral 2026-09-04 2026-09-04']);
    expect(violated('2026-10-05', null)).toEqual(['referral 2026-10-05 2026-10-05']);
  });

  test('that was ended before is no reason', () => {
    expect(violated('2026-09-01', '2026-09-03')).toEqual([]);
  });
});
