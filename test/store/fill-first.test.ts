import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { fillFirst } from '../../src/store/sync/fill-first.ts';
import { openTestDatabase } from '../support/open-test-database.ts';

let store: Awaited<ReturnType<typeof openTestDatabase>>;

beforeAll(async () => {
  store = await openTestDatabase();
  await sql`create table filled (id int primary key, word text unique, size int)`.execute(store.db);
  await sql`create index filled_size on filled (size) where size > 2`.execute(store.db);
});
afterAll(() => store.drop());

async function indexes(): Promise<string[]> {
  const rows = await sql<{ indexdef: string }>`
    select indexdef from pg_indexes where tablename = 'filled' order by indexname`.execute(store.db);
  return rows.rows.map((row) => row.indexdef);
}

test('an empty table is filled without its indexes, which are back afterwards; constraints stay', async () => {
  const before = await indexes();
  expect(before).toHaveLength(3);
  const during = await store.db.transaction().execute((tx) =>
    fillFirst(tx, 'filled', 50_000, async () => {
      await sql`insert into filled select n, 'w' || n, n from generate_series(1, 9) n`.execute(tx);
      const rows = await sql<{ n: string }>`
        select count(*) as n from pg_indexes where tablename = 'filled'`.execute(tx);
      return Number(rows.rows[0]?.n);
    }),
  );
  expect(during).toBe(2);
  expect(await indexes()).toEqual(before);
});

test('a table that holds rows keeps its indexes throughout', async () => {
  const during = await store.db.transaction().execute((tx) =>
    fillFirst(tx, 'filled', 50_000, async () => {
      const rows = await sql<{ n: string }>`
        select count(*) as n from pg_indexes where tablename = 'filled'`.execute(tx);
      return Number(rows.rows[0]?.n);
    }),
  );
  expect(during).toBe(3);
});
