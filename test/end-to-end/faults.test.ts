import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { expectedOutcomes } from '../../src/demo/server/expected-outcomes.ts';
import { type FaultName, faultCatalogue } from '../../src/demo/server/faults.ts';
import { type SimulatedSis, startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { addDays, schoolDate } from '../../src/domain/school-date.ts';
import { type SyncOutcome, syncDistrict } from '../../src/procedure/sync-district.ts';
import { openAttendanceSource, openRoster, type SisOptions } from '../../src/sis/open-sis.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import { metadataNames, syncSettings } from '../support/sis-records.ts';

const district = buildDistrict({
  seed: 'faults',
  schools: 2,
  students: 160,
  schoolYear: 2027,
  timeZone: 'America/Denver',
});
const DAY = schoolDate('2026-11-20');

let sis: SimulatedSis;
let store: Awaited<ReturnType<typeof openTestDatabase>>;
let today = addDays(DAY, -1);

beforeAll(async () => {
  sis = await startSimulatedSis({ district, today: () => DAY });
  store = await openTestDatabase();
  expect(await sync()).toMatchObject({ kind: 'applied' });
});
afterEach(() => {
  for (const name of sis.faults.active()) sis.faults.turnOff(name);
});
afterAll(async () => {
  await sis.close();
  await store.drop();
});

function sisOptions(): SisOptions {
  const client = {
    tokenUrl: sis.tokenUrl,
    clientId: sis.clientId,
    clientSecret: sis.clientSecret,
    clientAuth: 'basic' as const,
    requestTimeoutMs: 1_500,
    totalTimeoutMs: 60_000,
    attempts: 3,
    wait: async () => {},
    pageSize: 200,
    overlapMs: 86_400_000,
    edition: 'test',
  };
  return {
    roster: {
      ...client,
      baseUrl: sis.baseUrl,
      scopes: [sis.scopes.roster, sis.scopes.demographics],
      guardians: 'auto',
      metadata: metadataNames,
      flagFields: [],
    },
    attendance: {
      ...client,
      source: 'oneroster-service',
      baseUrl: sis.attendanceBaseUrl,
      scopes: [sis.scopes.attendance],
      paths: { attendances: '/attendances', attendanceCodes: '/attendanceCodes' },
      fields: {},
      now: () => new Date(),
    },
    contacts: null,
  };
}

/** A full read, a day after the one before, with small floors since the district is small. */
function sync(): Promise<SyncOutcome> {
  const options = sisOptions();
  today = addDays(today, 1);
  return syncDistrict(
    {
      db: store.db,
      pool: store.pool,
      ...syncSettings,
      guards: { ...syncSettings.guards, floorRows: 20, floorStudents: 5, absentShare: 0.8, medianFactor: 20 },
      roster: openRoster(options),
      attendance: openAttendanceSource(options),
    },
    { now: new Date(`${DAY}T23:00:00Z`), today: DAY },
  );
}

/** Everything a count or a letter could rest on. */
async function inForce(): Promise<string> {
  const rows = await store.db
    .selectFrom('absence_record')
    .innerJoin('student', 'student.id', 'absence_record.student_id')
    .select(['absence_record.id', 'student_id', 'date', 'status', 'excuse', 'day_fraction', 'end_reason'])
    .where('contradictory', '=', false)
    .orderBy('absence_record.id')
    .execute();
  const links = await store.db
    .selectFrom('guardianship')
    .select(['student_id', 'guardian_id', 'active', 'is_guardian'])
    .orderBy('student_id')
    .orderBy('guardian_id')
    .execute();
  const students = await store.db.selectFrom('student').select(['id', 'active']).orderBy('id').execute();
  return createHash('sha256').update(JSON.stringify({ rows, links, students })).digest('hex');
}

/** Faults that are the data of a few students: those wait, all others stay as they are. */
const CHANGES_SOME: ReadonlySet<FaultName> = new Set(['duplicate-ids']);

test('the expectations name every fault there is', () => {
  expect(Object.keys(expectedOutcomes).sort()).toEqual(Object.keys(faultCatalogue).sort());
});

test.each(Object.entries(expectedOutcomes) as [FaultName, string][])('%s is %s', async (name, expected) => {
  const before = await inForce();
  if (expected === 'retried') {
    // The server stays as it is: nothing is applied. It recovers: the read comes through.
    sis.faults.turnOn(name, { collections: ['students'] });
    expect((await sync()).kind).toMatch(/failed|quarantined/);
    expect(await inForce()).toBe(before);
    sis.faults.turnOff(name);
    sis.faults.turnOn(name, { collections: ['students'], times: 2 });
    expect(await sync()).toMatchObject({ kind: 'applied', counts: { retries: 2 } });
  } else {
    sis.faults.turnOn(name);
    const outcome = await sync();
    const why = 'reason' in outcome ? outcome.reason : '';
    expect(`${outcome.kind} ${why}`).toMatch(
      expected === 'tolerated' ? /^applied/ : new RegExp(`^${expected}`),
    );
    sis.faults.turnOff(name);
    if (expected === 'tolerated') expect(await sync()).toMatchObject({ kind: 'applied' });
  }
  if (!CHANGES_SOME.has(name)) expect(await inForce()).toBe(before);
});
