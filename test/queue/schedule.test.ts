import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { silentLog } from '../../src/ops/log.ts';
import {
  type Schedule,
  type ScheduleEntry,
  type ScheduleOptions,
  startSchedule,
} from '../../src/queue/schedule.ts';
import { aGate } from '../support/gate.ts';

/** Slots that some process has taken: what the table in Postgres does. */
function claims() {
  const taken = new Set<string>();
  return async (name: string, slot: Date) => {
    const key = `${name} ${slot.toISOString()}`;
    if (taken.has(key)) return 'settled' as const;
    taken.add(key);
    return 'taken' as const;
  };
}

const started: Schedule[] = [];
afterEach(async () => {
  for (const schedule of started.splice(0)) await schedule.stop();
});

function aSchedule(
  slots: ScheduleEntry[],
  start: string,
  claimSlot: ScheduleOptions['claimSlot'] = claims(),
  others: Partial<ScheduleOptions> = {},
) {
  const clock = { now: new Date(start) };
  const schedule = startSchedule({
    slots,
    timeZone: 'UTC',
    claimSlot,
    ...others,
    now: () => clock.now,
    log: silentLog(),
  });
  started.push(schedule);
  return {
    schedule,
    async at(time: string) {
      clock.now = new Date(time);
      await schedule.tick();
    },
  };
}

/** Notes when it ran; `when` can make a run fail or wait. */
function anEntry(cron: string, when: (run: number) => Promise<void> | void = () => {}) {
  const ran: string[] = [];
  const entry = {
    name: 'sync',
    cron,
    async run(slot: Date) {
      ran.push(slot.toISOString().slice(0, 16));
      await when(ran.length);
    },
  };
  return { entry, ran };
}

describe('the schedule', () => {
  test('G6: runs a slot once, however often it looks', async () => {
    const { entry, ran } = anEntry('0 6 * * *');
    const { at } = aSchedule([entry], '2026-01-15T05:59:00Z');
    for (const minute of ['06:00:00', '06:00:30', '06:01:00', '23:00:00']) await at(`2026-01-15T${minute}Z`);
    await at('2026-01-16T06:00:00Z');
    expect(ran).toEqual(['2026-01-14T06:00', '2026-01-15T06:00', '2026-01-16T06:00']);
  });

  test('G6: catches up with one run after days of down-time', async () => {
    const { entry, ran } = anEntry('0 6 * * *');
    const { at } = aSchedule([entry], '2026-01-15T06:00:00Z');
    await at('2026-01-15T06:00:00Z');
    await at('2026-01-19T09:30:00Z');
    expect(ran).toEqual(['2026-01-15T06:00', '2026-01-19T06:00']);
  });

  test('G6: does not run a slot again when the clock is put back', async () => {
    const { entry, ran } = anEntry('*/5 * * * *');
    const { at } = aSchedule([entry], '2026-01-15T06:10:00Z');
    for (const time of ['06:10', '06:05', '06:10', '06:15']) await at(`2026-01-15T${time}:00Z`);
    expect(ran).toEqual(['2026-01-15T06:10', '2026-01-15T06:05', '2026-01-15T06:15']);
  });

  test('G5, G6: of two processes only one runs a slot', async () => {
    const { entry, ran } = anEntry('0 6 * * *');
    const shared = claims();
    const [one, two] = [0, 1].map(() => aSchedule([entry], '2026-01-15T06:00:00Z', shared));
    await Promise.all([one?.at('2026-01-15T06:00:00Z'), two?.at('2026-01-15T06:00:00Z')]);
    expect(ran).toEqual(['2026-01-15T06:00']);
  });

  test('never overlaps itself, and the others go on', async () => {
    const gate = aGate();
    const slow = anEntry('* * * * *', () => gate.enter());
    const quick = anEntry('* * * * *');
    const entries = [slow.entry, { ...quick.entry, name: 'digest' }];
    const { at } = aSchedule(entries, '2026-01-15T06:00:00Z');
    await gate.entered;
    const second = at('2026-01-15T06:01:00Z');
    gate.open();
    await second;
    expect(slow.ran).toEqual(['2026-01-15T06:00']);
    await at('2026-01-15T06:02:00Z');
    expect(slow.ran).toEqual(['2026-01-15T06:00', '2026-01-15T06:02']);
    expect(quick.ran).toContain('2026-01-15T06:02');
  });

  test('asks again when the claim could not be made', async () => {
    const { entry, ran } = anEntry('0 6 * * *');
    const claim = claims();
    let away = true;
    const { at } = aSchedule([entry], '2026-01-15T06:00:00Z', async (name, slot) => {
      if (away) throw new Error('the database is away');
      return claim(name, slot);
    });
    await at('2026-01-15T06:01:00Z');
    expect(ran).toEqual([]);
    away = false;
    await at('2026-01-15T06:02:00Z');
    expect(ran).toEqual(['2026-01-15T06:00']);
  });

  test('a run whose good end could not be told is not repeated, and told when it can be, by whoever leads no more, too', async () => {
    const { entry, ran } = anEntry('0 6 * * *');
    const told: string[] = [];
    let away = true;
    const { at } = aSchedule([entry], '2026-01-15T06:00:00Z', claims(), {
      leads: async () => away,
      async settleSlot(name) {
        if (away) throw new Error('the database is away');
        told.push(name);
      },
    });
    await at('2026-01-15T06:01:00Z');
    expect({ ran, told }).toEqual({ ran: ['2026-01-15T06:00'], told: [] });
    away = false;
    for (const minute of ['02', '03']) await at(`2026-01-15T06:${minute}:00Z`);
    expect({ ran, told }).toEqual({ ran: ['2026-01-15T06:00'], told: ['sync'] });
  });

  test('what could not be told until the end is told at the end', async () => {
    const { entry } = anEntry('0 6 * * *');
    const told: string[] = [];
    let away = true;
    const { schedule, at } = aSchedule([entry], '2026-01-15T06:00:00Z', claims(), {
      async settleSlot(name) {
        if (away) throw new Error('the database is away');
        told.push(name);
      },
    });
    await at('2026-01-15T06:01:00Z');
    away = false;
    await schedule.stop();
    expect(told).toEqual(['sync']);
  });

  test('G6: a run that failed is not tried again where another process has taken the slot since', async () => {
    const { entry, ran } = anEntry('0 6 * * *', () => {
      throw new Error('no luck');
    });
    let ours = true;
    const { schedule, at } = aSchedule([entry], '2026-01-15T06:00:00Z', claims(), {
      keepSlot: async () => ours,
    });
    await schedule.tick();
    await at('2026-01-15T06:01:00Z');
    ours = false;
    for (const minute of ['02', '03']) await at(`2026-01-15T06:${minute}:00Z`);
    expect(ran).toHaveLength(2);
  });

  test('G6: a run that lasts says so, that nobody takes it for abandoned', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    try {
      const gate = aGate();
      const { entry } = anEntry('0 6 * * *', () => gate.enter());
      const kept: string[] = [];
      const { at } = aSchedule([entry], '2026-01-15T06:00:00Z', claims(), {
        async keepSlot(_name, _slot, since, now) {
          kept.push(`${since.toISOString().slice(11, 16)} ${now.toISOString().slice(11, 16)}`);
          return true;
        },
      });
      void at('2026-01-15T06:01:00Z');
      await jest.advanceTimersByTimeAsync(150_000);
      gate.open();
      expect(kept).toEqual(['06:00 06:01', '06:01 06:01']);
    } finally {
      jest.useRealTimers();
    }
  });

  test.each([
    ['tries a failed run again at the next look', 1, 2],
    ['gives a slot up after three failed runs', 9, 3],
  ])('%s', async (_rule, failures, runs) => {
    const { entry, ran } = anEntry('0 6 * * *', (run) => {
      if (run <= failures) throw new Error('no luck');
    });
    const { schedule, at } = aSchedule([entry], '2026-01-15T06:00:00Z');
    await schedule.tick();
    for (const minute of ['01', '02', '03', '04']) await at(`2026-01-15T06:${minute}:00Z`);
    expect(ran).toEqual(Array(runs).fill('2026-01-15T06:00'));
  });

  test('stop waits for what runs and begins nothing more', async () => {
    const gate = aGate();
    let ended = false;
    const { entry, ran } = anEntry('* * * * *', async () => {
      await gate.enter();
      ended = true;
    });
    const { schedule, at } = aSchedule([entry], '2026-01-15T06:00:00Z');
    await gate.entered;
    const stopped = schedule.stop();
    gate.open();
    await stopped;
    expect(ended).toBe(true);
    await at('2026-01-15T06:05:00Z');
    expect(ran).toHaveLength(1);
  });

  test.each([
    ['the same name twice', ['0 6 * * *', '0 7 * * *'], 'two entries named "sync"'],
    ['a crontab line that cannot be read', ['61 6 * * *'], '"61" is no minute'],
  ])('refuses to start with %s', (_what, crons, message) => {
    const slots = crons.map((cron) => anEntry(cron).entry);
    expect(() => aSchedule(slots, '2026-01-15T06:00:00Z')).toThrow(message);
  });
});
