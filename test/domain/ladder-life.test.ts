import { describe, expect, test } from '@jest/globals';
import type { AbsenceRecord } from '../../src/domain/absence.ts';
import { applyEvaluation } from '../../src/domain/apply-evaluation.ts';
import type { Contract } from '../../src/domain/contract.ts';
import { days } from '../../src/domain/days.ts';
import { evaluateLadder } from '../../src/domain/ladder.ts';
import type { Evaluation, LadderSetting, Mode, StudentFacts } from '../../src/domain/ladder-facts.ts';
import type { Policy, PolicyBook, Step } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import {
  absent,
  absentInARow,
  aHold,
  aPolicy,
  aSetting,
  aStep,
  aStepRecord,
  aStudent,
  asked,
  handedOver,
  letterOut,
  standing,
  verdictOf,
} from '../support/domain-builders.ts';

function of(...steps: Step[]): Policy {
  return aPolicy({ steps });
}

function look(
  facts: StudentFacts,
  on: string,
  policy: Policy = aPolicy(),
  setting: Partial<LadderSetting> = {},
): Evaluation {
  return evaluateLadder(facts, aSetting(policy, setting), schoolDate(on));
}

function carriedOut(
  facts: StudentFacts,
  on: string,
  policy: Policy = aPolicy(),
  setting: Partial<LadderSetting> = {},
): StudentFacts {
  return applyEvaluation(facts, look(facts, on, policy, setting));
}

function withRows(n: number, facts: Partial<StudentFacts> = {}): StudentFacts {
  return aStudent({ ...facts, records: absentInARow(n) });
}

function answered(facts: StudentFacts, approval: 'given' | 'refused'): StudentFacts {
  return { ...facts, steps: facts.steps.map((record) => ({ ...record, approval })) };
}

describe('approval', () => {
  const policy = of(
    aStep({
      id: 'letter',
      at: '4',
      letter: 'a',
      settleDays: 3,
      approval: { role: 'administrator', days: 2 },
      tasks: [{ kind: 'consider-meeting', role: 'administrator', dueInSchoolDays: 5 }],
    }),
  );
  const waiting = carriedOut(withRows(4), '2026-09-10', policy);

  test('is asked for once, before anything is opened or planned', () => {
    const first = look(withRows(4), '2026-09-10', policy);
    expect(first.actions).toEqual([
      { kind: 'ask-approval', step: 'letter', role: 'administrator', dueOn: '2026-09-14' },
    ]);
    expect(verdictOf(first, 'letter')).toMatchObject({
      state: 'owed',
      reason: 'awaits-approval',
      blocks: [{ kind: 'approval', role: 'administrator', due: '2026-09-14' }],
    });
    expect(look(waiting, '2026-09-11', policy).actions).toEqual([]);
  });

  test('given: the letter is planned', () => {
    const given = look(answered(waiting, 'given'), '2026-09-11', policy);
    expect(asked(given)).toEqual(['open-task letter', 'plan-letters letter']);
  });

  test('refused: skipped for as long as the count stands, and asked for afresh after it fell and rose', () => {
    const refused = carriedOut(answered(waiting, 'refused'), '2026-09-11', policy);
    expect(refused.steps).toEqual([expect.objectContaining({ state: 'skipped', approval: 'refused' })]);
    expect(verdictOf(look(refused, '2026-10-01', policy), 'letter').reason).toBe('refused-by-person');
    const fell = carriedOut({ ...refused, records: absentInARow(3) }, '2026-10-02', policy);
    expect(fell.steps).toEqual([expect.objectContaining({ state: 'withdrawn' })]);
    expect(asked(look({ ...fell, records: absentInARow(4) }, '2026-10-05', policy))).toEqual([
      'ask-approval letter',
    ]);
  });

  test('nobody is asked while something else is in the way', () => {
    const held = withRows(4, { holds: [aHold({ ends: '2026-09-15' })] });
    expect(look(held, '2026-09-10', policy).actions).toEqual([]);
    expect(look(carriedOut(held, '2026-09-10', policy), '2026-09-16', policy).actions).toEqual([
      { kind: 'ask-approval', step: 'letter', role: 'administrator', dueOn: '2026-09-16' },
    ]);
  });

  test('a law that wants it sooner makes it due sooner', () => {
    const soon = of({ ...(policy.steps[0] as Step), legalDeadlineDays: 4 });
    expect(look(withRows(4), '2026-09-10', soon).actions).toMatchObject([
      { kind: 'ask-approval', dueOn: '2026-09-11' },
    ]);
  });

  test('a referral is not opened before it', () => {
    const referral = of(
      aStep({ id: 'referral', at: '4', referral: true, approval: { role: 'administrator', days: 2 } }),
    );
    expect(asked(look(withRows(4), '2026-10-01', referral))).toEqual(['ask-approval referral']);
    const given = answered(carriedOut(withRows(4), '2026-10-01', referral), 'given');
    expect(asked(look(given, '2026-10-02', referral))).toEqual(['open-referral referral']);
  });

  const approved = of(
    aStep({ id: 'letter', at: '3', letter: 'a', approval: { role: 'administrator', days: 2 } }),
  );
  const waits = { state: 'owed', reason: 'awaits-approval' };

  test.each<[Mode, string, object]>([
    ['live', 'ask-approval letter', { ...waits, shadow: false }],
    ['tasks', 'ask-approval letter', { ...waits, shadow: true }],
    ['shadow', 'plan-letters letter', { state: 'owed', reason: 'reached', shadow: true }],
  ])('is asked wherever somebody sends a letter after it: %s', (mode, action, standsAt) => {
    const first = look(withRows(4), '2026-09-10', approved, { mode });
    expect(asked(first)).toEqual([action]);
    expect(verdictOf(first, 'letter')).toMatchObject(standsAt);
  });

  test.each<Mode>(['shadow', 'tasks'])(
    'that was asked while the school was live is waited for in %s mode, too',
    (mode) => {
      const facts = carriedOut(withRows(4), '2026-09-10', approved);
      const later = look(facts, '2026-09-11', approved, { mode });
      expect(later.actions).toEqual([]);
      expect(verdictOf(later, 'letter')).toMatchObject({ ...waits, shadow: false });
      const given = look(answered(facts, 'given'), '2026-09-11', approved, { mode });
      expect(asked(given)).toEqual(['plan-letters letter']);
    },
  );

  test('of what was blocked while the school was live is asked in shadow mode, once nothing is in the way', () => {
    const facts = carriedOut(withRows(4, { hasRecipient: false }), '2026-09-10', approved);
    const later = look({ ...facts, hasRecipient: true }, '2026-09-11', approved, { mode: 'shadow' });
    expect(asked(later)).toEqual(['ask-approval letter']);
  });

  test('that was asked for the office is not waited for where nobody sends anything', () => {
    const facts = carriedOut(withRows(4), '2026-09-10', approved, { mode: 'tasks' });
    expect(asked(look(facts, '2026-09-11', approved, { mode: 'shadow' }))).toEqual(['plan-letters letter']);
  });

  test('letters that were planned before approval was asked for go on', () => {
    const planned = withRows(4, { steps: [aStepRecord('letter', 'owed', { acted: true })] });
    expect(verdictOf(look(planned, '2026-10-01', policy), 'letter')).toMatchObject({
      blocks: [],
      reason: 'reached',
    });
  });
});

describe('an attendance contract', () => {
  const contract: Contract = {
    id: 'c-1',
    ref: 'C-1',
    begins: schoolDate('2026-09-14'),
    ends: schoolDate('2026-10-30'),
    allowedDays: days('1'),
    basis: 'all',
    graceDays: 3,
    exceptCodes: [],
    endedOn: null,
  };
  const policy = of(aStep({ id: 'referral', at: '20', referral: true, orWhen: ['contract-violated'] }));
  const facts = aStudent({ contracts: [contract], records: [absent('2026-09-15'), absent('2026-09-16')] });

  test('that is violated makes the step owed when the grace is over, whatever the count', () => {
    expect(look(facts, '2026-09-18', policy).nextLookOn).toBe('2026-09-21');
    const owed = look(facts, '2026-09-21', policy);
    expect(verdictOf(owed, 'referral')).toMatchObject({ state: 'owed', reachedBy: 'contract' });
    expect(owed.contracts).toMatchObject([{ ref: 'C-1', kind: 'violated', on: '2026-09-16' }]);
    expect(asked(owed)).toEqual(['open-referral referral']);
  });

  test('excused before the packet left: withdrawn; after: superseded, and it stands again when violated again', () => {
    const opened = carriedOut(facts, '2026-09-21', policy);
    const excused = { records: [absent('2026-09-15')] };
    const withdrawn = [{ kind: 'withdraw', step: 'referral', reason: 'no-longer-violated' }];
    expect(look({ ...opened, ...excused }, '2026-09-22', policy).actions).toEqual(withdrawn);
    const ended = { contracts: [{ ...contract, endedOn: schoolDate('2026-09-22') }] };
    expect(look({ ...opened, ...ended }, '2026-09-22', policy).actions).toEqual(withdrawn);
    const left = { ...handedOver(opened, 'referral', '2026-09-22'), ...excused };
    expect(asked(look(left, '2026-09-23', policy))).toEqual(['supersede referral']);
    const again = { ...carriedOut(left, '2026-09-23', policy), records: facts.records };
    expect(asked(look(again, '2026-09-24', policy))).toEqual(['reinstate referral']);
  });

  test('ended by a person after the packet left does not say that it was never violated', () => {
    const left = handedOver(carriedOut(facts, '2026-09-21', policy), 'referral', '2026-09-22');
    const ended = look({ ...left, contracts: [] }, '2026-09-24', policy);
    expect(standing(ended)).toEqual({ referral: 'taken' });
    expect(ended.actions).toEqual([]);
  });

  test('says nothing about a step that does not ask for it', () => {
    const plain = of(aStep({ id: 'referral', at: '20', referral: true }));
    expect(standing(look(facts, '2026-10-01', plain))).toEqual({ referral: null });
  });

  test('the deadline runs from the day of the violation', () => {
    const law = of({ ...(policy.steps[0] as Step), legalDeadlineDays: 5 });
    expect(verdictOf(look(facts, '2026-09-21', law), 'referral').deadline).toBe('2026-09-23');
  });
});

describe('what was reached before', () => {
  test('at the first look of the district everything reached is pre-existing, and what comes later is not', () => {
    const first = look(withRows(7), '2026-11-03', aPolicy(), { baseline: true });
    expect(standing(first)).toEqual({
      contact: 'pre-existing',
      'first-letter': 'pre-existing',
      'medical-letter': null,
      referral: null,
    });
    expect(first.actions).toEqual([]);
    expect(verdictOf(first, 'contact').reason).toBe('baseline');
    const marked = applyEvaluation(withRows(7), first);
    const rows = [...absentInARow(7), ...absentInARow(3, '2026-11-03')];
    const later = look({ ...marked, records: rows }, '2026-11-12');
    expect(standing(later)).toMatchObject({ 'medical-letter': 'owed', contact: 'pre-existing' });
  });

  test('released by a person: as if it had never been marked', () => {
    const marked = carriedOut(withRows(7), '2026-11-03', aPolicy(), { baseline: true });
    const released = { ...marked, steps: marked.steps.map((record) => ({ ...record, released: true })) };
    const evaluation = look(released, '2026-11-04', aPolicy(), { baseline: true });
    expect(asked(evaluation)).toEqual([
      'open-file contact',
      'open-task contact',
      'take contact',
      'plan-letters first-letter',
    ]);
    expect(applyEvaluation(released, evaluation).steps).toContainEqual(
      expect.objectContaining({ step: 'first-letter', state: 'owed', owedOn: '2026-11-04', acted: true }),
    );
  });

  test('a released letter is not overtaken by a higher one that is left to the school', () => {
    const steps = [
      aStepRecord('first-letter', 'pre-existing', { released: true }),
      aStepRecord('medical-letter', 'pre-existing'),
    ];
    expect(standing(look(withRows(10, { steps }), '2026-11-04'))).toMatchObject({
      'first-letter': 'owed',
      'medical-letter': 'pre-existing',
    });
    const both = steps.map((record) => ({ ...record, released: true }));
    expect(standing(look(withRows(10, { steps: both }), '2026-11-04'))).toMatchObject({
      'first-letter': 'skipped for medical-letter',
      'medical-letter': 'owed',
    });
  });
});

describe('a policy that changes in mid-year', () => {
  const letter = (version: string, at: string | null) =>
    aPolicy({
      version,
      steps: [
        aStep({ id: 'contact', at: '30' }),
        ...(at === null ? [] : [aStep({ id: 'letter', at, letter: 'a', settleDays: 1 })]),
      ],
    });
  const old = letter('old', '7');
  const change = (current: Policy): PolicyBook => ({
    current,
    since: schoolDate('2026-10-05'),
    previous: old,
    of: (version) => [old, current].find((policy) => policy.version === version) ?? null,
  });
  const under = (facts: StudentFacts, on: string, current: Policy) =>
    look(facts, on, current, { policies: change(current) });
  const oldRecord = (state: 'owed' | 'taken') =>
    aStepRecord('letter', state, { policyVersion: 'old', acted: true });

  test('lowered: who was over the new line already is left to the school, who crosses it later is not', () => {
    const lower = letter('new', '5');
    const before = under(withRows(6), '2026-10-05', lower);
    expect(verdictOf(before, 'letter')).toMatchObject({ state: 'pre-existing', reason: 'policy-changed' });
    expect(before.actions).toEqual([]);
    const crossing = [...absentInARow(4), absent('2026-10-05')];
    const after = under(aStudent({ records: crossing }), '2026-10-06', lower);
    expect(asked(after)).toEqual(['plan-letters letter']);
    expect(verdictOf(after, 'letter').policyVersion).toBe('new');
  });

  test('who was over the old line as well, and not yet seen, is owed', () => {
    expect(asked(under(withRows(8), '2026-10-05', letter('new', '5')))).toEqual(['plan-letters letter']);
  });

  test('who was over the new line on its eve, and below since, crosses it anew', () => {
    const window = (version: string, at: string) =>
      aPolicy({
        version,
        steps: [aStep({ id: 'letter', at, letter: 'a', window: { kind: 'last', schoolDays: 5 } })],
      });
    const [former, current] = [window('old', '5'), window('new', '2')];
    const policies = { ...change(current), previous: former };
    const rows = [absent('2026-09-29'), absent('2026-09-30')];
    expect(standing(look(aStudent({ records: rows }), '2026-10-05', current, { policies }))).toEqual({
      letter: 'pre-existing',
    });
    const anew = aStudent({ records: [...rows, absent('2026-10-20'), absent('2026-10-21')] });
    expect(standing(look(anew, '2026-10-22', current, { policies }))).toEqual({ letter: 'owed' });
  });

  test('until its day the policy before it holds, and that day is the next look', () => {
    const early = under(withRows(6), '2026-10-02', letter('new', '5'));
    expect(early.policyVersion).toBe('old');
    expect(standing(early)).toMatchObject({ letter: null });
    expect(early.nextLookOn).toBe('2026-10-05');
  });

  test('raised: what waits is withdrawn, what has left stands by the policy that owed it', () => {
    const higher = letter('new', '10');
    const waits = under(withRows(8, { steps: [oldRecord('owed')] }), '2026-10-05', higher);
    expect(waits.actions).toEqual([{ kind: 'withdraw', step: 'letter', reason: 'policy-changed' }]);
    const withdrawn = applyEvaluation(withRows(8, { steps: [oldRecord('owed')] }), waits);
    expect(verdictOf(under(withdrawn, '2026-10-06', higher), 'letter').reason).toBe('policy-changed');
    const left = withRows(8, { steps: [oldRecord('taken')] });
    const stood = verdictOf(under(left, '2026-10-05', higher), 'letter');
    expect(stood).toMatchObject({ state: 'taken', superseded: false, policyVersion: 'old', at: 70_000 });
    expect(asked(under({ ...left, records: absentInARow(6) }, '2026-10-06', higher))).toEqual([
      'supersede letter',
    ]);
  });

  test('raised, and a correction besides: the count fell', () => {
    const waits = under(withRows(6, { steps: [oldRecord('owed')] }), '2026-10-05', letter('new', '10'));
    expect(waits.actions).toEqual([{ kind: 'withdraw', step: 'letter', reason: 'count-fell' }]);
  });

  test('a step that is gone: what waits is withdrawn, what has left keeps its record and can be superseded', () => {
    const without = letter('new', null);
    const facts = withRows(8, { steps: [oldRecord('owed')] });
    const waits = under(facts, '2026-10-05', without);
    expect(waits.actions).toEqual([{ kind: 'withdraw', step: 'letter', reason: 'step-removed' }]);
    expect(applyEvaluation(facts, waits).steps).toEqual([
      expect.objectContaining({ step: 'letter', state: 'withdrawn' }),
    ]);
    const left = withRows(8, { steps: [oldRecord('taken')] });
    expect(standing(under(left, '2026-10-05', without))).toMatchObject({ letter: 'taken' });
    expect(asked(under({ ...left, records: absentInARow(6) }, '2026-10-06', without))).toEqual([
      'supersede letter',
    ]);
  });

  test('a step that is gone with a policy that nobody keeps: withdrawn all the same, or left alone', () => {
    const without = letter('new', null);
    const lost = (state: 'owed' | 'taken') =>
      withRows(8, { steps: [aStepRecord('letter', state, { policyVersion: 'lost' })] });
    expect(asked(look(lost('owed'), '2026-10-05', without))).toEqual(['withdraw letter']);
    const taken = look(lost('taken'), '2026-10-05', without);
    expect(taken.actions).toEqual([]);
    expect(applyEvaluation(lost('taken'), taken).steps).toEqual(lost('taken').steps);
  });

  test('a contact is closed by a correction only when it does not stand by the policy in force either', () => {
    const contact = (version: string, at: string) => aPolicy({ version, steps: [aStep({ id: 'talk', at })] });
    const steps = [aStepRecord('talk', 'taken', { policyVersion: 'old' })];
    const corrected = withRows(6, { steps });
    const told = (current: Policy, facts: StudentFacts) => {
      const policies = { ...change(current), previous: contact('old', '7'), of: () => contact('old', '7') };
      const first = look(facts, '2026-10-05', current, { policies });
      const second = look(applyEvaluation(facts, first), '2026-10-05', current, { policies });
      expect([asked(second), standing(second)]).toEqual([[], standing(first)]);
      return [standing(first), asked(first)];
    };
    expect(told(contact('new', '5'), corrected)).toEqual([{ talk: 'taken' }, []]);
    expect(told(contact('new', '10'), corrected)).toEqual([{ talk: 'withdrawn' }, ['withdraw talk']]);
  });

  test('what is left to the school anew has its window before it: a lower letter gives way on the same day', () => {
    const high = { id: 'high', at: '3', letter: 'b' };
    const low = aStep({ id: 'low', at: '2', letter: 'a' });
    const former = aPolicy({ version: 'old', steps: [low, aStep({ ...high, ages: { from: 6, to: 12 } })] });
    const window = { kind: 'last', schoolDays: 12 } as const;
    const current = aPolicy({ version: 'new', steps: [low, aStep({ ...high, window })] });
    const policies = { ...change(current), previous: former, of: () => former };
    const facts = aStudent({
      birthDate: schoolDate('2013-09-15'),
      records: absentInARow(3, '2026-09-28'),
      steps: [
        aStepRecord('low', 'owed', { owedOn: schoolDate('2026-09-30'), policyVersion: 'old', acted: true }),
        aStepRecord('high', 'withdrawn', { owedOn: schoolDate('2026-09-03'), policyVersion: 'old' }),
      ],
    });
    const first = look(facts, '2026-10-05', current, { policies });
    expect(standing(first)).toEqual({ low: 'skipped for high', high: 'pre-existing' });
    expect(asked(first)).toEqual(['withdraw low']);
    expect(asked(look(applyEvaluation(facts, first), '2026-10-05', current, { policies }))).toEqual([]);
  });

  describe('what was taken under the policy before it', () => {
    const once = (version: string, step: Partial<Step>, at: string) =>
      aPolicy({ version, steps: [aStep({ id: 'letter', letter: 'a', ...step, at })] });
    const taken = { policyVersion: 'old', owedOn: schoolDate('2026-09-10') };
    const born = { birthDate: schoolDate('2013-10-20') };
    const records = [...absentInARow(5), absent('2026-10-26')];
    const ages = { from: 6, to: 12 };

    test.each([
      ['in another number', {}],
      ['and for other ages', { ages }],
    ])('is owed once more by the one in force, on a day that is foretold: %s', (_, words) => {
      const current = once('new', { requalify: true }, '6');
      const policies = {
        ...change(current),
        of: (version: string) => (version === 'new' ? current : once('old', words, '7')),
      };
      const steps = [aStepRecord('letter', 'taken', { ...taken, superseded: true })];
      const facts = aStudent({ ...born, records, steps });
      expect(look(facts, '2026-10-26', current, { policies }).nextLookOn).toBe('2026-10-27');
      const next = look(facts, '2026-10-27', current, { policies });
      expect(verdictOf(next, 'letter')).toMatchObject({ state: 'owed', round: 2, policyVersion: 'new' });
    });

    describe('when a correction has it below the old line, and it is over the new one', () => {
      const current = once('new', { requalify: true }, '5');
      const policies = { ...change(current), of: () => once('old', {}, '7') };
      const facts = (lastOf: AbsenceRecord) =>
        aStudent({ records: [...absentInARow(4), lastOf], steps: [aStepRecord('letter', 'taken', taken)] });

      test.each<[string, AbsenceRecord, string[], object]>([
        [
          'over it since before the change: superseded, and no new round',
          absent('2026-09-08'),
          ['supersede letter'],
          { state: 'taken', superseded: true },
        ],
        [
          'over it since the change: a new round, on the same day',
          absent('2026-10-05'),
          ['plan-letters letter'],
          { state: 'owed', round: 2 },
        ],
      ])('%s', (_, row, actions, standsAt) => {
        const first = look(facts(row), '2026-10-06', current, { policies });
        expect([asked(first), verdictOf(first, 'letter')]).toEqual([
          actions,
          expect.objectContaining(standsAt),
        ]);
        const again = look(applyEvaluation(facts(row), first), '2026-10-06', current, { policies });
        expect([asked(again), verdictOf(again, 'letter')]).toEqual([[], expect.objectContaining(standsAt)]);
      });
    });

    test('a new round that only the new policy asks for waits until the line is crossed after the change', () => {
      const window = { kind: 'last', schoolDays: 8 } as const;
      const current = once('new', { requalify: true, window }, '2');
      const records = [...absentInARow(2), ...absentInARow(2, '2026-09-29')];
      const told = (former: Policy) => {
        const policies = { ...change(current), previous: former, of: () => former };
        const facts = aStudent({ records, steps: [aStepRecord('letter', 'taken', taken)] });
        return look(facts, '2026-10-05', current, { policies });
      };
      expect(asked(told(once('old', { window }, '2')))).toEqual([]);
      // The one before it asked for the round, too: a night without a run loses none.
      expect(asked(told(once('old', { requalify: true, window }, '2')))).toEqual(['plan-letters letter']);
    });

    test('is looked at on the birthday on which that one ceases to be for the student', () => {
      const current = once('new', {}, '5');
      const policies = { ...change(current), of: () => once('old', { ages }, '5') };
      const facts = aStudent({ ...born, records, steps: [aStepRecord('letter', 'taken', taken)] });
      expect(look(facts, '2026-10-05', current, { policies }).nextLookOn).toBe('2026-10-20');
      expect(verdictOf(look(facts, '2026-10-20', current, { policies }), 'letter').reason).toBe(
        'not-for-this-student',
      );
    });
  });

  test('other counting rules hold for what they owed', () => {
    const strict = { ...letter('new', '7'), counting: { ...old.counting, excuses: ['unexcused' as const] } };
    const records = absentInARow(8).map((row) => ({ ...row, excuse: 'excused' as const }));
    const left = aStudent({ records, steps: [oldRecord('taken')] });
    expect(standing(under(left, '2026-10-05', strict))).toMatchObject({ letter: 'taken' });
    const waiting = aStudent({ records, steps: [oldRecord('owed')] });
    expect(asked(under(waiting, '2026-10-05', strict))).toEqual(['withdraw letter']);
  });
});

describe('an absolute hold', () => {
  const absolute = aHold({ kind: 'deceased', scope: 'absolute', ends: '2026-09-01' });

  test('stops everything, contact included, and no date ends it', () => {
    const evaluation = look(
      withRows(11, { holds: [absolute], lettersOut: [letterOut('x', '2026-09-01')] }),
      '2026-10-01',
    );
    expect(evaluation.actions).toEqual([]);
    for (const step of ['contact', 'medical-letter', 'referral']) {
      expect(verdictOf(evaluation, step).blocks[0]).toEqual({
        kind: 'absolute',
        holdId: 'hold-1',
        holdKind: 'deceased',
      });
    }
  });
});

describe('while the school is not live', () => {
  const shadowOf = (facts: StudentFacts, mode: Mode) =>
    look(facts, '2026-09-15', aPolicy(), { mode }).steps.map(
      ({ step, state, shadow }) => `${step} ${state} ${shadow}`,
    );

  test.each<[Mode, string[]]>([
    ['shadow', ['contact taken true', 'first-letter owed true']],
    ['tasks', ['contact taken false', 'first-letter owed true']],
    ['live', ['contact taken false', 'first-letter owed false']],
  ])('in %s mode what is decided is baked into its record', (mode, expected) => {
    expect(shadowOf(withRows(7), mode).slice(0, 2)).toEqual(expected);
  });

  test('what was owed while the school was live is no shadow because a person refuses it later', () => {
    const policy = of(
      aStep({ id: 'letter', at: '4', letter: 'a', approval: { role: 'administrator', days: 2 } }),
    );
    const waiting = answered(carriedOut(withRows(4), '2026-09-08', policy), 'refused');
    expect(verdictOf(look(waiting, '2026-09-09', policy, { mode: 'shadow' }), 'letter')).toMatchObject({
      reason: 'refused-by-person',
      shadow: false,
    });
  });

  test('the same is decided and asked for in every mode', () => {
    const actions = (mode: Mode) => look(withRows(12), '2026-10-01', aPolicy(), { mode }).actions;
    expect(actions('shadow')).toEqual(actions('live'));
  });

  test('going live leaves to the school what was a shadow, and a person may release it', () => {
    const shadow = handedOver(
      carriedOut(withRows(7), '2026-09-15', aPolicy(), { mode: 'shadow' }),
      'first-letter',
      '2026-09-16',
    );
    const tasks = look(shadow, '2026-09-17', aPolicy(), { mode: 'tasks' });
    expect(asked(tasks)).toEqual(['end-shadow contact']);
    const live = look(shadow, '2026-09-17');
    expect(asked(live)).toEqual(['end-shadow contact', 'end-shadow first-letter']);
    const marked = applyEvaluation(shadow, live);
    expect(marked.steps.map(({ state, shadow: still }) => [state, still])).toEqual([
      ['pre-existing', false],
      ['pre-existing', false],
    ]);
    expect(look(marked, '2026-09-18').actions).toEqual([]);
    const released = { ...marked, steps: marked.steps.map((record) => ({ ...record, released: true })) };
    expect(asked(look(released, '2026-09-18'))).toContain('plan-letters first-letter');
  });
});

describe('owed once more, after a correction brought it below', () => {
  const letter = { id: 'letter', at: '4', letter: 'a', settleDays: 3 };
  const superseded = withRows(4, { steps: [aStepRecord('letter', 'taken', { superseded: true })] });

  test.each<[string, Partial<Omit<Step, 'at'>>, string[], object]>([
    ['without requalify it stands again', {}, ['reinstate letter'], { state: 'taken', round: 1 }],
    [
      'with it a second round is owed',
      { requalify: true },
      ['plan-letters letter'],
      { state: 'owed', round: 2 },
    ],
    [
      'whose approval is asked for anew',
      { requalify: true, approval: { role: 'administrator', days: 2 } },
      ['ask-approval letter'],
      { state: 'owed', round: 2 },
    ],
  ])('%s', (_name, rule, actions, standsAt) => {
    const given = {
      ...superseded,
      steps: superseded.steps.map((one) => ({ ...one, approval: 'given' as const })),
    };
    const again = look(given, '2026-10-01', of(aStep({ ...letter, ...rule })));
    expect(asked(again)).toEqual(actions);
    expect(verdictOf(again, 'letter')).toMatchObject({ superseded: false, ...standsAt });
  });

  test('not while it is below, and not when it never was', () => {
    const policy = of(aStep({ ...letter, requalify: true }));
    expect(asked(look({ ...superseded, records: absentInARow(3) }, '2026-10-01', policy))).toEqual([]);
    const stood = withRows(6, { steps: [aStepRecord('letter', 'taken')] });
    expect(asked(look(stood, '2026-10-01', policy))).toEqual([]);
  });

  test('not when a higher letter goes instead: what has left stays', () => {
    const policy = of(
      aStep({ ...letter, requalify: true }),
      aStep({ id: 'higher', at: '5', letter: 'b', settleDays: 3 }),
    );
    const evaluation = look({ ...superseded, records: absentInARow(5) }, '2026-10-01', policy);
    expect(standing(evaluation)).toEqual({ letter: 'taken', higher: 'owed' });
    expect(asked(evaluation)).toEqual(['reinstate letter', 'plan-letters higher']);
  });
});

describe('meeting, contract and medical notes', () => {
  const policy = of(
    aStep({
      id: 'letter',
      at: '4',
      letter: 'a',
      asksForMedicalNotes: true,
      meeting: { role: 'administrator', dueInSchoolDays: 5 },
      contract: { role: 'administrator', dueInSchoolDays: 10 },
    }),
  );

  test('a step opens the tasks for its meeting and its contract', () => {
    expect(look(withRows(4), '2026-09-08', policy).actions).toEqual([
      {
        kind: 'open-task',
        step: 'letter',
        task: 'schedule-meeting',
        role: 'administrator',
        dueOn: '2026-09-15',
      },
      {
        kind: 'open-task',
        step: 'letter',
        task: 'agree-contract',
        role: 'administrator',
        dueOn: '2026-09-22',
      },
      { kind: 'plan-letters', step: 'letter', template: 'a' },
    ]);
  });

  test('medical notes are asked for once the letter has left, once a year, and never in shadow', () => {
    const planned = carriedOut(withRows(4), '2026-09-08', policy);
    const left = handedOver(planned, 'letter', '2026-09-09');
    expect(asked(look(left, '2026-09-09', policy))).toEqual(['ask-medical-notes letter']);
    expect(asked(look(carriedOut(left, '2026-09-09', policy), '2026-09-10', policy))).toEqual([]);
    const shadow = { ...left, steps: left.steps.map((record) => ({ ...record, shadow: true })) };
    expect(asked(look(shadow, '2026-09-09', policy, { mode: 'shadow' }))).toEqual([]);
  });
});

describe('a letter that the school has sent by itself', () => {
  const sent = (count: number, rest: Partial<StudentFacts> = {}): StudentFacts => ({
    ...withRows(count),
    steps: [aStepRecord('contact', 'taken'), aStepRecord('first-letter', 'taken', { outside: true })],
    lettersOut: [{ step: 'first-letter', handedOverOn: schoolDate('2026-09-15') }],
    ...rest,
  });

  test.each([0, 6, 7, 9])('stands with %d days counted: it is neither superseded nor sent again', (count) => {
    const evaluation = look(sent(count), '2026-10-01');
    expect(verdictOf(evaluation, 'first-letter')).toMatchObject({
      state: 'taken',
      superseded: false,
      reason: 'sent-by-school',
    });
    expect(asked(evaluation).filter((action) => action.endsWith('first-letter'))).toEqual([]);
  });

  test('stays one through every look, and gives notice of a referral whatever is corrected', () => {
    const again = applyEvaluation(sent(6), look(sent(6), '2026-10-01'));
    expect(again.steps.find(({ step }) => step === 'first-letter')?.outside).toBe(true);
    const referral = verdictOf(look(sent(14), '2026-10-01'), 'referral');
    expect(referral.blocks.filter(({ kind }) => kind === 'notice')).toEqual([]);
  });

  test('of the step that asks for medical notes has asked for them', () => {
    const medical = { steps: [aStepRecord('medical-letter', 'taken', { outside: true })] };
    const step = aStep({ id: 'medical-letter', at: '10', letter: 'medical', asksForMedicalNotes: true });
    expect(asked(look(sent(3, medical), '2026-10-01', of(step)))).toEqual([
      'ask-medical-notes medical-letter',
    ]);
  });

  test('is followed by one of ours where the policy asks for a new round', () => {
    const policy = aPolicy({
      steps: [
        aStep({
          id: 'first-letter',
          at: '2',
          letter: 'one',
          requalify: true,
          window: { kind: 'last', schoolDays: 10 },
        }),
      ],
    });
    const rows = [...absentInARow(2), ...absentInARow(2, '2026-10-12')];
    const facts = aStudent({
      records: rows,
      steps: [aStepRecord('first-letter', 'taken', { outside: true, owedOn: schoolDate('2026-09-08') })],
    });
    const next = applyEvaluation(facts, look(facts, '2026-10-20', policy));
    expect(next.steps[0]).toMatchObject({ state: 'owed', round: 2, outside: false });
  });
});
