import { expect, test } from '@jest/globals';
import { applyEvaluation } from '../../src/domain/apply-evaluation.ts';
import { evaluateLadder } from '../../src/domain/ladder.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { absentInARow, aPolicy, aSetting, aStepRecord, aStudent } from '../support/domain-builders.ts';

const TODAY = schoolDate('2026-09-21');
const evaluate = (facts: ReturnType<typeof aStudent>) => evaluateLadder(facts, aSetting(aPolicy()), TODAY);
const seven = aStudent({ records: absentInARow(7) });

test('a step owed for the first time gets a record of today', () => {
  expect(applyEvaluation(seven, evaluate(seven)).steps).toEqual([
    aStepRecord('contact', 'taken', { owedOn: TODAY, takenOn: TODAY, acted: false }),
    aStepRecord('first-letter', 'owed', { owedOn: TODAY, acted: true }),
  ]);
});

test('whom was asked for approval is on record, until the step is owed afresh', () => {
  const ask = { kind: 'ask-approval', step: 'first-letter', role: 'administrator', dueOn: TODAY } as const;
  const evaluation = evaluate(seven);
  const asked = applyEvaluation(seven, { ...evaluation, actions: [...evaluation.actions, ask] });
  const approvalOf = (facts: typeof seven) => facts.steps.map(({ step, approval }) => [step, approval]);
  expect(approvalOf(asked)).toEqual([
    ['contact', null],
    ['first-letter', 'asked'],
  ]);
  expect(approvalOf(applyEvaluation(asked, evaluate(asked)))).toEqual(approvalOf(asked));
  const fell = { ...asked, records: absentInARow(4) };
  const risen = { ...applyEvaluation(fell, evaluate(fell)), records: seven.records };
  expect(approvalOf(applyEvaluation(risen, evaluate(risen)))).toEqual([
    ['contact', null],
    ['first-letter', null],
  ]);
});
