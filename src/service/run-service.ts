import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '../config/config-types.ts';
import { VERSION } from '../config/version.ts';
import { type App, openApp } from '../main.ts';
import { closeAll } from '../ops/close-all.ts';
import { watchEventLoop } from '../ops/event-loop.ts';
import { serveHealth } from '../ops/health-server.ts';
import type { Log } from '../ops/log.ts';
import type { OpenPages } from '../pages/open-pages.ts';
import type { QueueTiming } from '../queue/queue.ts';
import type { Schedule } from '../queue/schedule.ts';
import { within } from '../queue/within.ts';
import { standForLeader } from '../store/leader.ts';
import { isStillServed } from '../store/migrate.ts';
import { reportProcess, reportStopped } from '../store/processes.ts';
import { addressProblem } from './address-problem.ts';
import { metricsOf } from './metrics.ts';
import { createOutageWatch } from './outage.ts';
import { readinessOf } from './readiness.ts';
import { createReload } from './reload.ts';
import type { ServiceState } from './service-state.ts';
import { createServiceWatch } from './watch.ts';

export const ROLES = ['scheduler', 'worker', 'pages'] as const;
export type ServiceRole = (typeof ROLES)[number];

export interface ServiceOptions {
  readonly config: Config;
  /** Reads the configuration anew. @throws ConfigError */
  readonly readConfig: () => Config;
  readonly roles: ReadonlySet<ServiceRole>;
  readonly log: Log;
  readonly now: () => Date;
  /** Tells a person how it stands once it is ready. */
  readonly ready: (service: RunningService) => void;
  /** How soon the jobs of a process that died are taken by another. */
  readonly queueTiming?: Partial<QueueTiming>;
  /** For tests: how soon a follower notices that nobody leads any more. */
  readonly standMs?: number;
  readonly signals: {
    /** Resolves with the name of the signal that asks for an end. */
    readonly stop: Promise<string>;
    /** Calls whenever the configuration is to be read anew. */
    readonly onReload: (reload: () => void) => void;
  };
}

export interface RunningService {
  readonly app: App;
  readonly pagesAt: string | null;
  readonly healthAt: string | null;
  readonly state: Readonly<ServiceState>;
  /**
   * Does at once what is done every minute: runs what is due by the schedule, takes up a configuration that waits, and
   * looks how all is.
   */
  tick(): Promise<void>;
}

export interface ServiceEnd {
  /** 0: in order. 1: something had to be cut off. 78: the database was taken to a version that this one does not know. */
  readonly code: 0 | 1 | 78;
  /** Parts may still hang: the process has to be ended. */
  readonly hangs: boolean;
}

const REPORT_MS = 15_000;
const LOOK_MS = 60_000;
/** How soon a follower notices that nobody leads any more. */
const STAND_MS = 10_000;
/** What closing may take beyond the time that work has to end. */
const CLOSING_MS = 10_000;
const NOT_SERVED = 'not-served';

/** Runs the service until it is asked to end: the schedule, the workers, the pages, and what watches them. */
export async function runService(options: ServiceOptions): Promise<ServiceEnd> {
  const { config, roles, log } = options;
  const { queueTiming } = options;
  // Read while the database is waited for.
  if (roles.has('pages') && config.pages !== null) void loadPages().catch(() => undefined);
  const app = await openApp({ config, log, now: options.now, ...(queueTiming && { queueTiming }) });
  const eventLoop = watchEventLoop();
  let leadChanged = () => {};
  const leader = standForLeader(app.store.pool, (leads) => {
    log.info(leads ? 'leader-became' : 'leader-lost');
    leadChanged();
  });
  const state: ServiceState = {
    roles,
    startedAt: options.now(),
    configReadAt: options.now(),
    configProblems: null,
    stopping: false,
    leads: leader.led,
    stalledMs: eventLoop.longestMs,
  };
  const giveUp = async (error: unknown): Promise<never> => {
    eventLoop.stop();
    await closeAll([leader.release, () => app.close(0)]).catch(() => undefined);
    throw error;
  };
  // Before anything is worked on: a service that cannot serve its pages ends, and leaves nothing half done.
  const pages = roles.has('pages') ? await servePages(app).catch(giveUp) : null;
  const health = await serveHealthOf(app, state, pages !== null).catch(async (error: unknown) => {
    await pages?.close();
    return giveUp(error);
  });
  if (roles.has('worker')) app.startWorkers();

  const startSchedule = () => (roles.has('scheduler') ? app.startSchedule(leader.leads) : null);
  let schedule: Schedule | null = startSchedule();
  const reload = createReload({
    app,
    pages,
    state,
    log,
    now: options.now,
    readConfig: options.readConfig,
    async changed() {
      const before = schedule;
      schedule = state.stopping ? null : startSchedule();
      // What it has begun may take hours; the next slots need not wait for it.
      void before?.stop();
    },
  });
  options.signals.onReload(reload.ask);
  // Who leads is asked with each tick of its schedule.
  const stands = every(options.standMs ?? STAND_MS, async () => {
    if (roles.has('scheduler') && !leader.led() && (await leader.leads())) void schedule?.tick();
  });

  const id = randomUUID();
  let notServed = (_reason: string) => {};
  const unserved = new Promise<string>((resolve) => {
    notServed = resolve;
  });
  const report = async () => {
    const { configReadAt, configProblems } = state;
    const itself = { id, host: hostname(), version: VERSION, roles: [...roles], leads: leader.led() };
    const jobsDone = app.meter.total('jobs');
    const stalledMs = eventLoop.longestMs();
    await reportProcess(app.store.db, { ...itself, jobsDone, stalledMs, configReadAt, configProblems });
    eventLoop.next();
    if (!(await isStillServed(app.store.db))) notServed(NOT_SERVED);
  };
  const watch = createServiceWatch(app, log, leader.led);
  const reports = every(REPORT_MS, report, (error) => log.warn('report-failed', { error }));
  reports.turn();
  leadChanged = reports.turn;
  const outage = createOutageWatch({
    app,
    log,
    elapsedMs: () => performance.now(),
    over: watch.tellNightAgain,
  });
  const look = () => watch.look().then(outage.lookTaken);
  const looks = every(LOOK_MS, look, (error) => log.warn('look-failed', { error }));
  const outages = every(LOOK_MS, outage.check, (error) => log.warn('outage-not-told', { error }));
  const reloads = every(LOOK_MS, reload.again);

  options.ready({
    app,
    pagesAt: pages?.address ?? null,
    healthAt: health?.address ?? null,
    state,
    async tick() {
      await schedule?.tick();
      await reloads.turn();
      await looks.turn();
    },
  });
  log.info('ready', { milliseconds: Math.round(performance.now()), backend: app.store.kind });
  const reason = await Promise.race([options.signals.stop, unserved]);

  log.info('stopping', { code: reason });
  state.stopping = true;
  const graceMs = app.config.service.stopSeconds * 1_000;
  let forced = false;
  const inOrder = (async () => {
    leadChanged = () => {};
    // Both take nothing new from now on, whatever else is still running; a page that hangs keeps no job from ending.
    const pagesEnd = pages === null ? Promise.resolve(true) : within(pages.close(), graceMs);
    const queueEnd = app.queue.close({ graceMs });
    // After it, so that nothing is taken anew: mails that wait behind others go back into the line, for who comes next.
    void app.mail.close();
    await within(
      Promise.all([
        schedule?.stop(),
        stands.stop(),
        looks.stop(),
        outages.stop(),
        reloads.stop(),
        reports.stop(),
        reload.stop(),
      ]),
      graceMs,
    );
    const lastReport = reportStopped(app.store.db, id).catch(() => undefined);
    await closeAll([
      async () => {
        forced = !(await pagesEnd) || (await queueEnd).kind === 'forced';
      },
      () => lastReport,
      async () => health?.close(),
      async () => eventLoop.stop(),
      leader.release,
      () => app.close(0),
    ]);
  })();
  const ended = await within(inOrder, graceMs + CLOSING_MS);
  if (!ended || forced) log.warn('stopped-by-force');
  else log.info('stopped');
  return { code: reason === NOT_SERVED ? 78 : ended && !forced ? 0 : 1, hangs: !ended || forced };
}

function loadPages() {
  return import('../pages/open-pages.ts');
}

async function servePages(app: App): Promise<OpenPages | null> {
  const { pages } = app.config;
  if (pages === null) return null;
  const { openPages } = await loadPages();
  return openPages(app.pageDeps, pages).catch((error: unknown) => {
    throw addressProblem(error, 'pages.listen', pages.listen) ?? error;
  });
}

async function serveHealthOf(app: App, state: ServiceState, hasPages: boolean) {
  const { listen } = app.config.health;
  if (listen === null) return null;
  const sources = { readiness: readinessOf(app, state, hasPages), metrics: metricsOf(app, state) };
  return serveHealth(listen, sources).catch((error: unknown) => {
    throw addressProblem(error, 'health.listen', listen) ?? error;
  });
}

/**
 * Does something again and again, never twice at once; the first time after one stretch. A turn that is asked for
 * meanwhile follows. `stop` waits for what runs.
 */
function every(ms: number, act: () => Promise<void>, failed: (error: unknown) => void = () => undefined) {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  const begin = (): Promise<void> =>
    act()
      .catch(failed)
      .then(() => {
        if (!again || stopped) return;
        again = false;
        return begin();
      });
  const turn = (): Promise<void> => {
    if (running !== null) {
      again = true;
      return running;
    }
    running = begin().finally(() => {
      running = null;
    });
    return running;
  };
  const timer = setInterval(() => {
    if (running === null) void turn();
  }, ms);
  return {
    turn,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
