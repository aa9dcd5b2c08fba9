import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { days } from '../../src/domain/days.ts';
import { cancelLetters } from '../../src/store/cancel-letters.ts';
import { readLetter } from '../../src/store/letters.ts';
import { listLetters } from '../../src/store/letters-of-student.ts';
import { markSuperseded } from '../../src/store/superseded-letters.ts';
import type { LetterState } from '../../src/store/tables/letters.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import { aLetterDesk, type LetterDesk } from '../support/stored-letters.ts';

const now = new Date('2026-10-05T15:00:00Z');
let store: Awaited<ReturnType<typeof openTestDatabase>>;
let desk: LetterDesk;

beforeEach(async () => {
  store = await openTestDatabase();
  desk = await aLetterDesk(store.db, now);
});
afterEach(() => store.drop());

async function planned(...asked: Parameters<LetterDesk['plan']>): Promise<string> {
  const id = await desk.plan(...asked);
  if (id === null) throw new Error('the letter was not planned');
  return id;
}

const setState = (id: string, state: LetterState) =>
  store.db.updateTable('letter').set({ state }).where('id', '=', id).execute();

test('one live letter per guardian and step, whatever the address and the count', async () => {
  const first = await planned();
  expect(await desk.plan()).toBeNull();
  expect(await desk.plan({ email: 'other@family.example.org', count: days('9.5') })).toBeNull();
  expect(await desk.plan({ channel: 'paper', email: null })).toBeNull();
  expect((await listLetters(store.db, desk)).map((letter) => letter.id)).toEqual([first]);
});

test('another step and another guardian get their own', async () => {
  await planned();
  await planned({ step: 'medical-letter' });
  await planned({}, ['dad']);
  expect(await listLetters(store.db, desk)).toHaveLength(3);
});

test('a joint letter counts for each: who has one is left out of the next', async () => {
  const joint = await planned({}, ['mum', 'dad']);
  expect((await readLetter(store.db, joint))?.guardianIds).toHaveLength(2);
  expect(await desk.plan({}, ['mum'])).toBeNull();
  expect(await desk.plan({}, ['dad'])).toBeNull();
  const alone = await planned({ step: 'medical-letter' }, ['mum']);
  const rest = await planned({ step: 'medical-letter' }, ['mum', 'dad']);
  const [dad] = (await readLetter(store.db, rest))?.guardianIds ?? [];
  expect((await readLetter(store.db, rest))?.guardianIds).toEqual([dad]);
  expect((await readLetter(store.db, alone))?.guardianIds).not.toContain(dad);
});

test('20 plans at once make one letter', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => desk.plan()));
  const ids = outcomes.flatMap((one) =>
    one.status === 'fulfilled' && one.value !== null ? [one.value] : [],
  );
  expect(ids).toHaveLength(1);
  const live = await store.db.selectFrom('letter_addressee').select('key').where('live', '=', true).execute();
  expect(live).toHaveLength(1);
});

test.each(['planned', 'held', 'queued', 'claimed', 'printed'] as const)(
  'a letter that is %s can be cancelled, which frees its key',
  async (state) => {
    const id = await planned();
    await setState(id, state);
    expect(await cancelLetters(store.db, { ...desk, step: 'first-letter' }, 'count-fell')).toEqual([id]);
    expect(await readLetter(store.db, id)).toMatchObject({ state: 'cancelled' });
    expect(await desk.plan()).not.toBeNull();
  },
);

test.each(['transmitting', 'sent', 'posted', 'uncertain', 'rejected'] as const)(
  'a letter that is %s cannot be cancelled and keeps its key',
  async (state) => {
    const id = await planned();
    await setState(id, state);
    expect(await cancelLetters(store.db, { letterId: id }, 'count-fell')).toEqual([]);
    expect(await readLetter(store.db, id)).toMatchObject({ state });
    expect(await desk.plan()).toBeNull();
  },
);

test('cancelling one step leaves the letters of the others', async () => {
  await planned();
  const other = await planned({ step: 'medical-letter' });
  await cancelLetters(store.db, { ...desk, step: 'first-letter' }, 'overtaken');
  expect(await readLetter(store.db, other)).toMatchObject({ state: 'planned' });
});

test('only what may have left is superseded, and reinstated', async () => {
  const sent = await planned();
  const waiting = await planned({}, ['dad']);
  await setState(sent, 'sent');
  const superseded = async () =>
    (await listLetters(store.db, desk)).filter((letter) => letter.superseded).map((letter) => letter.id);
  await markSuperseded(store.db, { ...desk, step: 'first-letter', round: 1 }, true);
  expect(await superseded()).toEqual([sent]);
  expect(await readLetter(store.db, waiting)).toMatchObject({ state: 'planned' });
  await markSuperseded(store.db, { ...desk, step: 'first-letter', round: 1 }, false);
  expect(await superseded()).toEqual([]);
});

describe('a further round of a step', () => {
  test('has letters of its own, one per guardian, whatever became of those before', async () => {
    const first = await planned();
    await setState(first, 'sent');
    const second = await planned({ round: 2 });
    expect(await desk.plan({ round: 2 })).toBeNull();
    expect(await desk.plan()).toBeNull();
    const third = await planned({ round: 3 });
    const all = await listLetters(store.db, desk);
    expect(all.map(({ id, round }) => [id, round])).toEqual(
      expect.arrayContaining([
        [first, 1],
        [second, 2],
        [third, 3],
      ]),
    );
    expect(new Set(all.map(({ ref }) => ref)).size).toBe(3);
  });

  test('leaves the key of a first one as it was before there were rounds', async () => {
    await planned();
    await planned({ round: 2 });
    const keys = await store.db.selectFrom('letter_addressee').select('key').orderBy('letter_id').execute();
    const parts = ['cedar-valley', desk.studentId, 'first-letter', desk.schoolYear, 'mum'];
    const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
    expect(keys).toHaveLength(2);
    expect(keys.filter((row) => row.key === key)).toHaveLength(1);
  });

  test('ends what earlier ones have not sent, and nothing of its own', async () => {
    const sent = await planned();
    await setState(sent, 'sent');
    const printed = await planned({}, ['dad']);
    await setState(printed, 'printed');
    const own = await planned({ round: 2 });
    expect(
      await cancelLetters(store.db, { ...desk, step: 'first-letter', beforeRound: 2 }, 'new-round'),
    ).toEqual([printed]);
    expect(await readLetter(store.db, own)).toMatchObject({ state: 'planned', round: 2 });
    expect(await readLetter(store.db, sent)).toMatchObject({ state: 'sent', round: 1 });
  });

  test('is superseded alone: what an earlier one sent stays as it was', async () => {
    const first = await planned();
    const second = await planned({ round: 2 });
    await setState(first, 'sent');
    await setState(second, 'posted');
    const superseded = async () =>
      (await listLetters(store.db, desk)).filter((letter) => letter.superseded).map(({ round }) => round);
    await markSuperseded(store.db, { ...desk, step: 'first-letter', round: 1 }, true);
    await markSuperseded(store.db, { ...desk, step: 'first-letter', round: 2 }, true);
    await markSuperseded(store.db, { ...desk, step: 'first-letter', round: 2 }, false);
    expect(await superseded()).toEqual([1]);
  });
});
