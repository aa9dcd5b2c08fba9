import { stat, statfs } from 'node:fs/promises';
import type { Config } from '../config/config-types.ts';
import type { BackupFacts, HealthFacts } from '../domain/health.ts';
import { latestSlot } from '../queue/latest-slot.ts';
import { readKeepingState } from '../store/backup-runs.ts';
import type { Db } from '../store/database.ts';
import type { HealthFigures } from '../store/health-figures.ts';
import { isLed } from '../store/leader.ts';
import { nightIsDone } from '../store/nights.ts';
import type { ProcessReport } from '../store/processes.ts';
import { slotBegunAt } from '../store/schedule-slots.ts';

const LOOK_BACK_MINUTES = 8 * 24 * 60;
const BYTES_PER_MEGABYTE = 1_000_000;

/** The night whose read was due last. */
export interface LastNight {
  readonly due: Date;
  /** From when on it counts: after down-time, when it was caught up with. */
  readonly slot: Date;
  readonly done: boolean;
}

/** What a process that works sees of the queue. */
export type QueueFacts = Pick<HealthFacts, 'queue' | 'queueEvicts'>;

/** What there is to judge the service by. @param queue as the process that looks has seen it */
export async function lookAtService(
  db: Db,
  config: Config,
  { processes, figures }: { readonly processes: readonly ProcessReport[]; readonly figures: HealthFigures },
  now: Date,
  queue: QueueFacts,
): Promise<HealthFacts & { readonly night: LastNight | null }> {
  const { mailFailingSince, mailsFailing, mailboxFailingSince } = figures;
  return {
    now,
    led: await isLed(db),
    processes: processes.map(({ roles, stalledMs, configProblems }) => ({
      roles,
      stalledMs,
      configProblems: configProblems?.length ?? 0,
    })),
    night: await lastNight(db, config, now),
    studentsGivenUp: figures.evaluationsGivenUp,
    stopped: {
      bySafeMode: figures.safeModeSince,
      byPerson: figures.killSwitchSince,
      byBrakes: figures.sendingStopSince,
    },
    ...queue,
    mail: mailFailingSince === null ? null : { since: mailFailingSince, mails: mailsFailing },
    mailboxFailingSince: config.mailbox === null ? null : mailboxFailingSince,
    freeMegabytes: await freeMegabytes(config.dataDir),
    backup: config.backup.schedule === null ? null : await lookAtBackups(db, config),
  };
}

/** @returns null: the service has never had one */
async function lastNight(
  db: Db,
  { schedule, district }: Pick<Config, 'schedule' | 'district'>,
  now: Date,
): Promise<LastNight | null> {
  const due = latestSlot(schedule.sync, district.timeZone, now, LOOK_BACK_MINUTES);
  const begun = due === null ? null : await slotBegunAt(db, 'sync', due);
  if (due === null || begun === null) return null;
  return { due, slot: begun.at ?? due, done: await nightIsDone(db, due) };
}

async function lookAtBackups(db: Db, { backup, dataDir }: Config): Promise<BackupFacts> {
  const { lastBackup, lastDrill, lastGoodDrillAt, firstOwnBackupAt } = await readKeepingState(db);
  const free = (await onSameDisk(backup.folder, dataDir)) ? null : await freeMegabytes(backup.folder);
  // A drill is due from the first backup on that Rollcall has made by itself.
  const goodAt = lastGoodDrillAt ?? firstOwnBackupAt;
  return {
    madeAt: lastBackup?.begunAt ?? null,
    disk:
      free === null
        ? null
        : { freeMegabytes: free, lastMegabytes: (lastBackup?.bytes ?? 0) / BYTES_PER_MEGABYTE },
    drill: backup.drill === null || goodAt === null ? null : { goodAt, failed: lastDrill?.good === false },
  };
}

async function onSameDisk(one: string, other: string): Promise<boolean> {
  try {
    return (await stat(one)).dev === (await stat(other)).dev;
  } catch {
    return false;
  }
}

async function freeMegabytes(dir: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(dir);
    return (bavail * bsize) / BYTES_PER_MEGABYTE;
  } catch {
    return null;
  }
}
