import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import { releaseRun } from '../../src/procedure/release-run.ts';
import { type SyncOutcome, type SyncRequest, syncDistrict } from '../../src/procedure/sync-district.ts';
import { lastSyncRun } from '../../src/store/sync/sync-runs.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import {
  aGuardian,
  anAbsence,
  aSession,
  aStudent,
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
  ]);

const onDay = (date: string, count: number, prefix = '') =>
  Array.from({ length: count }, (_, index) =>
    anAbsence(`s${index}`, date, { sourcedId: `${prefix}s${index}/${date}` }),
  );

describe('a read that looks wrong is stopped, and nothing changes', () => {
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

  test('that is new begins without being compared with the old one', async () => {
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
    const settings = {
      ...syncSettings,
      termDays: ({ id }: { readonly id: string }) =>
        id === '2028'
          ? { firstDay: schoolDate('2027-08-16'), lastDay: schoolDate('2028-06-02') }
          : syncSettings.termDays(),
    };
    const outcome = await syncDistrict(
      { db: store.db, pool: store.pool, ...settings, ...sourcesOf(sis) },
      { now: new Date('2027-08-17T12:00:00Z'), today: schoolDate('2027-08-17') },
    );
    expect(outcome).toMatchObject({ kind: 'applied' });
    const tally = await store.db.selectFrom('school_tally').select(['students', 'absence_rows']).execute();
    expect(tally).toEqual([{ students: 60, absence_rows: 0 }]);
  });
});
