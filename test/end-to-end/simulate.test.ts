import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Config } from '../../src/config/config-types.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { writeDemoHome } from '../../src/demo/home.ts';
import { playYear } from '../../src/demo/play-year.ts';
import { startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { days } from '../../src/domain/days.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { openApp } from '../../src/main.ts';
import { silentLog } from '../../src/ops/log.ts';
import { createProcedureBook, procedureSettings } from '../../src/procedure/procedure-book.ts';
import { type Simulation, simulate } from '../../src/procedure/simulate.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const TIME_ZONE = 'America/Denver';
const SEED = 4;
const UNTIL = schoolDate('2026-10-30');

const district = buildDistrict({
  seed: SEED,
  schools: 2,
  students: 160,
  schoolYear: 2027,
  timeZone: TIME_ZONE,
});

let home: string;
let database: TestDatabase;
let sink: SmtpSink;
let store: Database;
let config: Config;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rollcall-simulate-'));
  database = await createTestDatabase();
  sink = await startSmtpSink();
  let sisToday: SchoolDate = district.calendar.firstDay;
  let now = new Date(0);
  const sis = await startSimulatedSis({ district, today: () => sisToday });
  const written = await writeDemoHome({
    dir: home,
    district,
    sis,
    shippedPolicyFile: 'config/policy.yaml',
    shippedTemplatesDir: 'templates',
  });
  config = loadConfig({
    configDir: written.configDir,
    dataDir: home,
    env: { ...written.env, DATABASE_URL: database.url, SMTP_URL: sink.url },
    shippedTemplatesDir: 'templates',
  });
  const app = await openApp({ config, log: silentLog(), now: () => now });
  try {
    app.startWorkers();
    await playYear(
      {
        db: app.store.db,
        procedure: (date) => createProcedureBook(app.store.db, procedureSettings(config)).on(date),
        cycle: () => app.runCycle(),
        setClock: (clock, date) => {
          now = clock;
          sisToday = date;
        },
      },
      { from: district.calendar.firstDay, until: UNTIL, timeZone: TIME_ZONE, seed: SEED },
    );
  } finally {
    await app.close(5_000);
    await sis.close();
  }
  store = openDatabase({ url: database.url });
}, 400_000);

afterAll(async () => {
  await store?.close();
  await sink?.stop();
  await database?.drop();
  if (home !== undefined) await rm(home, { recursive: true, force: true });
});

/** Everything that every table and every sequence holds. */
async function contents(): Promise<string> {
  const { rows: tables } = await store.pool.query(
    `select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables order by 1`,
  );
  const hash = createHash('sha256');
  for (const { name } of tables) {
    const { rows } = await store.pool.query(`select t::text as row from ${name} t order by 1`);
    hash.update(`\n${name}\n${rows.map(({ row }) => row).join('\n')}`);
  }
  const { rows: sequences } = await store.pool.query(
    'select schemaname, sequencename, last_value from pg_sequences order by 1, 2',
  );
  expect(tables.length).toBeGreaterThan(30);
  return hash.update(JSON.stringify(sequences)).digest('hex');
}

function replay(other: Policy, range: { from?: string; to?: string } = {}): Promise<Simulation> {
  return store.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (view) => {
      const procedure = await createProcedureBook(view, procedureSettings(config)).on(UNTIL);
      const request = {
        other,
        morning: config.mail.sendingWindow.from,
        from: range.from === undefined ? null : schoolDate(range.from),
        to: range.to === undefined ? null : schoolDate(range.to),
      };
      return simulate(view, procedure, request, () => {});
    });
}

/** Each step of the policy, so many days earlier. */
function earlier(policy: Policy, by: number): Policy {
  const steps = policy.steps.map((step) => ({ ...step, at: (step.at - days(String(by))) as typeof step.at }));
  return { ...policy, version: `${policy.version} earlier`, steps };
}

async function lettersPlanned() {
  return store.db
    .selectFrom('letter')
    .innerJoin('student', 'student.id', 'letter.student_id')
    .select(['student.sourced_id as student', 'letter.step', 'letter.handed_over_on as handedOverOn'])
    .orderBy('handed_over_on')
    .execute();
}

describe('the policy in force, replayed over the year that was played', () => {
  let simulation: Simulation;
  let before: string;
  let mails: number;
  beforeAll(async () => {
    before = await contents();
    mails = sink.delivered.length;
    simulation = await replay(config.policy);
  });

  test('plans exactly the letters that were really planned, per student and step', async () => {
    const played = simulation.plays.flatMap(({ student, inForce }) =>
      inForce.steps.filter(({ kind }) => kind === 'letter').map(({ step }) => `${student} ${step}`),
    );
    const real = (await lettersPlanned()).map(({ student, step }) => `${student} ${step}`);
    expect(real.length).toBeGreaterThan(15);
    expect([...new Set(played)].sort()).toEqual([...new Set(real)].sort());
  });

  test('lets them leave on the day on which they left, unless the code table has learned a code since', async () => {
    const first = new Map<string, SchoolDate>();
    for (const { student, step, handedOverOn } of await lettersPlanned()) {
      const key = `${student} ${step}`;
      if (handedOverOn !== null && !first.has(key)) first.set(key, handedOverOn);
    }
    const { rows } = await store.pool.query<{ student: string }>(
      `select distinct s.sourced_id as student from evaluation e join student s on s.id = e.student_id
      where e.result -> 'leftOut' @> '[{"reason": "unmapped-code"}]'`,
    );
    const learned = new Set(rows.map(({ student }) => student));
    const differ: string[] = [];
    let compared = 0;
    for (const { student, inForce } of simulation.plays.filter((play) => !learned.has(play.student))) {
      for (const { kind, step, leftOn, withdrawnOn } of inForce.steps) {
        if (kind !== 'letter' || withdrawnOn !== null) continue;
        const real = first.get(`${student} ${step}`);
        compared += 1;
        if (leftOn !== real) differ.push(`${student} ${step} ${leftOn} ${real}`);
      }
    }
    expect(differ).toEqual([]);
    expect(compared).toBeGreaterThan(8);
  });

  test('takes the same contact steps on the same days', async () => {
    const rows = await store.db
      .selectFrom('ladder_step')
      .innerJoin('student', 'student.id', 'ladder_step.student_id')
      .select(['student.sourced_id as student', 'step', 'taken_on as takenOn'])
      .where('state', '=', 'taken')
      .where('step', '=', 'contact')
      .execute();
    const played = new Set(
      simulation.plays.flatMap(({ student, inForce }) =>
        inForce.steps.map(({ step, leftOn }) => `${student} ${step} ${leftOn}`),
      ),
    );
    expect(rows.length).toBeGreaterThan(15);
    for (const { student, step, takenOn } of rows) expect(played).toContain(`${student} ${step} ${takenOn}`);
  });

  test('differs in nothing from itself', () => {
    const { comparison, plays } = simulation;
    for (const play of plays) expect(play.other).toEqual(play.inForce);
    expect(comparison.students).toEqual([]);
    for (const counts of Object.values(comparison.reach)) {
      expect(counts).toMatchObject({ sooner: 0, later: 0, 'only-other': 0, 'only-in-force': 0 });
    }
    expect(comparison.reach.letter.same).toBeGreaterThan(5);
    const side = (policy: string) =>
      comparison.weeks.filter((row) => row.policy === policy).map(({ policy: _, ...row }) => row);
    expect(side('other')).toEqual(side('inForce'));
  });

  test('leaves the database byte for byte as it was, and sends nothing', async () => {
    await replay(earlier(config.policy, 3));
    expect(await contents()).toBe(before);
    expect(sink.delivered).toHaveLength(mails);
  });
});

describe('a stricter policy', () => {
  test('reaches every family as soon or sooner, and more of them', async () => {
    const { comparison, plays } = await replay(earlier(config.policy, 3));
    expect(comparison.reach.letter).toMatchObject({ later: 0, 'only-in-force': 0 });
    expect(comparison.reach.letter.sooner).toBeGreaterThan(0);
    expect(comparison.reach.letter['only-other']).toBeGreaterThan(0);
    expect(comparison.reach.contact['only-other']).toBeGreaterThan(0);
    const letters = (policy: string) =>
      comparison.weeks.filter((row) => row.policy === policy).reduce((sum, row) => sum + row.letters, 0);
    expect(letters('other')).toBeGreaterThan(letters('inForce'));
    expect(comparison.students.length).toBeLessThan(plays.length * 3);
  });

  test('is reported within the dates that were asked for', async () => {
    const range = { from: '2026-09-21', to: '2026-10-09' };
    const whole = await replay(earlier(config.policy, 3));
    const part = await replay(earlier(config.policy, 3), range);
    const inRange = (one: Simulation) =>
      one.plays.flatMap(({ student, other }) =>
        other.steps
          .filter(({ leftOn }) => leftOn !== null && leftOn <= range.to)
          .map(({ step, leftOn }) => `${student} ${step} ${leftOn}`),
      );
    expect(inRange(part)).toEqual(inRange(whole));
    expect(part.comparison.weeks.every(({ week }) => week >= '2026-09-21' && week <= range.to)).toBe(true);
    expect(part.comparison.weeks.length).toBeGreaterThan(0);
  });

  test('cannot be tried on days that were not read yet', async () => {
    await expect(replay(config.policy, { from: '2026-12-01' })).rejects.toThrow(
      'Nothing was read from the SIS after 2026-10-30: there is nothing to replay.',
    );
  });
});
