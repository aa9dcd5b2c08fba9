import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { addDays, schoolDate } from '../../src/domain/school-date.ts';
import { releaseRun } from '../../src/procedure/release-run.ts';
import {
  type SyncDeps,
  type SyncOutcome,
  type SyncRequest,
  syncDistrict,
} from '../../src/procedure/sync-district.ts';
import { openDataExtract } from '../../src/sis/attendance/data-extract/open-data-extract.ts';
import { openContacts } from '../../src/sis/contacts/open-contacts.ts';
import { useReleasedFile } from '../../src/sis/drop-folder/waiting-files.ts';
import { SisError } from '../../src/sis/sis-error.ts';
import { absencesRightAsOf } from '../../src/store/source-health.ts';
import { lastSyncRun } from '../../src/store/sync/sync-runs.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import {
  aGuardian,
  anAbsence,
  aStudent,
  linkTo,
  type SisRecords,
  sisRecords,
  sourcesOf,
  syncSettings,
  weekdaysFrom,
} from '../support/sis-records.ts';

/** One school of 100 students; absences come in files, four a day. */
const STUDENTS = 100;
const HISTORY = weekdaysFrom('2026-09-01', 10);
const FIRST = '2026-09-15';
const SECOND = '2026-09-16';
const THIRD = '2026-09-17';
const RELEASE = { by: 'Sam Ortiz', because: 'looked at' };

let store: Awaited<ReturnType<typeof openTestDatabase>>;
let sis: SisRecords;
let folder: string;

beforeEach(async () => {
  store = await openTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'rollcall-files-'));
  sis = sisRecords({
    students: Array.from({ length: STUDENTS }, (_, index) => aStudent(`s${index}`)),
    guardians: Array.from({ length: STUDENTS }, (_, index) =>
      aGuardian(`g${index}`, { links: [linkTo(`s${index}`)] }),
    ),
  });
  await drop('2026-09-14', usual());
  expect(await read('2026-09-14')).toMatchObject({ kind: 'applied' });
});
afterEach(async () => {
  await store.drop();
  await rm(folder, { recursive: true, force: true });
});

const instant = (date: string, time = '12:00:00') => new Date(`${date}T${time}.000Z`);
const usual = () =>
  HISTORY.flatMap((date, day) => [0, 1, 2, 3].map((place) => `s${day * 4 + place},lincoln,${date},A,U`));
const crowd = (date: string) => [
  ...usual(),
  ...Array.from({ length: 60 }, (_, index) => `s${index},lincoln,${date},A,U`),
];

/** The extract of a night, an hour before it is read. */
async function drop(
  date: string,
  rows: readonly string[],
  {
    name = `attendance-${date}.csv`,
    header = 'studentSourcedId,schoolSourcedId,date,status,excuse',
  }: { name?: string; header?: string } = {},
) {
  const extractedAt = instant(date, '11:00:00');
  const trailer = `TRAILER,${rows.length},${extractedAt.toISOString()}`;
  await writeFile(join(folder, name), [header, ...rows, trailer, ''].join('\n'));
  await utimes(join(folder, name), extractedAt, extractedAt);
}

const options = (files: string, date: string) => ({
  folder,
  files,
  delimiter: ',' as const,
  stableSeconds: 60,
  proofMinutes: 0,
  keepDays: 60,
  completeness: 'either' as const,
  columns: {},
  now: () => instant(date),
});
const extractOf = (date: string) =>
  openDataExtract({ ...options('attendance*.csv', date), codes: {}, coverage: 'enrolled' });

function read(date: string, request: Partial<SyncRequest> = {}, deps: Partial<SyncDeps> = {}) {
  return syncDistrict(
    {
      db: store.db,
      pool: store.pool,
      ...syncSettings,
      roster: sourcesOf(sis).roster,
      attendance: extractOf(date),
      ...deps,
    },
    { now: instant(date), today: schoolDate(date), ...request },
  );
}

/** As `rollcall runs release` does it. */
async function release(outcome: SyncOutcome, date: string) {
  const now = instant(date, '15:00:00');
  const released = await releaseRun({ ...store, holds: [] }, { run: outcome.runId, ...RELEASE }, now);
  if (released.kind === 'released') {
    for (const file of released.files) await useReleasedFile(folder, file, now);
  }
  return released;
}

/** Files of the pattern in the folder itself and on its shelves. */
async function files(): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => /(^|\/)(attendance|contacts)-[\w-]*\.csv$/.test(name)).sort();
}
const lastUsed = async () => JSON.parse(await readFile(join(folder, 'archive/last-used.json'), 'utf8'));
const inForce = async (date: string) =>
  (
    await store.db
      .selectFrom('absence_record')
      .select('id')
      .where('ended_at', 'is', null)
      .where('date', '=', schoolDate(date))
      .execute()
  ).length;

const OLD = 'archive/attendance-2026-09-14.csv';

describe('a run that was stopped for something else leaves the extract where it is', () => {
  test('students that are too few', async () => {
    await drop(FIRST, usual());
    const all = sis.students;
    sis.students = all.slice(0, 80);
    expect(await read(FIRST)).toMatchObject({ kind: 'quarantined' });
    expect(await files()).toEqual([OLD, `attendance-${FIRST}.csv`]);
    sis.students = all;
    expect(await read(SECOND)).toMatchObject({ kind: 'applied', counts: { attendances: usual().length } });
    expect(await files()).toEqual([OLD, `archive/attendance-${FIRST}.csv`]);
  });

  test('students that are too few, also where that makes the absences look wrong', async () => {
    await drop(FIRST, crowd(FIRST));
    sis.students = sis.students.slice(0, 80);
    expect(await read(FIRST)).toMatchObject({ kind: 'quarantined', suspect: 'none' });
    expect(await files()).toContain(`attendance-${FIRST}.csv`);
  });

  test('a broken page of another service', async () => {
    const header = 'studentSourcedId,contactSourcedId,givenName,familyName';
    await drop(FIRST, ['s1,g1,Ann,Lee'], { name: `contacts-${FIRST}.csv`, header });
    const contacts = openContacts(options('contacts*.csv', FIRST));
    const { attendance } = sourcesOf(sis);
    const broken = {
      ...attendance,
      offer: async () => {
        throw new SisError('protocol', 'page 3 of attendances is no JSON');
      },
    };
    const outcome = await read(FIRST, {}, { attendance: broken, contacts });
    expect(outcome).toMatchObject({ kind: 'quarantined', reason: 'page 3 of attendances is no JSON' });
    expect(await files()).toContain(`contacts-${FIRST}.csv`);
  });

  test('and archives it when that run is released', async () => {
    await drop(FIRST, usual());
    sis.students = sis.students.slice(0, 80);
    const stopped = await read(FIRST);
    expect(await release(stopped, FIRST)).toMatchObject({ kind: 'released' });
    expect(await files()).toEqual([OLD, `archive/attendance-${FIRST}.csv`]);
    expect(await lastUsed()).toMatchObject({ attendance: { file: `attendance-${FIRST}.csv` } });
    expect(await extractOf(SECOND).offer()).toMatchObject({ kind: 'nothing-new' });
  });
});

describe('an extract that looks wrong itself waits for a person', () => {
  let stopped: SyncOutcome;

  beforeEach(async () => {
    await drop(FIRST, crowd(FIRST));
    stopped = await read(FIRST);
    expect(stopped).toMatchObject({ kind: 'quarantined', suspect: 'attendance' });
    expect(await files()).toEqual([OLD, `waiting/attendance-${FIRST}.csv`]);
  });

  test('with the run and the reason beside it', async () => {
    const why = await readFile(join(folder, `waiting/attendance-${FIRST}.csv.why.txt`), 'utf8');
    expect(why).toContain('60 of 100 students of school lincoln absent');
    expect(why).toContain(`rollcall runs release ${stopped.runId.slice(0, 8)}`);
  });

  test('and counts as used once the run is released', async () => {
    expect(await release(stopped, FIRST)).toMatchObject({ kind: 'released' });
    expect(await inForce(FIRST)).toBe(60);
    expect(await files()).toEqual([OLD, `archive/attendance-${FIRST}.csv`]);
    expect(await readdir(join(folder, 'waiting'))).toEqual([]);
    expect(await lastUsed()).toMatchObject({
      attendance: { file: `attendance-${FIRST}.csv`, extractedAt: `${FIRST}T11:00:00.000Z` },
    });
  });

  test('is overtaken by the next one', async () => {
    await drop(SECOND, usual());
    expect(await read(SECOND)).toMatchObject({ kind: 'applied' });
    expect(await files()).toEqual([
      OLD,
      `archive/attendance-${FIRST}.csv`,
      `archive/attendance-${SECOND}.csv`,
    ]);
    expect(await release(stopped, SECOND)).toMatchObject({ kind: 'refused' });
    expect(await lastUsed()).toMatchObject({ attendance: { file: `attendance-${SECOND}.csv` } });
  });

  test('outlasts a night with nothing new, whose roster stays in force', async () => {
    sis.students.push(aStudent('newcomer'));
    sis.schools = sis.schools.map((school) => ({ ...school, name: 'Lincoln Elementary' }));
    expect(await read(SECOND)).toMatchObject({ kind: 'applied', counts: { attendanceUnchanged: 1 } });
    expect(await files()).toContain(`waiting/attendance-${FIRST}.csv`);
    const people = async () => [
      await store.db
        .selectFrom('student')
        .select(['sourced_id', 'active', 'missing_since'])
        .orderBy('id')
        .execute(),
      await store.db.selectFrom('school').selectAll().execute(),
      await store.db.selectFrom('guardianship').selectAll().orderBy('student_id').execute(),
    ];
    const before = await people();
    expect(await release(stopped, SECOND)).toMatchObject({ kind: 'released' });
    expect(await people()).toEqual(before);
    expect(await inForce(FIRST)).toBe(60);
    expect(await absencesRightAsOf(store.db)).toEqual(instant(FIRST, '11:00:00'));
    expect(await read(THIRD)).toMatchObject({ kind: 'applied' });
  });

  test('outlasts a night whose roster was stopped, and both can be released', async () => {
    sis.students = sis.students.slice(0, 80);
    const second = await read(SECOND);
    expect(second).toMatchObject({ kind: 'quarantined', suspect: 'none' });
    expect(await release(stopped, SECOND)).toMatchObject({ kind: 'released' });
    expect(await release(second, SECOND)).toMatchObject({ kind: 'released' });
    expect(await inForce(FIRST)).toBe(60);
  });
});

test('a dry run touches no file and leaves no run that waits, but says what stopped it', async () => {
  await drop(FIRST, crowd(FIRST));
  await writeFile(join(folder, 'attendance-bad.csv'), 'no header\nof ours\n');
  await utimes(join(folder, 'attendance-bad.csv'), instant(FIRST, '10:00:00'), instant(FIRST, '10:00:00'));
  const before = await files();
  const outcome = await read(FIRST, { dryRun: true });
  expect(outcome).toMatchObject({ kind: 'tried', wouldStop: expect.stringContaining('60 of 100 students') });
  expect(await files()).toEqual(before);
  expect(await lastSyncRun(store.db)).toMatchObject({
    state: 'tried',
    plan: null,
    reason: expect.stringContaining('60 of 100 students'),
    evidence: [{ guard: 'absent-on-one-day' }],
  });
  expect(await read(FIRST)).toMatchObject({ kind: 'quarantined' });
});

test('a folder that fails after the run changes nothing about it, nor about the other source', async () => {
  await drop(FIRST, usual());
  const ended: string[] = [];
  const told: unknown[] = [];
  const lost = new SisError('unreachable', 'the folder is away');
  const absences = HISTORY.flatMap((date, day) =>
    [0, 1, 2, 3].map((place) => anAbsence(`s${day * 4 + place}`, date)),
  );
  const { attendance } = sourcesOf({ ...sis, absences });
  const outcome = await read(
    FIRST,
    {},
    {
      attendance: { ...attendance, end: () => Promise.reject(lost) },
      contacts: {
        offer: async () => ({ kind: 'nothing-new', why: 'none' }),
        async *contacts() {},
        end: async ({ kind }) => void ended.push(kind),
      },
      filesLeft: (error) => told.push(error),
    },
  );
  expect(outcome).toMatchObject({ kind: 'applied' });
  expect(ended).toEqual(['applied']);
  expect(told).toEqual([lost]);
});

describe('the last run is the one that was begun last', () => {
  test('also after one whose clock was set to a day to come', async () => {
    const ahead = addDays(schoolDate(FIRST), 60);
    // Nothing else asks for a whole read: none is due, and there is a place from which changes could be read.
    const roster = { ...sourcesOf(sis).roster, cursor: () => 'somewhere' };
    const changes = { roster, fullDue: () => false };
    await drop(FIRST, usual());
    const clock = { now: instant(ahead), today: ahead, full: true };
    expect(await read(FIRST, clock, changes)).toMatchObject({ kind: 'applied' });
    expect(await absencesRightAsOf(store.db)).toEqual(instant(FIRST, '11:00:00'));
    await drop(SECOND, usual());
    const second = await read(SECOND, {}, changes);
    expect(await lastSyncRun(store.db)).toMatchObject({ id: second.runId, kind: 'full' });
    expect(await absencesRightAsOf(store.db)).toEqual(instant(SECOND, '11:00:00'));
    await drop(THIRD, usual());
    const third = await read(THIRD, {}, changes);
    expect(await lastSyncRun(store.db)).toMatchObject({ id: third.runId, kind: 'delta' });
  });
});
