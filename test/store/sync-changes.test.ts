import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDays, schoolDate } from '../../src/domain/school-date.ts';
import type { AbsenceRow } from '../../src/domain/sis-records.ts';
import { type SyncOutcome, syncDistrict } from '../../src/procedure/sync-district.ts';
import { changingSis } from '../support/changing-sis.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import {
  aDeletedAbsence,
  aGuardian,
  anAbsence,
  aSchool,
  aStudent,
  enrolledAt,
  linkTo,
  sisRecords,
  syncSettings,
  weekdaysFrom,
} from '../support/sis-records.ts';

let store: Awaited<ReturnType<typeof openTestDatabase>>;

beforeEach(async () => {
  store = await openTestDatabase();
});
afterEach(() => store.drop());

type Sis = ReturnType<typeof changingSis>;

/** One read on a date: everything, or what has changed. */
async function read(sis: Sis, date: string, how: 'full' | 'changes' = 'changes'): Promise<SyncOutcome> {
  return syncDistrict(
    {
      db: store.db,
      pool: store.pool,
      ...syncSettings,
      fullDue: (last) => last === null || how === 'full',
      ...sis.sources(),
    },
    { now: new Date(`${date}T12:00:00Z`), today: schoolDate(date) },
  );
}

async function applied(sis: Sis, date: string, how?: 'full' | 'changes'): Promise<string> {
  const outcome = await read(sis, date, how);
  if (outcome.kind !== 'applied') throw new Error(JSON.stringify(outcome));
  const run = await store.db
    .selectFrom('sync_run')
    .select('kind')
    .where('id', '=', outcome.runId)
    .executeTakeFirstOrThrow();
  return run.kind;
}

/** What is in force, as short texts. */
async function ledger(): Promise<string[]> {
  const rows = await store.db
    .selectFrom('absence_record')
    .innerJoin('student', 'student.id', 'absence_record.student_id')
    .select(['absence_record.sourced_id', 'student.sourced_id as student', 'date', 'excuse'])
    .where('ended_at', 'is', null)
    .orderBy('absence_record.sourced_id')
    .execute();
  return rows.map((row) => `${row.sourced_id} ${row.student} ${row.date} ${row.excuse}`);
}

function served({ records }: Sis): string[] {
  return records.absences
    .filter((row): row is AbsenceRow => !row.deleted)
    .map((row) => `${row.sourcedId} ${row.studentSourcedId} ${row.date} ${row.excuse}`)
    .sort();
}

function small(): Sis {
  return changingSis(
    sisRecords({
      students: [aStudent('ada'), aStudent('ben')],
      guardians: [aGuardian('mum', { links: [linkTo('ada')] })],
      absences: [anAbsence('ada', '2026-09-01'), anAbsence('ben', '2026-09-01')],
    }),
  );
}

describe('a read of changes', () => {
  test('follows a full one, takes what changed and leaves the rest', async () => {
    const sis = small();
    expect(await applied(sis, '2026-09-02')).toBe('full');
    sis.records.absences = [
      anAbsence('ada', '2026-09-01', { excuse: 'excused' }),
      anAbsence('ben', '2026-09-01'),
      anAbsence('ben', '2026-09-02'),
    ];
    expect(await applied(sis, '2026-09-03')).toBe('delta');
    expect(await ledger()).toEqual(served(sis));
  });

  test('takes a tombstone at once, and a row that only vanished not at all', async () => {
    const sis = small();
    await applied(sis, '2026-09-02');
    sis.records.absences = [aDeletedAbsence('ada', '2026-09-01')];
    await applied(sis, '2026-09-03');
    expect(await ledger()).toEqual(['ben/2026-09-01 ben 2026-09-01 unexcused']);
  });

  test('is followed by full ones until what vanished is told apart', async () => {
    const sis = small();
    await applied(sis, '2026-09-02');
    sis.records.absences = sis.records.absences.slice(1);
    await applied(sis, '2026-09-03', 'full');
    expect(await ledger()).toHaveLength(2);
    expect(await applied(sis, '2026-09-04')).toBe('full');
    expect(await ledger()).toEqual(served(sis));
    expect(await applied(sis, '2026-09-05')).toBe('delta');
  });

  test('leaves the cursor where it is when the run is stopped', async () => {
    const sis = small();
    await applied(sis, '2026-09-02');
    const cursors = () => store.db.selectFrom('sync_cursor').selectAll().orderBy('source').execute();
    const before = await cursors();
    const broken = sis.sources();
    const outcome = await syncDistrict(
      {
        db: store.db,
        pool: store.pool,
        ...syncSettings,
        fullDue: () => false,
        ...broken,
        attendance: {
          ...broken.attendance,
          records: () => {
            throw Object.assign(new Error('no answer'), { name: 'SisError', kind: 'unreachable' });
          },
        },
      },
      { now: new Date('2026-09-03T12:00:00Z'), today: schoolDate('2026-09-03') },
    );
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'no answer' });
    expect(await cursors()).toEqual(before);
  });

  test('keeps what the other side of a link still says', async () => {
    const sis = changingSis(
      sisRecords({
        students: [aStudent('ada', { guardianSourcedIds: ['mum'] })],
        guardians: [aGuardian('mum', { links: [linkTo('ada')] })],
        absences: [anAbsence('ada', '2026-09-01')],
      }),
    );
    await applied(sis, '2026-09-02');
    sis.records.students = [aStudent('ada', { familyName: 'Changed', guardianSourcedIds: [] })];
    await applied(sis, '2026-09-03');
    await applied(sis, '2026-09-04');
    const links = () => store.db.selectFrom('guardianship').select('active').execute();
    expect(await links()).toEqual([{ active: true }]);
    sis.records.guardians = [aGuardian('mum', { links: [] })];
    await applied(sis, '2026-09-05');
    expect(await links()).toEqual([{ active: true }]);
    await applied(sis, '2026-09-06');
    expect(await links()).toEqual([{ active: false }]);
  });

  test('becomes a full one when persons come under new ids', async () => {
    const sis = changingSis(
      sisRecords({
        students: [aStudent('s17', { aliases: ['personid:17'] })],
        absences: [anAbsence('s17', '2026-09-01', { sourcedId: 'a1' })],
      }),
    );
    await applied(sis, '2026-09-02');
    sis.records.students = [aStudent('guid-17', { aliases: ['s17', 'personid:17'] })];
    sis.records.absences = [anAbsence('guid-17', '2026-09-01', { sourcedId: 'a1' })];
    expect(await applied(sis, '2026-09-03')).toBe('full');
    expect(await store.db.selectFrom('student').select(['sourced_id', 'active']).execute()).toEqual([
      { sourced_id: 'guid-17', active: true },
    ]);
    expect(await ledger()).toEqual(served(sis));
  });

  test('becomes a full one when the server cannot tell changes', async () => {
    const sis = small();
    await applied(sis, '2026-09-02');
    const sources = sis.sources();
    const whole = sources.roster.students;
    const outcome = await syncDistrict(
      {
        db: store.db,
        pool: store.pool,
        ...syncSettings,
        fullDue: () => false,
        ...sources,
        roster: {
          ...sources.roster,
          students: (query) => {
            if (query.after === null) return whole(query);
            throw Object.assign(new Error('filter refused'), { name: 'SisError', kind: 'no-changes' });
          },
        },
      },
      { now: new Date('2026-09-03T12:00:00Z'), today: schoolDate('2026-09-03') },
    );
    expect(outcome).toMatchObject({ kind: 'applied', counts: { students: 2 } });
  });
});

describe('a person', () => {
  test('who was made one with another goes on under the other, with all that was taken', async () => {
    const sis = small();
    await applied(sis, '2026-09-02');
    const ids = await store.db
      .selectFrom('student')
      .select(['id', 'sourced_id'])
      .orderBy('sourced_id')
      .execute();
    const [ada, ben] = ids;
    const evaluation = await store.db
      .insertInto('evaluation')
      .values({
        student_id: ada?.id ?? 0,
        school_year: '2027',
        as_of: schoolDate('2026-09-02'),
        evaluated_at: new Date('2026-09-02T12:00:00Z'),
        policy_version: '1',
        result_hash: 'x',
        result: '{}',
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await store.db
      .insertInto('ladder_step')
      .values({
        student_id: ada?.id ?? 0,
        school_year: '2027',
        step: 'contact',
        state: 'taken',
        count: '4',
        owed_on: schoolDate('2026-09-02'),
        taken_on: schoolDate('2026-09-02'),
        superseded: false,
        acted: true,
        blocks: '[]',
        reason: 'reached',
        policy_version: '1',
        evaluation_id: evaluation.id,
        changed_at: new Date('2026-09-02T12:00:00Z'),
      })
      .execute();
    sis.records.students = [aStudent('ben', { aliases: ['ada'] })];
    sis.records.guardians = [aGuardian('mum', { links: [linkTo('ben')] })];
    sis.records.absences = [
      anAbsence('ben', '2026-08-31', { sourcedId: 'ada/2026-09-01' }),
      anAbsence('ben', '2026-09-01'),
    ];
    await applied(sis, '2026-09-03', 'full');
    expect(await store.db.selectFrom('ladder_step').select(['student_id', 'state']).execute()).toEqual([
      { student_id: ben?.id, state: 'taken' },
    ]);
    expect(
      await store.db
        .selectFrom('student')
        .select(['sourced_id', 'active', 'merged_into'])
        .orderBy('sourced_id')
        .execute(),
    ).toEqual([
      { sourced_id: 'ada', active: false, merged_into: ben?.id },
      { sourced_id: 'ben', active: true, merged_into: null },
    ]);
    expect(await ledger()).toEqual(served(sis));
  });
});

test('a school that is no longer named, where the SIS gives no dates, was left on that day', async () => {
  const sis = small();
  sis.records.schools = [aSchool('lincoln'), aSchool('grant')];
  await applied(sis, '2026-09-02');
  const enrolments = async () => {
    const rows = await store.db
      .selectFrom('enrolment')
      .innerJoin('student', 'student.id', 'enrolment.student_id')
      .innerJoin('school', 'school.id', 'enrolment.school_id')
      .select(['school.sourced_id', 'begins', 'ends'])
      .where('student.sourced_id', '=', 'ada')
      .orderBy('school.sourced_id')
      .execute();
    return rows.map(({ sourced_id, begins, ends }) => `${sourced_id} ${begins} ${ends}`);
  };
  sis.records.students = [aStudent('ada', { enrolments: [enrolledAt('grant')] }), aStudent('ben')];
  await applied(sis, '2026-09-14');
  expect(await enrolments()).toEqual(['grant null null', 'lincoln null 2026-09-14']);
  await applied(sis, '2026-09-15', 'full');
  expect(await enrolments()).toEqual(['grant null null', 'lincoln null 2026-09-14']);
  sis.records.students = [aStudent('ada'), aStudent('ben')];
  await applied(sis, '2026-09-20');
  expect(await enrolments()).toEqual(['grant null 2026-09-20', 'lincoln null null']);
});

describe('an absence', () => {
  test('that only changes its id is renamed, and never counts beside itself', async () => {
    const sis = small();
    await applied(sis, '2026-09-02');
    sis.records.absences = [
      anAbsence('ada', '2026-09-01', { sourcedId: 'new-id' }),
      anAbsence('ben', '2026-09-01'),
    ];
    await applied(sis, '2026-09-03', 'full');
    expect(await ledger()).toEqual(served(sis));
    const ended = await store.db
      .selectFrom('absence_record')
      .select(['sourced_id', 'end_reason'])
      .where('ended_at', 'is not', null)
      .execute();
    expect(ended).toEqual([{ sourced_id: 'ada/2026-09-01', end_reason: 'renamed' }]);
  });

  test('that disappears from one read and returns has no history of it', async () => {
    const sis = small();
    await applied(sis, '2026-09-02');
    const all = sis.records.absences;
    sis.records.absences = all.slice(1);
    await applied(sis, '2026-09-03', 'full');
    sis.records.absences = all;
    await applied(sis, '2026-09-04', 'full');
    const rows = await store.db
      .selectFrom('absence_record')
      .select(['end_reason', 'missing_since'])
      .execute();
    expect(rows).toEqual([
      { end_reason: null, missing_since: null },
      { end_reason: null, missing_since: null },
    ]);
  });
});

type Edit =
  | {
      readonly kind: 'put';
      readonly row: number;
      readonly student: number;
      readonly day: number;
      readonly excused: boolean;
    }
  | { readonly kind: 'delete' | 'vanish'; readonly row: number }
  | { readonly kind: 'read'; readonly how: 'full' | 'changes' };

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    row: fc.nat(7),
    student: fc.nat(2),
    day: fc.nat(9),
    excused: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom('delete' as const, 'vanish' as const), row: fc.nat(7) }),
  fc.record({
    kind: fc.constant('read' as const),
    how: fc.constantFrom('full' as const, 'changes' as const),
  }),
);

test('whatever is edited, deleted and read again, after two full reads the ledger equals the SIS', async () => {
  const days = weekdaysFrom('2026-09-01', 10);
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 25 }), async (edits) => {
      await store.drop();
      store = await openTestDatabase();
      const sis = changingSis(
        sisRecords({
          students: [aStudent('s0'), aStudent('s1'), aStudent('s2')],
          guardians: [aGuardian('g0', { links: [linkTo('s0')] })],
          // Keeps the collection from being empty, which would be a broken feed.
          absences: [anAbsence('s0', '2026-08-31', { sourcedId: 'anchor' })],
        }),
      );
      let date = schoolDate('2026-09-20');
      await applied(sis, date, 'full');
      for (const one of edits) {
        const { records } = sis;
        if (one.kind === 'read') {
          date = addDays(date, 1);
          await applied(sis, date, one.how);
          continue;
        }
        const id = `r${one.row}`;
        const others = records.absences.filter((row) => row.sourcedId !== id);
        const before = records.absences.find((row) => row.sourcedId === id);
        if (one.kind === 'vanish') {
          records.absences = others;
        } else if (one.kind === 'delete') {
          if (before !== undefined) records.absences = [...others, { ...before, deleted: true }];
        } else if (one.kind === 'put') {
          records.absences = [
            ...others,
            anAbsence(`s${one.student}`, days[one.day] ?? date, {
              sourcedId: id,
              excuse: one.excused ? 'excused' : 'unexcused',
            }),
          ];
        }
      }
      for (let again = 0; again < 2; again += 1) {
        date = addDays(date, 1);
        await applied(sis, date, 'full');
      }
      expect(await ledger()).toEqual(served(sis));
    }),
    { numRuns: 12 },
  );
});
