import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { addDays, schoolDate } from '../../src/domain/school-date.ts';
import { releaseRun } from '../../src/procedure/release-run.ts';
import { type SyncOutcome, type SyncRequest, syncDistrict } from '../../src/procedure/sync-district.ts';
import { lastSyncRun, listSyncRuns } from '../../src/store/sync/sync-runs.ts';
import { changingSis } from '../support/changing-sis.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import {
  aGuardian,
  anAbsence,
  aSchool,
  aSession,
  aStudent,
  aTerm,
  enrolledAt,
  linkTo,
  type SisRecords,
  sisRecords,
  sourcesOf,
  syncSettings,
  weekdaysFrom,
} from '../support/sis-records.ts';

/** One school of 100 students, each with a mother; four of them are absent on each of 24 school days. */
const STUDENTS = 100;
const HISTORY = weekdaysFrom('2026-09-01', 24);
const LAST = HISTORY.at(-1) ?? schoolDate('2026-10-02');
const NEXT = '2026-10-05';

let store: Awaited<ReturnType<typeof openTestDatabase>>;
let sis: SisRecords;

beforeEach(async () => {
  store = await openTestDatabase();
  sis = sisRecords({
    students: Array.from({ length: STUDENTS }, (_, index) => aStudent(`s${index}`)),
    guardians: Array.from({ length: STUDENTS }, (_, index) =>
      aGuardian(`g${index}`, { links: [linkTo(`s${index}`)] }),
    ),
    absences: HISTORY.flatMap((date, day) =>
      [0, 1, 2, 3].map((place) => anAbsence(`s${(day * 4 + place) % STUDENTS}`, date)),
    ),
  });
  expect(await read(LAST)).toMatchObject({ kind: 'applied' });
});
afterEach(() => store.drop());

function read(date: string, request: Partial<SyncRequest> = {}): Promise<SyncOutcome> {
  return syncDistrict(
    { db: store.db, pool: store.pool, ...syncSettings, ...sourcesOf(sis) },
    { now: new Date(`${date}T12:00:00Z`), today: schoolDate(date), ...request },
  );
}

async function guardsOf(date: string): Promise<string[]> {
  await read(date);
  const run = await lastSyncRun(store.db);
  return [...new Set((run?.evidence ?? []).map(({ guard, collection }) => `${guard} ${collection}`))];
}

const everything = async () =>
  JSON.stringify([
    await store.db.selectFrom('absence_record').selectAll().orderBy('id').execute(),
    await store.db.selectFrom('student').selectAll().orderBy('id').execute(),
    await store.db.selectFrom('guardianship').selectAll().orderBy('student_id').execute(),
    await store.db.selectFrom('evaluation_due').selectAll().orderBy('student_id').execute(),
    await store.db.selectFrom('school_tally').selectAll().execute(),
    await store.db.selectFrom('enrolment').selectAll().orderBy('student_id').execute(),
  ]);

const onDay = (date: string, count: number, prefix = '') =>
  Array.from({ length: count }, (_, index) =>
    anAbsence(`s${index}`, date, { sourcedId: `${prefix}s${index}/${date}` }),
  );

describe('G7: a read that looks wrong is stopped, and nothing changes', () => {
  const stopped: [string, string, (now: SisRecords) => Partial<SisRecords>][] = [
    ['fewer students', 'shrunk students', ({ students }) => ({ students: students.slice(0, 89) })],
    ['fewer guardians', 'shrunk guardians', ({ guardians }) => ({ guardians: guardians.slice(0, 80) })],
    [
      'fewer links',
      'shrunk guardian links',
      ({ guardians }) => ({
        guardians: guardians.map((one, index) => (index < 20 ? { ...one, links: [] } : one)),
      }),
    ],
    [
      'many more students',
      'grown students',
      ({ students }) => ({
        students: [...students, ...Array.from({ length: 60 }, (_, index) => aStudent(`clone${index}`))],
      }),
    ],
    [
      'a flood of tombstones',
      'no-absences absences',
      ({ absences }) => ({ absences: absences.map((row) => ({ ...row, deleted: true })) }),
    ],
    ['many rows gone at once', 'rows-gone absences', ({ absences }) => ({ absences: absences.slice(0, 40) })],
    [
      'half the school absent on one day',
      'absent-on-one-day absences',
      ({ absences }) => ({ absences: [...absences, ...onDay(NEXT, 50)] }),
    ],
    [
      'far more than usual on one day',
      'above-median absences',
      ({ absences }) => ({ absences: [...absences, ...onDay(NEXT, 20)] }),
    ],
  ];

  test.each(stopped)('%s', async (_name, guard, change) => {
    const before = await everything();
    Object.assign(sis, change(sis));
    expect(await guardsOf(NEXT)).toContain(guard);
    expect(await lastSyncRun(store.db)).toMatchObject({ state: 'quarantined' });
    expect(await everything()).toBe(before);
  });

  test('the past that doubles overnight', async () => {
    const before = await everything();
    // Four more on each day stay below every limit of a single day.
    sis.absences.push(
      ...HISTORY.flatMap((date, day) =>
        [40, 41, 42, 43].map((place) => anAbsence(`s${(day * 4 + place) % STUDENTS}`, date)),
      ),
    );
    expect(await guardsOf(NEXT)).toEqual(['doubled absences']);
    expect(await everything()).toBe(before);
  });
});

const wordsOfLinks = (words: string) => words.replace(' links ', ' guardian links ');

describe('what is ordinary passes', () => {
  const passing: [string, (now: SisRecords) => Partial<SisRecords>][] = [
    ['nothing new', () => ({})],
    ['a few students less', ({ students }) => ({ students: students.slice(0, 95) })],
    ['a usual day', ({ absences }) => ({ absences: [...absences, ...onDay(NEXT, 8)] })],
    ['a bad day in flu season', ({ absences }) => ({ absences: [...absences, ...onDay(NEXT, 12)] })],
    [
      'corrections of many rows',
      ({ absences }) => ({ absences: absences.map((row) => ({ ...row, excuse: 'excused' })) }),
    ],
    ['some rows deleted', ({ absences }) => ({ absences: absences.slice(9) })],
  ];

  test.each(passing)('%s', async (_name, change) => {
    Object.assign(sis, change(sis));
    expect(await read(NEXT)).toMatchObject({ kind: 'applied' });
  });

  test('a small school, where ratios say nothing', async () => {
    const small = 'tiny';
    sis.schools.push({ sourcedId: small, active: true, name: small, number: null });
    sis.students.push(
      ...Array.from({ length: 9 }, (_, index) => aStudent(`t${index}`, { enrolments: [enrolledAt(small)] })),
    );
    expect(await read('2026-10-05')).toMatchObject({ kind: 'applied' });
    sis.students = sis.students.filter((one) => !one.sourcedId.startsWith('t'));
    expect(await read('2026-10-06')).toMatchObject({ kind: 'applied' });
  });
});

describe('a read of changes', () => {
  const delta = async (change: (now: SisRecords) => Partial<SisRecords>) => {
    const changing = changingSis(sis);
    const settings = { ...syncSettings, fullDue: (last: Date | null) => last === null };
    const readDelta = (date: string, full = false) =>
      syncDistrict(
        { db: store.db, pool: store.pool, ...settings, ...changing.sources() },
        { now: new Date(`${date}T12:00:00Z`), today: schoolDate(date), full },
      );
    await readDelta(NEXT, true);
    const before = await everything();
    Object.assign(sis, change(sis));
    const outcome = await readDelta('2026-10-06');
    const run = await lastSyncRun(store.db);
    expect(run?.kind).toBe('delta');
    if (outcome.kind === 'quarantined') expect(await everything()).toBe(before);
    return (run?.evidence ?? []).map(({ guard, collection, found }) => `${guard} ${collection} ${found}`);
  };

  test('in which every student comes without a school is stopped', async () => {
    const evidence = await delta(({ students }) => ({
      students: students.map((one) => ({ ...one, enrolments: [] })),
    }));
    expect(evidence).toEqual(['shrunk guardians 0', 'shrunk links 0', 'shrunk students 0'].map(wordsOfLinks));
  });

  test('that moves many from one school to another is stopped', async () => {
    sis.schools.push(aSchool('grant'));
    const evidence = await delta(({ students }) => ({
      students: students.map((one, index) =>
        index < 40 ? { ...one, enrolments: [enrolledAt('grant')] } : one,
      ),
    }));
    expect(evidence).toContain('shrunk students 60');
  });

  test('in which the guardians multiply is stopped', async () => {
    const evidence = await delta(({ guardians, students }) => ({
      guardians: [
        ...guardians,
        ...students.map(({ sourcedId }) => aGuardian(`clone-${sourcedId}`, { links: [linkTo(sourcedId)] })),
      ],
    }));
    expect(evidence).toEqual(['grown guardians 200', 'grown links 200'].map(wordsOfLinks));
  });

  test('in which nobody is linked any more is stopped', async () => {
    const evidence = await delta(({ guardians }) => ({
      guardians: guardians.map((one) => ({ ...one, links: [] })),
    }));
    expect(evidence).toEqual(['shrunk guardians 0', 'shrunk links 0'].map(wordsOfLinks));
  });

  test('that brings new names, some families and a few moves passes', async () => {
    sis.schools.push(aSchool('grant'));
    const evidence = await delta(({ guardians, students }) => ({
      students: students.map((one, index) =>
        index < 5
          ? { ...one, enrolments: [enrolledAt('grant')] }
          : { ...one, familyName: `${one.familyName} ${index}` },
      ),
      guardians: [...guardians, aGuardian('new', { links: [linkTo('s1')] })],
    }));
    expect(evidence).toEqual([]);
    const tallies = await store.db
      .selectFrom('school_tally')
      .innerJoin('school', 'school.id', 'school_tally.school_id')
      .select(['sourced_id', 'students', 'guardians', 'links'])
      .orderBy('sourced_id')
      .execute();
    expect(tallies).toEqual([
      { sourced_id: 'grant', students: 5, guardians: 6, links: 6 },
      { sourced_id: 'lincoln', students: 95, guardians: 95, links: 95 },
    ]);
  });
});

describe('what is lost little by little', () => {
  const firstWeeks = () =>
    HISTORY.flatMap((date, day) =>
      Array.from({ length: 9 }, (_, place) => anAbsence(`s${(day * 5 + place) % STUDENTS}`, date)),
    );

  beforeEach(async () => {
    await store.drop();
    store = await openTestDatabase();
    sis.absences = firstWeeks();
    await read(LAST);
  });

  test('the first days vanish, as from an extract of the last weeks', async () => {
    const kinds: string[] = [];
    for (let night = 1; night <= 4; night += 1) {
      const from = HISTORY[night] ?? LAST;
      sis.absences = firstWeeks().filter((row) => row.date >= from);
      kinds.push((await read(addDays(schoolDate(NEXT), night))).kind);
    }
    expect(kinds).toEqual(['applied', 'quarantined', 'quarantined', 'quarantined']);
    expect(await lastSyncRun(store.db)).toMatchObject({
      reason: `every absence before ${HISTORY[4]} is gone, of 24 students, as from an extract that covers the last weeks only`,
    });
    const ended = await store.db.selectFrom('absence_record').select('end_reason').distinct().execute();
    expect(ended).toEqual([{ end_reason: null }]);
  });

  test('rows, a few each night, until they are more than a share of all', async () => {
    const kinds: string[] = [];
    for (let night = 1; night <= 5; night += 1) {
      // Here and there: no day loses all of its rows.
      sis.absences = sis.absences.filter((_, index) => index % 13 !== 1);
      kinds.push((await read(addDays(schoolDate(NEXT), night))).kind);
    }
    expect(kinds).toEqual(['applied', 'applied', 'applied', 'quarantined', 'quarantined']);
    expect((await lastSyncRun(store.db))?.evidence[0]).toMatchObject({ guard: 'rows-gone', date: LAST });
  });

  test('a loss on the day of the run before is a loss too', async () => {
    sis.absences = sis.absences.filter((_, index) => index % 3 !== 1);
    expect(await read(LAST)).toMatchObject({ kind: 'quarantined' });
    sis.absences = firstWeeks().map((row) => ({
      ...row,
      deleted: row.date < NEXT && row.date > '2026-09-10',
    }));
    expect(await read(LAST)).toMatchObject({ kind: 'quarantined' });
  });

  test('that rows are gone for good on the next day is no second loss, nor after a release', async () => {
    sis.absences = sis.absences.filter((_, index) => index % 3 !== 1);
    const stopped = await read('2026-10-06');
    expect(stopped).toMatchObject({ kind: 'quarantined' });
    await releaseRun(
      { ...store, holds: [] },
      { run: stopped.runId, by: 'Sam', because: 'right' },
      new Date(),
    );
    expect(await read('2026-10-07')).toMatchObject({ kind: 'applied', counts: { absencesGone: 72 } });
    expect(await read('2026-10-08')).toMatchObject({ kind: 'applied' });
  });

  test('students, a few each night', async () => {
    const kinds: string[] = [];
    for (let night = 0; night < 3; night += 1) {
      sis.students = sis.students.slice(0, -9);
      kinds.push((await read(addDays(schoolDate(NEXT), night))).kind);
    }
    expect(kinds).toEqual(['applied', 'quarantined', 'quarantined']);
  });
});

describe('absences that would read as none', () => {
  let fresh: Awaited<ReturnType<typeof openTestDatabase>>;

  beforeEach(async () => {
    fresh = await openTestDatabase();
  });
  afterEach(() => fresh.drop());

  const first = (date: string, records: SisRecords = sis) =>
    syncDistrict(
      { db: fresh.db, pool: fresh.pool, ...syncSettings, ...sourcesOf(records) },
      { now: new Date(`${date}T12:00:00Z`), today: schoolDate(date) },
    );

  test('rows of students whom nobody knows stop the first read already', async () => {
    const strangers = sis.absences.map((row) =>
      row.deleted ? row : { ...row, studentSourcedId: `x${row.studentSourcedId}` },
    );
    expect(await first(LAST, { ...sis, absences: strangers })).toMatchObject({
      kind: 'quarantined',
      reason:
        '96 of 96 absences name a student or a school that the roster does not have; up to 4 would be left out one by one',
    });
  });

  test('so do rows of schools whom nobody knows; a handful is left out row by row', async () => {
    const elsewhere = (count: number) => ({
      ...sis,
      absences: sis.absences.map((row, index) =>
        index < count ? { ...row, schoolSourcedId: 'nowhere' } : row,
      ),
    });
    expect(await first(LAST, elsewhere(10))).toMatchObject({ kind: 'quarantined' });
    expect(await first(LAST, elsewhere(4))).toMatchObject({ kind: 'applied' });
  });

  test('a share that was released is not asked about every night', async () => {
    const of = (count: number) =>
      sis.absences.map((row, index) =>
        index < count && !row.deleted ? { ...row, studentSourcedId: `left-${row.studentSourcedId}` } : row,
      );
    const stopped = await first(LAST, { ...sis, absences: of(20) });
    await releaseRun(
      { ...fresh, holds: [] },
      { run: stopped.runId, by: 'Sam', because: 'moved away in summer' },
      new Date(),
    );
    expect(await first(NEXT, { ...sis, absences: of(20) })).toMatchObject({ kind: 'applied' });
    expect(await first('2026-10-06', { ...sis, absences: of(30) })).toMatchObject({ kind: 'quarantined' });
  });

  test('no rows at all in the middle of the year stop the first read too, not in the first days', async () => {
    const none = { ...sis, absences: [] };
    expect(await first('2026-08-06', none)).toMatchObject({ kind: 'applied' });
    expect(await first(NEXT, none)).toMatchObject({
      kind: 'quarantined',
      reason: 'no absences at all, 46 school days after the first one',
    });
  });

  test('a whole read is compared with the last one that had absences, not with the last one', async () => {
    const { roster, attendance } = sourcesOf(sis);
    const nothingNew: typeof attendance = {
      ...attendance,
      offer: async () => ({ kind: 'nothing-new', why: 'no new file' }),
    };
    await syncDistrict(
      { db: store.db, pool: store.pool, ...syncSettings, roster, attendance: nothingNew },
      { now: new Date(`${NEXT}T12:00:00Z`), today: schoolDate(NEXT) },
    );
    sis.absences = [];
    expect(await read('2026-10-06')).toMatchObject({
      kind: 'quarantined',
      reason: 'attendances came back empty; the last whole read had 96',
    });
  });
});

describe('a student absent on a day', () => {
  const periods = (date: string, students: number, missed: (student: number) => number[]) =>
    Array.from({ length: students }, (_, student) =>
      missed(student).map((period) =>
        anAbsence(`s${student}`, date, {
          sourcedId: `s${student}/${date}/${period}`,
          kind: 'period',
          period: String(period),
          dayFraction: null,
          minutesAbsent: 50,
          minutesScheduled: 50,
        }),
      ),
    ).flat();

  test.each<[string, () => SisRecords['absences'], string[]]>([
    ['one of seven periods is no day', () => periods(NEXT, 60, (student) => [student % 7]), []],
    [
      'four of seven periods are',
      () => periods(NEXT, 60, (student) => [0, 1, 2, 3].map((next) => (student + next) % 7)),
      ['absent-on-one-day absences'],
    ],
    ['a quarter of a day is none', () => onDay(NEXT, 60).map((row) => ({ ...row, dayFraction: '0.25' })), []],
    [
      'half a day is',
      () => onDay(NEXT, 60).map((row) => ({ ...row, dayFraction: '0.5' })),
      ['absent-on-one-day absences'],
    ],
    [
      'an hour of the day is none',
      () =>
        onDay(NEXT, 60).map((row) => ({
          ...row,
          dayFraction: null,
          minutesAbsent: 60,
          minutesScheduled: 400,
        })),
      [],
    ],
    [
      'a row that cannot be measured counts',
      () => onDay(NEXT, 60).map((row) => ({ ...row, dayFraction: null })),
      ['absent-on-one-day absences'],
    ],
  ])('%s', async (_name, rows, guards) => {
    sis.absences.push(...rows());
    expect(await guardsOf(NEXT)).toEqual(guards);
  });

  test('is counted by what changes as by what is read whole, period by period', async () => {
    const source = changingSis(sis);
    const countAfter = async (how: 'whole' | 'changes') => {
      const outcome = await syncDistrict(
        {
          db: store.db,
          pool: store.pool,
          ...syncSettings,
          fullDue: () => how === 'whole',
          ...source.sources(),
        },
        { now: new Date(`${NEXT}T12:00:00Z`), today: schoolDate(NEXT) },
      );
      expect(outcome).toMatchObject({ kind: 'applied' });
      const day = await store.db
        .selectFrom('absent_per_day')
        .selectAll()
        .where('date', '=', schoolDate(NEXT))
        .executeTakeFirstOrThrow();
      return { students: day.students, periods: day.periods };
    };
    const before = sis.absences;
    sis.absences = [...before, ...periods(NEXT, 5, (student) => (student < 3 ? [1, 2, 3] : [4]))];
    expect(await countAfter('whole')).toEqual({ students: 3, periods: ['1', '2', '3', '4'] });
    sis.absences = [
      ...sis.absences.filter((row) => !row.sourcedId.startsWith(`s0/${NEXT}`)),
      // s0 was there in two of the three, s3 was away in two more, s5 all day long and says so twice.
      anAbsence('s0', NEXT, { ...periods(NEXT, 1, () => [1])[0] }),
      { ...anAbsence('s0', NEXT), sourcedId: `s0/${NEXT}/2`, deleted: true },
      { ...anAbsence('s0', NEXT), sourcedId: `s0/${NEXT}/3`, deleted: true },
      ...periods(NEXT, 4, (student) => (student === 3 ? [5, 6] : [])),
      anAbsence('s5', NEXT),
      anAbsence('s5', NEXT, { sourcedId: 'again' }),
    ];
    const after = { students: 4, periods: ['1', '2', '3', '4', '5', '6'] };
    expect(await countAfter('changes')).toEqual(after);
    expect(await countAfter('whole')).toEqual(after);
  });
});

describe('a code that changes its meaning', () => {
  const tardy = {
    sourcedId: 'tdy',
    title: 'TDY',
    description: null,
    status: 'tardy',
    excuse: 'unknown',
  } as const;
  const tardies = () =>
    HISTORY.flatMap((date) =>
      Array.from({ length: 20 }, (_, index) =>
        anAbsence(`s${index + 50}`, date, { sourcedId: `t${index}/${date}`, codeSourcedId: 'tdy' }),
      ),
    );
  const studentDays = async () => {
    const row = await store.db
      .selectFrom('absent_per_day')
      .select(({ fn }) => fn.sum('students').as('sum'))
      .executeTakeFirstOrThrow();
    return Number(row.sum);
  };

  test('is looked at as if its rows had come anew, and what was absent on each day is counted again', async () => {
    sis.codes = [...sis.codes, { ...tardy, schoolSourcedId: null, active: true }];
    sis.absences.push(...tardies());
    expect(await read(LAST)).toMatchObject({ kind: 'applied' });
    const before = await studentDays();
    sis.codes = sis.codes.map((code) =>
      code.sourcedId === 'tdy' ? { ...code, status: 'absent', excuse: 'unexcused' } : code,
    );
    expect(await guardsOf(NEXT)).toContain('doubled absences');
    expect(await studentDays()).toBe(before);
    const run = await lastSyncRun(store.db);
    const release = { run: run?.id ?? '', by: 'Sam', because: 'meant so' };
    expect(
      await releaseRun({ db: store.db, pool: store.pool, holds: [] }, release, new Date(`${NEXT}T13:00:00Z`)),
    ).toMatchObject({ kind: 'released' });
    const absent = new Set(
      sis.absences.map((row) => ('date' in row ? `${row.studentSourcedId} ${row.date}` : row.sourcedId)),
    );
    expect(await studentDays()).toBe(absent.size);
  });
});

describe('while a backup reads the database', () => {
  const backedUp = async <T>(work: () => Promise<T>): Promise<T> => {
    const backup = await store.pool.connect();
    try {
      await backup.query('begin');
      const tables = await backup.query(
        'select tablename from pg_tables where schemaname = current_schema()',
      );
      for (const { tablename } of tables.rows)
        await backup.query(`lock table "${tablename}" in access share mode`);
      return await work();
    } finally {
      await backup.query('rollback');
      backup.release();
    }
  };
  const stages = async () => {
    const left = await store.pool.query(
      "select count(*)::int as n from pg_tables where tablename ~ '^stage_[a-z_]+_[0-9a-f]{32}$' and schemaname = current_schema()",
    );
    return left.rows[0].n;
  };

  test('a sync is applied, and so is a release, with its name and reason', async () => {
    sis.absences.push(...onDay(NEXT, 60));
    expect(await read(NEXT)).toMatchObject({ kind: 'quarantined' });
    const run = (await lastSyncRun(store.db))?.id ?? '';
    await backedUp(async () => {
      const release = { run, by: 'Sam', because: 'a storm' };
      const deps = { db: store.db, pool: store.pool, holds: [] };
      expect(await releaseRun(deps, release, new Date(`${NEXT}T13:00:00Z`))).toMatchObject({
        kind: 'released',
      });
      sis.absences.pop();
      expect(await read(addDays(schoolDate(NEXT), 1))).toMatchObject({ kind: 'applied' });
    });
    expect((await listSyncRuns(store.db, { most: 2 })).map(({ released }) => released?.by)).toEqual([
      undefined,
      'Sam',
    ]);
    expect(await read(addDays(schoolDate(NEXT), 2))).toMatchObject({ kind: 'applied' });
    expect(await stages()).toBe(0);
  });
});

describe('a stopped run', () => {
  beforeEach(() => {
    sis.students = sis.students.slice(0, 80);
  });

  test('is released by a person, exactly as it was read, and its name and reason stay', async () => {
    const stopped = await read(NEXT);
    expect(stopped).toMatchObject({ kind: 'quarantined' });
    const release = { run: stopped.runId.slice(0, 8), by: 'Sam Ortiz', because: 'a school has closed' };
    // What the SIS says in the meantime plays no part.
    sis.students = [];
    const released = await releaseRun({ ...store, holds: [] }, release, new Date(`${NEXT}T14:00:00Z`));
    expect(released).toMatchObject({ kind: 'released', counts: { students: 80 } });
    expect(await lastSyncRun(store.db)).toMatchObject({
      state: 'applied',
      released: { by: 'Sam Ortiz', because: 'a school has closed' },
    });
    const tally = await store.db.selectFrom('school_tally').select('students').executeTakeFirst();
    expect(tally).toEqual({ students: 80 });
  });

  test('once released, is what the next one is compared with', async () => {
    const stopped = await read(NEXT);
    await releaseRun(
      { ...store, holds: [] },
      { run: stopped.runId, by: 'Sam', because: 'right' },
      new Date(),
    );
    expect(await read('2026-10-06')).toMatchObject({ kind: 'applied' });
  });

  test('cannot be released once a later one was read, nor twice, nor when it was applied', async () => {
    const first = await read(NEXT);
    const second = await read('2026-10-06');
    const release = (run: string) =>
      releaseRun({ ...store, holds: [] }, { run, by: 'Sam', because: 'right' }, new Date());
    expect(await release(first.runId)).toMatchObject({ kind: 'refused' });
    expect(await release(second.runId)).toMatchObject({ kind: 'released' });
    expect(await release(second.runId)).toMatchObject({
      kind: 'refused',
      reason: 'the run is applied; only a quarantined one can be released',
    });
    expect(await release('ffffffff')).toMatchObject({ kind: 'refused' });
  });

  test('is told as one that cannot be released when its rows were lost', async () => {
    const stopped = await read(NEXT);
    await store.pool.query('truncate stage_school');
    expect(
      await releaseRun(
        { ...store, holds: [] },
        { run: stopped.runId, by: 'Sam', because: 'right' },
        new Date(),
      ),
    ).toMatchObject({ kind: 'refused' });
  });
});

describe('a dry run', () => {
  test('says what it would do and keeps nothing', async () => {
    const before = await everything();
    sis.absences.push(anAbsence('s1', NEXT));
    expect(await read(NEXT, { dryRun: true })).toMatchObject({ kind: 'tried', counts: { absencesAdded: 1 } });
    expect(await everything()).toBe(before);
    expect(await lastSyncRun(store.db)).toMatchObject({ state: 'tried', plan: null });
  });

  test('meets the guards too', async () => {
    sis.students = sis.students.slice(0, 50);
    expect(await read(NEXT, { dryRun: true })).toMatchObject({
      kind: 'tried',
      wouldStop: expect.stringContaining('students of school lincoln: 50 where there were 100'),
    });
    const run = await lastSyncRun(store.db);
    expect(run).toMatchObject({ state: 'tried', plan: null, reason: expect.stringContaining('50') });
    expect(run?.evidence).toContainEqual(expect.objectContaining({ guard: 'shrunk', found: 50 }));
  });
});

describe('the school year', () => {
  test('that rolls over in summer freezes everything: nobody is gone, no absence is withdrawn', async () => {
    const before = await store.db.selectFrom('absence_record').selectAll().orderBy('id').execute();
    sis.sessions = [
      aSession({
        sourcedId: 'year-2028',
        schoolYear: '2028',
        begins: schoolDate('2027-08-01'),
        ends: schoolDate('2028-07-01'),
      }),
    ];
    sis.students = sis.students.slice(0, 10);
    sis.absences = [];
    for (const date of ['2027-07-05', '2027-07-06', '2027-07-07']) {
      expect(await read(date)).toMatchObject({ kind: 'applied' });
    }
    expect(await store.db.selectFrom('absence_record').selectAll().orderBy('id').execute()).toEqual(before);
    const gone = await store.db.selectFrom('student').select('id').where('active', '=', false).execute();
    expect(gone).toEqual([]);
  });

  test('that vanishes in the middle is a broken feed', async () => {
    const before = await everything();
    sis.sessions = [
      aSession({
        sourcedId: 'year-2028',
        schoolYear: '2028',
        begins: schoolDate('2027-08-01'),
        ends: schoolDate('2028-07-01'),
      }),
    ];
    expect(await read(NEXT)).toMatchObject({ kind: 'quarantined' });
    expect(await everything()).toBe(before);
  });

  const nextYear = () => {
    sis.sessions = [
      aSession({
        sourcedId: 'year-2028',
        schoolYear: '2028',
        begins: schoolDate('2027-08-01'),
        ends: schoolDate('2028-07-01'),
      }),
    ];
    sis.students = sis.students.slice(0, 60);
    sis.absences = [];
  };
  const readNextYear = (date: string, sources = sourcesOf(sis)) =>
    syncDistrict(
      {
        db: store.db,
        pool: store.pool,
        ...syncSettings,
        termDays: ({ id }) => (id === '2028' ? aTerm('2027-08-16', '2028-06-02') : syncSettings.termDays()),
        ...sources,
      },
      { now: new Date(`${date}T12:00:00Z`), today: schoolDate(date) },
    );
  const tallies = () => store.db.selectFrom('school_tally').select(['students', 'absence_rows']).execute();

  test('that is new begins without being compared with the old one', async () => {
    nextYear();
    expect(await readNextYear('2027-08-17')).toMatchObject({ kind: 'applied' });
    expect(await tallies()).toEqual([{ students: 60, absence_rows: 0 }]);
  });

  test('that is new begins with its own rows, also when its first run reads none', async () => {
    nextYear();
    const { roster, attendance } = sourcesOf(sis);
    const offer: typeof attendance.offer = async () => ({ kind: 'nothing-new', why: 'no new file' });
    await readNextYear('2027-08-17', { roster, attendance: { ...attendance, offer } });
    expect(await tallies()).toEqual([{ students: 60, absence_rows: 0 }]);
    sis.absences = [anAbsence('s1', '2027-08-17')];
    expect(await readNextYear('2027-08-18')).toMatchObject({ kind: 'applied' });
    expect(await tallies()).toEqual([{ students: 60, absence_rows: 1 }]);
  });

  test('has a median of its own: the days of last spring say nothing about September', async () => {
    await store.drop();
    store = await openTestDatabase();
    sis.absences = sis.absences.slice(0, 8);
    await read(LAST);
    const school = await store.db.selectFrom('school').select('id').executeTakeFirstOrThrow();
    await store.db
      .insertInto('absent_per_day')
      .values(weekdaysFrom('2026-04-01', 30).map((date) => ({ school_id: school.id, date, students: 2 })))
      .execute();
    sis.absences.push(...onDay(NEXT, 20));
    expect(await guardsOf(NEXT)).toEqual([]);
  });
});
