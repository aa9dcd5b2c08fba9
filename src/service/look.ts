import { statfs } from 'node:fs/promises';
import type { Config } from '../config/config-types.ts';
import type { HealthFacts } from '../domain/health.ts';
import { latestSlot } from '../queue/latest-slot.ts';
import { readKeepingState } from '../store/backup-runs.ts';
import type { Db } from '../store/database.ts';
import type { HealthFigures } from '../store/health-figures.ts';
import { isLed } from '../store/leader.ts';
import { nightIsDone } from '../store/nights.ts';
import { listProcesses } from '../store/processes.ts';
import { slotBegunAt } from '../store/schedule-slots.ts';

const LOOK_BACK_MINUTES = 8 * 24 * 60;
const BYTES_PER_MEGABYTE = 1_000_000;

/** What a process that works sees of the queue. */
export type QueueFacts = Pick<HealthFacts, 'queue' | 'queueEvicts'>;

/** What there is to judge the service by. @param queue as the process that looks has seen it */
export async function lookAtService(
  db: Db,
  config: Config,
  figures: HealthFigures,
  now: Date,
  queue: QueueFacts,
): Promise<HealthFacts> {
  const processes = await listProcesses(db);
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
    backup: config.backup.schedule === null ? null : { madeAt: await lastBackupAt(db) },
  };
}

/**
 * The night whose read was due last. After down-time it counts from when it was caught up with.
 * @returns null: the service has never had one
 */
export async function lastNight(
  db: Db,
  { schedule, district }: Pick<Config, 'schedule' | 'district'>,
  now: Date,
): Promise<{ readonly due: Date; readonly slot: Date; readonly done: boolean } | null> {
  const due = latestSlot(schedule.sync, district.timeZone, now, LOOK_BACK_MINUTES);
  const begun = due === null ? null : await slotBegunAt(db, 'sync', due);
  if (due === null || begun === null) return null;
  return { due, slot: begun.at ?? due, done: await nightIsDone(db, due) };
}

async function lastBackupAt(db: Db): Promise<Date | null> {
  return (await readKeepingState(db)).lastBackup?.begunAt ?? null;
}

async function freeMegabytes(dir: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(dir);
    return (bavail * bsize) / BYTES_PER_MEGABYTE;
  } catch {
    return null;
  }
}
