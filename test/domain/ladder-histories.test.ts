import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyEvaluation } from '../../src/domain/apply-evaluation.ts';
import { evaluateLadder } from '../../src/domain/ladder.ts';
import type { StudentFacts } from '../../src/domain/ladder-facts.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import {
  absentInARow,
  aPolicy,
  aSetting,
  aStep,
  aStudent,
  asked,
  handedOver,
  schoolDaysFrom,
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
          facts = applyEvaluation(facts, evaluateLadder(facts, aSetting(rules), today));
          const again = evaluateLadder(facts, aSetting(rules), today);
          expect(asked(again)).toEqual([]);
          expect(applyEvaluation(facts, again).steps).toEqual(facts.steps);
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
          const evaluation = evaluateLadder(facts, aSetting(rules), today);
          for (const action of evaluation.actions) {
            if (action.kind === 'withdraw') waiting.delete(action.step);
            if (action.kind !== 'plan-letters') continue;
            expect(waiting).not.toContain(action.step);
            expect(left).not.toContain(action.step);
            waiting.add(action.step);
          }
          facts = applyEvaluation(facts, evaluation);
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
          const evaluation = evaluateLadder(facts, aSetting(rules), today);
          for (const { kind, step } of evaluation.actions) {
            if (kind !== 'supersede' && kind !== 'reinstate') continue;
            expect(standing.get(step) ?? true).toBe(kind === 'supersede');
            standing.set(step, kind === 'reinstate');
          }
          facts = applyEvaluation(facts, evaluation);
        }
      }),
    );
  });
});
