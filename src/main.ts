import { join } from 'node:path';
import { composeDigests } from '../jobs/compose-digests.ts';
import type { JobDeps } from '../jobs/deps.ts';
import { jobs as jobList } from '../jobs/index.ts';
import { jobsAtOnce } from '../jobs/jobs-at-once.ts';
import { procedureIfAny } from '../jobs/procedure-if-any.ts';
import { readMailboxJob } from '../jobs/read-mailbox.ts';
import { reconcile } from '../jobs/reconcile.ts';
import { sendStaffMail } from '../jobs/send-staff-mail.ts';
import { syncDistrictJob } from '../jobs/sync-district.ts';
import type { Config } from './config/config-types.ts';
import { secretKeyOf } from './config/secret-key.ts';
import { VERSION } from './config/version.ts';
import { loadTemplates } from './documents/template.ts';
import { buildCalendar } from './domain/calendar.ts';
import { sisHolds } from './domain/hold-kinds.ts';
import { dateInZone } from './domain/school-date.ts';
import type { Inbox } from './mail/inbound/inbox.ts';
import type { MailTransport } from './mail/mail-transport.ts';
import { openOutboxTransport } from './mail/outbox-transport.ts';
import { openSmtpTransport } from './mail/smtp-transport.ts';
import { mailTokenRequest } from './mail-token-request.ts';
import { openInbox } from './open-inbox.ts';
import type { Log } from './ops/log.ts';
import type { PageDeps } from './pages/site.ts';
import { createCorrespondence } from './procedure/correspondence.ts';
import { giveUp } from './procedure/give-up.ts';
import { keepAudit } from './procedure/keep-audit.ts';
import type { Moment } from './procedure/procedure.ts';
import { createProcedureBook, NoProcedureError, procedureSettings } from './procedure/procedure-book.ts';
import { type SyncOutcome, type SyncRequest, syncDistrict } from './procedure/sync-district.ts';
import { jobItem } from './queue/define-job.ts';
import { latestSlot } from './queue/latest-slot.ts';
import { openQueue, type Queue } from './queue/queue.ts';
import { type Schedule, startSchedule } from './queue/schedule.ts';
import { type CycleReport, runCycle } from './run-cycle.ts';
import { openAttendanceSource, openContactSource, openRoster } from './sis/open-sis.ts';
import { sisOptions } from './sis-options.ts';
import { type Database, openDatabase } from './store/database.ts';
import { startEmbeddedPostgres } from './store/embedded/start.ts';
import { migrate } from './store/migrate.ts';
import { becomeOwner } from './store/owner.ts';
import { policyInForce } from './store/policies.ts';
import { claimSlot } from './store/schedule-slots.ts';
import { unlockDocuments } from './unlock-documents.ts';

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  /** The only clock. The demo and `--as-of` bring their own. */
  readonly now: () => Date;
  /** Settings of an embedded PostgreSQL that this call starts. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
  /** Told what a sync is reading. */
  readonly syncProgress?: (collection: string, rows: number) => void;
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
  readonly jobs: JobDeps;
  /** For `openPages`. */
  readonly pageDeps: PageDeps;
  moment(): Moment;
  /** Begins to take jobs in this process. */
  startWorkers(): void;
  runCycle(progress?: (stage: string, count: number) => void): Promise<CycleReport>;
  /** Wakes the schedule every minute until `stop`. */
  startSchedule(): Schedule;
  /** Stops claims at once, lets running jobs end for `graceMs`, then lets go of everything in order. */
  close(graceMs: number): Promise<void>;
}

/** Opens the database that the environment names, or the embedded one, brought to this version. */
export async function openStore(
  config: Config,
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
  const close = async () => {
    await database.close();
    await embedded?.release();
  };
  try {
    const applied = await migrate(database.db);
    if (applied.length > 0) log.info('migrations-applied', { count: applied.length });
    await unlockDocuments(database.db, config);
  } catch (error) {
    await close();
    throw error;
  }
  return { ...database, close, kind: embedded === null ? 'external' : 'embedded' };
}

export async function openApp(options: AppOptions): Promise<App> {
  const { config, log } = options;
  const closers: (() => Promise<unknown>)[] = [];
  const closeAll = async () => {
    for (const close of closers.reverse()) await close();
    closers.length = 0;
  };
  try {
    const templates = await loadTemplates(config.templatesDir, mailsOf(config));
    const store = await openStore(config, log, options.postgresSettings);
    closers.push(store.close);
    const owner = await becomeOwner(store.pool);
    closers.push(owner.release);
    const mail = openMail(config);
    closers.push(() => mail.close());
    const inbox = openInbox(config);
    const book = createProcedureBook(store.db, procedureSettings(config));
    const moment = (): Moment => {
      const now = options.now();
      return { now, today: dateInZone(now, config.district.timeZone) };
    };
    /** False where no school year is known yet. */
    const isSchoolDay = async () => {
      const { today } = moment();
      const procedure = await book.on(today).catch((error: unknown) => {
        if (error instanceof NoProcedureError) return null;
        throw error;
      });
      return procedure?.calendarOf(null).isSchoolDay(today) ?? false;
    };
    const queue = await openQueue<JobDeps>({
      jobs: jobList,
      backend: queueBackend(config, store),
      log,
      concurrency: jobsAtOnce(mail),
      onFailure: (job, payload) => giveUp(store.db, job, payload, moment()),
    });
    let queueOpen = true;
    const closeQueue = async (graceMs: number) => {
      if (queueOpen) await queue.close({ graceMs });
      queueOpen = false;
    };
    closers.push(() => closeQueue(0));
    const letterbox = { db: store.db, config, templates, secretKey: secretKeyOf(config) };
    const correspondence = createCorrespondence(letterbox);
    const jobs: JobDeps = {
      db: store.db,
      log,
      moment,
      procedure: () => book.on(moment().today),
      owner: () => owner.id(),
      window: config.mail.sendingWindow,
      limits: config.mail.limits,
      stopFile: config.stopFile,
      correspondence,
      inbox,
      submit: (frozen, mark) => mail.submit(frozen, mark),
      sync: async ({ triedAgain = false, ...request } = {}) => {
        const outcome = await sync(options, store, { ...request, ...moment() });
        if (outcome.kind === 'applied') book.forget();
        if (request.dryRun !== true) {
          const occasion = { isSchoolDay: await isSchoolDay(), triedAgain };
          await correspondence.composeSyncAlert(outcome, moment(), occasion);
        }
        return outcome;
      },
      enqueue: (items) => queue.enqueue(items),
    };
    const pageDeps: PageDeps = {
      db: store.db,
      config,
      log,
      letterbox,
      correspondence,
      moment,
      procedure: () => procedureIfAny(jobs),
      mailSoon: (mailId) => queue.enqueue([jobItem(sendStaffMail, { mailId })]),
    };
    return {
      config,
      store,
      mail,
      inbox,
      queue,
      jobs,
      pageDeps,
      moment,
      startWorkers: () => queue.startWorkers(jobs),
      runCycle: (progress) => runCycle({ jobs, queue, ...(progress && { progress }) }),
      startSchedule: () => scheduleOf(config, store, jobs, options),
      async close(graceMs) {
        await closeQueue(graceMs);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll().catch(() => undefined);
    throw error;
  }
}

/** Templates that are needed beyond those of every district. */
export function mailsOf({ mailbox }: Config): 'reply'[] {
  return mailbox === null ? [] : ['reply'];
}

function openMail(config: Config): MailTransport {
  const { smtpUrl } = config.environment;
  if (smtpUrl === null) return openOutboxTransport(join(config.dataDir, 'outbox'));
  const oauth2 = mailTokenRequest(config);
  return openSmtpTransport({ url: smtpUrl, ...(oauth2 !== null && { oauth2 }) });
}

function queueBackend(config: Config, store: OpenStore) {
  const { redisUrl } = config.environment;
  if (redisUrl !== null) return { kind: 'redis', url: redisUrl } as const;
  return { kind: 'postgres', connectionString: store.url } as const;
}

async function sync(options: AppOptions, store: OpenStore, request: SyncRequest): Promise<SyncOutcome> {
  const { now } = options;
  // Fields of the SIS that mean a hold follow the policy in force, as everything does that is decided.
  const policy = await policyInForce(store.db, options.config.policy, request.today);
  const config = { ...options.config, policy };
  const sis = sisOptions(config, now, VERSION);
  return syncDistrict(
    {
      db: store.db,
      pool: store.pool,
      roster: openRoster(sis),
      attendance: openAttendanceSource(sis),
      contacts: openContactSource(sis),
      guards: config.guards,
      baseline: config.goLive.baseline,
      holds: sisHolds(config.policy.holds),
      fullDue: (last) => last === null || fullSlotSince(config, now()) > last,
      termDays(year) {
        const facts = config.calendarFor(null, year);
        return { ...facts, schoolDaysAfter: buildCalendar(facts).schoolDaysAfter };
      },
      ...(options.syncProgress && { progress: options.syncProgress }),
      filesLeft: (error) => options.log.warn('files-not-put-away', { error }),
    },
    request,
  );
}

const FULL_LOOK_BACK_MINUTES = 32 * 24 * 60;

/** The last time at which a full read was due; a line that is due less often than monthly is due at the first run. */
function fullSlotSince({ schedule, district }: Config, now: Date): Date {
  return latestSlot(schedule.fullSync, district.timeZone, now, FULL_LOOK_BACK_MINUTES) ?? new Date(0);
}

/** Due slots are a question to PostgreSQL; each is taken once, by whichever process asks first. */
function scheduleOf(config: Config, store: OpenStore, jobs: JobDeps, options: AppOptions): Schedule {
  const day = () => jobs.moment().today;
  return startSchedule({
    timeZone: config.district.timeZone,
    now: options.now,
    log: options.log,
    claimSlot: (name, at) => claimSlot(store.db, { name, at, now: options.now() }),
    slots: [
      {
        name: 'sync',
        cron: config.schedule.sync,
        run: () => jobs.enqueue([jobItem(syncDistrictJob, { day: day() })]),
      },
      {
        name: 'digest',
        cron: config.schedule.digest,
        run: () => jobs.enqueue([jobItem(composeDigests, { day: day() })]),
      },
      {
        name: 'audit',
        cron: '10 0 * * *',
        run: async () => {
          await keepAudit({ db: store.db, log: options.log, dataDir: config.dataDir }, jobs.moment());
        },
      },
      {
        name: 'reconcile',
        cron: '*/5 * * * *',
        run: () => jobs.enqueue([jobItem(reconcile, { day: day() })]),
      },
      ...(config.mailbox === null
        ? []
        : [
            {
              name: 'mailbox',
              cron: config.mailbox.poll,
              run: (dueAt: Date) => jobs.enqueue([jobItem(readMailboxJob, { dueAt: dueAt.toISOString() })]),
            },
          ]),
    ],
  });
}
