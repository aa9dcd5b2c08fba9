import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  forLetters,
  nextPermit,
  returnPermit,
  type SendingLimits,
  takePermit,
} from '../../src/store/sending-pace.ts';
import { openTestDatabase } from '../support/open-test-database.ts';

let store: Awaited<ReturnType<typeof openTestDatabase>>;
beforeAll(async () => {
  store = await openTestDatabase();
});
afterAll(() => store.drop());
beforeEach(async () => {
  await store.db.deleteFrom('sending_minute').execute();
});

const at = (time: string) => new Date(`2026-10-05T${time}Z`);
const take = (limits: SendingLimits, now: Date) =>
  store.db.transaction().execute((tx) => takePermit(tx, limits, now));
/** How many of so many that ask at once may go. */
async function granted(asked: number, limits: SendingLimits, now: Date): Promise<number> {
  const answers = await Promise.all(Array.from({ length: asked }, () => take(limits, now)));
  return answers.filter((until) => until === null).length;
}

test('without limits everything may go, and nothing is kept', async () => {
  expect(await granted(5, { perMinute: null, perDay: null }, at('10:00:00'))).toBe(5);
  expect(await store.db.selectFrom('sending_minute').selectAll().execute()).toEqual([]);
});

test('of many who ask at once so many may go as the minute allows; the others come back with the next one', async () => {
  const limits = { perMinute: 7, perDay: null };
  expect(await granted(20, limits, at('10:00:10'))).toBe(7);
  expect(await take(limits, at('10:00:59.500'))).toEqual(at('10:01:00'));
});

test('two minutes next to each other do not add up within 60 seconds', async () => {
  const limits = { perMinute: 10, perDay: null };
  expect(await granted(10, limits, at('10:00:59'))).toBe(10);
  expect(await granted(10, limits, at('10:01:01'))).toBeLessThan(2);
  expect(await granted(10, limits, at('10:01:30'))).toBe(5 - 1);
  expect(await granted(20, limits, at('10:03:00'))).toBe(10);
});

test('a day is any 24 hours, and asking takes nothing', async () => {
  const limits = { perMinute: null, perDay: 3 };
  expect(await nextPermit(store.db, limits, at('09:00:00'))).toBeNull();
  expect(await granted(5, limits, at('09:00:00'))).toBe(3);
  expect(await nextPermit(store.db, limits, at('20:00:00'))).toEqual(at('20:15:00'));
  expect(await take(limits, new Date('2026-10-06T08:59:00Z'))).not.toBeNull();
  expect(await take(limits, new Date('2026-10-06T09:01:00Z'))).toBeNull();
});

test('letters stop at nine tenths of the day, and mails to staff go on; a day of a few mails has none to spare', async () => {
  const limits = { perMinute: null, perDay: 25 };
  expect(await granted(30, forLetters(limits), at('09:00:00'))).toBe(23);
  expect(await granted(30, limits, at('09:00:00'))).toBe(2);
  expect(forLetters({ perMinute: 5, perDay: 9 })).toEqual({ perMinute: 5, perDay: 9 });
});

test('what was taken and not used may be taken by another', async () => {
  const limits = { perMinute: 1, perDay: 1 };
  await store.db.transaction().execute(async (tx) => {
    expect(await takePermit(tx, limits, at('09:00:10'))).toBeNull();
    await returnPermit(tx, limits, at('09:00:10'));
  });
  expect(await granted(2, limits, at('09:00:20'))).toBe(1);
});
