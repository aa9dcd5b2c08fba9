import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { composeDigests } from '../../jobs/compose-digests.ts';
import { reconcile } from '../../jobs/reconcile.ts';
import { policyLines } from '../../src/cli/plan-ahead.ts';
import { policyTermLines, seenLateLines } from '../../src/cli/policy-term-words.ts';
import { days } from '../../src/domain/days.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { decideStudent } from '../../src/procedure/decide.ts';
import { decideStudents } from '../../src/procedure/decide-batch.ts';
import { planAhead } from '../../src/procedure/plan-ahead.ts';
import { dueAt } from '../../src/procedure/procedure.ts';
import {
  createProcedureBook,
  PolicyAheadError,
  procedureSettings,
} from '../../src/procedure/procedure-book.ts';
import { replayEvaluation } from '../../src/procedure/replay.ts';
import { findDueEvaluations } from '../../src/store/due-work.ts';
import { listPolicyTerms, policyInForce } from '../../src/store/policies.ts';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

/** The shipped policy under another name, its first letter at so many days. */
const named = (version: string, effectiveFrom: string | null, firstLetterAt = '7'): Policy => ({
  ...office.config.policy,
  version,
  effectiveFrom: effectiveFrom === null ? null : schoolDate(effectiveFrom),
  steps: office.config.policy.steps.map((step) =>
    step.id === 'first-letter' ? { ...step, at: days(firstLetterAt) } : step,
  ),
});
const under = (policy: Policy, on: SchoolDate = office.moment().today) =>
  createProcedureBook(office.db, { ...procedureSettings(office.config), policy }).on(on);

async function decideUnder(policy: Policy) {
  const procedure = await under(policy);
  const decided = await decideStudent(office.db, procedure, await office.studentId(), office.moment());
  if (decided.kind !== 'decided') throw new Error('Ada is not known');
  return { procedure, evaluation: decided.evaluation };
}

/** A night's decisions, after which nothing may be new. */
async function nightUnder(policy: Policy): Promise<void> {
  await decideStudents(office.db, await under(policy), [await office.studentId()], office.moment());
}

async function isDue(policy: Policy): Promise<boolean> {
  const procedure = await under(policy);
  const due = await findDueEvaluations(office.db, dueAt(procedure, office.moment()));
  return due.length > 0;
}

async function onDay(date: string): Promise<void> {
  office.at(date);
  await office.sync();
}

describe('a policy that names the day from which it holds', () => {
  test('leaves the one before it in force until then, and nobody is due because of it', async () => {
    office.absent(weekdaysFrom('2026-09-08', 5));
    await onDay('2026-09-21');
    await decideUnder(named('old', null));
    const next = named('new', '2026-10-01', '5');
    office.at('2026-09-30');
    expect((await under(next)).policy.version).toBe('old');
    expect((await policyInForce(office.db, next, office.moment().today)).version).toBe('old');
    await decideUnder(next);
    expect(await isDue(next)).toBe(false);
    office.at('2026-10-01');
    expect((await under(next)).policy.version).toBe('new');
    expect(await isDue(next)).toBe(true);
  });

  test('leaves what was reached before that day to the one that held then', async () => {
    office.absent(weekdaysFrom('2026-09-08', 5));
    await onDay('2026-09-21');
    await decideUnder(named('old', null));
    await onDay('2026-10-01');
    const next = named('new', '2026-10-01', '5');
    const { evaluation } = await decideUnder(next);
    expect(evaluation.steps.find(({ step }) => step === 'first-letter')).toMatchObject({
      state: 'pre-existing',
      reason: 'policy-changed',
    });
    expect(await office.letters()).toEqual([]);
    await decideUnder(next);
    expect(await isDue(next)).toBe(false);
  });

  test('judges what is reached from that day on', async () => {
    office.absent(weekdaysFrom('2026-09-08', 4));
    await onDay('2026-09-21');
    await decideUnder(named('old', null));
    const next = named('new', '2026-10-01', '5');
    await nightUnder(next);
    office.absent([...weekdaysFrom('2026-09-08', 4), '2026-10-01']);
    await onDay('2026-10-07');
    const { evaluation } = await decideUnder(next);
    expect(evaluation.steps.find(({ step }) => step === 'first-letter')).toMatchObject({
      state: 'owed',
      policyVersion: 'new',
    });
    expect(await office.letters()).toHaveLength(1);
  });

  test('which nobody had seen until later holds from the day on which it was first seen', async () => {
    office.absent(weekdaysFrom('2026-09-08', 4));
    await onDay('2026-09-21');
    await decideUnder(named('old', null));
    office.absent([...weekdaysFrom('2026-09-08', 4), '2026-10-01']);
    await onDay('2026-10-07');
    const late = named('new', '2026-10-01', '5');
    const { evaluation } = await decideUnder(late);
    expect(evaluation.steps.find(({ step }) => step === 'first-letter')).toMatchObject({
      state: 'pre-existing',
      reason: 'policy-changed',
    });
    expect(await office.letters()).toEqual([]);
    const terms = await listPolicyTerms(office.db, late, office.moment().today);
    expect(seenLateLines(terms)).toEqual([
      'new names 2026-10-01 (effectiveFrom) and was first seen on 2026-10-07: it holds from 2026-10-07 on.',
    ]);
  });

  test('that names a day before its predecessor was seen does not act on what was reached under it', async () => {
    office.absent(weekdaysFrom('2026-09-08', 4));
    await onDay('2026-09-21');
    await decideUnder(named('at nine', null, '9'));
    office.absent(weekdaysFrom('2026-09-08', 7));
    await onDay('2026-09-28');
    const { evaluation } = await decideUnder(named('at seven', '2026-09-01'));
    expect(evaluation.steps.find(({ step }) => step === 'first-letter')).toMatchObject({
      state: 'pre-existing',
      reason: 'policy-changed',
    });
  });

  test('as the first one of a district: nothing is decided until then', async () => {
    office.absent(weekdaysFrom('2026-09-08', 7));
    await onDay('2026-09-21');
    const ahead = named('first', '2026-10-01');
    await expect(under(ahead)).rejects.toThrow(
      'The policy first holds from 2026-10-01 on (effectiveFrom), and none is in force before it: until then nothing is decided.',
    );
    // Holds that follow the SIS go by it all the same: they only keep things back.
    expect((await policyInForce(office.db, ahead, office.moment().today)).version).toBe('first');
    office.at('2026-10-01');
    expect((await decideUnder(ahead)).procedure.policies).toMatchObject({
      since: '2026-10-01',
      previous: null,
    });
    await expect(under(ahead, schoolDate('2026-09-30'))).rejects.toThrow(PolicyAheadError);
  });

  test('as the first one of a district: what was reached before is left to the school', async () => {
    office.absent(weekdaysFrom('2026-09-08', 7));
    await onDay('2026-09-21');
    await onDay('2026-10-01');
    const ahead = named('first', '2026-10-01');
    const { evaluation } = await decideUnder(ahead);
    const states = evaluation.steps.map(({ step, state, reason }) => [step, state, reason]);
    expect(states.slice(0, 2)).toEqual([
      ['contact', 'pre-existing', 'policy-changed'],
      ['first-letter', 'pre-existing', 'policy-changed'],
    ]);
    expect(await office.letters()).toEqual([]);
    expect(await office.openTasks()).toEqual([]);
    office.absent([...weekdaysFrom('2026-09-08', 7), '2026-10-01', '2026-10-02', '2026-10-05']);
    await onDay('2026-10-12');
    await decideUnder(ahead);
    expect((await office.letters()).map(({ step }) => step)).toEqual(['medical-letter']);
  });

  test('as the first one of a district: what was reached before can be worked out again', async () => {
    office.absent(weekdaysFrom('2026-09-08', 7));
    await onDay('2026-10-01');
    await decideUnder(named('first', '2026-10-01'));
    const { id } = await office.db.selectFrom('evaluation').select('id').executeTakeFirstOrThrow();
    expect((await replayEvaluation(office.db, id))?.replay).toEqual({ kind: 'same' });
  });

  test('lets the jobs of the service rest until then', async () => {
    office.absent(weekdaysFrom('2026-09-08', 7));
    await onDay('2026-09-21');
    const ahead = named('first', '2026-10-01');
    const jobs = { ...office.jobs, procedure: () => under(ahead) };
    const day = { day: '2026-09-21' };
    expect(await reconcile.run(day, jobs, { last: true })).toBe(0);
    expect(await composeDigests.run(day, jobs, { last: true })).toBe(0);
    office.at('2026-10-01');
    expect(await reconcile.run(day, jobs, { last: true })).toBeGreaterThan(0);
  });
});

describe('a policy that comes to hold again', () => {
  const atSeven = () => named('at seven', null);
  const atNine = () => named('at nine', null, '9');

  beforeEach(async () => {
    office.absent(weekdaysFrom('2026-09-08', 4));
    await onDay('2026-09-14');
    await decideUnder(atSeven());
    await onDay('2026-09-16');
    await decideUnder(atNine());
    office.absent(weekdaysFrom('2026-09-08', 7));
    await onDay('2026-09-22');
    await decideUnder(atNine());
  });

  test('leaves what was reached under the one between to that one', async () => {
    const { evaluation } = await decideUnder(atSeven());
    expect(evaluation.steps.find(({ step }) => step === 'first-letter')).toMatchObject({
      state: 'pre-existing',
      reason: 'policy-changed',
    });
    expect(await office.letters()).toEqual([]);
  });

  test('has a term for each time', async () => {
    await decideUnder(atSeven());
    const terms = async (configured: Policy) =>
      (await listPolicyTerms(office.db, configured, office.moment().today)).map(({ policy, from, until }) => [
        policy.version,
        from,
        until,
      ]);
    const expected = [
      ['at seven', null, '2026-09-16'],
      ['at nine', '2026-09-16', '2026-09-22'],
      ['at seven', '2026-09-22', null],
    ];
    expect(await terms(atSeven())).toEqual(expected);
    office.at('2026-09-23');
    expect(await terms(atNine())).toEqual([
      ...expected.slice(0, 2),
      ['at seven', '2026-09-22', '2026-09-23'],
      ['at nine', '2026-09-23', null],
    ]);
  });

  test('on the day on which the other one came is as if that had never been', async () => {
    await decideUnder(named('at five', null, '5'));
    await decideUnder(atNine());
    const terms = await listPolicyTerms(office.db, atNine(), office.moment().today);
    expect(terms.map(({ policy, from }) => [policy.version, from])).toEqual([
      ['at seven', null],
      ['at nine', '2026-09-16'],
    ]);
  });
});

describe('which policy holds when', () => {
  const terms = (configured: Policy) => listPolicyTerms(office.db, configured, office.moment().today);
  const inShort = async (configured: Policy) =>
    (await terms(configured)).map(({ policy, from, until }) => [policy.version, from, until]);

  beforeEach(async () => {
    office.absent(weekdaysFrom('2026-09-08', 4));
    await onDay('2026-09-21');
    await decideUnder(named('first', null));
    office.at('2026-10-01');
    await decideUnder(named('second', '2026-10-01'));
  });

  test('is told for those that decisions rest on and for the one to come', async () => {
    const next = named('third', '2026-11-02');
    expect(await inShort(next)).toEqual([
      ['first', null, '2026-10-01'],
      ['second', '2026-10-01', '2026-11-02'],
      ['third', '2026-11-02', null],
    ]);
    expect(policyTermLines(await terms(next), office.moment().today)).toEqual([
      'Policy in force: second, from 2026-10-01 on',
      'Policy to come: third, from 2026-11-02 on',
    ]);
    office.at('2026-11-02');
    expect(policyTermLines(await terms(next), office.moment().today)).toEqual([
      'Policy in force: third, from 2026-11-02 on',
    ]);
  });

  test('is asked for a day that lies two policies back', async () => {
    const next = named('third', '2026-11-02');
    await nightUnder(next);
    office.at('2026-11-03');
    await decideUnder(next);
    const on = async (date: string) => {
      const { current, previous } = (await under(next, schoolDate(date))).policies;
      return [current.version, previous?.version ?? null];
    };
    expect(await on('2026-09-30')).toEqual(['first', null]);
    expect(await on('2026-10-01')).toEqual(['second', 'first']);
    expect(await on('2026-11-01')).toEqual(['second', 'first']);
    expect(await on('2026-11-02')).toEqual(['third', 'second']);
  });

  test('that is changed before its day leaves no trace of what it said', async () => {
    await nightUnder(named('third', '2026-11-02'));
    expect(await inShort(named('third', '2026-11-02'))).toHaveLength(3);
    expect(await inShort(named('third, changed', '2026-11-09'))).toEqual([
      ['first', null, '2026-10-01'],
      ['second', '2026-10-01', '2026-11-09'],
      ['third, changed', '2026-11-09', null],
    ]);
  });

  test('before the first one, nothing is in force', () => {
    const first = {
      policy: named('first', '2026-11-02'),
      from: schoolDate('2026-11-02'),
      until: null,
      seenOn: schoolDate('2026-11-01'),
    };
    expect(policyTermLines([first], schoolDate('2026-11-01'))).toEqual([
      'No policy is in force yet: nothing is decided.',
      'Policy to come: first, from 2026-11-02 on',
    ]);
  });
});

describe('the plan of the days to come', () => {
  const planned = async (policy: Policy, until: string) => {
    const days = { ...office.moment(), until: schoolDate(until), policy };
    return planAhead(office.db, await under(policy), days, () => {});
  };

  beforeEach(async () => {
    office.absent(weekdaysFrom('2026-09-08', 4));
    await onDay('2026-09-21');
    await decideUnder(named('old', null));
    office.absent([schoolDate('2026-09-21')]);
    await onDay('2026-09-22');
    await decideUnder(named('old', null));
  });

  test('goes by the policy that is in force on each of them', async () => {
    // The fifth absence is settled on the 24th, the day on which the lower line comes to hold.
    const tomorrow = await planned(named('new', '2026-09-24', '5'), '2026-09-30');
    expect(tomorrow.planned.map(({ step, on }) => [step, on])).toEqual([['first-letter', '2026-09-24']]);
    const later = await planned(named('new', '2026-09-29', '5'), '2026-09-30');
    expect(later.planned).toEqual([]);
    const beyond = await planned(named('new', '2026-10-05', '5'), '2026-09-30');
    expect([beyond.planned, beyond.studentsLookedAt]).toEqual([[], 0]);
  });

  test('names the policy that is tried, and since when it would hold', async () => {
    const lines = async (policy: Policy) => policyLines(await planned(policy, '2026-09-30'), policy);
    expect(await lines(named('new', '2026-10-05', '5'))).toEqual([
      'As if new were the configured policy: it would hold from 2026-10-05 on.',
      'Policy in force: old',
      'Policy to come: new, from 2026-10-05 on',
    ]);
    expect(await lines(named('new', null, '5'))).toEqual([
      'As if new were the configured policy: it would hold from today on.',
      'Policy in force: new, from 2026-09-22 on',
    ]);
    expect(policyLines(await planned(named('old', null), '2026-09-30'), null)).toEqual([
      'Policy in force: old',
    ]);
  });
});
