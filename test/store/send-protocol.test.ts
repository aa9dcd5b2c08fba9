import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { schoolDate } from '../../src/domain/school-date.ts';
import { openDatabase } from '../../src/store/database.ts';
import { becomeOwner } from '../../src/store/owner.ts';
import {
  claimRow,
  giveBack,
  type HandOver,
  markTransmitting,
  reapAbandoned,
  recordHandOver,
  type Sendable,
} from '../../src/store/send-protocol.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import { aLetterDesk } from '../support/stored-letters.ts';

const now = new Date('2026-10-05T15:00:00Z');
const sent: HandOver = { kind: 'sent', reply: '250 ok', on: schoolDate('2026-10-05'), at: now };
let store: Awaited<ReturnType<typeof openTestDatabase>>;

beforeEach(async () => {
  store = await openTestDatabase();
});
afterEach(() => store.drop());

async function aLetter(): Promise<string> {
  const id = await (await aLetterDesk(store.db, now)).plan();
  if (id === null) throw new Error('the letter was not planned');
  await store.db
    .updateTable('letter')
    .set({ state: 'queued', due_at: now, cleared_at: now })
    .where('id', '=', id)
    .execute();
  return id;
}

async function aStaffMail(): Promise<string> {
  const mail = {
    ref: 'M-1',
    kind: 'digest' as const,
    key: 'digest:1',
    to_name: 'Clerk',
    to_email: 'c@example.org',
  };
  const row = await store.db
    .insertInto('staff_mail')
    .values({ ...mail, state: 'queued', composed_at: now, due_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

describe.each<{ table: Sendable; make: () => Promise<string> }>([
  { table: 'letter', make: aLetter },
  { table: 'staff_mail', make: aStaffMail },
])('the send protocol on $table', ({ table, make }) => {
  let id: string;
  beforeEach(async () => {
    id = await make();
  });

  const row = async () => {
    const { rows } = await sql<{
      state: string;
      owner: number | null;
      attempts: number;
      reply: string | null;
      reason: string | null;
      due_at: Date | null;
      handed_over_on: string | null;
    }>`select state, owner, attempts, reply, reason, due_at, handed_over_on
       from ${sql.table(table)} where id = ${id}`.execute(store.db);
    return rows[0];
  };
  const claim = (owner: number, at = now) => claimRow(store.db, table, { id, owner, now: at });
  const mark = (owner: number) => markTransmitting(store.db, table, { id, owner, now });
  const record = (owner: number, answer: HandOver) => recordHandOver(store.db, table, { id, owner }, answer);
  const reap = (at = now) => store.db.transaction().execute((tx) => reapAbandoned(tx, table, at));

  test('G1: of 20 claims at once one wins', async () => {
    const wins = await Promise.all(Array.from({ length: 20 }, (_, owner) => claim(owner + 1)));
    expect(wins.filter((won) => won)).toHaveLength(1);
    expect(await row()).toMatchObject({ state: 'claimed', owner: wins.indexOf(true) + 1, attempts: 1 });
  });

  test('nothing is claimed before it is due', async () => {
    expect(await claim(1, new Date(now.getTime() - 1))).toBe(false);
    expect(await row()).toMatchObject({ state: 'queued', attempts: 0 });
  });

  test('G1: who stood still for long and has claimed it once more since has nothing to say under the first claim', async () => {
    await claim(1);
    const hours = new Date(now.getTime() + 5 * 3_600_000);
    expect(await reap(hours)).toEqual([]);
    await claim(1, hours);
    const first = { id, owner: 1, claimedAt: now };
    await expect(markTransmitting(store.db, table, { ...first, now: hours })).rejects.toThrow('was lost');
    await markTransmitting(store.db, table, { id, owner: 1, claimedAt: hours, now: hours });
    const later = { kind: 'later', reason: 'mark-failed', reply: null, dueAt: hours, counts: false } as const;
    expect(await recordHandOver(store.db, table, first, later)).toBe(false);
    expect(await giveBack(store.db, table, { ...first, reply: null })).toBe('lost-claim');
    expect(await row()).toMatchObject({ state: 'transmitting', owner: 1 });
  });

  test('G1: without the claim nothing may be transmitted', async () => {
    await expect(mark(1)).rejects.toThrow('was lost');
    await claim(1);
    await expect(mark(2)).rejects.toThrow('was lost');
    expect(await row()).toMatchObject({ state: 'claimed', owner: 1 });
    await mark(1);
    expect(await row()).toMatchObject({ state: 'transmitting' });
    await expect(mark(1)).rejects.toThrow('was lost');
  });

  test('what is transmitting cannot be claimed again', async () => {
    await claim(1);
    await mark(1);
    expect(await claim(2)).toBe(false);
  });

  test('an answer of somebody who lost the claim changes nothing', async () => {
    await claim(1);
    await mark(1);
    expect(await record(2, sent)).toBe(false);
    expect(await row()).toMatchObject({ state: 'transmitting', owner: 1, reply: null });
    expect(await record(1, sent)).toBe(true);
    expect(await record(1, { kind: 'uncertain', reason: 'late', reply: null })).toBe(false);
    expect(await row()).toMatchObject({
      state: 'sent',
      owner: null,
      reply: '250 ok',
      handed_over_on: '2026-10-05',
    });
  });

  test('nobody can record an answer about a row that was not claimed', async () => {
    expect(await record(1, sent)).toBe(false);
    expect(await row()).toMatchObject({ state: 'queued' });
  });

  test.each<[HandOver, object]>([
    [
      {
        kind: 'later',
        counts: true,
        reason: 'rcpt-451',
        reply: '451 wait',
        dueAt: new Date('2026-10-05T15:05:00Z'),
      },
      { state: 'queued', reason: 'rcpt-451', reply: '451 wait', due_at: new Date('2026-10-05T15:05:00Z') },
    ],
    [
      { kind: 'rejected', reason: 'rcpt-550', reply: '550 no' },
      { state: 'rejected', reason: 'rcpt-550', reply: '550 no', due_at: null },
    ],
    [
      { kind: 'uncertain', reason: 'dot-lost', reply: null },
      { state: 'uncertain', reason: 'dot-lost', reply: null, due_at: null },
    ],
  ])('the answer %j is kept', async (answer, expected) => {
    await claim(1);
    await mark(1);
    await record(1, answer);
    expect(await row()).toMatchObject({ ...expected, owner: null, handed_over_on: null });
  });

  test('the reaper leaves alone what a living process holds', async () => {
    const owner = await becomeOwner(store.pool);
    await claim(owner.id());
    expect(await reap()).toEqual([]);
    expect(await row()).toMatchObject({ state: 'claimed', owner: owner.id() });
    await mark(owner.id());
    expect(await reap()).toEqual([]);
    expect(await row()).toMatchObject({ state: 'transmitting', owner: owner.id() });
    await owner.release();
  });

  test('the reaper takes from a living process what no mail takes as long as', async () => {
    const owner = await becomeOwner(store.pool);
    const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
    await claim(owner.id());
    expect(await reap(later(239))).toEqual([]);
    expect(await row()).toMatchObject({ state: 'claimed' });
    expect(await reap(later(241))).toEqual([]);
    expect(await row()).toMatchObject({ state: 'queued', owner: null });
    await claim(owner.id());
    await mark(owner.id());
    expect(await reap(later(44))).toEqual([]);
    expect(await reap(later(46))).toEqual([id]);
    expect(await row()).toMatchObject({ state: 'uncertain', owner: null });
    expect(await record(owner.id(), sent)).toBe(false);
    await owner.release();
  });

  test('a worker gives back its own: what had not begun waits again, what had is uncertain', async () => {
    const back = (owner: number) => giveBack(store.db, table, { id, owner, reply: '250 ok' });
    await claim(1);
    expect(await back(2)).toBe('lost-claim');
    expect(await back(1)).toBe('queued');
    await claim(1);
    await mark(1);
    expect(await back(1)).toBe('uncertain');
    expect(await row()).toMatchObject({ state: 'uncertain', reason: 'answer-lost', reply: '250 ok' });
  });

  test('when the owner is gone, a claim goes back into the queue', async () => {
    const owner = await becomeOwner(store.pool);
    await claim(owner.id());
    await owner.release();
    expect(await reap()).toEqual([]);
    expect(await row()).toMatchObject({ state: 'queued', owner: null });
    expect(await claim(2)).toBe(true);
  });

  test('G1, G15: when the session of the owner is cut in the middle of a transmission, the row is uncertain', async () => {
    const elsewhere = openDatabase({ url: store.url, maxConnections: 1 });
    elsewhere.pool.on('connect', (client) => client.on('error', () => {}));
    const owner = await becomeOwner(elsewhere.pool);
    const cut = owner.id();
    await claim(owner.id());
    await mark(owner.id());
    await sql`
      select pg_terminate_backend(pid, 10000) from pg_locks
      where locktype = 'advisory' and objid = ${cut}::int::oid and objsubid = 2`.execute(store.db);
    expect(await reap()).toEqual([id]);
    expect(await row()).toMatchObject({ state: 'uncertain', owner: null, reason: 'process-gone' });
    expect(await reap()).toEqual([]);
    expect(await claim(2)).toBe(false);
    await owner.release();
    await elsewhere.close();
  });
});

describe('what was decided while a school was not live', () => {
  async function aPacket(): Promise<string> {
    await aLetterDesk(store.db, now);
    const letterless = await store.db
      .selectFrom('evaluation')
      .select(['id', 'student_id'])
      .executeTakeFirstOrThrow();
    const school = await store.db.selectFrom('school').select('id').executeTakeFirstOrThrow();
    const referral = await store.db
      .insertInto('referral')
      .values({
        ref: 'R-1',
        student_id: letterless.student_id,
        school_year: '2027',
        school_id: school.id,
        step: 'referral',
        state: 'delivering',
        gaps: '[]',
        opened_on: schoolDate('2026-10-05'),
        evaluation_id: letterless.id,
        policy_version: 'test',
        changed_at: now,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const id = await aStaffMail();
    await store.db.updateTable('staff_mail').set({ referral_id: referral.id }).where('id', '=', id).execute();
    return id;
  }
  const shadow = (table: 'letter' | 'referral') =>
    store.db.updateTable(table).set({ shadow: true }).execute();

  test.each<{ table: Sendable; shadowed: 'letter' | 'referral'; make: () => Promise<string> }>([
    { table: 'letter', shadowed: 'letter', make: aLetter },
    { table: 'staff_mail', shadowed: 'referral', make: aPacket },
  ])('a $shadowed is neither claimed nor, once claimed, transmitted', async ({ table, shadowed, make }) => {
    const id = await make();
    const claim = { id, owner: 1, now };
    await shadow(shadowed);
    expect(await claimRow(store.db, table, claim)).toBe(false);
    await store.db.updateTable(shadowed).set({ shadow: false }).execute();
    expect(await claimRow(store.db, table, claim)).toBe(true);
    await shadow(shadowed);
    await expect(markTransmitting(store.db, table, claim)).rejects.toThrow('was lost');
  });
});
