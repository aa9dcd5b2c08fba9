import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import type { AbsenceRow, StudentRecord } from '../../src/domain/sis-records.ts';
import { type SyncOutcome, syncDistrict } from '../../src/procedure/sync-district.ts';
import { absencesRightAsOf } from '../../src/store/source-health.ts';
import { findSyncRun, listProblems } from '../../src/store/sync/sync-runs.ts';
import { openTask } from '../../src/store/tasks.ts';
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

/** Collections that the last run has read whole. */
async function readWhole(): Promise<string[]> {
  const { read_whole: whole } = await store.db
    .selectFrom('sync_run')
    .select('read_whole')
    .orderBy('ordinal', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return whole;
}

/** Ids of absences that have ended, and why. */
async function endings(): Promise<string[]> {
  const ended = await store.db
    .selectFrom('absence_record')
    .select(['sourced_id', 'end_reason'])
    .where('ended_at', 'is not', null)
    .orderBy('sourced_id')
    .execute();
  return ended.map((row) => `${row.sourced_id} ${row.end_reason}`);
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

  test.each(['students', 'guardians'] as const)(
    'that removes many %s by their ids alone is stopped like one that removes them row by row',
    async (collection) => {
      const ids = Array.from({ length: 40 }, (_, place) => `${place}`);
      const sis = changingSis(
        sisRecords({
          students: ids.map((id) => aStudent(`s${id}`)),
          guardians: ids.map((id) => aGuardian(`g${id}`, { links: [linkTo(`s${id}`)] })),
          absences: [anAbsence('s1', '2026-09-01')],
        }),
      );
      await applied(sis, '2026-09-02');
      const removed = sis.records[collection].slice(0, 24);
      const sources = sis.sources();
      const outcome = await syncDistrict(
        {
          db: store.db,
          pool: store.pool,
          ...syncSettings,
          fullDue: () => false,
          ...sources,
          roster: {
            ...sources.roster,
            [collection]: async function* () {
              const records = removed.map(({ sourcedId }) => ({ sourcedId, deleted: true as const }));
              yield { records, problems: [], repeated: 0 };
            },
          },
        },
        { now: new Date('2026-09-03T12:00:00Z'), today: schoolDate('2026-09-03') },
      );
      expect(outcome.kind).toBe('quarantined');
      const run = await findSyncRun(store.db, outcome.runId);
      expect(run?.evidence).toContainEqual(
        expect.objectContaining({ guard: 'shrunk', collection, before: 40, found: 16 }),
      );
    },
  );

  test('is followed by full ones until a guardian who vanished is told apart', async () => {
    const sis = small();
    sis.records.students = [aStudent('ada', { guardianSourcedIds: ['mum'] }), aStudent('ben')];
    await applied(sis, '2026-09-02');
    // The student still names her.
    sis.records.guardians = [aGuardian('dad')];
    await applied(sis, '2026-09-03', 'full');
    const mum = () =>
      store.db.selectFrom('guardian').select('active').where('sourced_id', '=', 'mum').executeTakeFirst();
    expect(await mum()).toEqual({ active: true });
    expect(await applied(sis, '2026-09-04')).toBe('full');
    expect(await mum()).toEqual({ active: false });
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

  test('that becomes a full one tells each row that could not be used once', async () => {
    const sis = changingSis(
      sisRecords({
        students: [aStudent('s17', { aliases: ['personid:17'] })],
        absences: [anAbsence('s17', '2026-09-01', { sourcedId: 'a1' })],
      }),
    );
    await applied(sis, '2026-09-02');
    sis.records.students = [aStudent('guid-17', { aliases: ['s17', 'personid:17'] })];
    const sources = sis.sources();
    const problem = {
      collection: 'guardians',
      row: 'g1',
      field: 'role',
      found: 'a list',
      expected: 'a text',
    };
    const outcome = await syncDistrict(
      {
        db: store.db,
        pool: store.pool,
        ...syncSettings,
        fullDue: () => false,
        ...sources,
        roster: {
          ...sources.roster,
          guardians: async function* (query) {
            for await (const page of sources.roster.guardians(query)) yield page;
            yield { records: [], problems: query.after === null ? [] : [problem], repeated: 0 };
          },
          students: async function* (query) {
            const problems = [{ ...problem, collection: 'students', row: 's9' }];
            for await (const page of sources.roster.students(query)) yield { ...page, problems };
          },
        },
      },
      { now: new Date('2026-09-03T12:00:00Z'), today: schoolDate('2026-09-03') },
    );
    expect(await listProblems(store.db, outcome.runId, 9)).toEqual([
      { ...problem, collection: 'students', row: 's9' },
    ]);
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

describe('a read of changes in which no absence came', () => {
  const rightAsOf = async () => (await absencesRightAsOf(store.db))?.toISOString() ?? null;

  /** Serves as on a server: each read says when it was made, and nothing at all while `silent`. */
  function service(sis: Sis, silent: { whole: boolean; changes: boolean }): Sis {
    return {
      ...sis,
      sources() {
        const { roster, attendance } = sis.sources();
        return {
          roster,
          attendance: {
            ...attendance,
            records: async function* (query) {
              if (query.after === null ? silent.whole : silent.changes) {
                query.known?.beginPass();
                yield { records: [], problems: [], repeated: 0 };
              } else yield* attendance.records(query);
            },
            completeness: () => ({ ...attendance.completeness(), asOf: `${night}T02:00:00.000Z` }),
          },
        };
      },
    };
  }
  let night = '';
  const readOn = (sis: Sis, date: string) => {
    night = date;
    return read(sis, date);
  };

  test('is believed on a school day once a whole read of absences has found the same', async () => {
    const sis = service(small(), { whole: false, changes: false });
    await readOn(sis, '2026-09-02');
    expect(await readOn(sis, '2026-09-03')).toMatchObject({
      kind: 'applied',
      counts: { absencesReadWhole: 1, attendances: 2 },
    });
    expect(await readWhole()).toEqual(['schools', 'attendances']);
    expect(await rightAsOf()).toBe('2026-09-03T02:00:00.000Z');
  });

  test('is stopped on a school day when the whole read is as empty, and the absences stay as old as they were', async () => {
    const silent = { whole: false, changes: false };
    const sis = service(small(), silent);
    await readOn(sis, '2026-09-02');
    const cursors = () => store.db.selectFrom('sync_cursor').selectAll().orderBy('source').execute();
    const before = await cursors();
    Object.assign(silent, { whole: true, changes: true });
    sis.records.absences.push(anAbsence('ada', '2026-09-02'));
    for (const date of ['2026-09-03', '2026-09-04']) {
      expect(await readOn(sis, date)).toMatchObject({
        kind: 'quarantined',
        reason: 'attendances came back empty; the last whole read had 2',
      });
    }
    expect(await cursors()).toEqual(before);
    expect(await rightAsOf()).toBe('2026-09-02T02:00:00.000Z');
  });

  test('brings what a server has that cannot tell its changes', async () => {
    const sis = service(small(), { whole: false, changes: true });
    await readOn(sis, '2026-09-02');
    sis.records.absences.push(anAbsence('ada', '2026-09-02'));
    expect(await readOn(sis, '2026-09-03')).toMatchObject({ kind: 'applied' });
    expect(await ledger()).toEqual(served(sis));
  });

  test('and that serves the same old answer for days on end makes nothing fresh', async () => {
    // Ten rows a day by what came before: after two days of school without one, the source has stopped.
    const sis = service(
      changingSis(
        sisRecords({
          students: Array.from({ length: 20 }, (_, place) => aStudent(`s${place}`)),
          absences: weekdaysFrom('2026-08-17', 12).flatMap((day) =>
            Array.from({ length: 20 }, (_, student) => anAbsence(`s${student}`, day)),
          ),
        }),
      ),
      { whole: false, changes: false },
    );
    await readOn(sis, '2026-09-02');
    for (const [date, fresh] of [
      ['2026-09-03', '2026-09-03'],
      ['2026-09-04', '2026-09-03'],
      ['2026-09-07', '2026-09-03'],
      ['2026-09-08', '2026-09-03'],
    ] as const) {
      expect(await readOn(sis, date)).toMatchObject({ kind: 'applied', counts: { absencesReadWhole: 1 } });
      expect([date, await rightAsOf()]).toEqual([date, `${fresh}T02:00:00.000Z`]);
    }
    sis.records.absences.push(anAbsence('s1', '2026-09-02'));
    await readOn(sis, '2026-09-09');
    expect(await rightAsOf()).toBe('2026-09-09T02:00:00.000Z');
  });

  test('is nothing to ask about where no school is held, and makes nothing fresh', async () => {
    const sis = service(small(), { whole: false, changes: false });
    await readOn(sis, '2026-09-04');
    // A Saturday; on Sunday it is asked, since letters may leave on Monday before the next read.
    await readOn(sis, '2026-09-05');
    expect(await readWhole()).toEqual(['schools']);
    expect(await rightAsOf()).toBe('2026-09-04T02:00:00.000Z');
    await readOn(sis, '2026-09-06');
    expect(await rightAsOf()).toBe('2026-09-06T02:00:00.000Z');
  });

  test('of one school that usually has many is asked about, and of a small one not', async () => {
    const days = weekdaysFrom('2026-08-03', 23);
    const sis = changingSis(
      sisRecords({
        schools: [aSchool('lincoln'), aSchool('grant'), aSchool('hill')],
        students: Array.from({ length: 90 }, (_, place) =>
          aStudent(`s${place}`, {
            enrolments: [enrolledAt(place < 30 ? 'lincoln' : place < 60 ? 'grant' : 'hill')],
          }),
        ),
        absences: days.flatMap((day, place) => [
          ...Array.from({ length: 25 }, (_, student) => anAbsence(`s${student}`, day)),
          ...Array.from({ length: 25 }, (_, student) =>
            anAbsence(`s${30 + student}`, day, { schoolSourcedId: 'grant' }),
          ),
          ...(place === 0 ? [anAbsence('s60', day, { schoolSourcedId: 'hill' })] : []),
        ]),
      }),
    );
    expect(await read(sis, '2026-09-03')).toMatchObject({ kind: 'applied' });
    const of = (...students: number[]) =>
      students.map((student) =>
        anAbsence(`s${student}`, '2026-09-03', {
          schoolSourcedId: student < 30 ? 'lincoln' : 'grant',
        }),
      );
    sis.records.absences.push(...of(1, 31));
    await applied(sis, '2026-09-04');
    expect(await readWhole()).toEqual(['schools']);
    sis.records.absences.push(...of(2));
    await applied(sis, '2026-09-05');
    expect(await readWhole()).toEqual(['schools', 'attendances']);
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

describe('an id of another person', () => {
  const students = () =>
    store.db.selectFrom('student').select(['sourced_id', 'given_name']).orderBy('id').execute();

  test.each<[string, Partial<StudentRecord>, string[]]>([
    ['the same name', {}, ['new', 'ben']],
    [
      'the same name, worded otherwise',
      { givenName: 'JOSE ANGEL', familyName: 'Nunez Ibarra' },
      ['new', 'ben'],
    ],
    ['a family name only', { givenName: 'Zoe' }, ['ada', 'ben', 'new']],
    ['a given name only', { familyName: 'Other' }, ['ada', 'ben', 'new']],
    ['another name and the same birth date', { givenName: 'Zoe', familyName: 'Other' }, ['new', 'ben']],
  ])('is adopted with the same name or birth date: %s', async (what, change, expected) => {
    const name = { givenName: 'José-Ángel', familyName: 'Núñez Ibarra', aliases: ['stateid:77'] };
    const sis = small();
    sis.records.students = [aStudent('ada', name), aStudent('ben')];
    const born = (sourcedId: string) => ({
      sourcedId,
      birthDate: schoolDate('2015-03-01'),
      address: null,
      phone: null,
    });
    if (what.includes('birth date')) sis.records.demographics = [born('ada')];
    await applied(sis, '2026-09-02');
    sis.records.students = [aStudent('new', { ...name, ...change }), aStudent('ben')];
    sis.records.absences = [anAbsence('ben', '2026-09-01')];
    if (what.includes('birth date')) sis.records.demographics = [born('new')];
    await applied(sis, '2026-09-03', 'full');
    expect((await students()).map(({ sourced_id }) => sourced_id)).toEqual(expected);
  });

  test('under another name is told to people and never carries what was counted', async () => {
    const sis = small();
    sis.records.students = [aStudent('ada', { givenName: 'Ada', aliases: ['stateid:77'] }), aStudent('ben')];
    await applied(sis, '2026-09-02');
    sis.records.students = [aStudent('zoe', { givenName: 'Zoe', aliases: ['stateid:77'] }), aStudent('ben')];
    sis.records.absences = [
      anAbsence('ben', '2026-09-01'),
      anAbsence('zoe', '2026-09-02', { studentSourcedId: 'stateid:77' }),
    ];
    const outcome = await read(sis, '2026-09-03', 'full');
    expect(outcome).toMatchObject({
      kind: 'applied',
      counts: { studentsRenamed: 0, personsUnderIdsOfOthers: 1 },
    });
    expect(await ledger()).toEqual([
      'ada/2026-09-01 ada 2026-09-01 unexcused',
      'ben/2026-09-01 ben 2026-09-01 unexcused',
      'zoe/2026-09-02 zoe 2026-09-02 unexcused',
    ]);
    expect(await listProblems(store.db, outcome.runId, 9)).toMatchObject([
      { collection: 'students', row: 'zoe', field: 'userIds' },
    ]);
    const tasks = await store.db
      .selectFrom('task')
      .innerJoin('student', 'student.id', 'task.student_id')
      .select(['kind', 'role', 'sourced_id', 'state'])
      .execute();
    expect(tasks).toEqual([
      { kind: 'same-student', role: 'attendance-clerk', sourced_id: 'zoe', state: 'open' },
    ]);
    await applied(sis, '2026-09-04', 'full');
    expect(await store.db.selectFrom('task').select('id').execute()).toHaveLength(1);
  });

  test('of a sister who is still served is hers alone', async () => {
    const sis = small();
    sis.records.students = [aStudent('ada', { aliases: ['number:7'] })];
    await applied(sis, '2026-09-02');
    sis.records.students.push(aStudent('zoe', { aliases: ['number:7'] }));
    await applied(sis, '2026-09-03', 'full');
    expect((await students()).map(({ sourced_id }) => sourced_id)).toEqual(['ada', 'zoe']);
    expect(await store.db.selectFrom('task').select('id').execute()).toEqual([]);
  });
});

describe('two records that were made one', () => {
  type State = 'owed' | 'taken';

  async function merged(
    steps: { readonly old?: State; readonly new?: State },
    before: (ids: ReadonlyMap<string, number>) => Promise<unknown> = async () => {},
  ) {
    const sis = small();
    sis.records.students = [
      aStudent('old', { enrolments: [enrolledAt('lincoln', { begins: schoolDate('2026-08-10') })] }),
      aStudent('new', { enrolments: [enrolledAt('lincoln', { begins: schoolDate('2026-10-01') })] }),
    ];
    sis.records.guardians = [aGuardian('mum')];
    sis.records.absences = [anAbsence('old', '2026-09-01'), anAbsence('new', '2026-10-05')];
    await applied(sis, '2026-10-06');
    const ids = new Map(
      (await store.db.selectFrom('student').select(['id', 'sourced_id']).execute()).map((row) => [
        row.sourced_id,
        row.id,
      ]),
    );
    for (const [whose, state] of Object.entries(steps)) {
      await aStep(ids.get(whose) ?? 0, state);
      await aLetter(ids.get(whose) ?? 0, `${whose} unsent`, 'queued');
      if (state === 'taken') await aLetter(ids.get(whose) ?? 0, `${whose} sent`, 'sent');
    }
    await before(ids);
    sis.records.students = [
      aStudent('new', {
        aliases: ['old'],
        enrolments: [enrolledAt('lincoln', { begins: schoolDate('2026-10-01') })],
      }),
    ];
    sis.records.absences = [
      anAbsence('new', '2026-09-01', { sourcedId: 'old/2026-09-01' }),
      anAbsence('new', '2026-10-05'),
    ];
    await applied(sis, '2026-10-07', 'full');
    return ids.get('new');
  }

  const about = { school_year: '2027', step: 'first-letter', policy_version: '1', count: '7' } as const;

  async function aStep(studentId: number, state: State) {
    const at = new Date('2026-10-06T12:00:00Z');
    const { id } = await store.db
      .insertInto('evaluation')
      .values({
        student_id: studentId,
        school_year: '2027',
        as_of: schoolDate('2026-10-06'),
        evaluated_at: at,
        policy_version: '1',
        result_hash: 'x',
        result: '{}',
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await store.db
      .insertInto('ladder_step')
      .values({
        ...about,
        student_id: studentId,
        state,
        owed_on: schoolDate('2026-10-06'),
        taken_on: state === 'taken' ? schoolDate('2026-10-06') : null,
        superseded: false,
        acted: true,
        blocks: '[]',
        reason: 'reached',
        evaluation_id: id,
        changed_at: at,
      })
      .execute();
  }

  async function aLetter(studentId: number, ref: string, state: 'queued' | 'sent') {
    const { id: evaluationId } = await store.db
      .selectFrom('evaluation')
      .select('id')
      .where('student_id', '=', studentId)
      .executeTakeFirstOrThrow();
    const { id: schoolId } = await store.db.selectFrom('school').select('id').executeTakeFirstOrThrow();
    await store.db
      .insertInto('letter')
      .values({
        ...about,
        ref,
        student_id: studentId,
        school_id: schoolId,
        template: 'first-letter',
        channel: 'email',
        channel_reason: 'usable',
        language: 'en',
        state,
        as_of: schoolDate('2026-10-06'),
        evaluation_id: evaluationId,
        planned_at: new Date('2026-10-06T12:00:00Z'),
      })
      .execute();
  }

  test('have one contract at a time: the one that was agreed later', async () => {
    const contract = (ref: string, whose: number | undefined, from: string, until: string, at: string) => ({
      ref,
      student_id: whose ?? 0,
      school_year: '2027',
      begins: schoolDate(from),
      ends: schoolDate(until),
      allowed_days: '2',
      basis: 'all' as const,
      grace_days: 3,
      state: 'in-force' as const,
      agreed_by: 'Dana Ruiz',
      changed_at: new Date(at),
      created_at: new Date(at),
    });
    const student = await merged({}, (ids) =>
      store.db
        .insertInto('attendance_contract')
        .values([
          contract('C-1', ids.get('old'), '2026-09-14', '2026-10-30', '2026-09-14T12:00:00Z'),
          contract('C-2', ids.get('new'), '2026-10-01', '2026-12-18', '2026-10-01T12:00:00Z'),
          contract('C-3', ids.get('old'), '2027-01-04', '2027-02-26', '2026-09-14T12:00:00Z'),
        ])
        .execute(),
    );
    const rows = await store.db
      .selectFrom('attendance_contract')
      .select(['ref', 'student_id', 'state', 'ended_on', 'ended_because'])
      .orderBy('ref')
      .execute();
    const ended = { ended_on: '2026-10-07', ended_because: 'made one with another student' };
    const stands = { ended_on: null, ended_because: null };
    expect(rows).toEqual([
      { ref: 'C-1', student_id: student, state: 'ended', ...ended },
      { ref: 'C-2', student_id: student, state: 'in-force', ...stands },
      { ref: 'C-3', student_id: student, state: 'in-force', ...stands },
    ]);
  });

  test('have each task once, under the key by which it is found', async () => {
    const now = new Date('2026-10-06T12:00:00Z');
    const day = schoolDate('2026-10-06');
    const student = await merged({}, async (ids) => {
      const task = (whose: string, kind: string, rest: string, shadow = false) =>
        openTask(
          store.db,
          {
            key: `${kind}:${ids.get(whose)}${rest}`,
            ref: `${whose} ${kind}`,
            kind,
            role: 'attendance-clerk',
            openedOn: day,
            dueOn: day,
            studentId: ids.get(whose) ?? 0,
            shadow,
          },
          now,
        );
      await task('old', 'contact-family', ':2027:contact');
      await task('old', 'no-recipient', ':2027');
      await task('new', 'no-recipient', ':2027');
      await task('old', 'program-error:send', '');
      await task('old', 'consider-meeting', ':2027:first-letter');
      await task('new', 'consider-meeting', ':2027:first-letter', true);
    });
    const rows = await store.db
      .selectFrom('task')
      .select(['ref', 'key', 'state', 'reason', 'student_id'])
      .orderBy('ref')
      .execute();
    const told = (ref: string, key: string, state = 'open') => ({
      ref,
      key,
      state,
      reason: state === 'open' ? null : 'merged',
      student_id: student,
    });
    expect(rows).toEqual([
      told('new consider-meeting', `consider-meeting:${student}:2027:first-letter`, 'closed'),
      told('new no-recipient', `no-recipient:${student}:2027`),
      told('old consider-meeting', `consider-meeting:${student}:2027:first-letter`),
      told('old contact-family', `contact-family:${student}:2027:contact`),
      told('old no-recipient', `no-recipient:${student}:2027`, 'closed'),
      told('old program-error:send', `program-error:send:${student}`),
    ]);
  });

  type Medical = readonly [by: string | null, changedAt: string];
  test.each<[string, Medical | null, Medical | null, string]>([
    ['of the old record alone', ['Ana Silva', '2026-09-14'], null, 'old'],
    ['of the new record alone', null, [null, '2026-09-14'], 'new'],
    ['found by a person before what was asked', ['Ana Silva', '2026-09-14'], [null, '2026-10-01'], 'old'],
    ['found later', ['Ana Silva', '2026-09-14'], ['Ana Silva', '2026-10-01'], 'new'],
  ])('have one answer about medical notes: %s', async (_name, old, recent, which) => {
    const student = await merged({}, async (ids) => {
      for (const [whose, answer] of [['old', old] as const, ['new', recent] as const]) {
        if (answer === null) continue;
        await store.db
          .insertInto('medical_documentation')
          .values({
            student_id: ids.get(whose) ?? 0,
            school_year: '2027',
            status: 'asked',
            since: schoolDate('2026-09-14'),
            note: whose,
            by_name: answer[0],
            changed_at: new Date(answer[1]),
          })
          .execute();
      }
    });
    const rows = await store.db
      .selectFrom('medical_documentation')
      .select('note')
      .where('student_id', '=', student ?? 0)
      .execute();
    expect(rows).toEqual([{ note: which }]);
  });

  test('have had each letter of the old process once', async () => {
    const letter = (whose: number | undefined, step: string, sentOn: string) => ({
      student_id: whose ?? 0,
      school_year: '2027',
      step,
      sent_on: schoolDate(sentOn),
      source: 'import' as const,
      recorded_by: 'Ana Silva',
      recorded_at: new Date('2026-10-01T12:00:00Z'),
    });
    const student = await merged({}, (ids) =>
      store.db
        .insertInto('outside_letter')
        .values([
          letter(ids.get('old'), 'first-letter', '2026-09-14'),
          letter(ids.get('old'), 'medical-letter', '2026-09-21'),
          letter(ids.get('new'), 'first-letter', '2026-09-14'),
        ])
        .execute(),
    );
    const rows = await store.db
      .selectFrom('outside_letter')
      .select(['step', 'sent_on'])
      .where('student_id', '=', student ?? 0)
      .orderBy('step')
      .execute();
    expect(rows).toEqual([
      { step: 'first-letter', sent_on: '2026-09-14' },
      { step: 'medical-letter', sent_on: '2026-09-21' },
    ]);
  });

  test('keep the enrolments of both: what was missed under the old record still counts', async () => {
    const student = await merged({});
    const enrolments = await store.db
      .selectFrom('enrolment')
      .select(['begins', 'ends'])
      .where('student_id', '=', student ?? 0)
      .orderBy('begins')
      .execute();
    expect(enrolments).toEqual([
      { begins: '2026-08-10', ends: '2026-10-07' },
      { begins: '2026-10-01', ends: null },
    ]);
  });

  test.each<[string, { old?: State; new?: State }, string[]]>([
    [
      'the step was taken for the old one',
      { old: 'taken', new: 'owed' },
      ['new unsent cancelled merged', 'old sent sent null', 'old unsent queued null'],
    ],
    [
      'the step was taken for the new one',
      { old: 'owed', new: 'taken' },
      ['new sent sent null', 'new unsent queued null', 'old unsent cancelled merged'],
    ],
    [
      'it is owed for both',
      { old: 'owed', new: 'owed' },
      ['new unsent queued null', 'old unsent cancelled merged'],
    ],
    ['only the old one has it', { old: 'owed' }, ['old unsent queued null']],
  ])('write to no family twice when %s', async (_what, steps, expected) => {
    const student = await merged(steps);
    const letters = await store.db
      .selectFrom('letter')
      .select(['ref', 'state', 'reason', 'student_id'])
      .orderBy('ref')
      .execute();
    expect(letters.map(({ ref, state, reason }) => `${ref} ${state} ${reason}`)).toEqual(expected);
    expect(new Set(letters.map((letter) => letter.student_id))).toEqual(new Set([student]));
  });
});

describe('an enrolment', () => {
  const enrolments = async () => {
    const rows = await store.db
      .selectFrom('enrolment')
      .innerJoin('student', 'student.id', 'enrolment.student_id')
      .innerJoin('school', 'school.id', 'enrolment.school_id')
      .select(['school.sourced_id', 'begins', 'ends'])
      .where('student.sourced_id', '=', 'ada')
      .orderBy('school.sourced_id')
      .orderBy('begins')
      .execute();
    return rows.map(({ sourced_id, begins, ends }) => `${sourced_id} ${begins} ${ends}`);
  };
  const from = (date: string, ends: string | null = null) => ({
    begins: schoolDate(date),
    ends: ends === null ? null : schoolDate(ends),
  });
  const withAda = (...named: ReturnType<typeof enrolledAt>[]) => [
    aStudent('ada', { enrolments: named }),
    aStudent('ben'),
  ];

  let sis: Sis;
  beforeEach(() => {
    sis = small();
    sis.records.schools = [aSchool('lincoln'), aSchool('grant')];
  });

  test('without dates that is no longer named was left on that day', async () => {
    await applied(sis, '2026-09-02');
    sis.records.students = withAda(enrolledAt('grant'));
    await applied(sis, '2026-09-14');
    expect(await enrolments()).toEqual(['grant null null', 'lincoln null 2026-09-14']);
    await applied(sis, '2026-09-15', 'full');
    expect(await enrolments()).toEqual(['grant null null', 'lincoln null 2026-09-14']);
    sis.records.students = withAda(enrolledAt('lincoln'));
    await applied(sis, '2026-09-20');
    expect(await enrolments()).toEqual(['grant null 2026-09-20', 'lincoln null null']);
  });

  test.each(['full', 'changes'] as const)(
    'with a date that is no longer named was left as well, in a read of kind %s',
    async (how) => {
      sis.records.students = withAda(enrolledAt('lincoln', from('2026-08-10')));
      await applied(sis, '2026-09-02');
      sis.records.students = withAda(enrolledAt('grant', from('2026-09-10')));
      await applied(sis, '2026-09-10', how);
      const moved = ['grant 2026-09-10 null', 'lincoln 2026-08-10 2026-09-10'];
      expect(await enrolments()).toEqual(moved);
      await applied(sis, '2026-09-11', 'full');
      expect(await enrolments()).toEqual(moved);
    },
  );

  test('of a leaver who returns keeps the days before', async () => {
    sis.records.students = withAda(enrolledAt('lincoln', from('2026-08-10')));
    await applied(sis, '2026-09-02');
    sis.records.students = [aStudent('ada', { active: false, enrolments: [] }), aStudent('ben')];
    await applied(sis, '2026-09-03');
    expect(await enrolments()).toEqual(['lincoln 2026-08-10 2026-09-03']);
    sis.records.students = withAda(enrolledAt('lincoln', from('2026-10-01')));
    await applied(sis, '2026-10-01');
    expect(await enrolments()).toEqual(['lincoln 2026-08-10 2026-09-03', 'lincoln 2026-10-01 null']);
  });

  test('is replaced by one of the same school and start, and forgotten when it never began', async () => {
    sis.records.students = withAda(
      enrolledAt('lincoln', from('2026-08-10')),
      enrolledAt('grant', from('2026-10-01')),
    );
    await applied(sis, '2026-09-02');
    sis.records.students = withAda(enrolledAt('lincoln', from('2026-08-10', '2026-09-20')));
    await applied(sis, '2026-09-03');
    expect(await enrolments()).toEqual(['lincoln 2026-08-10 2026-09-20']);
  });
});

describe('a student of whom an extract of the enrolled says nothing any more', () => {
  /** Serves absences whole, of enrolled students only. */
  const extract = (sis: Sis): Sis => ({
    ...sis,
    sources() {
      const { roster, attendance } = sis.sources();
      const capabilities = { ...attendance.capabilities(), deltas: false, coverage: 'enrolled' as const };
      return { roster, attendance: { ...attendance, capabilities: () => capabilities } };
    },
  });

  test.each(['full', 'changes'] as const)(
    'keeps the absences when the roster does not have the student either, in reads of kind %s',
    async (how) => {
      const sis = extract(small());
      await applied(sis, '2026-09-02');
      sis.records.students = [aStudent('ben')];
      sis.records.absences = [anAbsence('ben', '2026-09-01')];
      for (const date of ['2026-09-03', '2026-09-04', '2026-09-05']) await applied(sis, date, how);
      expect(await ledger()).toEqual([
        'ada/2026-09-01 ada 2026-09-01 unexcused',
        'ben/2026-09-01 ben 2026-09-01 unexcused',
      ]);
      // Nothing is left to be told apart by full reads.
      await applied(sis, '2026-09-06', 'changes');
      expect(await applied(sis, '2026-09-07', 'changes')).toBe('delta');
    },
  );

  test('keeps them as a leaver whose school is still named', async () => {
    const sis = extract(small());
    await applied(sis, '2026-09-02');
    sis.records.students = [aStudent('ada', { active: false }), aStudent('ben')];
    sis.records.absences = [anAbsence('ben', '2026-09-01')];
    for (const date of ['2026-09-03', '2026-09-04']) await applied(sis, date, 'full');
    expect(await ledger()).toHaveLength(2);
  });
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

  test('that only changes its id in a read of changes is renamed at once', async () => {
    const sis = small();
    await applied(sis, '2026-09-02');
    sis.records.absences = [
      anAbsence('ada', '2026-09-01', { sourcedId: 'new-id' }),
      anAbsence('ben', '2026-09-01'),
    ];
    expect(await applied(sis, '2026-09-03')).toBe('delta');
    expect(await ledger()).toEqual(served(sis));
    expect(await endings()).toEqual(['ada/2026-09-01 renamed']);
    expect(await readWhole()).toEqual(['schools']);
  });

  test('that is deleted and entered again in one read was renamed, and is told as nothing else', async () => {
    const sis = small();
    await applied(sis, '2026-09-02');
    sis.records.absences = [
      aDeletedAbsence('ada', '2026-09-01'),
      anAbsence('ada', '2026-09-01', { sourcedId: 'new-id', excuse: 'excused' }),
      anAbsence('ben', '2026-09-01'),
    ];
    const outcome = await read(sis, '2026-09-03');
    expect(outcome).toMatchObject({
      kind: 'applied',
      counts: { absencesAdded: 1, absencesRenamed: 1, absencesDeleted: 0 },
    });
    expect(await ledger()).toEqual(served(sis));
    expect(await endings()).toEqual(['ada/2026-09-01 renamed']);
    expect(await store.db.selectFrom('school_tally').select('absence_rows').execute()).toEqual([
      { absence_rows: 2 },
    ]);
  });

  test('that is deleted and entered again leaves its twin of that day in force', async () => {
    const sis = small();
    sis.records.absences.push(anAbsence('ada', '2026-09-01', { sourcedId: 'twin' }));
    await applied(sis, '2026-09-02');
    sis.records.absences = [
      aDeletedAbsence('ada', '2026-09-01'),
      anAbsence('ada', '2026-09-01', { sourcedId: 'new-id' }),
      anAbsence('ada', '2026-09-01', { sourcedId: 'twin' }),
      anAbsence('ben', '2026-09-01'),
    ];
    await applied(sis, '2026-09-03');
    expect(await ledger()).toEqual(served(sis));
  });

  test.each<[string, boolean, string[]]>([
    ['is its correction when the old id is served no more', false, ['morning renamed']],
    ['is the other half when both are served', true, []],
  ])('that comes beside one of another excuse is settled at once: it %s', async (_what, both, ended) => {
    const sis = small();
    const morning = anAbsence('ada', '2026-09-01', {
      sourcedId: 'morning',
      dayFraction: '0.5',
      excuse: 'excused',
    });
    const other = { ...morning, sourcedId: 'other', excuse: 'unexcused' as const };
    sis.records.absences = [morning, anAbsence('ben', '2026-09-01')];
    await applied(sis, '2026-09-02');
    sis.records.absences = [...(both ? [morning] : []), other, anAbsence('ben', '2026-09-01')];
    expect(await applied(sis, '2026-09-03')).toBe('delta');
    expect(await ledger()).toEqual(served(sis));
    expect(await endings()).toEqual(ended);
    expect(await readWhole()).toContain('attendances');
  });

  test.each<[string, Partial<AbsenceRow>, Partial<AbsenceRow>]>([
    ['another status', {}, { status: 'tardy' }],
    ['another share of the day', {}, { dayFraction: '0.5' }],
    ['a period without a name', { kind: 'period' }, { kind: 'period' }],
    ['another period', { kind: 'period', period: '1' }, { kind: 'period', period: '2' }],
  ])('that comes beside one with %s leaves that in force', async (_what, first, second) => {
    const sis = small();
    sis.records.absences = [anAbsence('ada', '2026-09-01', { sourcedId: 'a', ...first })];
    await applied(sis, '2026-09-02');
    sis.records.absences.push(anAbsence('ada', '2026-09-01', { sourcedId: 'b', ...second }));
    await applied(sis, '2026-09-03');
    expect(await ledger()).toEqual(served(sis));
  });

  test('that both ids are served after all shows in the next whole read', async () => {
    const sis = small();
    await applied(sis, '2026-09-02');
    sis.records.absences.push(anAbsence('ada', '2026-09-01', { sourcedId: 'twin' }));
    await applied(sis, '2026-09-03');
    await applied(sis, '2026-09-04', 'full');
    expect(await ledger()).toEqual(served(sis));
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
