import { describe, expect, test } from '@jest/globals';
import { explainEvaluation } from '../../src/domain/explanation.ts';
import { evaluateLadder } from '../../src/domain/ladder.ts';
import type { Block, StudentFacts } from '../../src/domain/ladder-facts.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { explainBlock } from '../../src/domain/step-sentence.ts';
import {
  absent,
  absentInARow,
  aHold,
  anEnrolment,
  aPolicy,
  aSetting,
  aStep,
  aStepRecord,
  aStudent,
  COUNTING,
} from '../support/domain-builders.ts';

function explain(facts: StudentFacts, on: string, policy: Policy = aPolicy()) {
  return explainEvaluation(evaluateLadder(facts, aSetting(policy), schoolDate(on)), policy, 'the student');
}

function sentence(
  facts: StudentFacts,
  on: string,
  step: string,
  policy: Policy = aPolicy(),
): string | undefined {
  return explain(facts, on, policy).steps.find((one) => one.step === step)?.sentence;
}

describe('the paragraph', () => {
  test('says how many days, which kinds, and under which policy', () => {
    const records = [
      absent('2026-09-01', { excuse: 'excused' }),
      absent('2026-09-02', { fraction: '0.5' }),
      absent('2026-09-03'),
      absent('2026-09-04', { excuse: 'unknown', fraction: '0.5' }),
    ];
    expect(explain(aStudent({ records }), '2026-10-01').summary).toBe(
      'As of October 1, 2026, the student has been absent 3 days this school year, on 4 dates: 1 excused, ' +
        '1.5 unexcused, 0.5 without a recorded excuse. Excused and unexcused absences count together. ' +
        'This was counted under policy test-1.',
    );
  });

  test.each([
    [0, 'absent 0 days this school year, on 0 dates: 0 excused, 0 unexcused.'],
    [1, 'absent 1 day this school year, on 1 date: 0 excused, 1 unexcused.'],
    [2, 'absent 2 days this school year, on 2 dates: 0 excused, 2 unexcused.'],
  ])('%i days', (n, part) => {
    expect(explain(aStudent({ records: absentInARow(n) }), '2026-10-01').summary).toContain(part);
  });

  test('says which rows did not count and why', () => {
    const records = [
      absent('2026-09-01', { status: 'tardy' }),
      absent('2026-09-02', { excuse: 'exempt' }),
      absent('2026-09-03', { excuse: 'exempt' }),
      absent('2026-09-05'),
    ];
    const explanation = explain(aStudent({ records }), '2026-10-01');
    expect(explanation.summary).toContain(
      '4 rows did not count (1 present, tardy or early release; 2 exempt (school activity); 1 not a school day).',
    );
    expect(explanation.leftOut).toEqual([
      { reason: 'present, tardy or early release', rows: 1 },
      { reason: 'exempt (school activity)', rows: 2 },
      { reason: 'not a school day', rows: 1 },
    ]);
  });

  test('names the excuses when the policy does not count them all', () => {
    const policy = aPolicy({ counting: { ...COUNTING, excuses: ['unexcused', 'unknown'] } });
    expect(explain(aStudent(), '2026-10-01', policy).summary).toContain(
      'Under the policy only these absences count: unexcused, without a recorded excuse.',
    );
  });

  test('one row is one row', () => {
    const { summary } = explain(aStudent({ records: [absent('2026-09-05')] }), '2026-10-01');
    expect(summary).toContain('1 row did not count (1 not a school day).');
  });
});

describe('the sentence about a step', () => {
  const seven = aStudent({ records: absentInARow(7) });

  test('opens with its title, the settled days and the day through which they are settled', () => {
    expect(sentence(seven, '2026-09-15', 'first-letter')).toBe(
      'First Letter: 7 days settled of the 7 it takes (settled through September 10, 2026). Reached, and on its way.',
    );
    expect(sentence(aStudent({ records: absentInARow(1) }), '2026-10-01', 'contact')).toContain(
      'Contact with the family: 1 day settled of the 4 it takes',
    );
  });

  test('says when nothing is settled yet', () => {
    expect(sentence(aStudent(), '2026-08-18', 'first-letter')).toBe(
      'First Letter: 0 days settled of the 7 it takes (nothing is settled yet). Not reached.',
    );
  });

  const gradeNine = aPolicy({ steps: [aStep({ id: 'contact', at: '4', grades: ['09'] })] });

  test.each<[string, StudentFacts, string, string, string, Policy?]>([
    ['below', aStudent(), '2026-10-01', 'contact', 'Not reached.'],
    ['a contact reached', seven, '2026-10-01', 'contact', 'Reached, and taken.'],
    ['a letter reached', seven, '2026-10-01', 'first-letter', 'Reached, and on its way.'],
    [
      'frozen',
      seven,
      '2027-06-10',
      'contact',
      'School is not in session: nothing changes until the first school day.',
    ],
    [
      'another grade',
      seven,
      '2026-10-01',
      'contact',
      'The policy does not apply this step to the student’s grade, school or age.',
      gradeNine,
    ],
    [
      'blocked twice',
      { ...seven, holds: [aHold()], hasRecipient: false },
      '2026-10-01',
      'first-letter',
      'Reached, but it waits: a hold (illness-plan) is in force; nobody may get a letter about the student.',
    ],
    [
      'taken',
      { ...seven, steps: [aStepRecord('first-letter', 'taken')] },
      '2026-10-01',
      'first-letter',
      'Taken.',
    ],
    [
      'overtaken',
      aStudent({ records: absentInARow(10) }),
      '2026-10-01',
      'first-letter',
      'Skipped: the Medical Letter was owed at the same time and goes instead.',
    ],
    [
      'withdrawn',
      aStudent({ steps: [aStepRecord('first-letter', 'owed')] }),
      '2026-10-01',
      'first-letter',
      'Withdrawn: a correction brought the count below before anything had left.',
    ],
    [
      'superseded',
      aStudent({ steps: [aStepRecord('first-letter', 'taken')] }),
      '2026-10-01',
      'first-letter',
      'Taken, but superseded: a later correction brought the count below. What was sent stays in the file, marked so.',
    ],
    [
      'pre-existing',
      { ...seven, steps: [aStepRecord('first-letter', 'pre-existing')] },
      '2026-10-01',
      'first-letter',
      'Left to the school: it was reached before this procedure held for the student, and nobody has released it.',
    ],
    [
      'a leaver',
      { ...seven, enrolments: [anEnrolment({ ends: schoolDate('2026-09-28') })] },
      '2026-10-01',
      'contact',
      'Reached, but it waits: the student is not enrolled today.',
    ],
  ])('%s', (_name, facts, on, step, outcome, policy = aPolicy()) => {
    const text = sentence(facts, on, step, policy);
    expect(text?.slice(text.indexOf('). ') + 3)).toBe(outcome);
  });

  test('there is one for each step, in their order', () => {
    expect(explain(seven, '2026-10-01').steps.map((one) => one.step)).toEqual([
      'contact',
      'first-letter',
      'medical-letter',
      'referral',
    ]);
  });
});

describe('a reason to wait', () => {
  test.each<[Block, string]>([
    [{ kind: 'hold', holdId: 'h', holdKind: 'bereavement' }, 'a hold (bereavement) is in force'],
    [{ kind: 'unmapped-code', codes: ['X', 'Y'] }, 'attendance code X, Y is not in the code table'],
    [{ kind: 'contradictory-record' }, 'the SIS gives two different rows under one id'],
    [{ kind: 'contradictory-guardianship' }, 'the SIS contradicts itself about who is a guardian'],
    [{ kind: 'age-18' }, 'the student is 18, and the administrator has to decide'],
    [{ kind: 'not-enrolled' }, 'the student is not enrolled today'],
    [{ kind: 'no-recipient' }, 'nobody may get a letter about the student'],
    [{ kind: 'notice', since: null, until: null }, 'no letter that still stands has gone out'],
    [
      { kind: 'notice', since: schoolDate('2026-09-24'), until: schoolDate('2026-10-01') },
      'the letter of September 24, 2026 has to be out longer (until October 1, 2026)',
    ],
    [
      { kind: 'notice', since: schoolDate('2027-05-26'), until: null },
      'the letter of May 26, 2027 has to be out longer (until the school year ends)',
    ],
  ])('%j', (block, clause) => {
    expect(explainBlock(block)).toBe(clause);
  });
});
