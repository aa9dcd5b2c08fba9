import { schedule as everyMinute } from 'node-cron';
import type { Log } from '../ops/log.ts';
import { parseCron } from './cron.ts';
import { latestSlot } from './latest-slot.ts';

export interface ScheduleEntry {
  readonly name: string;
  /** Five fields: minute hour day month weekday. */
  readonly cron: string;
  /** @param slot the time for which the entry was due, which after down-time lies in the past */
  readonly run: (slot: Date) => Promise<unknown>;
}

export interface ScheduleOptions {
  readonly slots: readonly ScheduleEntry[];
  readonly timeZone: string;
  /** Whether this process wakes the schedule now. Not set: it always does. */
  readonly leads?: () => Promise<boolean>;
  /** Takes a slot. `settled`: what it asks for was begun before, here or elsewhere; `under-way`: that is not known yet. */
  readonly claimSlot: (name: string, slot: Date) => Promise<'taken' | 'under-way' | 'settled'>;
  /** Told of a slot whose run has ended well. */
  readonly settleSlot?: (name: string, slot: Date) => Promise<void>;
  readonly now: () => Date;
  readonly log: Log;
  /** How old a missed slot may be and still be caught up with. Default: 8 days. */
  readonly lookBackMinutes?: number;
}

export interface Schedule {
  /** Looks for due slots and runs them, as happens every minute. Resolves when they have ended. */
  tick(): Promise<void>;
  /** Looks no more and waits for what runs. */
  stop(): Promise<void>;
}

/**
 * Starts the schedule. The clock only wakes it: what is due is worked out from `now`, and the claim decides who
 * runs it. After down-time each entry runs once, for its latest slot.
 *
 * A run that fails is tried again at the next ticks, three times in all, and then whenever its slot is to be had again.
 * @throws RangeError when a name repeats or a crontab line is not valid
 */
export function startSchedule(options: ScheduleOptions): Schedule {
  refuseBadEntries(options);
  const { leads } = options;
  const entries = options.slots.map((entry) => entryRunner(entry, options));
  let stopped = false;
  const tick = async () => {
    if (stopped || (leads !== undefined && !(await leads()))) return;
    if (!stopped) await Promise.all(entries.map((entry) => entry.poke()));
  };
  const poke = everyMinute('* * * * *', tick, { suppressMissedWarning: true });
  void tick();
  return {
    tick,
    async stop() {
      stopped = true;
      await poke.destroy();
      await Promise.all(entries.map((entry) => entry.ended()));
    },
  };
}

function refuseBadEntries({ slots }: ScheduleOptions): void {
  for (const { name, cron } of slots) {
    if (slots.filter((other) => other.name === name).length > 1)
      throw new RangeError(`The schedule has two entries named "${name}".`);
    parseCron(cron);
  }
}

const EIGHT_DAYS = 8 * 24 * 60;
const ATTEMPTS = 3;

function entryRunner(entry: ScheduleEntry, options: ScheduleOptions) {
  const { timeZone, claimSlot, settleSlot, now, log, lookBackMinutes = EIGHT_DAYS } = options;
  let running: Promise<void> | undefined;
  /** The slot that this entry needs not ask about again. */
  let settled: number | undefined;
  let open: { readonly slot: Date; readonly attempts: number } | undefined;
  /** Its run has ended well, which could not be told. */
  let untold: Date | undefined;

  async function pokeOnce(): Promise<void> {
    if (untold !== undefined) await tell(untold);
    const slot = latestSlot(entry.cron, timeZone, now(), lookBackMinutes);
    const known = slot?.getTime() === settled || slot?.getTime() === open?.slot.getTime();
    if (slot !== null && !known) {
      const claim = await claimSlot(entry.name, slot);
      if (claim === 'settled') settled = slot.getTime();
      if (claim === 'taken') open = { slot, attempts: 0 };
    }
    if (open !== undefined) await runOnce(open.slot, open.attempts + 1);
  }

  async function runOnce(slot: Date, attempt: number): Promise<void> {
    log.info('slot-begun', { slot: entry.name, dueAt: slot, attempt });
    open = attempt < ATTEMPTS ? { slot, attempts: attempt } : undefined;
    await entry.run(slot);
    open = undefined;
    settled = slot.getTime();
    await tell(slot);
  }

  async function tell(slot: Date): Promise<void> {
    untold = slot;
    await settleSlot?.(entry.name, slot);
    untold = undefined;
  }

  return {
    poke(): Promise<void> {
      running ??= pokeOnce()
        .catch((error: unknown) => log.error('slot-failed', { slot: entry.name, error }))
        .finally(() => {
          running = undefined;
        });
      return running;
    },
    ended: async () => running,
  };
}
