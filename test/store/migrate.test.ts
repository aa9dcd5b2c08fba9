import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Kysely, sql } from 'kysely';
import { schoolDate } from '../../src/domain/school-date.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import {
  DatabaseNewerError,
  isStillServed,
  migrate,
  migrateAs,
  migrateFrom,
  migrateToLatest,
  pendingMigrations,
  SCHEMA_NUMBER,
} from '../../src/store/migrate.ts';
import { up as runOrder } from '../../src/store/migrations/0006-run-order.ts';
import { up as goingLive } from '../../src/store/migrations/0013-going-live.ts';
import { up as policyPeriods } from '../../src/store/migrations/0016-policy-periods.ts';
import { listPolicyTerms, readPolicyBook } from '../../src/store/policies.ts';
import { awaitOlderVersions, showVersion } from '../../src/store/served-from.ts';
import { beginSyncRun } from '../../src/store/sync/sync-runs.ts';
import { aPolicy } from '../support/domain-builders.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let empty: TestDatabase;
let database: Database;

beforeEach(async () => {
  empty = await createTestDatabase({ empty: true });
  database = openDatabase({ url: empty.url });
});
afterEach(async () => {
  await database.close();
  await empty.drop();
});

const names = async () => {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(
    database.db,
  );
  return rows.map((row) => row.name);
};

test('an empty database gets every migration once, and nothing is left to do', async () => {
  const pending = await pendingMigrations(database.db);
  expect(pending).toContain('0001-foundation');
  expect(await migrate(database.db)).toEqual(pending);
  expect(await names()).toEqual(pending);
  expect(await migrate(database.db)).toEqual([]);
  expect(await pendingMigrations(database.db)).toEqual([]);
});

test('whoever starts while another process makes and drops tables of its own finds nothing to do', async () => {
  await migrate(database.db);
  const other = openDatabase({ url: empty.url });
  let over = false;
  const read = async (run: number) => {
    while (!over) {
      await sql`create table ${sql.table(`stage_${run}`)} (id serial)`.execute(other.db);
      await sql`drop table ${sql.table(`stage_${run}`)}`.execute(other.db);
    }
  };
  const reads = [1, 2, 3].map(read);
  try {
    for (let start = 0; start < 40; start += 1) expect(await migrate(database.db)).toEqual([]);
  } finally {
    over = true;
    await Promise.allSettled(reads);
    await other.close();
  }
});

test('what a backup of an older version holds is brought to this one in the transaction in which it comes', async () => {
  const known = await pendingMigrations(database.db);
  const older = known.slice(0, known.indexOf('0034-keeping') + 1);
  await database.db.transaction().execute(async (tx) => {
    await migrateAs(tx as never, older);
    await sql`insert into kysely_migration (name, timestamp) select unnest(${older}::text[]), 'then'`.execute(
      tx,
    );
    await migrateFrom(tx, older);
  });
  expect(await names()).toEqual(known);
  expect(await migrate(database.db)).toEqual([]);
});

test('two processes that migrate at once share the work: both succeed, each migration runs once', async () => {
  const pending = await pendingMigrations(database.db);
  const script = fileURLToPath(new URL('../support/migrate-once.ts', import.meta.url));
  const processes = [1, 2].map(() => {
    const child = spawn(process.execPath, ['--import', 'tsx', script, empty.url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
  });
  for (const { lines } of processes) expect((await lines.next()).value).toBe('ready');
  for (const { child } of processes) child.stdin.write('go\n');
  const answers = await Promise.all(
    processes.map(async ({ lines }) => JSON.parse((await lines.next()).value)),
  );
  expect(answers.flat().sort()).toEqual(pending);
  expect(await names()).toEqual(pending);
});

test('many starts at once in one process end well, too', async () => {
  const applied = await Promise.all(Array.from({ length: 6 }, () => migrateToLatest(empty.url)));
  expect(applied.flat()).toEqual(await names());
});

test('a database of a later version that no longer serves this one is refused and left alone', async () => {
  await migrate(database.db);
  await sql`update served_from set migration = '9999-from-the-future'`.execute(database.db);
  await sql`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', 'later')`.execute(
    database.db,
  );
  const before = await names();
  const refusal = await migrate(database.db).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(DatabaseNewerError);
  expect(refusal).toMatchObject({ exitCode: 78, message: expect.stringContaining('9999-from-the-future') });
  expect(await names()).toEqual(before);
});

test('a later version that only added to the database lets this one work on beside it', async () => {
  await migrate(database.db);
  await sql`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', 'later')`.execute(
    database.db,
  );
  expect(await migrate(database.db)).toEqual([]);
  expect(await isStillServed(database.db)).toBe(true);
  await sql`update served_from set migration = '9999-from-the-future'`.execute(database.db);
  expect(await isStillServed(database.db)).toBe(false);
});

test('a change that older versions cannot follow waits until none of them works on the database', async () => {
  await migrate(database.db);
  const older = await database.pool.connect();
  await showVersion(older, SCHEMA_NUMBER);
  await expect(awaitOlderVersions(database.db, SCHEMA_NUMBER)).resolves.toBeUndefined();
  await expect(awaitOlderVersions(database.db, SCHEMA_NUMBER + 1, 0)).rejects.toThrow(
    '1 processes of an older version',
  );
  const waiting = awaitOlderVersions(database.db, SCHEMA_NUMBER + 1);
  older.release(true);
  await waiting;
});

test('runs that are there already get an order, and the next one comes after them', async () => {
  const { db } = database;
  await migrate(db);
  const begin = (id: number, day: string) =>
    beginSyncRun(db, {
      id: `00000000-0000-4000-8000-00000000000${id}`,
      kind: 'full',
      asOf: schoolDate(day),
      now: new Date(`${day}T12:00:00Z`),
    });
  await begin(1, '2026-09-15');
  await begin(2, '2026-09-14');
  // As it was before.
  await sql`alter table sync_run drop column ordinal`.execute(db);
  await sql`create index sync_run_started on sync_run (started_at desc)`.execute(db);
  await sql`create index sync_run_applied on sync_run (started_at desc) where state = 'applied'`.execute(db);
  await runOrder(db as unknown as Kysely<unknown>);
  await begin(3, '2026-09-01');
  const runs = await db.selectFrom('sync_run').select('id').orderBy('ordinal').execute();
  expect(runs.map(({ id }) => id.at(-1))).toEqual(['2', '1', '3']);
});

test('a district that was live before stays so, and its school year gets no baseline afterwards', async () => {
  const { db } = database;
  await migrate(db);
  const now = new Date('2026-10-01T12:00:00Z');
  await beginSyncRun(db, {
    id: '00000000-0000-4000-8000-000000000001',
    kind: 'full',
    asOf: schoolDate('2026-10-01'),
    now,
  });
  await sql`update sync_run set state = 'applied'`.execute(db);
  await sql`insert into school_year (id, sourced_id, title, begins, ends)
    values ('2027', 'year-2027', '2026-27', '2026-08-01', '2027-07-01')`.execute(db);
  const school = await db
    .insertInto('school')
    .values({ sourced_id: 'lincoln', name: 'Lincoln', active: true })
    .returning('id')
    .executeTakeFirstOrThrow();
  await sql`insert into student (sourced_id, given_name, family_name, active) values ('ada', 'Ada', 'Z', true)`.execute(
    db,
  );
  await sql`insert into evaluation (student_id, school_year, as_of, evaluated_at, policy_version, result_hash, result)
    select id, '2027', '2026-10-01', ${now}, 'one', 'hash', ${JSON.stringify({ primarySchoolId: school.id })}::jsonb
    from student`.execute(db);
  // As it was before.
  await sql`delete from baseline`.execute(db);
  await sql`alter table ladder drop column mode, drop column home_school_id`.execute(db);
  await sql`alter table ladder_step drop column outside`.execute(db);
  await sql`alter table letter drop column shadowed_on`.execute(db);
  await sql`alter table referral drop column shadowed_on`.execute(db);
  await sql`insert into ladder (student_id, school_year, evaluation_id, evaluated_as_of, policy_version, result_hash, total)
    select student_id, '2027', id, '2026-10-01', 'one', 'hash', 0 from evaluation`.execute(db);
  await goingLive(db as unknown as Kysely<unknown>);
  const ladders = await db.selectFrom('ladder').select(['mode', 'home_school_id']).execute();
  expect(ladders).toEqual([{ mode: 'live', home_school_id: school.id }]);
  const baselines = await db.selectFrom('baseline').select(['school_year', 'state']).execute();
  expect(baselines).toEqual([{ school_year: '2027', state: 'not-needed' }]);
});

test('each policy that was known before holds from its day on, and the one before it until then', async () => {
  const { db } = database;
  await migrate(db);
  const versions = [
    // In the order of their days, which is not that in which they were seen.
    { version: 'one', effectiveFrom: null, from: '2026-08-19', seen: '2026-08-19' },
    { version: 'two', effectiveFrom: '2026-10-05', from: '2026-10-05', seen: '2026-09-28' },
    { version: 'four', effectiveFrom: null, from: '2026-11-16', seen: '2026-11-16' },
    { version: 'three', effectiveFrom: '2026-11-02', from: '2026-11-02', seen: '2026-11-02' },
  ].map(({ effectiveFrom, ...rest }) => ({
    ...rest,
    policy: {
      ...aPolicy({ version: rest.version }),
      effectiveFrom: effectiveFrom === null ? null : schoolDate(effectiveFrom),
    },
  }));
  for (const { version, policy, from, seen } of versions)
    await db
      .insertInto('policy_version')
      .values({
        version,
        content_hash: policy.contentHash,
        content: JSON.stringify(policy),
        effective_from: schoolDate(from),
        first_seen_at: new Date(`${seen}T18:00:00Z`),
      })
      .execute();
  // As it was before.
  await sql`drop table policy_period`.execute(db);
  await policyPeriods(db as unknown as Kysely<unknown>);

  const [, , four] = versions;
  if (four === undefined) throw new Error('there is no last policy');
  const terms = await listPolicyTerms(db, four.policy, schoolDate('2026-11-20'));
  expect(terms.map(({ policy, from, until, seenOn }) => [policy.version, from, until, seenOn])).toEqual([
    ['one', null, '2026-10-05', '2026-08-19'],
    ['two', '2026-10-05', '2026-11-02', '2026-09-28'],
    ['three', '2026-11-02', '2026-11-16', '2026-11-02'],
    ['four', '2026-11-16', null, '2026-11-16'],
  ]);
  const heldOn = async (date: string) => {
    const book = await readPolicyBook(db, four.policy, schoolDate(date));
    return [book?.current.version, book?.previous?.version ?? null];
  };
  expect(await heldOn('2026-10-04')).toEqual(['one', null]);
  expect(await heldOn('2026-10-05')).toEqual(['two', 'one']);
  expect(await heldOn('2026-11-16')).toEqual(['four', 'three']);
});
