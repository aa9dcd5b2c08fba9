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
  readonly claimSlot: (name: string, slot: Date, now: Date) => Promise<'taken' | 'under-way' | 'settled'>;
  /**
   * Says again that a slot is under way, which was said last at `since`, so that nobody takes it for abandoned.
   * @returns false: somebody else has it by now, or it is settled. Not set: there is nobody else
   */
  readonly keepSlot?: (name: string, slot: Date, since: Date, now: Date) => Promise<boolean>;
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
    // Whoever leads no more may still owe the word that a slot is settled.
    const owing = entries.filter((entry) => entry.isUntold());
    if (owing.length > 0) await Promise.all(owing.map((entry) => entry.tellUntold()));
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
      await Promise.all(entries.map((entry) => entry.tellUntold()));
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

/** A run says so often that it is under way. */
const KEEP_MS = 60_000;

/** A slot that this process has taken, and how often it was tried. */
interface Open {
  readonly slot: Date;
  readonly attempts: number;
  /** When it was said last that it is under way. */
  since: Date;
}

function entryRunner(entry: ScheduleEntry, options: ScheduleOptions) {
  const { timeZone, claimSlot, keepSlot, settleSlot, now, log, lookBackMinutes = EIGHT_DAYS } = options;
  let running: Promise<void> | undefined;
  /** The slot that this entry needs not ask about again. */
  let settled: number | undefined;
  let open: Open | undefined;
  /** Its run has ended well, which could not be told. */
  let untold: Date | undefined;

  async function pokeOnce(): Promise<void> {
    const slot = latestSlot(entry.cron, timeZone, now(), lookBackMinutes);
    const known = slot?.getTime() === settled || slot?.getTime() === open?.slot.getTime();
    if (slot !== null && !known) {
      const since = now();
      const claim = await claimSlot(entry.name, slot, since);
      if (claim === 'settled') settled = slot.getTime();
      if (claim === 'taken') open = { slot, attempts: 0, since };
    }
    // Between two attempts another process may have taken it and done it.
    if (open !== undefined && open.attempts > 0 && !(await keep(open))) open = undefined;
    if (open !== undefined) await runOnce(open);
  }

  async function runOnce(begun: Open): Promise<void> {
    const { slot } = begun;
    const tried = { ...begun, attempts: begun.attempts + 1 };
    log.info('slot-begun', { slot: entry.name, dueAt: slot, attempt: tried.attempts });
    open = tried.attempts < ATTEMPTS ? tried : undefined;
    const keeping = setInterval(() => void keep(tried).catch(() => undefined), KEEP_MS);
    try {
      await entry.run(slot);
    } finally {
      clearInterval(keeping);
    }
    open = undefined;
    settled = slot.getTime();
    untold = slot;
    await tell();
  }

  async function keep(one: Open): Promise<boolean> {
    if (keepSlot === undefined) return true;
    const at = now();
    const isOurs = await keepSlot(entry.name, one.slot, one.since, at);
    if (isOurs) one.since = at;
    return isOurs;
  }

  async function tell(): Promise<void> {
    if (untold === undefined) return;
    await settleSlot?.(entry.name, untold);
    untold = undefined;
  }

  const failed = (error: unknown) => log.error('slot-failed', { slot: entry.name, error });
  return {
    poke(): Promise<void> {
      running ??= pokeOnce()
        .catch(failed)
        .finally(() => {
          running = undefined;
        });
      return running;
    },
    isUntold: () => untold !== undefined,
    tellUntold: () => tell().catch(failed),
    ended: async () => running,
  };
}
