import type { JobDeps } from '../jobs/deps.ts';
import { jobs as jobList } from '../jobs/index.ts';
import { jobsAtOnce } from '../jobs/jobs-at-once.ts';
import type { Config } from './config/config-types.ts';
import { VERSION } from './config/version.ts';
import { loadTemplates } from './documents/template.ts';
import { dateInZone } from './domain/school-date.ts';
import type { Inbox } from './mail/inbound/inbox.ts';
import type { MailTransport } from './mail/mail-transport.ts';
import { closeAll } from './ops/close-all.ts';
import type { Log } from './ops/log.ts';
import { createMeter, type Meter } from './ops/meter.ts';
import { openTrace } from './ops/trace.ts';
import type { PageDeps } from './pages/site.ts';
import { giveUp } from './procedure/give-up.ts';
import { putAnchorsAside } from './procedure/keep-audit.ts';
import { compareSendEpoch } from './procedure/keep-send-epoch.ts';
import { dropLeftDrills } from './procedure/keeping/drill-database.ts';
import type { Moment } from './procedure/procedure.ts';
import { refreshStaff } from './procedure/staff-directory.ts';
import { type Closed, openQueue, type Queue, type QueueTiming } from './queue/queue.ts';
import type { Schedule } from './queue/schedule.ts';
import { type Database, openDatabase } from './store/database.ts';
import { startEmbeddedPostgres } from './store/embedded/start.ts';
import { migrate } from './store/migrate.ts';
import { becomeOwner } from './store/owner.ts';
import { type Generation, mailsOf, openGeneration, type Surroundings } from './wiring/generation.ts';
import { type CycleReport, runCycle } from './wiring/run-cycle.ts';
import { scheduleOf } from './wiring/schedule-of.ts';
import { unlockDocuments } from './wiring/unlock-documents.ts';

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  /** The only clock. The demo and `--as-of` bring their own. */
  readonly now: () => Date;
  /** Settings of an embedded PostgreSQL that this call starts. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
  /** Told what a sync is reading. */
  readonly syncProgress?: (collection: string, rows: number) => void;
  /** How soon the jobs of a process that died are taken by another. */
  readonly queueTiming?: Partial<QueueTiming>;
}

/** The database alone: enough for commands that only look. */
export interface OpenStore extends Database {
  /** `embedded` or `external`. */
  readonly kind: 'embedded' | 'external';
}

/** Everything, wired. The command line and the service use the same wiring. */
export interface App {
  readonly config: Config;
  readonly store: OpenStore;
  readonly mail: MailTransport;
  /** null: the district has no mailbox for bounces and replies. */
  readonly inbox: Inbox | null;
  readonly queue: Queue<JobDeps>;
  readonly meter: Meter;
  readonly jobs: JobDeps;
  /** For `openPages`. */
  readonly pageDeps: PageDeps;
  /** All of the above that follows from the configuration. */
  readonly generation: Generation;
  moment(): Moment;
  /** Begins to take jobs in this process. */
  startWorkers(): void;
  runCycle(progress?: (stage: string, count: number) => void): Promise<CycleReport>;
  /** Wakes the schedule every minute until `stop`. @param leads whether this process wakes it now */
  startSchedule(leads?: () => Promise<boolean>): Schedule;
  /** What follows from another reading of the configuration, for `change`. @throws when a template cannot be used */
  prepare(next: Config): Promise<Generation>;
  /** From now on jobs begin with this one; those under way end with theirs. */
  change(next: Generation): void;
  /**
   * Stops claims at once, lets running jobs end for `graceMs`, then lets go of everything in order.
   * @returns `forced` when a job was still running after the grace
   */
  close(graceMs: number): Promise<Closed>;
}

/** The server that the environment names, or the embedded one, with whatever its database holds. */
export async function openServer(
  config: Pick<Config, 'environment' | 'dataDir'>,
  log: Log,
  settings: Readonly<Record<string, string>> = {},
): Promise<OpenStore> {
  const external = config.environment.databaseUrl;
  const embedded =
    external === null ? await startEmbeddedPostgres({ dataDir: config.dataDir, log, settings }) : null;
  const url = external ?? embedded?.url ?? '';
  const database = openDatabase({
    url,
    onConnectionLost: (code) => log.warn('database-connection-lost', { code }),
  });
  const close = () => closeAll([database.close, async () => embedded?.release()]);
  return { ...database, close, kind: embedded === null ? 'external' : 'embedded' };
}

/** Opens the database that the environment names, or the embedded one, brought to this version. */
export async function openStore(
  config: Config,
  log: Log,
  settings: Readonly<Record<string, string>> = {},
): Promise<OpenStore> {
  const store = await openServer(config, log, settings);
  try {
    const applied = await migrate(store.db);
    if (applied.length > 0) log.info('migrations-applied', { count: applied.length });
    await putAnchorsAside(store.db, config.dataDir);
    await unlockDocuments(store.db, config);
    const now = new Date();
    await refreshStaff(store.db, config, { now, today: dateInZone(now, config.district.timeZone) });
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

export async function openApp(options: AppOptions): Promise<App> {
  const { config, log } = options;
  const closers: (() => Promise<unknown>)[] = [];
  const letGo = () => closeAll(closers.splice(0).reverse());
  const moment = (): Moment => {
    const now = options.now();
    return { now, today: dateInZone(now, config.district.timeZone) };
  };
  try {
    // A template that cannot be used is found before anything is opened.
    await loadTemplates(config.templatesDir, mailsOf(config));
    const store = await openStore(config, log, options.postgresSettings);
    closers.push(store.close);
    if (await compareSendEpoch(store.db, config.dataDir, options.now()))
      log.error('database-older-than-what-has-left');
    await dropLeftDrills({ url: store.url, dataDir: config.dataDir }).catch((error: unknown) =>
      log.warn('drill-not-cleared-away', { error }),
    );
    const owner = await becomeOwner(store.pool);
    closers.push(owner.release);
    const meter = createMeter();
    const trace = await openTrace(process.env, VERSION);
    closers.push(trace.close);
    const queue = await openQueue<JobDeps>({
      jobs: jobList,
      backend: queueBackend(config, store),
      log,
      concurrency: jobsAtOnce(config.environment.smtpUrl),
      onFailure: (job, payload) => giveUp(store.db, job, payload, moment()),
      trace,
      ...(options.queueTiming && { timing: options.queueTiming }),
      onRun: (job, fate) => meter.count('jobs', { job, fate }),
    });
    let queueOpen = true;
    let closed: Closed = { kind: 'drained' };
    const closeQueue = async (graceMs: number) => {
      if (queueOpen) closed = await queue.close({ graceMs });
      queueOpen = false;
    };
    closers.push(() => closeQueue(0));
    const around: Surroundings = {
      log,
      store,
      now: options.now,
      moment,
      owner: () => owner.id(),
      enqueue: (items) => queue.enqueue(items),
      meter,
      trace,
      ...(options.syncProgress && { syncProgress: options.syncProgress }),
    };
    let current = await openGeneration(config, around);
    closers.push(() => current.mail.close());
    return {
      get config() {
        return current.config;
      },
      get mail() {
        return current.mail;
      },
      get inbox() {
        return current.inbox;
      },
      get jobs() {
        return current.jobs;
      },
      get pageDeps() {
        return current.pageDeps;
      },
      get generation() {
        return current;
      },
      store,
      queue,
      meter,
      moment,
      startWorkers: () => queue.startWorkersWith(() => current.jobs),
      runCycle: (progress) => runCycle({ jobs: current.jobs, queue, ...(progress && { progress }) }),
      startSchedule: (leads) => scheduleOf(current, around, leads),
      async prepare(next) {
        await refreshStaff(store.db, next, moment());
        return openGeneration(next, around);
      },
      change(next) {
        const before = current;
        current = next;
        // What is being handed over ends first.
        void before.mail.close();
      },
      async close(graceMs) {
        await closeAll([() => closeQueue(graceMs), letGo]);
        return closed;
      },
    };
  } catch (error) {
    await letGo().catch(() => undefined);
    throw error;
  }
}

/** Where the queue lives, as the environment says. */
export function queueBackend(config: Config, store: OpenStore) {
  const { redisUrl } = config.environment;
  if (redisUrl !== null) return { kind: 'redis', url: redisUrl } as const;
  return { kind: 'postgres', connectionString: store.url } as const;
}
