import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Database } from '../../src/store/database.ts';
import { standForLeader } from '../../src/store/leader.ts';
import { claimSlot, keepSlot, settleSlot } from '../../src/store/schedule-slots.ts';
import { openTestDatabase } from '../support/open-test-database.ts';

let database: Database & { drop(): Promise<void> };
beforeEach(async () => {
  database = await openTestDatabase();
});
afterEach(() => database.drop());

const sessionOfLeader = `select pid from pg_locks where locktype = 'advisory' and granted
  and ((classid::bigint << 32) | objid::bigint) = hashtext('rollcall leads')::bigint & x'ffffffffffffffff'::bigint`;

test('G5: one leads; when its session is lost another does, and the first one knows', async () => {
  const heard: boolean[] = [];
  const one = standForLeader(database.pool, (leads) => heard.push(leads));
  const two = standForLeader(database.pool);
  expect(await one.leads()).toBe(true);
  expect([await two.leads(), await two.leads()]).toEqual([false, false]);
  const { rows } = await database.pool.query<{ pid: number }>(sessionOfLeader);
  expect(rows).toHaveLength(1);
  await database.pool.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
  expect(await two.leads()).toBe(true);
  expect(await one.leads()).toBe(false);
  expect(heard).toEqual([true, false]);
  await two.release();
  // PostgreSQL gives the lock back once it has seen that the connection is closed.
  for (let asked = 0; asked < 200 && !(await one.leads()); asked += 1);
  expect(one.led()).toBe(true);
  await one.release();
});

test('G5: of many who ask at once one leads, and who is gone leads no more', async () => {
  const all = Array.from({ length: 8 }, () => standForLeader(database.pool));
  const answers = await Promise.all(all.map((one) => one.leads()));
  expect(answers.filter(Boolean)).toHaveLength(1);
  await Promise.all(all.map((one) => one.release()));
  expect(await Promise.all(all.map((one) => one.leads()))).not.toContain(true);
});

test('G5: a slot whose taker is gone before it began anything is taken again, and no other', async () => {
  const at = new Date('2026-10-05T09:30:00Z');
  const claim = (time: string) =>
    claimSlot(database.db, { name: 'sync', at, now: new Date(`2026-10-05T${time}:00Z`) });
  expect(await claim('09:30')).toBe('taken');
  expect(await claim('09:31')).toBe('under-way');
  expect(await claim('09:35')).toBe('taken');
  expect(await claim('09:36')).toBe('under-way');
  await settleSlot(database.db, { name: 'sync', at, now: new Date('2026-10-05T09:36:00Z') });
  expect(await claim('11:00')).toBe('settled');
});

test('G5: a slot that is said to be under way is not abandoned, and one that another has taken is kept no more', async () => {
  const at = new Date('2026-10-05T09:30:00Z');
  const time = (minute: number) => new Date(at.getTime() + minute * 60_000);
  const claim = (minute: number) => claimSlot(database.db, { name: 'sync', at, now: time(minute) });
  const keep = (since: number, now: number) =>
    keepSlot(database.db, { name: 'sync', at, since: time(since), now: time(now) });
  expect(await claim(0)).toBe('taken');
  expect(await keep(0, 4)).toBe(true);
  expect(await claim(6)).toBe('under-way');
  expect(await claim(9)).toBe('taken');
  expect(await keep(4, 10)).toBe(false);
  expect(await keep(9, 10)).toBe(true);
  await settleSlot(database.db, { name: 'sync', at, now: time(11) });
  expect(await keep(10, 12)).toBe(false);
});
