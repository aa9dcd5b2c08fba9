import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluateLadder } from '../../src/domain/ladder.ts';
import type { Enrolment, StudentFacts } from '../../src/domain/ladder-facts.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { addDays, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import {
  absentInARow,
  anEnrolment,
  aPolicy,
  applied,
  aStep,
  aStudent,
  asked,
  CALENDAR,
  handedOver,
  schoolDaysFrom,
  WASHINGTON,
} from '../support/domain-builders.ts';

/** What happens to a student on one school day, before the ladder is looked at. */
type Event =
  | { readonly kind: 'corrected'; readonly days: number }
  | { readonly kind: 'letter-left'; readonly step: string }
  | { readonly kind: 'recipients'; readonly known: boolean };

const LETTERS = ['note', 'warning'];
const DAYS = schoolDaysFrom('2026-10-05', 60);

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('corrected' as const), days: fc.nat(14) }),
  fc.record({ kind: fc.constant('letter-left' as const), step: fc.constantFrom(...LETTERS) }),
  fc.record({ kind: fc.constant('recipients' as const), known: fc.boolean() }),
);

/** Any order of letters and referral: a policy may put a letter above its referral. */
const policy: fc.Arbitrary<Policy> = fc
  .record({
    whenSeveral: fc.constantFrom('highest-letter' as const, 'each' as const),
    at: fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 4, maxLength: 4 }),
    noticeDays: fc.nat(3),
  })
  .map(({ whenSeveral, at: [talk = 1, note = 2, warning = 3, court = 4], noticeDays }) =>
    aPolicy({
      whenSeveral,
      steps: [
        aStep({ id: 'talk', at: String(talk) }),
        aStep({ id: 'note', at: String(note), letter: 'note' }),
        aStep({ id: 'warning', at: String(warning), letter: 'warning' }),
        aStep({ id: 'court', at: String(court), referral: true, noticeDays }),
      ],
    }),
  );

function happen(facts: StudentFacts, what: Event, on: SchoolDate): StudentFacts {
  switch (what.kind) {
    case 'corrected':
      return { ...facts, records: absentInARow(what.days, '2026-09-08') };
    case 'recipients':
      return { ...facts, hasRecipient: what.known };
    case 'letter-left': {
      const waits = facts.steps.some(
        ({ step, state, acted }) => step === what.step && state === 'owed' && acted,
      );
      return waits ? handedOver(facts, what.step, on) : facts;
    }
  }
}

describe('whatever happens to a student', () => {
  test('the second look of a day asks for nothing and changes nothing', () => {
    fc.assert(
      fc.property(policy, fc.array(event, { maxLength: 20 }), (rules, events) => {
        let facts = aStudent();
        for (const [day, what] of events.entries()) {
          const today = DAYS[day] ?? schoolDate('2027-01-04');
          facts = happen(facts, what, today);
          facts = applied(facts, evaluateLadder(facts, rules, CALENDAR, today));
          const again = evaluateLadder(facts, rules, CALENDAR, today);
          expect(asked(again)).toEqual([]);
          expect(applied(facts, again).steps).toEqual(facts.steps);
        }
      }),
    );
  });

  test('a step asks for its letters once for as long as it is owed, and never again after they left', () => {
    fc.assert(
      fc.property(policy, fc.array(event, { maxLength: 20 }), (rules, events) => {
        let facts = aStudent();
        const waiting = new Set<string>();
        const left = new Set<string>();
        for (const [day, what] of events.entries()) {
          const today = DAYS[day] ?? schoolDate('2027-01-04');
          facts = happen(facts, what, today);
          for (const { step } of facts.lettersOut) left.add(step);
          const evaluation = evaluateLadder(facts, rules, CALENDAR, today);
          for (const action of evaluation.actions) {
            if (action.kind === 'withdraw') waiting.delete(action.step);
            if (action.kind !== 'plan-letters') continue;
            expect(waiting).not.toContain(action.step);
            expect(left).not.toContain(action.step);
            waiting.add(action.step);
          }
          facts = applied(facts, evaluation);
        }
      }),
    );
  });

  test('superseded and reinstated take turns', () => {
    fc.assert(
      fc.property(policy, fc.array(event, { maxLength: 30 }), (rules, events) => {
        let facts = aStudent();
        const standing = new Map<string, boolean>();
        for (const [day, what] of events.entries()) {
          const today = DAYS[day] ?? schoolDate('2027-01-04');
          facts = happen(facts, what, today);
          const evaluation = evaluateLadder(facts, rules, CALENDAR, today);
          for (const { kind, step } of evaluation.actions) {
            if (kind !== 'supersede' && kind !== 'reinstate') continue;
            expect(standing.get(step) ?? true).toBe(kind === 'supersede');
            standing.set(step, kind === 'reinstate');
          }
          facts = applied(facts, evaluation);
        }
      }),
    );
  });
});

describe('a date that changes the answer by itself', () => {
  const AUTUMN: SchoolDate[] = [];
  for (let day = schoolDate('2026-08-10'); day <= '2026-12-24'; day = addDays(day, 1)) AUTUMN.push(day);
  const anyDate = fc.constantFrom(...AUTUMN);

  const enrolment: fc.Arbitrary<Enrolment> = fc
    .record({
      begins: fc.option(anyDate),
      ends: fc.option(anyDate),
      elsewhere: fc.boolean(),
      primary: fc.boolean(),
    })
    .map(({ begins, ends, elsewhere, primary }) =>
      anEnrolment({
        begins,
        ends,
        primary,
        ...(elsewhere ? { schoolId: WASHINGTON, schoolSourcedId: 'washington' } : {}),
      }),
    );

  const facts = fc
    .record({
      birthDate: fc.option(anyDate.map((date) => schoolDate(`2008${date.slice(4)}`))),
      enrolments: fc.array(enrolment, { minLength: 1, maxLength: 3 }),
      days: fc.integer({ min: 3, max: 12 }),
      from: fc.constantFrom('2026-08-17', '2026-09-08', '2026-10-12'),
      atWashington: fc.boolean(),
    })
    .map(({ days, from, atWashington, ...rest }) =>
      aStudent({
        ...rest,
        records: absentInARow(days, from).map((row) =>
          atWashington ? { ...row, schoolId: WASHINGTON } : row,
        ),
      }),
    );

  const rules = aPolicy({
    steps: aPolicy().steps.map((step) =>
      step.id === 'first-letter' ? { ...step, schools: ['washington'] } : step,
    ),
  });

  test('is the next look: an 18th birthday, an enrolment that begins or ends', () => {
    fc.assert(
      fc.property(facts, (student) => {
        const play = (everyDay: boolean) => {
          let current = student;
          let next: SchoolDate | null = '2026-08-10' as SchoolDate;
          const log: string[] = [];
          for (const today of AUTUMN) {
            if (!everyDay && (next === null || today < next)) continue;
            const evaluation = evaluateLadder(current, rules, CALENDAR, today);
            next = evaluation.nextLookOn;
            current = applied(current, evaluation);
            log.push(...asked(evaluation).map((action) => `${today} ${action}`));
          }
          return { log, steps: current.steps };
        };
        expect(play(false)).toEqual(play(true));
      }),
    );
  });
});
