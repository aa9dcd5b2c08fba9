import { describe, expect, test } from '@jest/globals';
import { applyEvaluation } from '../../src/domain/apply-evaluation.ts';
import { formatDays } from '../../src/domain/days.ts';
import { evaluateLadder } from '../../src/domain/ladder.ts';
import type { Evaluation, StepRecord, StudentFacts } from '../../src/domain/ladder-facts.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import {
  absent,
  absentInARow,
  aCode,
  aHold,
  anEnrolment,
  aPolicy,
  aSetting,
  aStep,
  aStepRecord,
  aStudent,
  asked,
  codeTable,
  handedOver,
  letterOut,
  schoolDaysFrom,
  standing,
  verdictOf,
  WASHINGTON,
} from '../support/domain-builders.ts';

const EACH = aPolicy({ whenSeveral: 'each' });

function look(facts: StudentFacts, on: string, policy: Policy = aPolicy()): Evaluation {
  return evaluateLadder(facts, aSetting(policy), schoolDate(on));
}

/** The facts once an evaluation on the day was carried out. */
function carriedOut(facts: StudentFacts, on: string, policy: Policy = aPolicy()): StudentFacts {
  return applyEvaluation(facts, look(facts, on, policy));
}

function withRows(n: number, facts: Partial<StudentFacts> = {}): StudentFacts {
  return aStudent({ ...facts, records: absentInARow(n) });
}

describe('a threshold is reached, not exceeded', () => {
  const halves = (n: number) =>
    schoolDaysFrom('2026-09-01', n).map((date) => absent(date, { fraction: '0.5' }));

  test.each([
    ['three whole days', absentInARow(3), '3', null],
    ['seven halves', halves(7), '3.5', null],
    ['3.9999', [...absentInARow(3), absent('2026-09-14', { fraction: '0.9999' })], '3.9999', null],
    ['eight halves', halves(8), '4', 'taken'],
    ['ten times 0.4', halves(10).map((row) => absent(row.date, { fraction: '0.4' })), '4', 'taken'],
    ['four whole days', absentInARow(4), '4', 'taken'],
    ['five whole days', absentInARow(5), '5', 'taken'],
  ])('%s are %3$s for a step at 4', (_name, records, count, state) => {
    const verdict = verdictOf(look(aStudent({ records }), '2026-10-01'), 'contact');
    expect(formatDays(verdict.count)).toBe(count);
    expect(verdict.state).toBe(state);
    expect(verdict.reason).toBe(state === null ? 'below' : 'reached');
  });

  test('a threshold of half a day is one', () => {
    const policy = aPolicy({ steps: [aStep({ id: 'early', at: '3.5' })] });
    expect(standing(look(aStudent({ records: halves(6) }), '2026-10-01', policy))).toEqual({ early: null });
    expect(standing(look(aStudent({ records: halves(7) }), '2026-10-01', policy))).toEqual({
      early: 'taken',
    });
  });

  test('excused and unexcused count together, exempt and tardy do not', () => {
    const [first, second, third, fourth, fifth, sixth] = absentInARow(6);
    const records = [
      { ...first, excuse: 'excused' },
      { ...second, excuse: 'unexcused' },
      { ...third, excuse: 'unknown' },
      { ...fourth, excuse: 'exempt' },
      { ...fifth, status: 'tardy' },
    ] as StudentFacts['records'];
    expect(formatDays(look(aStudent({ records }), '2026-10-01').total)).toBe('3');
    const fourDays = aStudent({ records: [...records, sixth] as StudentFacts['records'] });
    expect(standing(look(fourDays, '2026-10-01'))).toMatchObject({ contact: 'taken' });
  });
});

describe('settling', () => {
  test.each([
    ['contact', 4, '2026-09-07', '2026-09-08', 'taken'],
    ['first-letter', 7, '2026-09-14', '2026-09-15', 'owed'],
    ['medical-letter', 10, '2026-09-17', '2026-09-18', 'owed'],
    ['referral', 11, '2026-09-22', '2026-09-23', 'owed'],
  ])('%s with %i days is not reached on %s and is on %s', (step, n, before, on, state) => {
    expect(verdictOf(look(withRows(n), before), step).state).toBeNull();
    expect(verdictOf(look(withRows(n), on), step).state).toBe(state);
  });

  test('a contact may count today, with settleDays 0', () => {
    const policy = aPolicy({ steps: [aStep({ id: 'contact', at: '4', settleDays: 0 })] });
    expect(standing(look(withRows(4), '2026-09-03', policy))).toEqual({ contact: null });
    expect(standing(look(withRows(4), '2026-09-04', policy))).toEqual({ contact: 'taken' });
  });

  test.each([
    ['a letter', { letter: 'first' }],
    ['a referral', { referral: true }],
  ])('today never counts for %s, even with settleDays 0', (_name, kind) => {
    const policy = aPolicy({ steps: [aStep({ id: 'formal', at: '4', settleDays: 0, ...kind })] });
    const today = look(withRows(4), '2026-09-04', policy);
    expect(standing(today)).toEqual({ formal: null });
    expect(verdictOf(today, 'formal').settledThrough).toBe('2026-09-03');
    expect(today.nextLookOn).toBe('2026-09-05');
    expect(standing(look(withRows(4), '2026-09-05', policy))).toEqual({ formal: 'owed' });
  });

  test('runs from the date of the absence: a row that comes weeks later is settled at once', () => {
    const late = aStudent({ records: [...absentInARow(3), absent('2026-09-04', { id: '999' })] });
    expect(standing(look(late, '2026-10-30'))).toMatchObject({ contact: 'taken' });
  });

  test('the total holds what is not settled yet', () => {
    const evaluation = look(withRows(4), '2026-09-04');
    expect(formatDays(evaluation.total)).toBe('4');
    expect(formatDays(verdictOf(evaluation, 'contact').count)).toBe('3');
  });

  test('a date ahead of today counts once it has come', () => {
    const facts = withRows(4);
    expect(formatDays(look(facts, '2026-09-02').total)).toBe('2');
    expect(formatDays(look(facts, '2026-09-03').total)).toBe('3');
  });
});

describe('what an owed step asks for', () => {
  test('a contact opens the file and its task, and is taken by that', () => {
    const evaluation = look(withRows(4), '2026-09-08');
    expect(evaluation.actions).toEqual([
      { kind: 'open-file', step: 'contact' },
      {
        kind: 'open-task',
        step: 'contact',
        task: 'contact-family',
        role: 'attendance-clerk',
        dueOn: '2026-09-10',
      },
      { kind: 'take', step: 'contact' },
    ]);
    expect(asked(look(carriedOut(withRows(4), '2026-09-08'), '2026-09-09'))).toEqual([]);
  });

  test('a letter is planned with its task, once, and stays owed until it has left', () => {
    const facts = withRows(10, { steps: [aStepRecord('contact', 'taken')] });
    const evaluation = look(facts, '2026-09-18');
    expect(evaluation.actions).toEqual([
      {
        kind: 'open-task',
        step: 'medical-letter',
        task: 'schedule-meeting',
        role: 'administrator',
        dueOn: '2026-09-25',
      },
      { kind: 'plan-letters', step: 'medical-letter', template: 'medical' },
    ]);
    const planned = applyEvaluation(facts, evaluation);
    const next = look(planned, '2026-09-21');
    expect(asked(next)).toEqual([]);
    expect(standing(next)).toMatchObject({ 'medical-letter': 'owed' });
    const sent = look(handedOver(planned, 'medical-letter', '2026-09-21'), '2026-09-22');
    expect(standing(sent)).toMatchObject({ 'medical-letter': 'taken' });
    expect(asked(sent)).toEqual([]);
  });

  test('an owed step whose letters were never planned is asked for again', () => {
    const facts = withRows(7, {
      steps: [aStepRecord('contact', 'taken'), aStepRecord('first-letter', 'owed', { acted: false })],
    });
    expect(asked(look(facts, '2026-09-16'))).toEqual(['plan-letters first-letter']);
  });

  test('not looking for weeks changes nothing but the date', () => {
    const late = look(withRows(7), '2026-10-20');
    expect(standing(late)).toEqual(standing(look(withRows(7), '2026-09-15')));
    expect(asked(late)).toEqual(asked(look(withRows(7), '2026-09-15')));
  });

  test('a due date never lies behind the last school day', () => {
    const records = schoolDaysFrom('2027-05-20', 4).map((date) => absent(date));
    const actions = look(aStudent({ records }), '2027-05-28').actions;
    expect(actions).toContainEqual(expect.objectContaining({ kind: 'open-task', dueOn: '2027-05-28' }));
  });
});

describe('a jump over several steps', () => {
  const twelve = withRows(12);

  test('highest-letter: the contact and only the highest letter', () => {
    const evaluation = look(twelve, '2026-10-01');
    expect(standing(evaluation)).toEqual({
      contact: 'taken',
      'first-letter': 'skipped for medical-letter',
      'medical-letter': 'owed',
      referral: 'owed',
    });
    expect(asked(evaluation)).toEqual([
      'open-file contact',
      'open-task contact',
      'take contact',
      'open-task medical-letter',
      'plan-letters medical-letter',
    ]);
  });

  test('each: every letter', () => {
    const evaluation = look(twelve, '2026-10-01', EACH);
    expect(standing(evaluation)).toMatchObject({ 'first-letter': 'owed', 'medical-letter': 'owed' });
    expect(asked(evaluation)).toEqual(
      expect.arrayContaining(['plan-letters first-letter', 'plan-letters medical-letter']),
    );
  });

  test.each([
    ['highest-letter', aPolicy()],
    ['each', EACH],
  ])('%s: no referral before a letter has been out', (_name, policy) => {
    const verdict = verdictOf(look(twelve, '2026-10-01', policy), 'referral');
    expect(verdict.blocks).toEqual([{ kind: 'notice', since: null, until: null }]);
    expect(verdict.reason).toBe('blocked');
  });

  test('a letter that still waits is skipped when the higher one becomes owed', () => {
    const waiting = carriedOut(withRows(7), '2026-09-15');
    const evaluation = look({ ...waiting, records: absentInARow(10) }, '2026-09-18');
    expect(standing(evaluation)).toMatchObject({
      'first-letter': 'skipped for medical-letter',
      'medical-letter': 'owed',
    });
    expect(evaluation.actions).toContainEqual({
      kind: 'withdraw',
      step: 'first-letter',
      reason: 'overtaken',
    });
    const next = look(applyEvaluation({ ...waiting, records: absentInARow(10) }, evaluation), '2026-09-21');
    expect(asked(next)).toEqual([]);
  });

  test('a letter that has left is not skipped', () => {
    const sent = handedOver(carriedOut(withRows(7), '2026-09-15'), 'first-letter', '2026-09-16');
    const evaluation = look({ ...sent, records: absentInARow(10) }, '2026-09-18');
    expect(standing(evaluation)).toMatchObject({ 'first-letter': 'taken', 'medical-letter': 'owed' });
  });

  test('each: a letter that waits goes on waiting', () => {
    const waiting = carriedOut(withRows(7), '2026-09-15', EACH);
    const evaluation = look({ ...waiting, records: absentInARow(10) }, '2026-09-18', EACH);
    expect(standing(evaluation)).toMatchObject({ 'first-letter': 'owed', 'medical-letter': 'owed' });
    expect(asked(evaluation)).toEqual(['open-task medical-letter', 'plan-letters medical-letter']);
  });

  test('the higher one withdrawn before hand-over: the skipped one is owed again', () => {
    const jumped = carriedOut(withRows(10), '2026-09-18');
    const evaluation = look({ ...jumped, records: absentInARow(9) }, '2026-09-21');
    expect(standing(evaluation)).toMatchObject({ 'first-letter': 'owed', 'medical-letter': 'withdrawn' });
    expect(asked(evaluation)).toEqual(['plan-letters first-letter', 'withdraw medical-letter']);
  });

  test('the higher one superseded after hand-over: the skipped one stays skipped', () => {
    const sent = handedOver(carriedOut(withRows(10), '2026-09-18'), 'medical-letter', '2026-09-21');
    const evaluation = look({ ...sent, records: absentInARow(9) }, '2026-09-22');
    expect(standing(evaluation)).toMatchObject({
      'first-letter': 'skipped for medical-letter',
      'medical-letter': 'taken, superseded',
    });
    expect(asked(evaluation)).toEqual(['supersede medical-letter']);
  });

  test('the highest is the last one in the file, whatever its number: units cannot be compared', () => {
    const policy = aPolicy({ steps: [...aPolicy().steps].reverse() });
    expect(standing(look(twelve, '2026-10-01', policy))).toMatchObject({
      'first-letter': 'owed',
      'medical-letter': 'skipped for first-letter',
    });
  });

  test('a higher letter that is pre-existing overtakes too', () => {
    const facts = withRows(10, { steps: [aStepRecord('medical-letter', 'pre-existing')] });
    expect(standing(look(facts, '2026-10-01'))).toMatchObject({
      'first-letter': 'skipped for medical-letter',
      'medical-letter': 'pre-existing',
    });
  });
});

describe('a count that falls', () => {
  test('before hand-over: the letter is withdrawn, once, and planned afresh when the count rises again', () => {
    const waiting = carriedOut(withRows(7), '2026-09-15');
    const fallen = { ...waiting, records: absentInARow(6) };
    const evaluation = look(fallen, '2026-09-16');
    expect(verdictOf(evaluation, 'first-letter')).toMatchObject({
      state: 'withdrawn',
      reason: 'fell-before-hand-over',
    });
    expect(evaluation.actions).toEqual([{ kind: 'withdraw', step: 'first-letter', reason: 'count-fell' }]);
    const withdrawn = applyEvaluation(fallen, evaluation);
    expect(asked(look(withdrawn, '2026-09-17'))).toEqual([]);
    const risen = { ...withdrawn, records: absentInARow(7) };
    expect(asked(look(risen, '2026-09-18'))).toEqual(['plan-letters first-letter']);
    expect(carriedOut(risen, '2026-09-18').steps).toContainEqual(
      expect.objectContaining({ step: 'first-letter', state: 'owed', owedOn: '2026-09-18', acted: true }),
    );
  });

  test('after hand-over: superseded once, reinstated once, never sent again', () => {
    const sent = handedOver(carriedOut(withRows(7), '2026-09-15'), 'first-letter', '2026-09-16');
    const fallen = { ...sent, records: absentInARow(6) };
    expect(verdictOf(look(fallen, '2026-09-17'), 'first-letter')).toMatchObject({
      state: 'taken',
      superseded: true,
      reason: 'fell-after-hand-over',
    });
    expect(asked(look(fallen, '2026-09-17'))).toEqual(['supersede first-letter']);
    const superseded = carriedOut(fallen, '2026-09-17');
    expect(asked(look(superseded, '2026-09-18'))).toEqual([]);
    const risen = { ...superseded, records: absentInARow(7) };
    expect(asked(look(risen, '2026-09-21'))).toEqual(['reinstate first-letter']);
    const reinstated = carriedOut(risen, '2026-09-21');
    expect(asked(look(reinstated, '2026-09-22'))).toEqual([]);
    expect(standing(look(reinstated, '2026-09-22'))).toMatchObject({ 'first-letter': 'taken' });
  });

  test('a contact is withdrawn and owed afresh', () => {
    const taken = carriedOut(withRows(4), '2026-09-08');
    const fallen = { ...taken, records: absentInARow(3) };
    expect(look(fallen, '2026-09-09').actions).toEqual([
      { kind: 'withdraw', step: 'contact', reason: 'count-fell' },
    ]);
    const withdrawn = carriedOut(fallen, '2026-09-09');
    expect(asked(look(withdrawn, '2026-09-10'))).toEqual([]);
    const again = look({ ...withdrawn, records: absentInARow(4) }, '2026-09-11');
    expect(asked(again)).toEqual(['open-file contact', 'open-task contact', 'take contact']);
  });

  test('a referral that has left is superseded, too', () => {
    const facts = withRows(10, { steps: [aStepRecord('referral', 'taken')] });
    const evaluation = look(facts, '2026-10-01');
    expect(standing(evaluation)).toMatchObject({ referral: 'taken, superseded' });
    expect(asked(evaluation)).toContain('supersede referral');
  });

  test('a referral that is open and has not left is withdrawn', () => {
    const facts = withRows(10, { steps: [aStepRecord('referral', 'owed', { acted: true })] });
    const evaluation = look(facts, '2026-10-01');
    expect(evaluation.actions).toContainEqual({ kind: 'withdraw', step: 'referral', reason: 'count-fell' });
  });

  test('what is pre-existing stays so, up and down', () => {
    const steps = aPolicy().steps.map((step) => aStepRecord(step.id, 'pre-existing'));
    for (const n of [0, 12]) {
      const evaluation = look(withRows(n, { steps }), '2026-10-01');
      expect(new Set(Object.values(standing(evaluation)))).toEqual(new Set(['pre-existing']));
      expect(evaluation.actions).toEqual([]);
    }
  });
});

describe('what stands in the way', () => {
  const codes = codeTable(aCode({ sourcedId: 'known' }));
  const unmapped = absent('2026-09-28', { codeId: 'zz' });
  const outOf = (id: string, n: number) => absentInARow(n).map((row) => ({ ...row, codeId: id }));

  test.each<[string, Partial<StudentFacts>, string[], string[], string[]]>([
    ['nothing', {}, [], [], []],
    ['a hold on letters', { holds: [aHold()] }, [], ['hold'], []],
    ['a hold on the referral', { holds: [aHold({ scope: 'referral' })] }, [], [], ['hold']],
    ['a hold on everything', { holds: [aHold({ scope: 'everything' })] }, ['hold'], ['hold'], ['hold']],
    ['a hold that ends today', { holds: [aHold({ ends: '2026-10-01' })] }, [], ['hold'], []],
    ['a hold that ended yesterday', { holds: [aHold({ ends: '2026-09-30' })] }, [], [], []],
    ['a hold that begins today', { holds: [aHold({ begins: '2026-10-01' })] }, [], ['hold'], []],
    ['a hold that begins tomorrow', { holds: [aHold({ begins: '2026-10-02' })] }, [], [], []],
    [
      'an unmapped code',
      { codes, records: [...absentInARow(11), unmapped] },
      [],
      ['unmapped-code'],
      ['unmapped-code'],
    ],
    [
      'two different rows under one id',
      { records: absentInARow(11).map((row, i) => ({ ...row, contradictory: i === 0 })) },
      [],
      ['contradictory-record'],
      ['contradictory-record'],
    ],
    [
      'contradictory guardianship',
      { contradictoryGuardianship: true },
      [],
      ['contradictory-guardianship'],
      ['contradictory-guardianship'],
    ],
    ['18 today', { birthDate: schoolDate('2008-10-01') }, [], ['age-18'], ['age-18']],
    ['18 tomorrow', { birthDate: schoolDate('2008-10-02') }, [], [], []],
    ['no birth date', { birthDate: null }, [], [], []],
    ['nobody may get a letter', { hasRecipient: false }, [], ['no-recipient'], []],
    ['the student is inactive', { active: false }, ['not-enrolled'], ['not-enrolled'], ['not-enrolled']],
    [
      'the student has left',
      { enrolments: [anEnrolment({ ends: schoolDate('2026-10-01') })] },
      ['not-enrolled'],
      ['not-enrolled'],
      ['not-enrolled'],
    ],
    [
      'the student leaves tomorrow',
      { enrolments: [anEnrolment({ ends: schoolDate('2026-10-02') })] },
      [],
      [],
      [],
    ],
  ])('%s', (_name, facts, contact, letter, referral) => {
    const notified = { lettersOut: [letterOut('medical-letter', '2026-09-18')] };
    const evaluation = look(aStudent({ records: absentInARow(11), ...notified, ...facts }), '2026-10-01');
    const kinds = (step: string) => verdictOf(evaluation, step).blocks.map((block) => block.kind);
    expect({
      contact: kinds('contact'),
      letter: kinds('medical-letter'),
      referral: kinds('referral'),
    }).toEqual({ contact, letter, referral });
    expect(verdictOf(evaluation, 'contact').state).toBe(contact.length === 0 ? 'taken' : 'owed');
    expect(asked(evaluation).includes('plan-letters medical-letter')).toBe(letter.length === 0);
    expect(asked(evaluation).includes('open-referral referral')).toBe(referral.length === 0);
  });

  test('18 is nobody’s business when the policy says so', () => {
    const facts = withRows(7, { birthDate: schoolDate('2008-01-01') });
    expect(
      verdictOf(look(facts, '2026-10-01', aPolicy({ adultStudents: 'ignore' })), 'first-letter').blocks,
    ).toEqual([]);
  });

  test('a blocked step waits, and is acted on when the block ends, though owed since the first day', () => {
    const held = withRows(7, { holds: [aHold({ ends: '2026-09-24' })] });
    const waiting = carriedOut(held, '2026-09-15');
    expect(asked(look(waiting, '2026-09-24'))).toEqual([]);
    const free = look(waiting, '2026-09-25');
    expect(asked(free)).toEqual(['plan-letters first-letter']);
    expect(applyEvaluation(waiting, free).steps).toContainEqual(
      expect.objectContaining({ step: 'first-letter', owedOn: '2026-09-15', acted: true }),
    );
  });

  test('a planned letter that becomes blocked says so and is not planned twice when the block ends', () => {
    const planned = carriedOut(withRows(7), '2026-09-15');
    const held = { ...planned, holds: [aHold({ begins: '2026-09-16', ends: '2026-09-17' })] };
    expect(verdictOf(look(held, '2026-09-16'), 'first-letter')).toMatchObject({
      state: 'owed',
      reason: 'blocked',
    });
    expect(asked(look(carriedOut(held, '2026-09-16'), '2026-09-18'))).toEqual([]);
  });

  test('a blocked step whose count falls is withdrawn', () => {
    const waiting = carriedOut(withRows(7, { holds: [aHold()] }), '2026-09-15');
    const evaluation = look({ ...waiting, records: absentInARow(6) }, '2026-09-16');
    expect(standing(evaluation)).toMatchObject({ 'first-letter': 'withdrawn' });
  });

  test('the contact goes on without a row that has an unmapped code, and the row counts once it is known', () => {
    const facts = aStudent({ records: [...absentInARow(3), absent('2026-09-04', { codeId: 'sick' })] });
    const before = look(facts, '2026-10-01');
    expect(formatDays(before.total)).toBe('3');
    expect(standing(before)).toMatchObject({ contact: null });
    const known = { ...facts, codes: codeTable(aCode({ sourcedId: 'sick' })) };
    expect(standing(look(known, '2026-10-01'))).toMatchObject({ contact: 'taken' });
  });

  test('the block names the codes that are missing', () => {
    const facts = aStudent({
      records: [...absentInARow(7), ...outOf('zz', 9).slice(7), ...outOf('aa', 10).slice(9)],
    });
    expect(verdictOf(look(facts, '2026-10-01'), 'first-letter').blocks).toEqual([
      { kind: 'unmapped-code', codes: ['aa', 'zz'] },
    ]);
  });

  test('holds are named, in the order of their ids', () => {
    const holds = [
      aHold({ id: 'b', kind: 'bereavement' }),
      aHold({ id: 'a', kind: 'foster-care', scope: 'everything' }),
    ];
    expect(verdictOf(look(withRows(7, { holds }), '2026-10-01'), 'first-letter').blocks).toEqual([
      { kind: 'hold', holdId: 'a', holdKind: 'foster-care' },
      { kind: 'hold', holdId: 'b', holdKind: 'bereavement' },
    ]);
  });
});

describe('leavers and transfers', () => {
  const left = [anEnrolment({ ends: schoolDate('2026-09-14') })];
  const washington = (begins: string) =>
    anEnrolment({ schoolId: WASHINGTON, schoolSourcedId: 'washington', begins: schoolDate(begins) });

  test('a leaver gets no letter, and what was owed waits', () => {
    const waiting = carriedOut(withRows(7), '2026-09-15');
    const gone = look({ ...waiting, active: false }, '2026-09-21');
    expect(asked(gone)).toEqual([]);
    expect(standing(gone)).toMatchObject({ contact: 'taken', 'first-letter': 'owed' });
  });

  test('one who returns goes on where they were', () => {
    const facts = carriedOut(aStudent({ records: absentInARow(8), enrolments: left }), '2026-09-21');
    expect(standing(look(facts, '2026-09-22'))).toMatchObject({ contact: 'owed', 'first-letter': 'owed' });
    const back = { ...facts, enrolments: [...left, washington('2026-10-05')] };
    const returned = look(back, '2026-10-05');
    expect(returned.primarySchoolId).toBe(WASHINGTON);
    expect(formatDays(returned.total)).toBe('8');
    expect(asked(returned)).toEqual([
      'open-file contact',
      'open-task contact',
      'take contact',
      'plan-letters first-letter',
    ]);
  });

  test('a transfer carries the count along and moves the actions', () => {
    const records = absentInARow(10).map((row) =>
      row.date < '2026-09-14' ? row : { ...row, schoolId: WASHINGTON },
    );
    const evaluation = look(
      aStudent({ records, enrolments: [...left, washington('2026-09-14')] }),
      '2026-10-01',
    );
    expect(formatDays(evaluation.total)).toBe('10');
    expect(evaluation.primarySchoolId).toBe(WASHINGTON);
    expect(standing(evaluation)).toMatchObject({ 'medical-letter': 'owed' });
  });

  test('a student who is enrolled nowhere has no primary school', () => {
    expect(look(aStudent({ enrolments: [] }), '2026-10-01').primarySchoolId).toBeNull();
  });
});

describe('whom a step is for', () => {
  const only = (part: { grades?: string[]; schools?: string[] }) =>
    aPolicy({ steps: [aStep({ id: 'contact', at: '4', ...part })] });

  test.each([
    ['the grade', { grades: ['07', '08'] }, '08', 'taken'],
    ['another grade', { grades: ['07'] }, '08', null],
    ['no known grade', { grades: ['07'] }, null, null],
    ['the school', { schools: ['lincoln'] }, '08', 'taken'],
    ['another school', { schools: ['washington'] }, '08', null],
    ['every grade and school', {}, null, 'taken'],
  ])('%s', (_name, part, grade, state) => {
    const verdict = verdictOf(look(withRows(4, { grade }), '2026-10-01', only(part)), 'contact');
    expect(verdict.state).toBe(state);
    expect(verdict.reason).toBe(state === null ? 'not-for-this-student' : 'reached');
  });

  test.each<[StepRecord['state'], Partial<StepRecord>, string, string[]]>([
    ['taken', {}, 'taken', []],
    ['taken', { superseded: true }, 'taken, superseded', []],
    ['owed', { acted: true }, 'withdrawn', ['withdraw letter']],
    ['withdrawn', {}, 'withdrawn', []],
    ['skipped', { skippedFor: 'higher' }, 'skipped for higher', []],
    ['pre-existing', {}, 'pre-existing', []],
  ])('what was %s (%j) is %s when a step is for the student no more', (state, rest, now, actions) => {
    const policy = aPolicy({ steps: [aStep({ id: 'letter', at: '4', letter: 'a', grades: ['09'] })] });
    const evaluation = look(
      withRows(4, { steps: [aStepRecord('letter', state, rest)] }),
      '2026-10-01',
      policy,
    );
    expect(standing(evaluation)).toEqual({ letter: now });
    expect(asked(evaluation)).toEqual(actions);
    const reason = state === 'pre-existing' ? 'pre-existing' : 'not-for-this-student';
    expect(verdictOf(evaluation, 'letter').reason).toBe(reason);
  });

  test('a withdrawal says that the step is not for the student, not that the count fell', () => {
    const facts = withRows(4, { steps: [aStepRecord('letter', 'owed')] });
    const policy = aPolicy({
      steps: [aStep({ id: 'letter', at: '4', letter: 'a', schools: ['washington'] })],
    });
    expect(look(facts, '2026-10-01', policy).actions).toEqual([
      { kind: 'withdraw', step: 'letter', reason: 'not-for-this-student' },
    ]);
  });

  test('a contact that was taken stays taken', () => {
    const facts = withRows(0, { steps: [aStepRecord('contact', 'taken')] });
    expect(standing(look(facts, '2026-10-01', only({ grades: ['09'] })))).toEqual({ contact: 'taken' });
  });

  test('one who is enrolled nowhere is asked about no school: what is owed waits', () => {
    const facts = withRows(4, {
      enrolments: [anEnrolment({ ends: schoolDate('2026-09-28') })],
      steps: [aStepRecord('letter', 'owed')],
    });
    const policy = aPolicy({ steps: [aStep({ id: 'letter', at: '4', letter: 'a', schools: ['lincoln'] })] });
    expect(standing(look(facts, '2026-10-01', policy))).toEqual({ letter: 'owed' });
  });
});

describe('outside the session', () => {
  const steps = [
    aStepRecord('contact', 'taken'),
    aStepRecord('first-letter', 'taken', { superseded: true }),
    aStepRecord('medical-letter', 'skipped', { skippedFor: 'referral' }),
    aStepRecord('referral', 'owed'),
  ];

  test.each([
    ['before the first school day', '2026-08-16', '2026-08-17'],
    ['after the last school day', '2027-05-29', null],
    ['in summer', '2027-07-15', null],
  ])('%s the ladder is frozen', (_name, on, nextLookOn) => {
    const evaluation = look(aStudent({ steps }), on);
    expect(standing(evaluation)).toEqual({
      contact: 'taken',
      'first-letter': 'taken, superseded',
      'medical-letter': 'skipped for referral',
      referral: 'owed',
    });
    expect(new Set(evaluation.steps.map((verdict) => verdict.reason))).toEqual(new Set(['frozen']));
    expect(evaluation.actions).toEqual([]);
    expect(evaluation.nextLookOn).toBe(nextLookOn);
  });

  test('nothing becomes owed then, whatever the count', () => {
    expect(standing(look(withRows(12), '2027-06-01'))).toEqual({
      contact: null,
      'first-letter': null,
      'medical-letter': null,
      referral: null,
    });
  });

  test('on the first and the last school day, and in a break, it is not', () => {
    const policy = aPolicy({ steps: [aStep({ id: 'contact', at: '1', settleDays: 0 })] });
    const first = aStudent({ records: [absent('2026-08-17')] });
    for (const on of ['2026-08-17', '2026-12-25', '2027-05-28']) {
      expect(standing(look(first, on, policy))).toEqual({ contact: 'taken' });
    }
  });
});

describe('the notice before a referral', () => {
  const eleven = withRows(11, {
    steps: [aStepRecord('medical-letter', 'taken'), aStepRecord('contact', 'taken')],
  });

  test.each<[string, [string, string][], string, unknown]>([
    ['no letter is out', [], '2026-10-01', { kind: 'notice', since: null, until: null }],
    [
      'four school days',
      [['medical-letter', '2026-09-24']],
      '2026-09-30',
      { kind: 'notice', since: '2026-09-24', until: '2026-10-01' },
    ],
    ['five school days', [['medical-letter', '2026-09-24']], '2026-10-01', undefined],
    [
      'the earliest letter counts',
      [
        ['medical-letter', '2026-09-30'],
        ['first-letter', '2026-09-24'],
      ],
      '2026-10-01',
      undefined,
    ],
  ])('%s', (_name, letters, on, block) => {
    const lettersOut = letters.map(([step, date]) => letterOut(step, date));
    const evaluation = look({ ...eleven, lettersOut }, on);
    expect(verdictOf(evaluation, 'referral').blocks).toEqual(block === undefined ? [] : [block]);
    expect(asked(evaluation).includes('open-referral referral')).toBe(block === undefined);
  });

  test('a letter of a step that is superseded, or becomes so today, is no notice', () => {
    const steps = [
      aStep({ id: 'referral', at: '11', referral: true }),
      aStep({ id: 'late-letter', at: '12', letter: 'late' }),
    ];
    const out = { lettersOut: [letterOut('late-letter', '2026-09-01')] };
    for (const superseded of [true, false]) {
      const facts = withRows(11, { ...out, steps: [aStepRecord('late-letter', 'taken', { superseded })] });
      const evaluation = look(facts, '2026-10-01', aPolicy({ steps }));
      expect(verdictOf(evaluation, 'referral').blocks).toEqual([
        { kind: 'notice', since: null, until: null },
      ]);
      expect(asked(evaluation)).toEqual(superseded ? [] : ['supersede late-letter']);
    }
  });

  test('a superseded letter that stands again is a notice on the same day', () => {
    const steps = [
      aStep({ id: 'letter', at: '10', letter: 'first' }),
      aStep({ id: 'referral', at: '11', referral: true }),
    ];
    const facts = withRows(11, {
      lettersOut: [letterOut('letter', '2026-09-01')],
      steps: [aStepRecord('letter', 'taken', { superseded: true })],
    });
    expect(asked(look(facts, '2026-10-01', aPolicy({ steps })))).toEqual([
      'reinstate letter',
      'open-referral referral',
    ]);
  });

  test('noticeDays is the policy’s, and over a break school days count', () => {
    const steps = [
      aStep({ id: 'first-letter', at: '2', letter: 'first' }),
      aStep({ id: 'referral', at: '3', referral: true, noticeDays: 2 }),
    ];
    const facts = withRows(3, { lettersOut: [letterOut('first-letter', '2026-12-18')] });
    const blocked = verdictOf(look(facts, '2027-01-04', aPolicy({ steps })), 'referral');
    expect(blocked.blocks).toEqual([{ kind: 'notice', since: '2026-12-18', until: '2027-01-05' }]);
    expect(verdictOf(look(facts, '2027-01-05', aPolicy({ steps })), 'referral').blocks).toEqual([]);
  });

  test('a policy without letters needs none', () => {
    const policy = aPolicy({ steps: [aStep({ id: 'referral', at: '3', referral: true })] });
    expect(asked(look(withRows(3), '2026-10-01', policy))).toEqual(['open-referral referral']);
  });

  test('a referral is opened once and taken when its packet has left', () => {
    const ready = { ...eleven, lettersOut: [letterOut('medical-letter', '2026-09-18')] };
    const opened = carriedOut(ready, '2026-10-01');
    expect(opened.steps).toContainEqual(
      expect.objectContaining({ step: 'referral', state: 'owed', acted: true }),
    );
    expect(asked(look(opened, '2026-10-02'))).toEqual([]);
    const left = look(handedOver(opened, 'referral', '2026-10-02'), '2026-10-05');
    expect(standing(left)).toMatchObject({ referral: 'taken' });
    expect(asked(left)).toEqual([]);
  });
});

describe('the next look', () => {
  const born = (date: string) => withRows(0, { birthDate: schoolDate(date) });
  const enrolled = (begins: string | null, ends: string | null) =>
    withRows(0, {
      enrolments: [
        anEnrolment({
          begins: begins === null ? null : schoolDate(begins),
          ends: ends === null ? null : schoolDate(ends),
        }),
      ],
    });
  const SETTLED = [
    aStepRecord('contact', 'taken'),
    aStepRecord('first-letter', 'taken'),
    aStepRecord('medical-letter', 'taken'),
    aStepRecord('referral', 'taken'),
  ];

  test.each<[string, StudentFacts, string, SchoolDate | string | null]>([
    ['nothing can change by itself', withRows(3), '2026-10-01', null],
    ['no rows', withRows(0), '2026-10-01', null],
    ['the fourth day settles for the contact', withRows(4), '2026-09-04', '2026-09-08'],
    ['over a weekend', aStudent({ records: absentInARow(4, '2026-09-08') }), '2026-09-11', '2026-09-14'],
    [
      'the seventh day settles for the first letter',
      carriedOut(withRows(7), '2026-09-11'),
      '2026-09-11',
      '2026-09-15',
    ],
    ['a row ahead of today', withRows(4), '2026-09-02', '2026-09-03'],
    [
      'a hold that begins',
      withRows(0, { holds: [aHold({ begins: '2026-10-09' })] }),
      '2026-10-01',
      '2026-10-09',
    ],
    [
      'the day after a hold',
      withRows(0, { holds: [aHold({ ends: '2026-10-09' })] }),
      '2026-10-01',
      '2026-10-10',
    ],
    [
      'a block that only a fact can end',
      withRows(7, { holds: [aHold()], hasRecipient: false }),
      '2026-10-02',
      null,
    ],
    [
      'a letter that has to be out longer',
      withRows(11, {
        steps: [aStepRecord('contact', 'taken'), aStepRecord('medical-letter', 'taken')],
        lettersOut: [letterOut('medical-letter', '2026-09-28')],
      }),
      '2026-10-01',
      '2026-10-05',
    ],
    ['all taken', withRows(12, { steps: SETTLED }), '2026-10-01', null],
    ['the 18th birthday', born('2008-10-09'), '2026-10-01', '2026-10-09'],
    ['a birthday after the school year', born('2009-06-01'), '2026-10-01', null],
    ['a birthday that has passed', born('2008-09-30'), '2026-10-01', null],
    ['an enrolment that begins', enrolled('2026-10-09', null), '2026-10-01', '2026-10-09'],
    ['an enrolment that ends', enrolled(null, '2026-10-09'), '2026-10-01', '2026-10-09'],
    ['an enrolment that ends with the school year', enrolled(null, '2027-05-29'), '2026-10-01', null],
    [
      'days that settle only after the year ends',
      aStudent({ records: schoolDaysFrom('2027-05-25', 4).map((date) => absent(date)) }),
      '2027-05-28',
      null,
    ],
  ])('%s', (_name, facts, on, date) => {
    expect(look(facts, on).nextLookOn).toBe(date);
  });
});

describe('another policy with other words and numbers', () => {
  const other = aPolicy({
    version: 'elsewhere-9',
    steps: [
      aStep({
        id: 'talk',
        at: '2',
        settleDays: 2,
        tasks: [{ kind: 'ring', role: 'teacher', dueInSchoolDays: 1 }],
      }),
      aStep({ id: 'note', at: '3.5', settleDays: 1, letter: 'kind-note' }),
      aStep({ id: 'warning', at: '5', settleDays: 1, letter: 'stern-note' }),
      aStep({ id: 'board', at: '6', settleDays: 2, opensFile: true, letter: 'board-note' }),
      aStep({ id: 'court', at: '6.5', settleDays: 1, referral: true, noticeDays: 1 }),
    ],
  });

  test.each([
    [1, [null, null, null, null, null]],
    [2, ['taken', null, null, null, null]],
    [3, ['taken', null, null, null, null]],
    [4, ['taken', 'owed', null, null, null]],
    [5, ['taken', 'skipped for warning', 'owed', null, null]],
    [6, ['taken', 'skipped for board', 'skipped for board', 'owed', null]],
    [7, ['taken', 'skipped for board', 'skipped for board', 'owed', 'owed']],
  ])('%i days', (n, states) => {
    const evaluation = look(withRows(n), '2026-10-01', other);
    expect(Object.values(standing(evaluation))).toEqual(states);
    expect(evaluation.policyVersion).toBe('elsewhere-9');
  });

  test('opens what it names and nothing else', () => {
    const evaluation = look(withRows(6), '2026-10-01', other);
    expect(evaluation.actions).toEqual([
      { kind: 'open-task', step: 'talk', task: 'ring', role: 'teacher', dueOn: '2026-10-02' },
      { kind: 'take', step: 'talk' },
      { kind: 'open-file', step: 'board' },
      { kind: 'plan-letters', step: 'board', template: 'board-note' },
    ]);
  });

  test('a policy of one step asks for that one', () => {
    const policy = aPolicy({ steps: [aStep({ id: 'only', at: '20', letter: 'only' })] });
    expect(standing(look(withRows(19), '2026-12-01', policy))).toEqual({ only: null });
    expect(asked(look(withRows(20), '2026-12-01', policy))).toEqual(['plan-letters only']);
  });
});
