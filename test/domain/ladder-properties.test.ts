import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AbsenceRecord } from '../../src/domain/absence.ts';
import { applyEvaluation } from '../../src/domain/apply-evaluation.ts';
import { evaluateLadder } from '../../src/domain/ladder.ts';
import type {
  Enrolment,
  Evaluation,
  Hold,
  StepVerdict,
  StudentFacts,
} from '../../src/domain/ladder-facts.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { addDays, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import {
  absent,
  anEnrolment,
  aPolicy,
  aSetting,
  aStep,
  aStudent,
  asked,
  CALENDAR,
  handedOver,
  letterOut,
  schoolDaysFrom,
  verdictOf,
  WASHINGTON,
} from '../support/domain-builders.ts';

const FIRST = schoolDate('2026-08-10');
const LAST = schoolDate('2026-12-31');
const DATES: SchoolDate[] = [];
for (let day = FIRST; day <= LAST; day = addDays(day, 1)) DATES.push(day);

/** The second school may begin and end at any time, may be the primary one, or never be attended. */
const enrolments: fc.Arbitrary<Enrolment[]> = fc
  .record({
    primary: fc.boolean(),
    begins: fc.option(fc.constantFrom(...DATES)),
    ends: fc.option(fc.constantFrom(...DATES)),
    leaves: fc.option(fc.constantFrom(...DATES)),
  })
  .map(({ leaves, ...second }) => [
    anEnrolment({ ends: leaves }),
    anEnrolment({ schoolId: WASHINGTON, schoolSourcedId: 'washington', ...second }),
  ]);

const TWO_SCHOOLS = [
  anEnrolment(),
  anEnrolment({ schoolId: WASHINGTON, schoolSourcedId: 'washington', primary: false }),
];

const anyDate = fc.constantFrom(...DATES);
/** Dense enough that most students climb several steps. */
const absenceDate = fc.constantFrom(...schoolDaysFrom('2026-08-17', 30), ...DATES.slice(-30));
const row = fc
  .record({
    date: absenceDate,
    fraction: fc.constantFrom('1', '1', '1', '0.5'),
    excuse: fc.constantFrom('excused' as const, 'unexcused' as const, 'unknown' as const, 'exempt' as const),
    schoolId: fc.constantFrom(1, 1, WASHINGTON),
  })
  .map(({ date, ...details }) => absent(date, details));
const rows = fc.array(row, { minLength: 4, maxLength: 40 }).map(numbered);
const hold: fc.Arbitrary<Hold> = fc.record({
  id: fc.constantFrom('a', 'b', 'c'),
  kind: fc.constant('illness-plan'),
  scope: fc.constantFrom('letters' as const, 'referral' as const, 'everything' as const),
  begins: anyDate,
  ends: fc.option(anyDate),
});
const policy: fc.Arbitrary<Policy> = fc
  .record({
    whenSeveral: fc.constantFrom('highest-letter' as const, 'each' as const),
    at: fc.uniqueArray(fc.integer({ min: 1, max: 24 }), { minLength: 4, maxLength: 4 }),
    settleDays: fc.array(fc.nat(5), { minLength: 4, maxLength: 4 }),
    noticeDays: fc.nat(5),
    schools: fc.constantFrom([], [], ['lincoln'], ['washington']),
  })
  .map(({ whenSeveral, at, settleDays, noticeDays, schools }) => {
    const [talk, note, warning, court] = [...at].sort((a, b) => a - b).map((half) => String(half / 2));
    const settled = (n: number) => ({ settleDays: settleDays[n] ?? 1 });
    return aPolicy({
      whenSeveral,
      steps: [
        aStep({ id: 'talk', at: talk ?? '1', ...settled(0) }),
        aStep({ id: 'note', at: note ?? '2', letter: 'note', schools, ...settled(1) }),
        aStep({ id: 'warning', at: warning ?? '3', letter: 'warning', ...settled(2) }),
        aStep({ id: 'court', at: court ?? '4', referral: true, noticeDays, ...settled(3) }),
      ],
    });
  });

function numbered(records: AbsenceRecord[]): AbsenceRecord[] {
  return records.map((record, i) => ({ ...record, id: String(i + 1), sourcedId: `row-${i + 1}` }));
}

const student = fc
  .record({
    records: rows,
    holds: fc.array(hold, { maxLength: 2 }),
    hasRecipient: fc.boolean(),
    birthDate: fc.constantFrom(schoolDate('2013-02-03'), schoolDate('2008-10-05'), null),
    enrolments: fc.oneof(fc.constant(TWO_SCHOOLS), enrolments),
  })
  .map(aStudent);

describe('the order of the rows', () => {
  test('does not matter', () => {
    const shuffled = rows.chain((records) =>
      fc.tuple(fc.constant(records), fc.shuffledSubarray(records, { minLength: records.length })),
    );
    fc.assert(
      fc.property(shuffled, policy, anyDate, ([records, otherOrder], rules, today) => {
        const look = (order: AbsenceRecord[]) =>
          evaluateLadder(aStudent({ records: order, enrolments: TWO_SCHOOLS }), aSetting(rules), today);
        expect(look(otherOrder)).toEqual(look(records));
      }),
    );
  });
});

describe('looking twice', () => {
  test('asks for nothing and leaves every step where it was', () => {
    fc.assert(
      fc.property(student, rows, policy, anyDate, anyDate, (facts, corrected, rules, one, other) => {
        const [early, late] = one < other ? [one, other] : [other, one];
        const before = applyEvaluation(facts, evaluateLadder(facts, aSetting(rules), early));
        const changed = { ...before, records: corrected };
        const first = evaluateLadder(changed, aSetting(rules), late);
        const once = applyEvaluation(changed, first);
        const second = evaluateLadder(once, aSetting(rules), late);
        expect(second.actions).toEqual([]);
        expect(applyEvaluation(once, second).steps).toEqual(once.steps);
        expect(second.nextLookOn).toBe(first.nextLookOn);
      }),
    );
  });
});

describe('a further day of absence', () => {
  test('never takes back a step that is owed', () => {
    fc.assert(
      fc.property(
        student,
        fc.array(absenceDate, { minLength: 1, maxLength: 6 }),
        policy,
        anyDate,
        (facts, more, rules, today) => {
          const further = more.map((date) => absent(date));
          const records = numbered([...facts.records, ...further]);
          const before = evaluateLadder(facts, aSetting(rules), today);
          const then = evaluateLadder({ ...facts, records }, aSetting(rules), today);
          expect(then.total).toBeGreaterThanOrEqual(before.total);
          for (const verdict of before.steps) {
            const now = verdictOf(then, verdict.step);
            expect(now.count).toBeGreaterThanOrEqual(verdict.count);
            if (verdict.state !== null) expect([verdict.state, 'skipped']).toContain(now.state);
            if (now.state === 'skipped')
              expect(['owed', 'skipped']).toContain(verdictOf(then, now.skippedFor ?? '').state);
          }
        },
      ),
    );
  });

  test('never withdraws what is recorded, unless a higher letter takes its place', () => {
    fc.assert(
      fc.property(
        student,
        fc.array(absenceDate, { minLength: 1, maxLength: 6 }),
        policy,
        anyDate,
        (facts, more, rules, today) => {
          const recorded = applyEvaluation(facts, evaluateLadder(facts, aSetting(rules), today));
          const records = numbered([...facts.records, ...more.map((date) => absent(date))]);
          const then = evaluateLadder({ ...recorded, records }, aSetting(rules), today);
          const takenBack = then.actions.filter(
            (action) =>
              action.kind === 'supersede' || (action.kind === 'withdraw' && action.reason === 'count-fell'),
          );
          expect(takenBack).toEqual([]);
        },
      ),
    );
  });
});

/** Rows reach the district on the day they arrive, which may be before or long after their date. */
interface Arrival {
  readonly on: SchoolDate;
  readonly record: AbsenceRecord;
}

interface Played {
  readonly steps: StudentFacts['steps'];
  /** `date: kind step` of everything that was asked for. */
  readonly asked: readonly string[];
  /** How every step stood, and who owned it, at the end of each day in session. */
  readonly days: readonly string[];
  readonly looks: number;
}

/** Plays the autumn day by day. Letters leave on the school day after they were planned, unless something blocks them. */
function play(facts: StudentFacts, arrivals: readonly Arrival[], rules: Policy, everyDay: boolean): Played {
  let current: StudentFacts = { ...facts, records: [] };
  let next: SchoolDate | null = FIRST;
  let latest: Evaluation | null = null;
  const log: string[] = [];
  const days: string[] = [];
  let looks = 0;
  for (const today of DATES) {
    const arrived = arrivals.filter((arrival) => arrival.on === today).map((arrival) => arrival.record);
    const leaving = CALENDAR.isSchoolDay(today) ? readyToLeave(current, latest) : [];
    current = { ...current, records: [...current.records, ...arrived] };
    for (const step of leaving) current = handedOver(current, step, today);
    const due = arrived.length > 0 || leaving.length > 0 || (next !== null && next <= today);
    if (due || everyDay) {
      latest = evaluateLadder(current, aSetting(rules), today);
      looks += 1;
      log.push(...asked(latest).map((action) => `${today}: ${action}`));
      current = applyEvaluation(current, latest);
      next = latest.nextLookOn;
    }
    if (CALENDAR.inSession(today)) {
      days.push(`${today} ${latest?.primarySchoolId}: ${latest?.steps.map(outcome).join(', ')}`);
    }
  }
  return { steps: current.steps, asked: log, days, looks };
}

function outcome({ step, state, superseded, blocks }: StepVerdict): string {
  return `${step} ${state} ${superseded} ${JSON.stringify(blocks)}`;
}

function readyToLeave(facts: StudentFacts, latest: Evaluation | null): string[] {
  if (latest === null) return [];
  const planned = facts.steps.filter((record) => record.state === 'owed' && record.acted);
  const isLetter = new Set(['note', 'warning']);
  return planned
    .map((record) => record.step)
    .filter((step) => isLetter.has(step) && verdictOf(latest, step).reason === 'reached');
}

describe('the next look', () => {
  const delayed = fc
    .tuple(rows, fc.infiniteStream(fc.integer({ min: -5, max: 20 })))
    .map(([records, delays]): Arrival[] =>
      records.map((record) => {
        const on = addDays(record.date, delays.next().value ?? 0);
        return { record, on: DATES.includes(on) ? on : record.date };
      }),
    );

  test('is never missed: looking every day gives what looking only then gives', () => {
    fc.assert(
      fc.property(student, delayed, policy, (facts, arrivals, rules) => {
        const daily = play(facts, arrivals, rules, true);
        const rarely = play(facts, arrivals, rules, false);
        expect(rarely.asked).toEqual(daily.asked);
        expect(rarely.steps).toEqual(daily.steps);
        expect(rarely.days).toEqual(daily.days);
        expect(daily.looks).toBe(DATES.length);
        expect(rarely.looks).toBeLessThanOrEqual(daily.looks);
      }),
    );
  });

  test('lies ahead of the day', () => {
    fc.assert(
      fc.property(student, policy, anyDate, (facts, rules, today) => {
        const { nextLookOn } = evaluateLadder(facts, aSetting(rules), today);
        if (nextLookOn !== null) expect(nextLookOn > today).toBe(true);
      }),
    );
  });
});

describe('a referral', () => {
  test('is never opened before a letter has been out for its notice', () => {
    const out = fc.array(fc.tuple(fc.constantFrom('note', 'warning'), anyDate), { maxLength: 2 });
    fc.assert(
      fc.property(student, out, policy, anyDate, (facts, letters, rules, today) => {
        const lettersOut = letters.map(([step, date]) => letterOut(step, date));
        const evaluation = evaluateLadder({ ...facts, lettersOut }, aSetting(rules), today);
        if (!evaluation.actions.some((action) => action.kind === 'open-referral')) return;
        const noticeDays = rules.steps.at(-1)?.noticeDays ?? 0;
        const noticed = lettersOut.map(
          ({ handedOverOn }) =>
            DATES.filter((day) => handedOverOn < day && day <= today && CALENDAR.isSchoolDay(day)).length,
        );
        expect(Math.max(-1, ...noticed)).toBeGreaterThanOrEqual(noticeDays);
      }),
    );
  });
});
