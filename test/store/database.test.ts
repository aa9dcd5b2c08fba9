import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { type Database, openDatabase, PREPARED } from '../../src/store/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let migrated: TestDatabase;
let database: Database;

beforeAll(async () => {
  migrated = await createTestDatabase();
  // One connection, so that what it has kept can be asked for.
  database = openDatabase({ url: migrated.url, maxConnections: 1 });
});
afterAll(async () => {
  await database.close();
  await migrated.drop();
});

const kept = async (mention: string) => {
  const { rows } = await sql<{ statement: string }>`
    select statement from pg_prepared_statements where statement like ${`%${mention}%`}`.execute(database.db);
  return rows.length;
};

test('a statement with the mark is planned once by a connection, whatever its values', async () => {
  const double = async (n: number) =>
    (
      await sql<{ n: number }>`${PREPARED} select ${n}::int * 2 as n, 'marked by hand' as m`.execute(
        database.db,
      )
    ).rows[0]?.n;
  expect([await double(1), await double(2), await double(3)]).toEqual([2, 4, 6]);
  expect(await kept('marked by hand')).toBe(1);
});

test('a built statement carries it behind its first word', async () => {
  const policy = (version: string) =>
    database.db
      .selectFrom('policy_period')
      .modifyFront(PREPARED)
      .select('begins')
      .where('version', '=', version);
  expect(await policy('a').execute()).toEqual([]);
  expect(await policy('b').execute()).toEqual([]);
  expect(await kept('policy_period')).toBe(1);
});

test('any other is forgotten, and so is a mark that stands in a value or further on', async () => {
  await sql`select ${'/* prepared */'}::text as "not kept"`.execute(database.db);
  await sql`select 'a text that is long enough, and then' as "not kept", ${PREPARED} ${1}::int as n`.execute(
    database.db,
  );
  expect(await kept('not kept')).toBe(0);
});

test('an error of a marked statement does not stay with the connection', async () => {
  const divide = (by: number) =>
    sql<{ n: number }>`${PREPARED} select 6 / ${by}::int as n`.execute(database.db);
  await expect(divide(0)).rejects.toMatchObject({ code: '22012' });
  expect((await divide(2)).rows).toEqual([{ n: 3 }]);
});

test('who finds no free connection is told so in time', async () => {
  const small = openDatabase({ url: migrated.url, maxConnections: 1, silenceMs: 300 });
  try {
    await small.db.transaction().execute(async (tx) => {
      await expect(sql`select 1`.execute(small.db)).rejects.toThrow('timeout');
      await sql`select 1`.execute(tx);
    });
    await sql`select 1`.execute(small.db);
  } finally {
    await small.close();
  }
});
