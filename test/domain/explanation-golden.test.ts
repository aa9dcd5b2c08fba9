import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { ApprovalOnRecord } from '../../src/domain/approval-words.ts';
import { buildCalendar } from '../../src/domain/calendar.ts';
import { days } from '../../src/domain/days.ts';
import { explainEvaluation } from '../../src/domain/explanation.ts';
import { evaluateLadder } from '../../src/domain/ladder.ts';
import type { Evaluation, LadderSetting, StudentFacts } from '../../src/domain/ladder-facts.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
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
  letterOut,
  SCHOOL_YEAR,
  schoolDaysFrom,
} from '../support/domain-builders.ts';

const FOLDER = new URL('golden/', import.meta.url);

interface Told {
  readonly facts: StudentFacts;
  readonly on: string;
  readonly policy?: Policy;
  readonly setting?: Partial<LadderSetting>;
  readonly approvals?: readonly ApprovalOnRecord[];
  /** What no count of these rows gives by itself. */
  readonly also?: Partial<Evaluation>;
}

const TERMS = buildCalendar({
  ...SCHOOL_YEAR,
  terms: [
    { name: 'Fall', begins: schoolDate('2026-08-17') },
    { name: 'Spring', begins: schoolDate('2027-01-04') },
  ],
});

const seven = aStudent({ records: absentInARow(7) });
const owed = (rest: Parameters<typeof aStepRecord>[2] = {}) =>
  aStepRecord('first-letter', 'owed', { acted: true, ...rest });
const taken = (rest: Parameters<typeof aStepRecord>[2] = {}) => aStepRecord('first-letter', 'taken', rest);
const letter = (step: Partial<Parameters<typeof aStep>[0]>) =>
  aPolicy({
    steps: [
      aStep({ id: 'first-letter', title: 'First Letter', at: '7', settleDays: 3, letter: 'first', ...step }),
    ],
  });
const contracts = [
  {
    id: 'c-1',
    ref: 'C-4T2K',
    begins: schoolDate('2026-09-01'),
    ends: schoolDate('2026-11-20'),
    allowedDays: days('2'),
    basis: 'all' as const,
    graceDays: 3,
    exceptCodes: [],
    endedOn: null,
  },
];
const byContract = aPolicy({
  steps: [
    aStep({
      id: 'referral',
      title: 'Referral',
      at: '11',
      settleDays: 5,
      referral: true,
      orWhen: ['contract-violated'],
    }),
  ],
});
const percent = letter({ at: '10', unit: 'percent', fromEnrolledDays: 20 });
const three = aStudent({ records: ['2026-09-01', '2026-09-08', '2026-09-15'].map((date) => absent(date)) });
const lastTwenty = letter({ at: '3', window: { kind: 'last', schoolDays: 20 } });
const inTerm = letter({ at: '3', window: { kind: 'term' }, requalify: true });

const approved = letter({ approval: { role: 'administrator', days: 2 } });
const approval = (rest: Partial<ApprovalOnRecord> = {}): ApprovalOnRecord => ({
  step: 'first-letter',
  ref: 'A-7F3K-2Q9M',
  state: 'asked',
  askedOn: schoolDate('2026-09-15'),
  answeredOn: null,
  by: null,
  reason: null,
  ...rest,
});
const answered = (state: 'given' | 'refused', reason: string | null) =>
  approval({ state, answeredOn: schoolDate('2026-09-16'), by: 'Dana Ruiz', reason });

const TOLD: Record<string, Told> = {
  'plain-below': { facts: aStudent({ records: absentInARow(2) }), on: '2026-10-01' },
  'plain-on-its-way': { facts: seven, on: '2026-09-15' },
  'as-of-the-day-before': { facts: seven, on: '2026-09-14' },
  'jump-and-notice': { facts: aStudent({ records: absentInARow(12) }), on: '2026-10-01' },
  'referral-noticed': {
    facts: aStudent({
      records: absentInARow(12),
      steps: [aStepRecord('medical-letter', 'taken')],
      lettersOut: [letterOut('medical-letter', '2026-09-28')],
    }),
    on: '2026-10-01',
  },
  'percent-reached': {
    facts: three,
    on: '2026-09-30',
    policy: letter({ at: '9.5', unit: 'percent', fromEnrolledDays: 20 }),
  },
  'percent-below': { facts: three, on: '2026-10-20', policy: percent },
  'percent-too-early': {
    facts: aStudent({ records: absentInARow(3, '2026-08-18') }),
    on: '2026-08-28',
    policy: percent,
  },
  'percent-latched': {
    facts: { ...three, steps: [taken({ owedOn: schoolDate('2026-09-25') })] },
    on: '2026-12-01',
    policy: letter({ at: '10', unit: 'percent', fromEnrolledDays: 20 }),
  },
  'term-second-round': {
    facts: aStudent({ records: [...absentInARow(3), ...absentInARow(3, '2027-01-04')], steps: [taken()] }),
    on: '2027-01-20',
    policy: inTerm,
    setting: { calendar: TERMS, calendarOf: () => TERMS },
  },
  'last-school-days-time-passed': {
    facts: aStudent({
      records: absentInARow(3),
      steps: [owed({ owedOn: schoolDate('2026-09-09') })],
      hasRecipient: false,
    }),
    on: '2026-10-09',
    policy: lastTwenty,
  },
  'last-school-days-waiting': {
    facts: aStudent({ records: absentInARow(3), steps: [owed({ owedOn: schoolDate('2026-09-15') })] }),
    on: '2026-10-06',
    policy: lastTwenty,
  },
  'days-in-a-row': {
    facts: seven,
    on: '2026-10-01',
    policy: letter({ at: '5', unit: 'consecutive', basis: 'unexcused' }),
  },
  'unexcused-only': {
    facts: aStudent({
      records: absentInARow(8).map((row, i) => ({
        ...row,
        excuse: i < 3 ? ('excused' as const) : ('unexcused' as const),
      })),
    }),
    on: '2026-10-01',
    policy: letter({ basis: 'unexcused' }),
  },
  'tardies-and-suspension': {
    facts: aStudent({ records: absentInARow(3) }),
    on: '2026-10-01',
    policy: aPolicy({ counting: { ...COUNTING, tardies: { perDay: 3, excuses: ['unexcused'] } } }),
    also: { buckets: { suspension: days('2'), tardies: 4 } },
  },
  'hold-and-unmapped-code': {
    facts: aStudent({
      records: [...absentInARow(7), absent('2026-09-28', { codeId: 'WTR' })],
      holds: [aHold({ kind: 'bereavement' })],
    }),
    on: '2026-10-01',
  },
  'absolute-hold': {
    facts: { ...seven, holds: [aHold({ kind: 'deceased', scope: 'absolute' })] },
    on: '2026-10-01',
  },
  'approval-and-deadline': {
    facts: seven,
    on: '2026-09-15',
    policy: letter({ approval: { role: 'administrator', days: 2 }, legalDeadlineDays: 10 }),
  },
  'approval-overdue': {
    facts: { ...seven, steps: [owed({ acted: false, approval: 'asked', owedOn: schoolDate('2026-09-15') })] },
    on: '2026-10-01',
    policy: letter({ approval: { role: 'administrator', days: 2 }, legalDeadlineDays: 10 }),
  },
  'approval-asked': {
    facts: { ...seven, steps: [owed({ acted: false, approval: 'asked', owedOn: schoolDate('2026-09-15') })] },
    on: '2026-09-16',
    policy: approved,
    approvals: [approval()],
  },
  'approval-given': {
    facts: { ...seven, steps: [owed({ acted: true, approval: 'given' })] },
    on: '2026-09-16',
    policy: approved,
    approvals: [answered('given', null)],
  },
  'approval-refused': {
    facts: { ...seven, steps: [aStepRecord('first-letter', 'skipped', { approval: 'refused' })] },
    on: '2026-10-01',
    policy: approved,
    approvals: [answered('refused', 'the family is moving away')],
  },
  'approval-withdrawn': {
    facts: aStudent({ records: absentInARow(6), steps: [owed({ acted: false, approval: 'asked' })] }),
    on: '2026-10-01',
    policy: approved,
    approvals: [approval()],
  },
  'second-round-approval': {
    facts: aStudent({
      records: [...absentInARow(3), ...absentInARow(3, '2027-01-04')],
      steps: [owed({ acted: false, approval: 'asked', round: 2, owedOn: schoolDate('2027-01-12') })],
    }),
    on: '2027-01-13',
    policy: letter({
      at: '3',
      window: { kind: 'term' },
      requalify: true,
      approval: { role: 'administrator', days: 2 },
      legalDeadlineDays: 10,
    }),
    setting: { calendar: TERMS, calendarOf: () => TERMS },
    approvals: [
      answered('given', 'spoke with the teacher'),
      approval({ ref: 'A-9H4T-XK3D', askedOn: schoolDate('2027-01-12') }),
    ],
  },
  superseded: {
    facts: aStudent({ records: absentInARow(6), steps: [taken()] }),
    on: '2026-10-01',
    policy: letter({}),
  },
  withdrawn: {
    facts: aStudent({ records: absentInARow(6), steps: [owed()] }),
    on: '2026-10-01',
    policy: letter({}),
  },
  baseline: { facts: seven, on: '2026-11-03', setting: { baseline: true } },
  'pre-existing': {
    facts: {
      ...seven,
      steps: [aStepRecord('contact', 'pre-existing'), aStepRecord('first-letter', 'pre-existing')],
    },
    on: '2026-11-04',
  },
  'contract-violated': {
    facts: aStudent({ records: absentInARow(3), contracts }),
    on: '2026-10-01',
    policy: byContract,
  },
  'contract-in-grace': {
    facts: aStudent({ records: absentInARow(3), contracts }),
    on: '2026-09-04',
    policy: byContract,
  },
  'contract-kept': {
    facts: aStudent({ records: absentInARow(2), contracts }),
    on: '2026-12-01',
    policy: byContract,
  },
  'contract-terms': {
    facts: aStudent({
      records: [absent('2026-09-02', { fraction: '0.5' })],
      contracts: contracts.map((one) => ({
        ...one,
        basis: 'unexcused' as const,
        graceDays: 0,
        exceptCodes: ['DOC', 'MED'],
      })),
    }),
    on: '2026-10-01',
    policy: byContract,
  },
  'contract-ended-after-violation': {
    facts: aStudent({
      records: absentInARow(3),
      contracts: contracts.map((one) => ({ ...one, endedOn: schoolDate('2026-09-21') })),
      steps: [aStepRecord('referral', 'taken', { reachedBy: 'contract' })],
    }),
    on: '2026-10-01',
    policy: byContract,
  },
  'contract-ended-before-hand-over': {
    facts: aStudent({
      records: absentInARow(3),
      contracts: contracts.map((one) => ({ ...one, endedOn: schoolDate('2026-09-21') })),
      steps: [aStepRecord('referral', 'owed', { reachedBy: 'contract', acted: true })],
    }),
    on: '2026-10-01',
    policy: byContract,
  },
  'contract-excused-and-count-reached': {
    facts: aStudent({
      records: absentInARow(13).slice(2),
      contracts: contracts.map((one) => ({ ...one, ends: schoolDate('2026-09-04') })),
      steps: [aStepRecord('referral', 'taken', { reachedBy: 'contract' })],
    }),
    on: '2026-10-01',
    policy: byContract,
  },
  'contract-violation-excused': {
    facts: aStudent({
      records: absentInARow(2),
      contracts,
      steps: [aStepRecord('referral', 'taken', { reachedBy: 'contract' })],
    }),
    on: '2026-10-01',
    policy: byContract,
  },
  shadow: { facts: seven, on: '2026-09-15', setting: { mode: 'shadow' } },
  'shadow-ended': {
    facts: { ...seven, steps: [taken({ shadow: true })] },
    on: '2026-10-01',
    policy: letter({}),
  },
  'sent-by-school': {
    facts: aStudent({ records: absentInARow(5), steps: [taken({ outside: true })] }),
    on: '2026-10-01',
    policy: letter({}),
  },
  'policy-raised': {
    facts: { ...seven, steps: [taken({ policyVersion: 'old' })] },
    on: '2026-11-03',
    policy: { ...letter({ at: '10' }), version: 'new' },
    setting: {
      policies: {
        current: { ...letter({ at: '10' }), version: 'new' },
        since: schoolDate('2026-11-02'),
        previous: { ...letter({}), version: 'old' },
        of: (version) =>
          version === 'old' ? { ...letter({}), version } : { ...letter({ at: '10' }), version },
      },
    },
  },
  'step-removed': {
    facts: { ...seven, steps: [aStepRecord('gone', 'owed')] },
    on: '2026-10-01',
    policy: letter({ at: '10' }),
  },
  'unknown-age': {
    facts: { ...seven, birthDate: null },
    on: '2026-10-01',
    policy: letter({ ages: { from: 6, to: 17 } }),
  },
  'rows-left-out': {
    facts: aStudent({
      records: [
        ...schoolDaysFrom('2026-09-08', 3).map((date) =>
          absent(date, { fraction: '0.5', excuse: 'unknown' }),
        ),
        absent('2026-09-14', { excuse: 'exempt' }),
        absent('2026-09-19'),
        absent('2026-10-02'),
      ],
    }),
    on: '2026-10-01',
  },
  leaver: {
    facts: { ...seven, enrolments: [anEnrolment({ ends: schoolDate('2026-09-28') })] },
    on: '2026-10-01',
  },
};

function textOf({ facts, on, policy = aPolicy(), setting = {}, approvals = [], also = {} }: Told): string {
  const evaluation = { ...evaluateLadder(facts, aSetting(policy, setting), schoolDate(on)), ...also };
  const { summary, steps } = explainEvaluation(evaluation, policy, 'Maya Ortiz', approvals);
  return `${[summary, ...steps.map(({ sentence }) => `- ${sentence}`)].join('\n')}\n`;
}

/** `GOLDEN=write` writes the texts anew; a person reads them before they go in. */
describe('the text that is read out at a hearing', () => {
  test.each(Object.entries(TOLD))('%s', (name, told) => {
    const file = new URL(`${name}.txt`, FOLDER);
    if (process.env.GOLDEN === 'write') writeFileSync(file, textOf(told));
    expect(textOf(told)).toBe(readFileSync(file, 'utf8'));
  });

  test('there is no text that nothing tells', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(
      Object.keys(TOLD)
        .map((name) => `${name}.txt`)
        .sort(),
    );
  });
});
