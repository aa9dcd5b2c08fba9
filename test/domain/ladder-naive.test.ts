import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyEvaluation } from '../../src/domain/apply-evaluation.ts';
import { buildCalendar, type SchoolCalendar } from '../../src/domain/calendar.ts';
import { days } from '../../src/domain/days.ts';
import { evaluateLadder } from '../../src/domain/ladder.ts';
import type {
  Evaluation,
  LadderSetting,
  Mode,
  StepRecord,
  StudentFacts,
} from '../../src/domain/ladder-facts.ts';
import type { Policy, PolicyBook } from '../../src/domain/policy.ts';
import { addDays, ageOn, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import {
  absent,
  aHold,
  anEnrolment,
  aPolicy,
  aStep,
  aStudent,
  COUNTING,
} from '../support/domain-builders.ts';
import {
  type NaivePolicy,
  type NaiveRecord,
  type NaiveRow,
  type NaiveStep,
  type NaiveWorld,
  naiveLook,
} from '../support/naive-ladder.ts';
import { chooseSeed, tellSeed } from '../support/seed.ts';

const FIRST = schoolDate('2026-08-17');
const LAST = schoolDate('2026-11-20');
const DATES: SchoolDate[] = [];
for (let date = FIRST; date <= LAST; date = addDays(date, 1)) DATES.push(date);

const { CI, FC_PATH, FC_RUNS, SURVIVING } = process.env;
const IS_LONG = SURVIVING === 'long';
const SEED = chooseSeed();
/**
 * `FC_SEED` and `FC_PATH`, as a failure prints them, play that one history again; `FC_RUNS` plays more histories, however
 * long they take.
 */
const RUNS = {
  numRuns: Number(FC_RUNS ?? (CI === undefined && !IS_LONG ? 150 : 2_000)),
  seed: SEED,
  // A slow machine plays fewer.
  ...(FC_RUNS === undefined && FC_PATH === undefined
    ? { interruptAfterTimeLimit: IS_LONG ? 60_000 : 8_000 }
    : {}),
  ...(FC_PATH === undefined ? {} : { path: FC_PATH, endOnFailure: true }),
};

type Happening =
  | {
      readonly kind: 'row';
      readonly back: number;
      readonly halves: number;
      readonly excuse: NaiveRow['excuse'];
    }
  | { readonly kind: 'row-gone' | 'row-excused'; readonly which: number }
  | { readonly kind: 'answer'; readonly step: string; readonly answer: 'given' | 'refused' }
  | { readonly kind: 'recipient'; readonly known: boolean }
  | { readonly kind: 'release' }
  | { readonly kind: 'mode'; readonly mode: Mode }
  | {
      readonly kind: 'contract';
      readonly halves: number | null;
      readonly length: number;
      readonly grace: number;
    };

interface History {
  readonly weekdays: readonly number[];
  readonly closed: readonly SchoolDate[];
  readonly secondTerm: SchoolDate;
  readonly policies: readonly NaivePolicy[];
  /** From when on the last policy holds. */
  readonly since: SchoolDate;
  /** A single policy holds from that day on only, and nothing is decided before it. */
  readonly firstHasDay: boolean;
  readonly begins: number;
  readonly baseline: boolean;
  readonly rows: readonly NaiveRow[];
  readonly enrolled: readonly [SchoolDate, SchoolDate];
  readonly born: SchoolDate | null;
  readonly held: { readonly from: SchoolDate; readonly to: SchoolDate } | null;
  readonly mode: Mode;
  readonly postedAfter: number;
  readonly happenings: readonly { readonly on: number; readonly what: Happening }[];
}

const anyDate = fc.constantFrom(...DATES);
const excuse = fc.constantFrom(
  'excused' as const,
  'unexcused' as const,
  'unexcused' as const,
  'unknown' as const,
);
const halves = fc.constantFrom(2, 2, 2, 1);

function aNaiveStep(id: string, kind: NaiveStep['kind'], low: number): fc.Arbitrary<NaiveStep> {
  return fc
    .record({
      unit: fc.constantFrom('days' as const, 'days' as const, 'percent' as const, 'consecutive' as const),
      window: fc.constantFrom('year' as const, 'year' as const, 'term' as const, 5, 12),
      size: fc.nat(4),
      unexcusedOnly: fc.boolean(),
      fromEnrolledDays: fc.constantFrom(1, 5, 10),
      settleDays: fc.nat(3),
      needsApproval: fc.boolean(),
      requalify: fc.boolean(),
      noticeDays: fc.nat(3),
      ages: fc.constantFrom(null, null, null, [6, 12] as const, [13, 17] as const),
    })
    .map(({ unit, size, needsApproval, requalify, ...rest }) => ({
      id,
      kind,
      ...rest,
      unit,
      at:
        unit === 'percent' ? 5 + 5 * (low + size) : unit === 'consecutive' ? 2 * (1 + size) : low + size + 1,
      needsApproval: kind !== 'contact' && needsApproval,
      requalify: kind !== 'referral' && requalify,
      orContract: kind === 'referral',
    }));
}

function aNaivePolicy(name: string): fc.Arbitrary<NaivePolicy> {
  return fc
    .record({
      steps: fc.tuple(
        aNaiveStep('talk', 'contact', 0),
        aNaiveStep('note', 'letter', 1),
        aNaiveStep('warning', 'letter', 3),
        aNaiveStep('court', 'referral', 4),
      ),
      without: fc.constantFrom(null, null, 'note', 'talk'),
      onlyHighest: fc.boolean(),
      unknownIsUnexcused: fc.boolean(),
    })
    .map(({ steps, without, ...rest }) => ({
      name,
      ...rest,
      steps: steps.filter((step) => step.id !== without),
      tardiesPerDay: null,
    }));
}

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('row' as const),
      back: fc.integer({ min: -2, max: 8 }),
      halves,
      excuse,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('row-gone' as const, 'row-excused' as const),
      which: fc.nat(30),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      step: fc.constantFrom('note', 'warning', 'court'),
      answer: fc.constantFrom('given' as const, 'given' as const, 'refused' as const),
    }),
  },
  fc.record({ kind: fc.constant('recipient' as const), known: fc.boolean() }),
  fc.record({ kind: fc.constant('release' as const) }),
  fc.record({
    kind: fc.constant('mode' as const),
    mode: fc.constantFrom('shadow' as const, 'tasks' as const, 'live' as const),
  }),
  fc.record({
    kind: fc.constant('contract' as const),
    halves: fc.option(fc.nat(4)),
    length: fc.integer({ min: 3, max: 40 }),
    grace: fc.nat(3),
  }),
);

const history: fc.Arbitrary<History> = fc.record({
  weekdays: fc.constantFrom([1, 2, 3, 4, 5], [1, 2, 3, 4]),
  closed: fc.array(anyDate, { maxLength: 8 }),
  secondTerm: fc.constantFrom(...DATES.slice(25, 70)),
  policies: fc.oneof(
    fc.tuple(aNaivePolicy('first')),
    fc.tuple(aNaivePolicy('first'), aNaivePolicy('second')),
  ),
  since: fc.constantFrom(...DATES.slice(10, 80)),
  firstHasDay: fc.boolean(),
  begins: fc.constantFrom(0, 0, 20, 45),
  baseline: fc.boolean(),
  rows: fc.array(fc.record({ date: fc.constantFrom(...DATES.slice(0, 75)), halves, excuse }), {
    maxLength: 22,
  }),
  enrolled: fc.constantFrom(
    [FIRST, addDays(LAST, 1)] as const,
    [FIRST, addDays(LAST, 1)] as const,
    [DATES[9] as SchoolDate, DATES[60] as SchoolDate] as const,
    [DATES[14] as SchoolDate, addDays(LAST, 1)] as const,
  ),
  born: fc.constantFrom(schoolDate('2014-02-03'), schoolDate('2013-09-28'), null),
  held: fc.option(fc.record({ from: anyDate, to: anyDate })),
  mode: fc.constantFrom('live' as const, 'live' as const, 'shadow' as const, 'tasks' as const),
  postedAfter: fc.nat(4),
  happenings: fc.array(fc.record({ on: fc.nat(DATES.length - 1), what: happening }), { maxLength: 25 }),
});

function asPolicy(naive: NaivePolicy): Policy {
  return aPolicy({
    version: naive.name,
    counting: { ...COUNTING, unknownExcuse: naive.unknownIsUnexcused ? 'unexcused' : 'neither' },
    whenSeveral: naive.onlyHighest ? 'highest-letter' : 'each',
    steps: naive.steps.map((step) =>
      aStep({
        id: step.id,
        at: step.unit === 'percent' ? String(step.at) : String(step.at / 2),
        unit: step.unit,
        basis: step.unexcusedOnly ? 'unexcused' : 'all',
        window:
          typeof step.window === 'number'
            ? { kind: 'last', schoolDays: step.window }
            : { kind: step.window === 'year' ? 'school-year' : 'term' },
        fromEnrolledDays: step.fromEnrolledDays,
        settleDays: step.settleDays,
        approval: step.needsApproval ? { role: 'administrator', days: 2 } : null,
        requalify: step.requalify,
        orWhen: step.orContract ? ['contract-violated'] : [],
        letter: step.kind === 'letter' ? step.id : null,
        referral: step.kind === 'referral',
        noticeDays: step.noticeDays,
        ages: step.ages === null ? null : { from: step.ages[0], to: step.ages[1] },
      }),
    ),
  });
}

/** Both sides of one history: the product, which looks when it has said that it has to, and the slow one, daily. */
interface Both {
  facts: StudentFacts;
  latest: Evaluation | null;
  world: NaiveWorld;
}

function openBoth(told: History, calendar: SchoolCalendar): Both {
  const rows = onePerDate(told.rows).filter((row) => row.date <= (DATES[told.begins] as SchoolDate));
  const [begins, ends] = told.enrolled;
  const facts = aStudent({
    birthDate: told.born,
    enrolments: [anEnrolment({ begins, ends })],
    holds: told.held === null ? [] : [aHold({ begins: told.held.from, ends: told.held.to })],
  });
  const world: NaiveWorld = {
    dates: DATES.filter((date) => calendar.inSession(date)),
    schoolDays: new Set(DATES.filter((date) => calendar.isSchoolDay(date))),
    terms: [FIRST, told.secondTerm],
    rows,
    enrolled: (date) => begins <= date && date < ends,
    ageOn: (date) => (told.born === null ? null : ageOn(told.born, date as SchoolDate)),
    hasRecipient: true,
    holds: told.held === null ? [] : [told.held],
    contract: null,
    lettersOut: [],
    mode: told.mode,
    baseline: false,
    policies: told.policies,
    since: sinceOf(told) ?? FIRST,
    records: [],
  };
  return { facts, latest: null, world };
}

function sinceOf({ policies, since, firstHasDay }: History): SchoolDate | null {
  return policies.length > 1 || firstHasDay ? since : null;
}

function onePerDate(rows: readonly NaiveRow[]): NaiveRow[] {
  return [...new Map(rows.map((row) => [row.date, row])).values()];
}

/** @returns false when nothing happened that anybody would have to look at. */
function happen(both: Both, what: Happening, today: SchoolDate): void {
  const { world } = both;
  const school = [...world.schoolDays].filter((date) => date <= today);
  switch (what.kind) {
    case 'row': {
      const { back, kind: _, ...row } = what;
      const date = back < 0 ? addDays(today, -back) : (school.at(-1 - back) ?? today);
      world.rows = onePerDate([...world.rows, { ...row, date }]);
      return;
    }
    case 'row-gone':
      world.rows = world.rows.filter((_, index) => index !== what.which);
      return;
    case 'row-excused':
      world.rows = world.rows.map((row, i) => (i === what.which ? { ...row, excuse: 'excused' } : row));
      return;
    case 'answer': {
      const answer = <R extends { step: string; state: string; approval: StepRecord['approval'] }>(
        record: R,
      ): R =>
        record.step === what.step && record.state === 'owed' && record.approval === 'asked'
          ? { ...record, approval: what.answer }
          : record;
      world.records = world.records.map(answer);
      both.facts = { ...both.facts, steps: both.facts.steps.map(answer) };
      return;
    }
    case 'recipient':
      world.hasRecipient = what.known;
      return;
    case 'release': {
      const release = <R extends { state: string; released: boolean }>(record: R): R =>
        record.state === 'pre-existing' ? { ...record, released: true } : record;
      world.records = world.records.map(release);
      both.facts = { ...both.facts, steps: both.facts.steps.map(release) };
      return;
    }
    case 'mode':
      world.mode = what.mode;
      return;
    case 'contract':
      world.contract =
        what.halves === null
          ? null
          : { from: today, to: addDays(today, what.length), halves: what.halves, grace: what.grace };
  }
}

/** The facts as the product gets them, out of the plain world. */
function factsOf({ facts, world }: Both): StudentFacts {
  const { contract } = world;
  return {
    ...facts,
    hasRecipient: world.hasRecipient,
    lettersOut: world.lettersOut.map(({ step, on }) => ({ step, handedOverOn: on as SchoolDate })),
    records: world.rows.map((row, index) =>
      absent(row.date, { id: String(index + 1), fraction: String(row.halves / 2), excuse: row.excuse }),
    ),
    contracts:
      contract === null
        ? []
        : [
            {
              id: 'c',
              ref: 'C-1',
              begins: contract.from as SchoolDate,
              ends: contract.to as SchoolDate,
              allowedDays: days(String(contract.halves / 2)),
              basis: 'all',
              graceDays: contract.grace,
              exceptCodes: [],
              endedOn: null,
            },
          ],
  };
}

/** What was planned and is not held up leaves some school days later; while the school is not live, as a shadow. */
function leave(both: Both, kinds: ReadonlyMap<string, string>, today: SchoolDate, after: number): boolean {
  const { world, latest } = both;
  if (!world.schoolDays.has(today) || latest === null) return false;
  const ready = world.records.filter((record) => {
    const verdict = latest.steps.find((one) => one.step === record.step);
    const waited = [...world.schoolDays].filter((day) => record.owedOn < day && day <= today).length;
    return record.state === 'owed' && record.acted && verdict?.blocks.length === 0 && waited > after;
  });
  for (const { step } of ready) {
    const take = <R extends { step: string; shadow: boolean }>(record: R): R =>
      record.step === step
        ? { ...record, state: 'taken', takenOn: today, shadow: record.shadow || world.mode !== 'live' }
        : record;
    world.records = world.records.map(take);
    both.facts = { ...both.facts, steps: both.facts.steps.map(take) };
    if (kinds.get(step) === 'letter') world.lettersOut = [...world.lettersOut, { step, on: today }];
  }
  return ready.length > 0;
}

/** Letters of the school’s own are none of this world’s. */
function plain({ policyVersion, reachedBy, outside: _outside, ...record }: StepRecord): NaiveRecord {
  return { ...record, policy: policyVersion, by: reachedBy };
}

/** Asking `expect` thousands of times takes longer than everything that it is asked about. */
function same(found: unknown, expected: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) expect(found).toEqual(expected);
}

/** What made a step owed says something for as long as it is owed or taken. */
function comparable(records: readonly NaiveRecord[]): Record<string, unknown> {
  const told = records.map(({ step, by, ...record }) => {
    const rest = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
    const isOpen = record.state === 'owed' || record.state === 'taken';
    return [step, Object.fromEntries(isOpen ? [...rest, ['by', by]] : rest)] as const;
  });
  return Object.fromEntries(told.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function asksOf(evaluation: Evaluation): string[] {
  const quiet = ['open-file', 'open-task'];
  return evaluation.actions
    .filter((action) => !quiet.includes(action.kind))
    .map((action) =>
      action.kind === 'withdraw'
        ? `withdraw:${action.reason} ${action.step}`
        : `${action.kind} ${action.step}`,
    );
}

function play(told: History): { looks: number; days: number } {
  const calendar = buildCalendar({
    firstDay: FIRST,
    lastDay: LAST,
    weekdays: told.weekdays,
    closures: told.closed.map((date) => ({ from: date, to: date })),
    makeUpDays: [],
    weekdayRules: [],
    holidays: [],
    terms: [
      { name: 'Fall', begins: FIRST },
      { name: 'Winter', begins: told.secondTerm },
    ],
    earlyRelease: [],
  });
  const policies = told.policies.map(asPolicy);
  const book: PolicyBook = {
    current: policies.at(-1) as Policy,
    previous: policies.length > 1 ? (policies[0] as Policy) : null,
    since: sinceOf(told),
    of: (version) => policies.find((policy) => policy.version === version) ?? null,
  };
  const kinds = new Map(
    told.policies.flatMap(({ steps }) => steps.map((step) => [step.id, step.kind] as const)),
  );
  const both = openBoth(told, calendar);
  let looks = 0;
  let days = 0;
  for (const [index, today] of DATES.entries()) {
    if (index < told.begins || !calendar.inSession(today)) continue;
    const todays = told.happenings.filter(({ on }) => on === index);
    const arrived = told.rows.filter((row) => row.date === today && index > told.begins);
    both.world.rows = onePerDate([...both.world.rows, ...arrived]);
    const left = leave(both, kinds, today, told.postedAfter);
    for (const { what } of todays) happen(both, what, today);
    if (book.previous === null && book.since !== null && today < book.since) continue;
    const first = days === 0;
    days += 1;
    both.world.baseline = first && told.baseline;

    const { nextLookOn = null } = both.latest ?? {};
    const isDue = nextLookOn !== null && nextLookOn <= today;
    let asked: string[] = [];
    if (first || left || todays.length > 0 || arrived.length > 0 || isDue) {
      looks += 1;
      const setting: LadderSetting = {
        policies: book,
        calendar,
        calendarOf: () => calendar,
        mode: both.world.mode,
        baseline: both.world.baseline,
      };
      both.facts = factsOf(both);
      both.latest = evaluateLadder(both.facts, setting, today);
      asked = asksOf(both.latest);
      const backwards = { ...both.facts, records: [...both.facts.records].reverse() };
      same(evaluateLadder(backwards, setting, today), both.latest);
      both.facts = applyEvaluation(both.facts, both.latest);
      const again = evaluateLadder(both.facts, { ...setting, baseline: false }, today);
      same([today, asksOf(again)], [today, []]);
      same(applyEvaluation(both.facts, again).steps, both.facts.steps);
    }

    const slow = naiveLook(both.world, today);
    both.world.records = slow.records;
    const blocks = Object.fromEntries(
      (both.latest as Evaluation).steps
        .filter(({ step }) => slow.blocks[step] !== undefined)
        .map((verdict) => [verdict.step, verdict.blocks.map((block) => block.kind)]),
    );
    same(
      { today, steps: comparable(both.facts.steps.map(plain)), asked: asked.sort(), blocks },
      { today, steps: comparable(slow.records), asked: slow.asks.sort(), blocks: slow.blocks },
    );
  }
  return { looks, days };
}

describe('a district worked out anew, slowly and by other code', () => {
  test('comes to the same on every day, whatever happens, and no day is missed between two looks', () => {
    let played = 0;
    try {
      fc.assert(
        fc.property(history, (told) => {
          const { looks, days } = play(told);
          expect(looks).toBeLessThanOrEqual(days);
          played += 1;
        }),
        RUNS,
      );
    } finally {
      tellSeed(SEED, `${played} districts, plainly`);
    }
    expect(played).toBeGreaterThan(0);
  }, 900_000);
});
