import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { addDays, schoolDate } from '../../src/domain/school-date.ts';
import type { AbsenceRowRecord, RecordPage } from '../../src/domain/sis-records.ts';
import { type SyncOutcome, syncDistrict } from '../../src/procedure/sync-district.ts';
import { openStage } from '../../src/store/sync/stage.ts';
import { stageTables } from '../../src/store/sync/stage-names.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import {
  aCode,
  aDeletedAbsence,
  aGuardian,
  anAbsence,
  aSchool,
  aSession,
  aStudent,
  enrolledAt,
  linkTo,
  type SisRecords,
  sisRecords,
  sourcesOf,
  syncSettings,
} from '../support/sis-records.ts';

let store: Awaited<ReturnType<typeof openTestDatabase>>;
let sis: SisRecords;

beforeEach(async () => {
  store = await openTestDatabase();
  sis = sisRecords({ students: [aStudent('ada')], absences: [anAbsence('ada', '2026-09-01')] });
});
afterEach(() => store.drop());

/** One complete read on a date, through the same door as the product. */
function read(date: string, sources = sourcesOf(sis)): Promise<SyncOutcome> {
  const today = schoolDate(date);
  return syncDistrict(
    { db: store.db, pool: store.pool, ...syncSettings, ...sources },
    { now: new Date(`${date}T12:00:00Z`), today },
  );
}

async function applied(date: string): Promise<Record<string, number>> {
  const outcome = await read(date);
  if (outcome.kind !== 'applied')
    throw new Error(`the read of ${date} was ${outcome.kind}: ${JSON.stringify(outcome)}`);
  return outcome.counts;
}

/** Every version of every row, as short texts: id, what it says, how it ended. */
async function versions(): Promise<string[]> {
  const rows = await store.db.selectFrom('absence_record').selectAll().orderBy('id').execute();
  return rows.map((row) => `${row.sourced_id} ${row.date} ${row.excuse} ${row.end_reason ?? 'current'}`);
}

async function due(): Promise<string[]> {
  const rows = await store.db
    .selectFrom('evaluation_due')
    .innerJoin('student', 'student.id', 'evaluation_due.student_id')
    .select(['sourced_id', 'reason'])
    .orderBy('sourced_id')
    .execute();
  return rows.map((row) => `${row.sourced_id}: ${row.reason}`);
}

const forgetDue = () => store.db.deleteFrom('evaluation_due').execute();

/** Everything a sync may write, but the log of the runs themselves. */
async function everything(): Promise<string> {
  const tables = [
    'school_year',
    'school',
    'student',
    'person_alias',
    'guardian',
    'guardianship',
    'enrolment',
    'attendance_code',
    'absence_record',
    'evaluation_due',
  ];
  const contents = tables.map(async (table) => {
    const { rows } = await sql<{ text: string }>`
      select coalesce(string_agg(t::text, '|' order by t::text), '') as text from ${sql.table(table)} t`.execute(
      store.db,
    );
    return `${table}: ${rows[0]?.text}`;
  });
  return (await Promise.all(contents)).join('\n');
}

async function stagedRows(): Promise<number> {
  let total = 0;
  for (const table of stageTables) {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(
      store.db,
    );
    total += rows[0]?.n ?? 0;
  }
  return total;
}

describe('the ledger of absences', () => {
  test('a first read records every row, marks its student as due and leaves nothing on the stage', async () => {
    const counts = await applied('2026-09-02');
    expect(counts).toMatchObject({ absencesAdded: 1, studentsChanged: 1, studentsToEvaluate: 1 });
    expect(await versions()).toEqual(['ada/2026-09-01 2026-09-01 unexcused current']);
    expect(await due()).toEqual(['ada: student']);
    expect(await stagedRows()).toBe(0);
  });

  test('reading the same again changes nothing and makes nobody due', async () => {
    await applied('2026-09-02');
    await forgetDue();
    const before = await everything();
    const counts = await applied('2026-09-03');
    expect(counts).toMatchObject({ absencesAdded: 0, absencesCorrected: 0, studentsChanged: 0 });
    expect(await everything()).toBe(before);
    expect(await due()).toEqual([]);
  });

  test('a correction ends one version and begins the next', async () => {
    await applied('2026-09-02');
    await forgetDue();
    sis.absences = [anAbsence('ada', '2026-09-01', { excuse: 'excused' })];
    expect(await applied('2026-09-03')).toMatchObject({ absencesCorrected: 1, absencesAdded: 1 });
    expect(await versions()).toEqual([
      'ada/2026-09-01 2026-09-01 unexcused corrected',
      'ada/2026-09-01 2026-09-01 excused current',
    ]);
    const [old, fresh] = await store.db
      .selectFrom('absence_record')
      .select(['recorded_by', 'ended_by', 'ended_at', 'recorded_at'])
      .orderBy('id')
      .execute();
    expect(old?.ended_by).toBe(fresh?.recorded_by);
    expect(old?.ended_at).toEqual(fresh?.recorded_at);
    expect(await due()).toEqual(['ada: absence']);
  });

  test.each([
    ['date', { date: schoolDate('2026-08-31') }],
    ['school', { schoolSourcedId: 'roosevelt' }],
    ['status', { status: 'tardy' }],
    ['day fraction', { dayFraction: '0.5' }],
    ['minutes', { minutesAbsent: 90 }],
    ['code', { codeSourcedId: 'other' }],
    ['student', { studentSourcedId: 'ben' }],
  ] as const)('a change of the %s is a correction', async (_what, change) => {
    sis.schools.push(aSchool('roosevelt'));
    sis.students.push(aStudent('ben'));
    await applied('2026-09-02');
    sis.absences = [anAbsence('ada', '2026-09-01', change)];
    expect(await applied('2026-09-03')).toMatchObject({ absencesCorrected: 1, absencesAdded: 1 });
  });

  test('a row that moves to another student makes both due', async () => {
    sis.students.push(aStudent('ben'));
    await applied('2026-09-02');
    await forgetDue();
    sis.absences = [{ ...anAbsence('ada', '2026-09-01'), studentSourcedId: 'ben' }];
    await applied('2026-09-03');
    expect(await due()).toEqual(['ada: absence', 'ben: absence']);
  });

  test('a tombstone ends a row at once', async () => {
    await applied('2026-09-02');
    await forgetDue();
    sis.absences = [aDeletedAbsence('ada', '2026-09-01')];
    expect(await applied('2026-09-02')).toMatchObject({ absencesDeleted: 1, absencesAdded: 0 });
    expect(await versions()).toEqual(['ada/2026-09-01 2026-09-01 unexcused deleted']);
    expect(await due()).toEqual(['ada: absence']);
  });

  test('a row that is missing once stays, twice on one day stays, and is gone after a second day', async () => {
    sis.absences.push(anAbsence('ada', '2026-09-02'));
    await applied('2026-09-02');
    await forgetDue();
    sis.absences.shift();
    expect(await applied('2026-09-03')).toMatchObject({ absencesGone: 0 });
    expect(await applied('2026-09-03')).toMatchObject({ absencesGone: 0 });
    expect(await due()).toEqual([]);
    expect(await applied('2026-09-04')).toMatchObject({ absencesGone: 1 });
    expect(await versions()).toEqual([
      'ada/2026-09-01 2026-09-01 unexcused gone',
      'ada/2026-09-02 2026-09-02 unexcused current',
    ]);
    expect(await due()).toEqual(['ada: absence']);
  });

  test('a row that returns in time starts over; one that was gone begins a new version', async () => {
    sis.absences.push(anAbsence('ada', '2026-09-02'));
    const [returning] = sis.absences;
    await applied('2026-09-02');
    const absent = async (date: string) => {
      sis.absences = sis.absences.filter((row) => row !== returning);
      return applied(date);
    };
    const back = async (date: string) => {
      if (returning !== undefined) sis.absences.push(returning);
      return applied(date);
    };
    await absent('2026-09-03');
    expect(await back('2026-09-04')).toMatchObject({ absencesAdded: 0 });
    expect(await absent('2026-09-05')).toMatchObject({ absencesGone: 0 });
    expect(await absent('2026-09-06')).toMatchObject({ absencesGone: 1 });
    expect(await back('2026-09-07')).toMatchObject({ absencesAdded: 1 });
    expect(await versions()).toEqual([
      'ada/2026-09-01 2026-09-01 unexcused gone',
      'ada/2026-09-02 2026-09-02 unexcused current',
      'ada/2026-09-01 2026-09-01 unexcused current',
    ]);
  });

  test('rows of unknown students and schools and of other years are counted and left out', async () => {
    sis.absences.push(
      anAbsence('nobody', '2026-09-01'),
      anAbsence('ada', '2026-09-02', { schoolSourcedId: 'nowhere' }),
      anAbsence('ada', '2026-09-03', { schoolSourcedId: 'nowhere' }),
      anAbsence('ada', '2027-07-01'),
      anAbsence('ada', '2026-07-31'),
    );
    expect(await applied('2026-09-04')).toMatchObject({
      absencesAdded: 1,
      absencesOfUnknownStudent: 1,
      absencesAtUnknownSchool: 2,
      absencesOutsideSchoolYear: 2,
    });
  });

  test('two different rows under one id make one contradictory row; the same row twice does not', async () => {
    sis.absences.push(
      anAbsence('ada', '2026-09-01', { excuse: 'excused' }),
      anAbsence('ada', '2026-09-02'),
      anAbsence('ada', '2026-09-02'),
    );
    await applied('2026-09-04');
    const rows = await store.db
      .selectFrom('absence_record')
      .select(['sourced_id', 'contradictory'])
      .orderBy('sourced_id')
      .execute();
    expect(rows).toEqual([
      { sourced_id: 'ada/2026-09-01', contradictory: true },
      { sourced_id: 'ada/2026-09-02', contradictory: false },
    ]);
  });

  test('a code that changes its meaning makes the students with such rows due', async () => {
    sis.students.push(aStudent('ben'));
    sis.codes.push(aCode('exc'));
    sis.absences.push(anAbsence('ben', '2026-09-01', { codeSourcedId: 'exc' }));
    await applied('2026-09-02');
    await forgetDue();
    sis.codes = [aCode('unx'), aCode('exc', { status: 'tardy' })];
    expect(await applied('2026-09-03')).toMatchObject({ codesChanged: 1 });
    expect(await due()).toEqual(['ben: code']);
  });
});

describe('students and their families', () => {
  test('a changed enrolment replaces the old set and makes the student due', async () => {
    sis.schools.push(aSchool('roosevelt'));
    await applied('2026-09-02');
    await forgetDue();
    sis.students = [
      aStudent('ada', {
        enrolments: [
          enrolledAt('lincoln', { ends: schoolDate('2026-09-03') }),
          enrolledAt('roosevelt', { begins: schoolDate('2026-09-03') }),
          enrolledAt('nowhere'),
        ],
      }),
    ];
    expect(await applied('2026-09-03')).toMatchObject({ enrolmentsChanged: 1, enrolmentsAtUnknownSchool: 1 });
    const enrolments = await store.db
      .selectFrom('enrolment')
      .innerJoin('school', 'school.id', 'enrolment.school_id')
      .select(['sourced_id', 'begins', 'ends'])
      .orderBy('sourced_id')
      .execute();
    expect(enrolments).toEqual([
      { sourced_id: 'lincoln', begins: null, ends: '2026-09-03' },
      { sourced_id: 'roosevelt', begins: '2026-09-03', ends: null },
    ]);
    expect(await due()).toEqual(['ada: enrolment']);
  });

  test('links named by either side count once, a contradiction is kept, dangling ones are counted', async () => {
    sis.students = [aStudent('ada', { guardianSourcedIds: ['mum', 'dad', 'ghost'] })];
    sis.guardians = [
      aGuardian('mum', { links: [linkTo('ada')] }),
      aGuardian('dad'),
      aGuardian('aunt', { links: [linkTo('ada'), linkTo('ada', { guardian: false }), linkTo('stranger')] }),
    ];
    expect(await applied('2026-09-02')).toMatchObject({ guardianLinksDangling: 2 });
    const links = await store.db
      .selectFrom('guardianship')
      .innerJoin('guardian', 'guardian.id', 'guardianship.guardian_id')
      .select(['sourced_id', 'is_guardian', 'contradictory', 'guardianship.active'])
      .orderBy('sourced_id')
      .execute();
    expect(links).toEqual([
      { sourced_id: 'aunt', is_guardian: false, contradictory: true, active: true },
      { sourced_id: 'dad', is_guardian: null, contradictory: false, active: true },
      { sourced_id: 'mum', is_guardian: true, contradictory: false, active: true },
    ]);
  });

  test('a guardian link and a guardian end only after a second day without them', async () => {
    sis.guardians = [
      aGuardian('mum', { links: [linkTo('ada')] }),
      aGuardian('dad', { links: [linkTo('ada')] }),
    ];
    await applied('2026-09-02');
    await forgetDue();
    sis.guardians = [aGuardian('mum', { links: [linkTo('ada')] })];
    const states = () =>
      store.db
        .selectFrom('guardianship')
        .innerJoin('guardian', 'guardian.id', 'guardianship.guardian_id')
        .select(['sourced_id', 'guardian.active as person', 'guardianship.active as link'])
        .orderBy('sourced_id')
        .execute();
    await applied('2026-09-03');
    expect(await states()).toEqual([
      { sourced_id: 'dad', person: true, link: true },
      { sourced_id: 'mum', person: true, link: true },
    ]);
    expect(await due()).toEqual([]);
    await applied('2026-09-04');
    expect(await states()).toEqual([
      { sourced_id: 'dad', person: false, link: false },
      { sourced_id: 'mum', person: true, link: true },
    ]);
    expect(await due()).toEqual(['ada: guardian']);
  });

  test('a guardian whose address changes makes the students due', async () => {
    sis.guardians = [aGuardian('mum', { links: [linkTo('ada')] })];
    await applied('2026-09-02');
    await forgetDue();
    sis.guardians = [aGuardian('mum', { links: [linkTo('ada')], email: 'new@family.example.org' })];
    expect(await applied('2026-09-03')).toMatchObject({ guardiansChanged: 1 });
    expect(await due()).toEqual(['ada: guardian']);
  });

  test('a student without rows and without a ladder is nobody to decide about', async () => {
    sis.students.push(aStudent('ben'));
    expect(await applied('2026-09-02')).toMatchObject({ studentsChanged: 2, studentsToEvaluate: 1 });
    expect(await due()).toEqual(['ada: student']);
  });

  test('a student who vanished is inactive after a second day, and active again on return', async () => {
    sis.students.push(aStudent('ben'));
    sis.absences.push(anAbsence('ben', '2026-09-01'));
    const [ada, ben] = sis.students;
    if (ada === undefined || ben === undefined) throw new Error('two students were staged');
    const isActive = async () =>
      (
        await store.db
          .selectFrom('student')
          .select('active')
          .where('sourced_id', '=', 'ben')
          .executeTakeFirst()
      )?.active;
    await applied('2026-09-02');
    sis.students = [ada];
    await applied('2026-09-03');
    expect(await isActive()).toBe(true);
    expect(await applied('2026-09-04')).toMatchObject({ studentsGone: 1 });
    expect(await isActive()).toBe(false);
    sis.students = [ada, ben];
    await applied('2026-09-05');
    expect(await isActive()).toBe(true);
  });

  test('a student under a new id keeps the rows when an alias says who it is', async () => {
    sis.students = [aStudent('ada', { aliases: ['state-77'] })];
    await applied('2026-09-02');
    sis.students = [aStudent('ada-2', { aliases: ['state-77'] })];
    sis.absences = [{ ...anAbsence('ada', '2026-09-01'), studentSourcedId: 'ada-2' }];
    expect(await applied('2026-09-03')).toMatchObject({ studentsRenamed: 1, absencesAdded: 0 });
    const students = await store.db.selectFrom('student').select('sourced_id').execute();
    expect(students).toEqual([{ sourced_id: 'ada-2' }]);
    expect(await versions()).toEqual(['ada/2026-09-01 2026-09-01 unexcused current']);
  });

  test('an alias that fits two students renames nobody', async () => {
    sis.students = [aStudent('ada', { aliases: ['shared'] }), aStudent('ben', { aliases: ['shared'] })];
    await applied('2026-09-02');
    sis.students = [...sis.students, aStudent('cleo', { aliases: ['shared'] })];
    expect(await applied('2026-09-03')).toMatchObject({ studentsRenamed: 0 });
    expect(await store.db.selectFrom('student').select('sourced_id').orderBy('id').execute()).toEqual([
      { sourced_id: 'ada' },
      { sourced_id: 'ben' },
      { sourced_id: 'cleo' },
    ]);
  });
});

describe('G7: all or nothing', () => {
  test('an apply that fails on its last collection leaves everything as it was', async () => {
    await applied('2026-09-02');
    await forgetDue();
    const before = await everything();
    await sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`.execute(
      store.db,
    );
    await sql`create trigger refuse before insert on absence_record for each row execute function refuse()`.execute(
      store.db,
    );
    sis.schools.push(aSchool('roosevelt'));
    sis.students = [aStudent('ada', { grade: '06' }), aStudent('ben')];
    sis.guardians = [aGuardian('mum', { links: [linkTo('ada')] })];
    sis.codes.push(aCode('exc'));
    sis.absences.push(anAbsence('ben', '2026-09-02'));
    await expect(read('2026-09-03')).rejects.toThrow('no');
    expect(await everything()).toBe(before);
    expect(await stagedRows()).toBe(0);
    const run = await store.db
      .selectFrom('sync_run')
      .select(['state', 'reason'])
      .orderBy('ordinal', 'desc')
      .executeTakeFirst();
    expect(run).toEqual({ state: 'failed', reason: 'an unexpected error of the program' });
  });

  test.each(['schools', 'students', 'absences'] as const)(
    'an empty collection of %s quarantines the run and changes nothing',
    async (collection) => {
      await applied('2026-09-02');
      const before = await everything();
      sis[collection] = [];
      expect(await read('2026-09-03')).toMatchObject({ kind: 'quarantined' });
      expect(await everything()).toBe(before);
      // Kept for a person who may release it.
      expect(await stagedRows()).toBeGreaterThan(0);
    },
  );

  test('guardians that all vanish quarantine the run', async () => {
    sis.guardians = [aGuardian('mum', { links: [linkTo('ada')] })];
    await applied('2026-09-02');
    const before = await everything();
    sis.guardians = [];
    expect(await read('2026-09-03')).toMatchObject({
      kind: 'quarantined',
      reason: expect.stringContaining('guardians'),
    });
    expect(await everything()).toBe(before);
  });

  test('a first read without students quarantines the run', async () => {
    sis.students = [];
    expect(await read('2026-09-02')).toMatchObject({ kind: 'quarantined' });
    expect(await store.db.selectFrom('school').selectAll().execute()).toEqual([]);
  });

  test('an error in the middle of the last collection fails the run and changes nothing', async () => {
    await applied('2026-09-02');
    const before = await everything();
    sis.students.push(aStudent('ben'));
    const { roster, attendance } = sourcesOf(sis);
    const breaking: typeof attendance = {
      ...attendance,
      async *records(): AsyncGenerator<RecordPage<AbsenceRowRecord>> {
        yield { records: [anAbsence('ada', '2026-09-02')], problems: [], repeated: 0 };
        throw Object.assign(new Error('the connection ended in a page'), { name: 'SisError' });
      },
    };
    expect(await read('2026-09-03', { roster, attendance: breaking })).toMatchObject({
      kind: 'failed',
      reason: 'the connection ended in a page',
    });
    expect(await everything()).toBe(before);
    expect(await stagedRows()).toBe(0);
  });

  test('more than 5 % invalid rows quarantine the run', async () => {
    await applied('2026-09-02');
    const before = await everything();
    const { roster, attendance } = sourcesOf(sis);
    const problem = { collection: 'attendances', row: 'x', field: 'date', found: 'text', expected: 'a date' };
    const spoilt: typeof attendance = {
      ...attendance,
      async *records(): AsyncGenerator<RecordPage<AbsenceRowRecord>> {
        const problems = Array.from({ length: 10 }, () => problem);
        yield { records: [anAbsence('ada', '2026-09-02')], problems, repeated: 0 };
      },
    };
    expect(await read('2026-09-03', { roster, attendance: spoilt })).toMatchObject({ kind: 'quarantined' });
    expect(await everything()).toBe(before);
    const told = await store.db
      .selectFrom('sync_problem')
      .select(['collection', 'field'])
      .distinct()
      .execute();
    expect(told).toEqual([{ collection: 'attendances', field: 'date' }]);
  });

  test('without a school year in force nothing is applied', async () => {
    sis.sessions = [aSession({ type: 'term' })];
    expect(await read('2026-09-02')).toMatchObject({ kind: 'quarantined' });
    expect(await store.db.selectFrom('school').selectAll().execute()).toEqual([]);
  });

  test('what one run has staged is not seen by another', async () => {
    const client = await store.pool.connect();
    const foreign = await openStage(client, '11111111-1111-4111-8111-111111111111');
    await foreign.schools([aSchool('foreign')]);
    await foreign.students([aStudent('foreign', { enrolments: [enrolledAt('foreign')] })]);
    await foreign.absences([anAbsence('ada', '2026-09-02', { schoolSourcedId: 'foreign' })]);
    client.release();
    await applied('2026-09-02');
    expect(await store.db.selectFrom('student').select('sourced_id').execute()).toEqual([
      { sourced_id: 'ada' },
    ]);
    expect(await versions()).toHaveLength(1);
    expect(await stagedRows()).toBe(0);
  });
});

describe('any sequence of edits', () => {
  const IDS = ['r1', 'r2', 'r3', 'r4'];
  type Edit =
    | {
        readonly kind: 'write';
        readonly row: string;
        readonly student: string;
        readonly excuse: 'excused' | 'unexcused';
      }
    | { readonly kind: 'delete' | 'vanish' | 'rename'; readonly row: string }
    | { readonly kind: 'read'; readonly days: number };
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({
      kind: fc.constant('write' as const),
      row: fc.constantFrom(...IDS),
      student: fc.constantFrom('ada', 'ben'),
      excuse: fc.constantFrom('excused' as const, 'unexcused' as const),
    }),
    fc.record({
      kind: fc.constantFrom('delete' as const, 'vanish' as const, 'rename' as const),
      row: fc.constantFrom(...IDS),
    }),
    fc.record({ kind: fc.constant('read' as const), days: fc.integer({ min: 0, max: 2 }) }),
  );

  test('the current ledger is what the SIS said last, and no version is ever lost', async () => {
    // A row of its own keeps the collection from ever being empty.
    const anchor = anAbsence('ada', '2026-08-31', { sourcedId: 'anchor' });
    sis.students = [aStudent('ada'), aStudent('ben')];
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 14 }), async (edits) => {
        await sql`truncate absence_record, sync_run, evaluation_due cascade`.execute(store.db);
        let date = schoolDate('2026-09-01');
        const rows = new Map<string, AbsenceRowRecord>();
        let history = 0;
        let renames = 0;
        const readNow = async () => {
          sis.absences = [anchor, ...rows.values()];
          await applied(date);
          const now = (await versions()).length;
          expect(now).toBeGreaterThanOrEqual(history);
          history = now;
        };
        for (const change of edits) {
          if (change.kind === 'read') {
            date = addDays(date, change.days);
            await readNow();
          } else if (change.kind === 'write') {
            const { row, student, excuse } = change;
            rows.set(row, anAbsence(student, '2026-09-01', { sourcedId: row, excuse }));
          } else {
            const row = rows.get(change.row);
            if (change.kind === 'vanish') rows.delete(change.row);
            else if (change.kind === 'rename') {
              renames += 1;
              if (row !== undefined) rows.set(change.row, { ...row, sourcedId: `${change.row}-${renames}` });
            } else if (row !== undefined) rows.set(change.row, { ...row, deleted: true });
          }
        }
        // Two reads on further days let everything that vanished be gone.
        for (let more = 0; more < 2; more += 1) {
          date = addDays(date, 1);
          await readNow();
        }
        const current = await store.db
          .selectFrom('absence_record')
          .innerJoin('student', 'student.id', 'absence_record.student_id')
          .select(['absence_record.sourced_id', 'student.sourced_id as student', 'excuse'])
          .where('ended_at', 'is', null)
          .orderBy('absence_record.sourced_id')
          .execute();
        const expected = [anchor, ...rows.values()]
          .filter((row) => !row.deleted)
          .map((row) => ({ sourced_id: row.sourcedId, student: row.studentSourcedId, excuse: row.excuse }))
          .sort((a, b) => (a.sourced_id < b.sourced_id ? -1 : 1));
        expect(current).toEqual(expected);
      }),
      { numRuns: 40, seed: 20260901 },
    );
  });
});
