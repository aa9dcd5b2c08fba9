import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Policy } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { decideStudent } from '../../src/procedure/decide.ts';
import { decisionInWords, decisionOnRecord } from '../../src/procedure/decision-on-record.ts';
import { createProcedureBook, procedureSettings } from '../../src/procedure/procedure-book.ts';
import { replayEvaluation } from '../../src/procedure/replay.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aDeletedAbsence, weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

async function evaluations() {
  return office.db
    .selectFrom('evaluation')
    .select(['id', 'as_of', 'policy_version', 'input_hash', 'result_hash', 'inputs'])
    .orderBy('evaluated_at')
    .orderBy('id')
    .execute();
}

async function replays(): Promise<string[]> {
  const kinds = await Promise.all(
    (await evaluations()).map(async ({ id }) => (await replayEvaluation(office.db, id))?.replay.kind ?? ''),
  );
  return [...new Set(kinds)];
}

describe('equal inputs store nothing new', () => {
  beforeEach(async () => {
    office.absent(weekdaysFrom('2026-08-31', 3));
    office.at('2026-09-18');
    await office.sync();
    await office.decide();
  });

  test('an evaluation is stored with the hash of its inputs, the policy version and the result', async () => {
    const procedure = await office.jobs.procedure();
    expect(await evaluations()).toMatchObject([
      {
        policy_version: procedure.policy.version,
        input_hash: expect.stringMatching(/^[0-9a-f]{32}$/),
        result_hash: expect.stringMatching(/^[0-9a-f]{32}$/),
        inputs: {
          policy: procedure.policy.version,
          outside: { records: [expect.any(String), expect.any(String), expect.any(String)] },
        },
      },
    ]);
  });

  test('the same day again, and a later one on which nothing is new', async () => {
    await office.decide();
    office.at('2026-10-09');
    await office.sync();
    await office.decide();
    expect(await evaluations()).toHaveLength(1);
    const ladder = await office.db.selectFrom('ladder').select('evaluated_as_of').executeTakeFirstOrThrow();
    expect(ladder.evaluated_as_of).toBe('2026-10-09');
  });

  test('a hold is an input; that it is over is none', async () => {
    await office.hold({ scope: 'referral', begins: '2026-09-18', ends: '2026-09-22' });
    await office.decide();
    const held = await evaluations();
    expect(held).toHaveLength(2);
    expect(held[0]?.input_hash).not.toBe(held[1]?.input_hash);
    office.at('2026-09-24');
    await office.decide();
    expect(await evaluations()).toHaveLength(2);
  });

  test('a corrected row', async () => {
    office.absent(weekdaysFrom('2026-08-31', 2));
    office.sis.absences.push(aDeletedAbsence('ada', '2026-09-02'));
    await office.sync();
    await office.decide();
    expect(new Set((await evaluations()).map((row) => row.input_hash)).size).toBe(2);
  });
});

describe('G10: what was stored is enough to work it out again', () => {
  test('every evaluation of weeks with letters, a hold, a correction and another calendar', async () => {
    const eleven = weekdaysFrom('2026-08-31', 5).concat(weekdaysFrom('2026-09-08', 6));
    office.absent(eleven.slice(0, 8));
    await office.days('2026-09-10', '2026-09-16');
    await office.hold({ scope: 'referral', begins: '2026-09-16', ends: '2026-09-30' });
    office.absent(eleven);
    await office.days('2026-09-17', '2026-09-28');
    office.absent(eleven.slice(0, 6));
    for (const date of eleven.slice(6)) office.sis.absences.push(aDeletedAbsence('ada', date));
    await office.days('2026-09-29', '2026-10-02');
    const settings = procedureSettings(office.config);
    const closed = { from: schoolDate('2026-10-01'), to: schoolDate('2026-10-02') };
    const book = createProcedureBook(office.db, {
      ...settings,
      calendarFor: (school, year) => {
        const facts = settings.calendarFor(school, year);
        return { ...facts, closures: [...facts.closures, closed] };
      },
    });
    office.at('2026-10-05');
    await decideStudent(
      office.db,
      await book.on(office.moment().today),
      await office.studentId(),
      office.moment(),
    );
    expect((await evaluations()).length).toBeGreaterThan(6);
    expect(await replays()).toEqual(['same']);
  });

  test('a result that was changed afterwards is told', async () => {
    office.absent(weekdaysFrom('2026-08-31', 5));
    await office.day('2026-09-18');
    await office.db.updateTable('evaluation').set({ result_hash: 'forged' }).execute();
    expect(await replays()).toEqual(['another']);
  });

  test('one from before inputs were stored says so', async () => {
    office.absent(weekdaysFrom('2026-08-31', 5));
    await office.day('2026-09-18');
    const { id } = await office.db
      .updateTable('evaluation')
      .set({ inputs: null })
      .returning('id')
      .executeTakeFirstOrThrow();
    expect((await replayEvaluation(office.db, id))?.replay).toEqual({ kind: 'not-kept', missing: 'inputs' });
  });
});

describe('explain says which decision was in force, and whether it comes out the same', () => {
  const onRecord = async (date: string) =>
    decisionInWords(
      await decisionOnRecord(
        office.db,
        { studentId: await office.studentId(), schoolYear: '2027' },
        schoolDate(date),
      ),
    );

  test('before the first one, on its day, after a correction, and when it was tampered with', async () => {
    office.absent(weekdaysFrom('2026-08-31', 2));
    await office.day('2026-09-08');
    office.absent(weekdaysFrom('2026-08-31', 3));
    await office.day('2026-09-15');
    const [first, second] = await evaluations();
    expect(await onRecord('2026-09-07')).toBe('Nothing was decided up to this day.');
    const words = (row: typeof first, on: string, recomputed: string) =>
      `Decided on ${on} under policy ${row?.policy_version} from inputs ${row?.input_hash}, with result ${row?.result_hash}. Recomputed from what was stored with it: ${recomputed}.`;
    expect(await onRecord('2026-09-14')).toBe(words(first, '2026-09-08', 'the same result'));
    expect(await onRecord('2026-09-16')).toBe(words(second, '2026-09-15', 'the same result'));
    await office.db.deleteFrom('calendar_version').execute();
    expect(await onRecord('2026-09-16')).toBe(
      words(second, '2026-09-15', 'not possible, its calendars were not kept'),
    );
  });
});

test('what was approved is not what is owed afresh', async () => {
  const seven = weekdaysFrom('2026-08-31', 5).concat(weekdaysFrom('2026-09-08', 2));
  office.absent(seven);
  office.at('2026-09-18');
  await office.sync();
  await office.decide();
  const approval = () =>
    office.db
      .selectFrom('ladder_step')
      .select(['state', 'approval', 'approval_by'])
      .where('step', '=', 'first-letter')
      .executeTakeFirst();
  const given = { approval: 'given', approval_by: 'Dana Ruiz' } as const;
  await office.db.updateTable('ladder_step').set(given).where('step', '=', 'first-letter').execute();
  await office.decide();
  expect(await approval()).toEqual({ state: 'owed', ...given });
  office.absent(seven.slice(0, 6));
  office.sis.absences.push(aDeletedAbsence('ada', '2026-09-09'));
  await office.sync();
  await office.decide();
  expect(await approval()).toEqual({ state: 'withdrawn', ...given });
  office.absent([...seven.slice(0, 6), '2026-09-10']);
  await office.sync();
  await office.decide();
  expect(await approval()).toEqual({ state: 'owed', approval: null, approval_by: null });
});

describe('policies', () => {
  const named = (version: string, effectiveFrom: string | null = null): Policy => ({
    ...office.config.policy,
    version,
    effectiveFrom: effectiveFrom === null ? null : schoolDate(effectiveFrom),
  });
  const under = (policy: Policy) =>
    createProcedureBook(office.db, { ...procedureSettings(office.config), policy }).on(office.moment().today);

  async function decideUnder(policy: Policy) {
    const procedure = await under(policy);
    await decideStudent(office.db, procedure, await office.studentId(), office.moment());
    return procedure;
  }

  async function versions() {
    const steps = await office.db
      .selectFrom('ladder_step')
      .select(['step', 'policy_version'])
      .orderBy('step')
      .execute();
    return steps.map((step) => `${step.step} ${step.policy_version}`);
  }

  beforeEach(async () => {
    office.absent(weekdaysFrom('2026-08-31', 5).concat(weekdaysFrom('2026-09-08', 4)));
    office.at('2026-09-18');
    await office.sync();
  });

  test('one is kept with the first decision that rests on it, and holds from that day unless it names another', async () => {
    await under(named('looked at'));
    await decideUnder(named('first'));
    office.at('2026-09-21');
    await decideUnder(named('second', '2026-09-19'));
    office.at('2026-09-22');
    await decideUnder(named('second', '2026-09-19'));
    const kept = await office.db
      .selectFrom('policy_version')
      .select(['version', 'effective_from'])
      .orderBy('effective_from')
      .execute();
    expect(kept).toEqual([
      { version: 'first', effective_from: '2026-09-18' },
      { version: 'second', effective_from: '2026-09-19' },
    ]);
  });

  test('the first has held from the beginning; a later one knows since when it holds, and what held before', async () => {
    const first = await decideUnder(named('first'));
    expect(first.policies).toMatchObject({ since: null, previous: null });
    office.at('2026-09-21');
    const { policies } = await under(named('second'));
    expect(policies.since).toBe('2026-09-21');
    expect(policies.previous?.version).toBe('first');
    expect(policies.of('first')?.steps).toEqual(office.config.policy.steps);
    expect(policies.of('nobody knows')).toBeNull();
  });

  test('until the day that it names, the one before it holds', async () => {
    await decideUnder(named('first'));
    office.at('2026-09-21');
    expect((await under(named('second', '2026-09-22'))).policy.version).toBe('first');
    office.at('2026-09-22');
    const procedure = await under(named('second', '2026-09-22'));
    expect(procedure.policy.version).toBe('second');
    expect(procedure.policies).toMatchObject({ since: '2026-09-22', previous: { version: 'first' } });
  });

  test('a step that was taken stays under the policy that owed it; one that waits goes by the new one', async () => {
    await decideUnder(named('first'));
    expect(await versions()).toEqual(['contact first', 'first-letter first']);
    office.at('2026-09-21');
    await decideUnder(named('second'));
    expect(await versions()).toEqual(['contact first', 'first-letter second']);
    expect((await evaluations()).map((row) => row.policy_version)).toEqual(['first', 'second']);
    expect(await replays()).toEqual(['same']);
  });
});
