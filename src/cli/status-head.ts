import type { Config } from '../config/config-types.ts';
import { type HealthTrouble, healthTroubles } from '../domain/health.ts';
import { counted } from '../domain/plain-words.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { troubleWords } from '../procedure/trouble-words.ts';
import { nextSlot } from '../queue/latest-slot.ts';
import { type LastNight, lookAtService } from '../service/look.ts';
import { type KeepingState, readKeepingState } from '../store/backup-runs.ts';
import type { Db } from '../store/database.ts';
import { type HealthFigures, readHealthFigures } from '../store/health-figures.ts';
import { openIncidents } from '../store/incidents.ts';
import { listProcesses, type ProcessReport } from '../store/processes.ts';
import { readSafeMode, type SafeMode } from '../store/safe-mode.ts';
import { whenIn } from './context.ts';

/** Whether all is well, and what is not. */
export interface StatusHead {
  readonly now: Date;
  readonly processes: readonly ProcessReport[];
  readonly led: boolean;
  readonly figures: HealthFigures;
  readonly night: LastNight | null;
  readonly nextNight: Date | null;
  readonly keeping: KeepingState;
  readonly safeMode: SafeMode | null;
  /** Of the service itself. */
  readonly troubles: readonly HealthTrouble[];
  /** Of what it does: letters, reads, decisions. */
  readonly unwell: readonly string[];
}

const LOOK_AHEAD_MINUTES = 32 * 24 * 60;
const HOUR_MS = 3_600_000;

export async function readStatusHead(
  db: Db,
  config: Config,
  { now, today }: { now: Date; today: SchoolDate },
): Promise<StatusHead> {
  const figures = await readHealthFigures(db, today);
  const processes = await listProcesses(db);
  const facts = await lookAtService(db, config, { processes, figures }, now, UNSEEN);
  const seen = healthTroubles(facts, config.health);
  // What only the service itself can see, such as a queue that stands still.
  const told = (await openIncidents(db)).filter(({ cause }) =>
    cause.startsWith('queue-'),
  ) as unknown as HealthTrouble[];
  const safeMode = await readSafeMode(db);
  const runs = processes.length > 0;
  return {
    now,
    processes,
    led: facts.led,
    figures,
    night: facts.night,
    nextNight: nextSlot(config.schedule.sync, config.district.timeZone, now, LOOK_AHEAD_MINUTES),
    keeping: await readKeepingState(db),
    safeMode,
    troubles: [...seen, ...told].filter(({ cause }) => runs || !FOLLOWS.includes(cause)),
    unwell: [
      ...(runs
        ? []
        : ['Rollcall does not run: nothing begins by itself and no mail leaves. Start “rollcall start”.']),
      ...unwellWords(config, figures, safeMode, now),
    ],
  };
}

const UNSEEN = { queue: null, queueEvicts: false };

/** What is said by saying that nothing runs. */
const FOLLOWS: readonly HealthTrouble['cause'][] = ['scheduler-missing', 'worker-missing'];

const SAFE_MODE: Readonly<Record<SafeMode['why'], string>> = {
  restored: 'A backup was restored',
  'older-than-file': 'The database is older than what has left from this data folder',
};

/** What keeps letters back or is unknown, until somebody does something about it. */
function unwellWords(config: Config, figures: HealthFigures, safeMode: SafeMode | null, now: Date): string[] {
  const { sync, lastRun } = figures;
  const asOf = sync?.sourceAsOf ?? null;
  const silent = asOf !== null && now.getTime() - asOf.getTime() > config.sis.freshHours * HOUR_MS;
  const lines: (string | false)[] = [
    safeMode !== null && `${SAFE_MODE[safeMode.why]}: nothing leaves before “rollcall restore settle”.`,
    figures.killSwitchSince !== null &&
      'A person has stopped all letters: “rollcall letters resume” ends it.',
    figures.sendingStops > 0 && 'Sending has stopped by itself: “rollcall brakes” says why.',
    lastRun === null && 'Nothing was ever read: try “rollcall check”, then “rollcall run --once”.',
    lastRun?.state === 'failed' && 'The last read of the SIS failed: “rollcall runs” says why.',
    lastRun?.state === 'quarantined' &&
      'The last read of the SIS looks wrong and waits for a person: “rollcall runs”.',
    silent && `No new absences since ${whenIn(config, asOf)}: no new step is taken on them.`,
    figures.uncertainLetters > 0 &&
      `${counted(figures.uncertainLetters, 'letter')} may or may not have arrived: “rollcall letters list --state uncertain”.`,
  ];
  return lines.filter((line) => line !== false);
}

export function isWell({ troubles, unwell }: StatusHead): boolean {
  return troubles.length + unwell.length === 0;
}

/** Ten lines that say whether all is well, and under them what is not and what to do. */
export function headLines(config: Config, head: StatusHead): string[] {
  const { figures, keeping, troubles, unwell } = head;
  const { killSwitch, sendingStops, sync } = figures;
  const wrong = troubles.length + unwell.length;
  const when = (instant: Date | null | undefined) => (instant == null ? 'never' : whenIn(config, instant));
  const sending = killSwitch || sendingStops > 0 || head.safeMode !== null ? 'STOPPED' : 'goes on';
  const failing =
    figures.mailsFailing === 0
      ? ''
      : `, ${counted(figures.mailsFailing, 'mail')} not taken by the mail server`;
  return [
    wrong === 0 ? 'All is well.' : `NOT WELL: ${counted(wrong, 'thing')} to look at, below.`,
    row('Service', serviceWords(head)),
    row('Last night', nightWords(config, head)),
    row('Next night', when(head.nextNight)),
    row('Read', `in force since ${when(sync?.appliedAt)}`),
    row('Sending', `${sending}${failing}`),
    row(
      'Waiting',
      `${figures.approvalsAsked} approvals, ${figures.batchesOpen} batches, ${figures.heldLetters} letters held, ${figures.uncertainLetters} uncertain, ${figures.readsToRelease} reads`,
    ),
    row('Tasks', `${figures.tasksOpen} open, ${figures.tasksOverdue} overdue`),
    row('Backup', backupWords(config, keeping, head.now)),
    row(
      'Drill',
      `last good one ${when(keeping.lastGoodDrillAt)}${keeping.lastDrill?.good === false ? ', and a later one FAILED' : ''}`,
    ),
    ...unwell.map((line) => `! ${line}`),
    ...troubles.flatMap((trouble) => {
      const { what, detail, advice } = troubleWords(trouble);
      return [`! ${what[0]?.toUpperCase()}${what.slice(1)}. ${detail}`, `  ${advice}`];
    }),
    ...head.processes.flatMap(({ host, configProblems }) =>
      (configProblems ?? []).map(
        ({ file, line, key }) =>
          `  on ${host}: ${file}${line === null ? '' : `:${line}`}${key === '' ? '' : ` ${key}`}`,
      ),
    ),
  ];
}

const NAME_WIDTH = 12;

function row(name: string, words: string): string {
  return `  ${name.padEnd(NAME_WIDTH)}${words}`;
}

function serviceWords({ processes, led }: StatusHead): string {
  if (processes.length === 0) return 'does not run';
  const roles = [...new Set(processes.flatMap((one) => one.roles))].join(', ');
  const versions = [...new Set(processes.map(({ version }) => version))].join(' and ');
  return `${counted(processes.length, 'process runs', 'processes run')} (${roles}), version ${versions}, ${led ? `${leaderOf(processes)} leads` : 'none leads'}`;
}

/** A process says so of itself a moment after it is so. */
function leaderOf(processes: readonly ProcessReport[]): string {
  const able = processes.filter(({ roles }) => roles.includes('scheduler'));
  const leader = able.length === 1 ? able[0] : able.find(({ leads }) => leads);
  return leader?.host ?? 'one';
}

function nightWords(config: Config, { night, now, processes }: StatusHead): string {
  if (night === null) return 'none yet';
  const due = `of ${whenIn(config, night.due)}`;
  if (night.done) return `good, ${due}`;
  const patience = config.health.nightHours * HOUR_MS;
  return now.getTime() - night.slot.getTime() > patience
    ? `NOT GOOD, ${due}`
    : `${processes.length === 0 ? 'not done' : 'under way'}, ${due}`;
}

function backupWords(config: Config, { lastBackup, lastFailure }: KeepingState, now: Date): string {
  const scheduled = config.backup.schedule === null ? ', none is scheduled' : '';
  if (lastBackup === null) return `none was ever made${scheduled}`;
  const hours = Math.floor((now.getTime() - lastBackup.begunAt.getTime()) / HOUR_MS);
  const failed = lastFailure === null ? '' : ', and a later one failed';
  const place =
    lastBackup.place === null ? '' : `, on ${lastBackup.place.host} in ${lastBackup.place.folder}`;
  return `made ${whenIn(config, lastBackup.begunAt)}, ${counted(hours, 'hour')} ago${place}${failed}${scheduled}`;
}

/** For programs: counts, causes and times. */
export function headAsJson(head: StatusHead) {
  const { now, processes, led, figures, night, nextNight, keeping, safeMode, troubles, unwell } = head;
  return {
    well: isWell(head),
    at: now,
    troubles,
    unwell,
    processes,
    led,
    figures,
    night: night === null ? null : { due: night.due, good: night.done },
    nextNight,
    backup: {
      madeAt: keeping.lastBackup?.begunAt ?? null,
      failedAt: keeping.lastFailure?.begunAt ?? null,
      drilledAt: keeping.lastGoodDrillAt,
    },
    safeMode: safeMode !== null,
  };
}
