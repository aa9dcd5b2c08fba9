import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLog } from '../../src/ops/log.ts';
import { type Schedule, startSchedule } from '../../src/queue/schedule.ts';
import { claimSlot, keepSlot, settleSlot } from '../../src/store/schedule-slots.ts';
import { openTestDatabase } from '../support/open-test-database.ts';

const MINUTE_MS = 60_000;
let database: Awaited<ReturnType<typeof openTestDatabase>>;
let clock: Date;
const processes: Schedule[] = [];
beforeEach(async () => {
  database = await openTestDatabase();
});
afterEach(async () => {
  for (const schedule of processes.splice(0)) await schedule.stop();
  await database.drop();
});

/** What two processes that both believe to lead have run, with the district's clock as it is said to be. */
async function runsOf(cron: string, times: readonly string[]): Promise<string[]> {
  const { db } = database;
  const ran: string[] = [];
  clock = new Date(times[0] ?? '');
  const now = () => clock;
  for (const _process of [1, 2])
    processes.push(
      startSchedule({
        timeZone: 'America/Denver',
        now,
        log: silentLog(),
        lookBackMinutes: 36 * 60,
        claimSlot: (name, at, since) => claimSlot(db, { name, at, now: since }),
        keepSlot: (name, at, since, until) => keepSlot(db, { name, at, since, now: until }),
        settleSlot: (name, at) => settleSlot(db, { name, at, now: now() }),
        slots: [{ name: 'sync', cron, run: async (slot) => void ran.push(slot.toISOString().slice(0, 16)) }],
      }),
    );
  for (const time of times) {
    clock = new Date(time);
    // The second look: the first may have found the other one at it.
    for (const _look of [1, 2]) await Promise.all(processes.map((schedule) => schedule.tick()));
  }
  return ran;
}

function every(minutes: number, from: string, until: string): string[] {
  const times: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(until); at += minutes * MINUTE_MS)
    times.push(new Date(at).toISOString());
  return times;
}

test.each<[string, string, string[], string[]]>([
  [
    'a clock that jumps ahead by a day and comes back',
    '30 3 * * *',
    ['2026-10-05T10:00Z', '2026-10-06T18:00Z', '2026-10-05T10:05Z', '2026-10-06T09:31Z', '2026-10-07T09:31Z'],
    ['2026-10-05T09:30', '2026-10-06T09:30', '2026-10-07T09:30'],
  ],
  [
    'a clock that is put back by a day, and runs on from there',
    '30 3 * * *',
    ['2026-10-05T10:00Z', '2026-10-06T10:00Z', '2026-10-05T10:00Z', '2026-10-06T10:00Z', '2026-10-07T10:00Z'],
    ['2026-10-05T09:30', '2026-10-06T09:30', '2026-10-07T09:30'],
  ],
  [
    'the hour that is left out in spring',
    '30 2 * * *',
    every(30, '2027-03-13T09:20Z', '2027-03-14T10:40Z'),
    ['2027-03-12T09:30', '2027-03-13T09:30', '2027-03-14T09:00'],
  ],
  [
    'the hour that comes twice in autumn',
    '30 1 * * *',
    every(30, '2026-10-31T07:20Z', '2026-11-01T09:40Z'),
    ['2026-10-30T07:30', '2026-10-31T07:30', '2026-11-01T07:30'],
  ],
])('G6: %s: each night has one run', async (_what, cron, times, ran) => {
  expect(await runsOf(cron, times)).toEqual(ran);
});
