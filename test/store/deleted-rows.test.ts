import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import type { DeletedRecord, RecordPage } from '../../src/domain/sis-records.ts';
import type { DistrictSources } from '../../src/procedure/read-district.ts';
import { syncDistrict } from '../../src/procedure/sync-district.ts';
import { changingSis } from '../support/changing-sis.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import {
  aCode,
  aDeletedAbsence,
  aGuardian,
  anAbsence,
  aSchool,
  aStudent,
  linkTo,
  sisRecords,
  syncSettings,
} from '../support/sis-records.ts';

let store: Awaited<ReturnType<typeof openTestDatabase>>;

beforeEach(async () => {
  store = await openTestDatabase();
});
afterEach(() => store.drop());

const family = () =>
  changingSis(
    sisRecords({
      students: [aStudent('ada', { number: '7' })],
      guardians: [aGuardian('mum', { links: [linkTo('ada')] })],
      absences: [anAbsence('ada', '2026-09-01')],
    }),
  );

/** One read on a date: the first one whole, the others of what has changed. */
async function applied(
  sis: ReturnType<typeof changingSis>,
  date: string,
  change: (sources: Omit<DistrictSources, 'contacts'>) => Omit<DistrictSources, 'contacts'> = (same) => same,
  fullDue = false,
) {
  const outcome = await syncDistrict(
    {
      db: store.db,
      pool: store.pool,
      ...syncSettings,
      fullDue: (last) => last === null || fullDue,
      ...change(sis.sources()),
    },
    { now: new Date(`${date}T12:00:00Z`), today: schoolDate(date) },
  );
  expect(outcome).toMatchObject({ kind: 'applied' });
  return outcome.counts;
}

async function ledger(): Promise<string[]> {
  const rows = await store.db
    .selectFrom('absence_record')
    .select(['sourced_id', 'end_reason', 'contradictory'])
    .orderBy('id')
    .execute();
  return rows.map((row) =>
    [row.sourced_id, row.end_reason ?? 'current', ...(row.contradictory ? ['contradictory'] : [])].join(' '),
  );
}

async function* pageOf<T>(...records: T[]): AsyncGenerator<RecordPage<T>> {
  yield { records, problems: [], repeated: 0 };
}

describe('a deleted absence', () => {
  test('ends at once, though the student is no longer known by the id of the row, in a whole read too', async () => {
    for (const fullDue of [false, true]) {
      const sis = family();
      await applied(sis, '2026-09-02', undefined, true);
      await store.db.deleteFrom('person_alias').where('alias', '=', 'ada').execute();
      sis.records.absences = [aDeletedAbsence('ada', '2026-09-01'), anAbsence('ada', '2026-09-02')];
      expect(await applied(sis, '2026-09-02', undefined, fullDue)).toMatchObject({
        absencesDeleted: 1,
        // A whole read brings the row of the student too, but it came as it was, and is not read again.
        absencesOfUnknownStudent: 1,
      });
      await store.drop();
      store = await openTestDatabase();
    }
  });

  test('ends in whatever school year it was', async () => {
    const sis = family();
    await applied(sis, '2026-09-02');
    await store.db
      .updateTable('absence_record')
      .set({ date: schoolDate('2026-05-01') })
      .execute();
    sis.records.absences = [aDeletedAbsence('ada', '2026-09-01')];
    await applied(sis, '2026-09-03');
    expect(await ledger()).toEqual(['ada/2026-09-01 deleted']);
  });

  test('that nobody knows is nothing', async () => {
    const sis = family();
    sis.records.absences.push(aDeletedAbsence('zoe', '2026-09-01'));
    expect(await applied(sis, '2026-09-02')).toMatchObject({
      absencesDeleted: 0,
      absencesOfUnknownStudent: 0,
    });
  });

  test('that comes undeleted as well is contradictory', async () => {
    const sis = family();
    await applied(sis, '2026-09-02');
    sis.records.absences = [anAbsence('ada', '2026-09-01'), aDeletedAbsence('ada', '2026-09-01')];
    await applied(sis, '2026-09-03', ({ roster, attendance }) => ({
      roster,
      attendance: { ...attendance, records: () => pageOf(...sis.records.absences) },
    }));
    expect(await ledger()).toEqual(['ada/2026-09-01 corrected', 'ada/2026-09-01 current contradictory']);
  });
});

describe('a person who is removed', () => {
  const gone = (sourcedId: string): DeletedRecord => ({ sourcedId, deleted: true });

  test('ends at once by the id alone, and what is known stays', async () => {
    const sis = family();
    await applied(sis, '2026-09-02');
    const counts = await applied(sis, '2026-09-03', ({ roster, attendance }) => ({
      attendance,
      roster: {
        ...roster,
        students: () => pageOf(gone('ada'), gone('nobody')),
        guardians: () => pageOf(gone('mum'), gone('some-teacher')),
      },
    }));
    expect(counts).toMatchObject({ studentsGone: 1, guardiansGone: 1 });
    const students = await store.db
      .selectFrom('student')
      .select(['sourced_id', 'number', 'active'])
      .execute();
    expect(students).toEqual([{ sourced_id: 'ada', number: '7', active: false }]);
    const guardians = await store.db.selectFrom('guardian').select(['sourced_id', 'active']).execute();
    expect(guardians).toEqual([{ sourced_id: 'mum', active: false }]);
    expect(await store.db.selectFrom('evaluation_due').select('student_id').execute()).toHaveLength(1);
  });
});

describe('an absence that comes before its student or its school', () => {
  test('waits for them, and a read of changes need not bring it again', async () => {
    const sis = family();
    await applied(sis, '2026-09-02');
    sis.records.absences.push(
      anAbsence('zoe', '2026-09-02'),
      anAbsence('ada', '2026-09-02', { schoolSourcedId: 'north' }),
    );
    expect(await applied(sis, '2026-09-03')).toMatchObject({ absencesAdded: 0 });
    expect(await applied(sis, '2026-09-04')).toMatchObject({ absencesAdded: 0, absencesOfUnknownStudent: 1 });
    sis.records.students.push(aStudent('zoe'));
    sis.records.schools.push(aSchool('north'));
    expect(await applied(sis, '2026-09-05')).toMatchObject({ absencesAdded: 2 });
    expect(await applied(sis, '2026-09-06')).toMatchObject({ absencesAdded: 0, absencesCorrected: 0 });
  });

  test('is forgotten when it is removed, or a whole read no longer has it', async () => {
    const sis = family();
    await applied(sis, '2026-09-02');
    const waiting = () => store.db.selectFrom('unplaced_absence').select('sourced_id').execute();
    sis.records.absences.push(anAbsence('zoe', '2026-09-02'), anAbsence('zoe', '2026-09-03'));
    await applied(sis, '2026-09-03');
    expect(await waiting()).toHaveLength(2);
    sis.records.absences.splice(1, 1, aDeletedAbsence('zoe', '2026-09-02'));
    await applied(sis, '2026-09-04');
    expect(await waiting()).toEqual([{ sourced_id: 'zoe/2026-09-03' }]);
    sis.records.absences.splice(1);
    await applied(sis, '2026-09-05', undefined, true);
    expect(await waiting()).toEqual([]);
  });
});

test('a code that a source with every code no longer names has no meaning, and its students are due', async () => {
  const sis = family();
  sis.records.codes = [aCode('unx'), aCode('act')];
  const every = ({ roster, attendance }: Omit<DistrictSources, 'contacts'>) => ({
    roster,
    attendance: { ...attendance, capabilities: () => ({ ...attendance.capabilities(), everyCode: true }) },
  });
  await applied(sis, '2026-09-02', every);
  await store.db.deleteFrom('evaluation_due').execute();
  sis.records.codes = [aCode('act')];
  expect(await applied(sis, '2026-09-03')).toMatchObject({ codesChanged: 0 });
  expect(await applied(sis, '2026-09-04', every)).toMatchObject({ codesChanged: 1 });
  expect(await store.db.selectFrom('evaluation_due').select('reason').execute()).toEqual([
    { reason: 'code' },
  ]);
});
