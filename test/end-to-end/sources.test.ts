import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/load-config.ts';
import type { DemoReading } from '../../src/demo/configuration.ts';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { endOfDate, stateOn } from '../../src/demo/district/state-on.ts';
import { writeExtracts } from '../../src/demo/extracts/write-extracts.ts';
import { writeDemoHome } from '../../src/demo/home.ts';
import { type SimulatedSis, startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { decideStudent } from '../../src/procedure/decide.ts';
import { createProcedureBook, procedureSettings } from '../../src/procedure/procedure-book.ts';
import { syncDistrict } from '../../src/procedure/sync-district.ts';
import { openAttendanceSource, openContactSource, openRoster } from '../../src/sis/open-sis.ts';
import { sisOptions } from '../../src/wiring/sis-options.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import { syncSettings } from '../support/sis-records.ts';

const district = buildDistrict({
  seed: 'sources',
  schools: 3,
  students: 240,
  schoolYear: 2027,
  timeZone: 'America/Denver',
});
const DAY = schoolDate('2026-11-20');
const now = new Date(endOfDate(district, DAY));

let sis: SimulatedSis;
let home: string;

beforeAll(async () => {
  sis = await startSimulatedSis({ district, today: () => DAY });
  home = await mkdtemp(join(tmpdir(), 'rollcall-sources-'));
});
afterAll(async () => {
  await sis.close();
  await rm(home, { recursive: true, force: true });
});

/** What is decided about every student by her number, read in one of the ways. */
async function decisions(reading: DemoReading): Promise<Map<string, string>> {
  const dir = await mkdtemp(join(home, 'home-'));
  const written = await writeDemoHome({
    dir,
    district,
    sis,
    reading,
    shippedPolicyFile: 'config/policy.yaml',
    shippedTemplatesDir: 'templates',
  });
  const config = loadConfig({
    configDir: written.configDir,
    dataDir: dir,
    env: written.env,
    shippedTemplatesDir: 'templates',
  });
  const store = await openTestDatabase();
  try {
    const options = sisOptions(config, () => now, 'test');
    const outcome = await syncDistrict(
      {
        db: store.db,
        pool: store.pool,
        ...syncSettings,
        roster: openRoster(options),
        attendance: openAttendanceSource(options),
        contacts: openContactSource(options),
      },
      { now, today: DAY },
    );
    if (outcome.kind !== 'applied') throw new Error(JSON.stringify(outcome));
    const procedure = await createProcedureBook(store.db, procedureSettings(config)).on(DAY);
    const students = await store.db.selectFrom('student').select(['id', 'number']).execute();
    const result = new Map<string, string>();
    for (const { id, number } of students) {
      await decideStudent(store.db, procedure, id, { now, today: DAY });
      const ladder = await store.db
        .selectFrom('ladder')
        .select('total')
        .where('student_id', '=', id)
        .executeTakeFirst();
      const steps = await store.db
        .selectFrom('ladder_step')
        .select(['step', 'state'])
        .where('student_id', '=', id)
        .orderBy('step')
        .execute();
      const told = steps.map(({ step, state }) => `${step} ${state}`).join(', ');
      result.set(number ?? '', `${Number(ladder?.total ?? 0)}: ${told}`);
    }
    return result;
  } finally {
    await store.drop();
  }
}

/** Students of whom no source but the attendance service says all: they have left, or the office has not coded a day. */
function withoutThose(numbers: ReadonlySet<string>, all: ReadonlyMap<string, string>): string[] {
  return [...all]
    .filter(([number]) => !numbers.has(number))
    .map(([number, told]) => `${number} ${told}`)
    .sort();
}

test('the same year read in any way leads to the same decisions', async () => {
  const service = await decisions({ version: '1.2', attendance: 'oneroster-service' });
  expect([...service.values()].filter((told) => told.includes('owed')).length).toBeGreaterThan(10);

  const older = await decisions({ version: '1.1', attendance: 'oneroster-service' });
  // OneRoster 1.1 has no dates of enrolment, so that it cannot tell when a student went to which of two schools.
  const moved = numbersOf((student) => student.enrolments.length > 1);
  expect(withoutThose(moved, older)).toEqual(withoutThose(moved, service));

  const dropFolder = join(home, 'drop');
  // Ten minutes ago: a file that was written just now might still grow.
  await writeExtracts({ district, instant: new Date(now.getTime() - 600_000), folder: dropFolder });
  const extract = await decisions({ version: '1.2', attendance: 'data-extract', dropFolder });
  const left = numbersOf((student) => !student.enrolments.some(({ ends }) => ends === null || ends > DAY));
  expect(withoutThose(left, extract)).toEqual(withoutThose(left, service));

  const edFi = await decisions({ version: '1.2', attendance: 'ed-fi' });
  const unclear = unclearStudents();
  expect(unclear.size).toBeLessThan(district.students.length / 3);
  expect(withoutThose(unclear, edFi)).toEqual(withoutThose(unclear, service));
});

function numbersOf(
  chosen: (student: ReturnType<typeof stateOn>['students'][number]['facts']) => boolean,
): Set<string> {
  return new Set(
    stateOn(district, DAY).students.flatMap(({ facts }) => (chosen(facts) ? [facts.number] : [])),
  );
}

/** Ed-Fi has no events of days that nobody has coded, and no code for suspension, which the policy leaves out. */
function unclearStudents(): Set<string> {
  const state = stateOn(district, DAY);
  const coded = new Set(state.codes.map(({ sourcedId }) => sourcedId));
  const unclear = new Set(
    state.absences.flatMap(({ facts }) =>
      facts.excuse === 'unknown' ||
      facts.codeTitle === 'SUS' ||
      facts.codeTitle === 'UNK' ||
      !coded.has(facts.code)
        ? [facts.student]
        : [],
    ),
  );
  return new Set(
    state.students.flatMap(({ sourcedId, facts }) => (unclear.has(sourcedId) ? [facts.number] : [])),
  );
}
