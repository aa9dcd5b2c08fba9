/** Something about the service itself that the IT contact has to know. */
export type Cause =
  | 'scheduler-missing'
  | 'worker-missing'
  | 'night-unfinished'
  | 'students-given-up'
  | 'sending-stopped'
  | 'queue-stuck'
  | 'queue-evicts'
  | 'mail-unsendable'
  | 'mailbox-unreadable'
  | 'configuration-refused'
  | 'event-loop-stalls'
  | 'disk-nearly-full'
  | 'backup-too-old'
  | 'backup-disk-nearly-full'
  | 'drill-too-old'
  | 'drill-failed'
  | UnkeptCause;

/** What no look can find, because it keeps looks from being taken: told without the database, and kept nowhere. */
export type UnkeptCause = 'database-away' | 'looks-fail';

export interface HealthTrouble {
  readonly cause: Cause;
  /** What the words about it say: minutes, hours, megabytes, counts. */
  readonly figures: Readonly<Record<string, number>>;
}

/** What a look at the service has found. */
export interface HealthFacts {
  readonly now: Date;
  /** Those that run. */
  readonly processes: readonly {
    readonly roles: readonly string[];
    readonly stalledMs: number;
    readonly configProblems: number;
  }[];
  /** Whether any of them leads. */
  readonly led: boolean;
  /** The last night that should be over; null: none yet. */
  readonly night: { readonly slot: Date; readonly done: boolean } | null;
  /** Students whom the service no longer tries to decide about. */
  readonly studentsGivenUp: number;
  /** Since when letters are kept back, by whatever does so; null: by nothing of the kind. */
  readonly stopped: {
    /** Nothing leaves: the database is older than what has left. */
    readonly bySafeMode: Date | null;
    readonly byPerson: Date | null;
    readonly byBrakes: Date | null;
  };
  /** Jobs that wait, and since when none of the waiting ones was done; null: nothing waits. */
  readonly queue: { readonly waiting: number; readonly quietSince: Date } | null;
  /** Whether the queue's server may drop jobs when its memory is full. */
  readonly queueEvicts: boolean;
  /** The oldest mail that was tried in vain more than once; null: there is none. */
  readonly mail: { readonly since: Date; readonly mails: number } | null;
  /** null: the mailbox can be read, or there is none. */
  readonly mailboxFailingSince: Date | null;
  /** null: nobody can tell. */
  readonly freeMegabytes: number | null;
  /** null: none is expected. */
  readonly backup: BackupFacts | null;
}

export interface BackupFacts {
  /** null: none was ever made. */
  readonly madeAt: Date | null;
  /** The disk of its folder, where it is not that of the data folder; null: it is, or nobody can tell. */
  readonly disk: { readonly freeMegabytes: number; readonly lastMegabytes: number } | null;
  /** Since when no drill has shown a backup to be good, and whether the last one found a bad one; null: none is due. */
  readonly drill: { readonly goodAt: Date; readonly failed: boolean } | null;
}

export interface HealthLimits {
  readonly nightHours: number;
  readonly backupHours: number;
  readonly drillDays: number;
  readonly leastDiskMegabytes: number;
  readonly stuckMinutes: number;
  readonly stallSeconds: number;
  readonly stoppedHours: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Everything that is wrong, the gravest first; nothing: all is well. */
export function healthTroubles(facts: HealthFacts, limits: HealthLimits): HealthTrouble[] {
  const { processes, led, night, studentsGivenUp, stopped, queue, queueEvicts, mail } = facts;
  const { mailboxFailingSince, freeMegabytes, backup } = facts;
  const since = (instant: Date) => facts.now.getTime() - instant.getTime();
  const minutes = (instant: Date) => Math.floor(since(instant) / MINUTE_MS);
  const troubles: HealthTrouble[] = [];
  const add = (cause: Cause, figures: HealthTrouble['figures'] = {}) => troubles.push({ cause, figures });

  if (!led) add('scheduler-missing');
  if (!processes.some(({ roles }) => roles.includes('worker'))) add('worker-missing');
  if (night !== null && !night.done && since(night.slot) > limits.nightHours * HOUR_MS)
    add('night-unfinished', { hours: limits.nightHours });
  if (studentsGivenUp > 0) add('students-given-up', { students: studentsGivenUp });
  const stoppedSince = earliest(Object.values(stopped));
  if (stoppedSince !== null && since(stoppedSince) > limits.stoppedHours * HOUR_MS)
    add('sending-stopped', {
      hours: Math.floor(since(stoppedSince) / HOUR_MS),
      safeMode: Number(stopped.bySafeMode !== null),
      person: Number(stopped.byPerson !== null),
      brakes: Number(stopped.byBrakes !== null),
    });
  if (queue !== null && since(queue.quietSince) > limits.stuckMinutes * MINUTE_MS)
    add('queue-stuck', { waiting: queue.waiting, minutes: minutes(queue.quietSince) });
  if (queueEvicts) add('queue-evicts');
  if (mail !== null && since(mail.since) > limits.stuckMinutes * MINUTE_MS)
    add('mail-unsendable', { mails: mail.mails, minutes: minutes(mail.since) });
  if (mailboxFailingSince !== null && since(mailboxFailingSince) > limits.stuckMinutes * MINUTE_MS)
    add('mailbox-unreadable', { minutes: minutes(mailboxFailingSince) });
  const refusals = Math.max(0, ...processes.map(({ configProblems }) => configProblems));
  if (refusals > 0) add('configuration-refused', { problems: refusals });
  const stalled = Math.max(0, ...processes.map(({ stalledMs }) => stalledMs));
  if (stalled > limits.stallSeconds * 1_000)
    add('event-loop-stalls', { seconds: Math.round(stalled / 1_000) });
  if (freeMegabytes !== null && freeMegabytes < limits.leastDiskMegabytes)
    add('disk-nearly-full', { megabytes: Math.floor(freeMegabytes) });
  if (backup !== null) addBackupTroubles(backup, limits, facts.now, add);
  return troubles;
}

/** How the night was, for who listens outside. @returns null: it is under way */
export function nightOutcome(done: boolean, troubles: readonly HealthTrouble[]): 'good' | 'bad' | null {
  if (troubles.some(({ cause }) => SPOILS_NIGHT.includes(cause))) return 'bad';
  return done ? 'good' : null;
}

/** Nobody was written to, or nobody can be, however well the SIS was read. */
const SPOILS_NIGHT: readonly Cause[] = ['night-unfinished', 'mail-unsendable', 'sending-stopped'];

function earliest(instants: readonly (Date | null)[]): Date | null {
  const known = instants.filter((instant) => instant !== null).map((instant) => instant.getTime());
  return known.length === 0 ? null : new Date(Math.min(...known));
}

function addBackupTroubles(
  { madeAt, disk, drill }: BackupFacts,
  limits: HealthLimits,
  now: Date,
  add: (cause: Cause, figures?: HealthTrouble['figures']) => void,
): void {
  const hours = (instant: Date) => (now.getTime() - instant.getTime()) / HOUR_MS;
  if (madeAt === null) add('backup-too-old');
  else if (hours(madeAt) > limits.backupHours) add('backup-too-old', { hours: Math.floor(hours(madeAt)) });
  // The next one is written before an older one is deleted.
  if (disk !== null && disk.freeMegabytes < Math.max(limits.leastDiskMegabytes, 2 * disk.lastMegabytes))
    add('backup-disk-nearly-full', { megabytes: Math.floor(disk.freeMegabytes) });
  if (drill?.failed) add('drill-failed');
  else if (drill && hours(drill.goodAt) > limits.drillDays * 24)
    add('drill-too-old', { days: Math.floor(hours(drill.goodAt) / 24) });
}

/** What often passes by itself, such as between two starts, is told only once it has lasted for so long. */
const PATIENCE_MINUTES: Partial<Record<Cause, number>> = {
  'scheduler-missing': 5,
  'worker-missing': 10,
  'event-loop-stalls': 0,
};

/** Whether somebody has to be told of what was first seen at `openedAt`. */
export function isToBeTold(cause: Cause, openedAt: Date, now: Date): boolean {
  return now.getTime() - openedAt.getTime() >= (PATIENCE_MINUTES[cause] ?? 1) * MINUTE_MS;
}

/** What was not seen for so long is well again: it is told anew when it comes back. */
export const WELL_AFTER_MS = 15 * MINUTE_MS;
