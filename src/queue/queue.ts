import type { Log, LogFields } from '../ops/log.ts';
import { noTrace, type Trace } from '../ops/trace.ts';
import { createActivity } from './activity.ts';
import { type QueueBackend, USUAL_SILENCE_MS } from './connections.ts';
import { type AnyJob, type JobItem, type JobList, LANES, type Lane } from './define-job.ts';
import type { EngineWorker, QueuedJob, TakenJob } from './engine.ts';
import { NeedsAttentionError } from './errors.ts';
import { type Fate, runJob } from './run-job.ts';
import { within } from './within.ts';
import { openEngine } from './worker.ts';

export interface OpenQueueOptions<Deps> {
  readonly jobs: JobList<Deps>;
  readonly backend: QueueBackend;
  readonly log: Log;
  /** Jobs that run at the same time, per lane. Default: work 4, mail 2. */
  readonly concurrency?: Readonly<Record<Lane, number>>;
  /** Names the queues: two installations on one server need two prefixes. Default: rollcall. */
  readonly prefix?: string;
  /** Told of every job that is given up; the job is removed only after this has ended. */
  readonly onFailure?: (jobName: string, payload: unknown, error: unknown) => Promise<void> | void;
  /** Told how each run of a job has ended. */
  readonly onRun?: (jobName: string, fate: Fate['kind']) => void;
  /** Goes around each run of a job. */
  readonly trace?: Trace;
  /** For tests. */
  readonly timing?: Partial<QueueTiming>;
}

/** All in milliseconds. */
export interface QueueTiming {
  /** A worker that does not renew its lock for this long is taken for dead. */
  readonly lockMs: number;
  /** How often dead workers' jobs are looked for. */
  readonly stalledCheckMs: number;
  /** How often a drain looks again while nothing in this process says that the queue changed. */
  readonly drainPollMs: number;
  /** How long each step of a forced close may take. */
  readonly forceMs: number;
  /** Where a day goes by in seconds: what a wait between two runs of a job is multiplied with. */
  readonly waitShare: number;
  /** How soon a backend that was away is noticed to be back. */
  readonly awayMs: number;
  /** For how long a server that owes an answer may say nothing. */
  readonly silenceMs: number;
}

const USUAL_TIMING: QueueTiming = {
  lockMs: 30_000,
  stalledCheckMs: 30_000,
  drainPollMs: 25,
  forceMs: 2_000,
  waitShare: 1,
  awayMs: 5_000,
  silenceMs: USUAL_SILENCE_MS,
};

export interface Counts {
  readonly waiting: number;
  readonly active: number;
  /** Waiting for a later time. */
  readonly delayed: number;
  /** Given up by this process since it opened the queue. */
  readonly failed: number;
}

export type Closed = { readonly kind: 'drained' } | { readonly kind: 'forced' };

export interface Queue<Deps> {
  /**
   * Adds jobs. One that already waits, is put off or runs under the same key is left alone.
   * @throws RangeError when a job is not in the list or a payload does not fit; Error when the backend is away
   */
  enqueue(items: readonly JobItem[]): Promise<void>;
  /** Begins to take jobs. A process that never calls it only enqueues. */
  startWorkers(deps: Deps): void;
  /** The same, where what jobs work with may change: each job is given what holds when it begins. */
  startWorkersWith(deps: () => Deps): void;
  /**
   * Resolves when no job waits or runs. Retries after an error are waited for, jobs put off by a
   * RetryLaterError are not.
   * @throws Error when jobs are left but no workers run in this process
   */
  drain(): Promise<void>;
  counts(): Promise<Counts>;
  /** Writes, reads and removes a job that no worker takes. @throws Error when any of it fails */
  check(): Promise<void>;
  /** Whether the server has been set so that it drops jobs when its memory is full. */
  mayDropJobs(): Promise<boolean>;
  /**
   * Takes no more jobs from now on, lets the running ones end for `graceMs`, then hands them back and closes.
   * @returns `forced` when a job was still running after the grace
   */
  close(options: { readonly graceMs: number }): Promise<Closed>;
}

/**
 * Opens the queue on PostgreSQL or Redis. It only delivers, at least once: our own tables say what is due, and a
 * job claims its row there.
 * @throws Error when the backend cannot be reached or may lose jobs
 */
export async function openQueue<Deps>(options: OpenQueueOptions<Deps>): Promise<Queue<Deps>> {
  const { jobs, log } = options;
  const concurrency = options.concurrency ?? { work: 4, mail: 2 };
  const timing = { ...USUAL_TIMING, ...options.timing };
  const engine = await openEngine(options.backend, {
    prefix: options.prefix ?? 'rollcall',
    log,
    silenceMs: timing.silenceMs,
  });
  const activity = createActivity();
  const workers: EngineWorker[] = [];
  const reports = new Set<Promise<void>>();
  let failed = 0;
  let closing: Promise<Closed> | undefined;

  async function counts(): Promise<Counts> {
    const lanes = await Promise.all(LANES.map((lane) => engine.counts(lane)));
    const sum = (state: 'waiting' | 'active' | 'delayed') =>
      lanes.reduce((total, lane) => total + lane[state], 0);
    return { waiting: sum('waiting'), active: sum('active'), delayed: sum('delayed'), failed };
  }

  async function drain(): Promise<void> {
    let quietSince: number | null = null;
    for (;;) {
      const before = activity.begun();
      const wake = activity.nextWake(timing.drainPollMs);
      const { waiting, active } = await counts();
      // A job that ran between the counts of two lanes may have put work into the one that was counted first.
      const quiet = waiting + active === 0 && !activity.busy() && activity.begun() === before;
      // A backend counts one state after the other: a job on its way from waiting to active is in neither count once,
      // but it is in the next one, or has begun here by then.
      const settled = quiet && reports.size === 0;
      if (settled && quietSince === before) return;
      quietSince = settled ? before : null;
      if (settled) continue;
      if (closing !== undefined || workers.length === 0)
        throw new Error('The queue cannot be drained: no workers run in this process.');
      // The end of this process's own jobs is told, and counting costs the backend what they need.
      await (activity.busy() ? activity.nextWake(timing.drainPollMs * 20) : wake);
    }
  }

  async function perform(deps: () => Deps, job: TakenJob): Promise<Fate | { kind: 'refused' }> {
    if (closing !== undefined) return { kind: 'refused' };
    activity.begin(job.id);
    const run = () => runJob(jobs, deps(), job);
    const fields = { job: job.name, attempt: job.attempt, ...identifiersOf(job.data) };
    const told = await (options.trace ?? noTrace).span(`job ${job.name}`, fields, run);
    const fate = sooner(told, timing.waitShare);
    if (fate.kind === 'retry') activity.comesBack(job.id, fate.waitMs);
    if (fate.kind === 'failed') await report(job, fate.error);
    else logFate(log, job, fate);
    activity.end(job.id);
    options.onRun?.(jobs.jobs.has(job.name) ? job.name : 'unknown', fate.kind);
    return fate;
  }

  function report(job: TakenJob, error: unknown): Promise<void> {
    failed += 1;
    log.error('job-failed', { job: job.name, attempt: job.attempt, error });
    const told = (async () => options.onFailure?.(job.name, job.data, error))()
      .catch((cause: unknown) => log.error('job-failure-not-recorded', { job: job.name, error: cause }))
      .finally(() => reports.delete(told));
    reports.add(told);
    return told;
  }

  async function shutDown(graceMs: number): Promise<Closed> {
    activity.wake();
    const ended = Promise.allSettled(workers.map((worker) => worker.close()));
    const drained = await within(Promise.all([ended, ...reports]), graceMs);
    if (!drained) await force(ended);
    await within(Promise.allSettled([engine.close()]), timing.forceMs);
    return { kind: drained ? 'drained' : 'forced' };
  }

  async function force(ended: Promise<unknown>): Promise<void> {
    log.warn('queue-closed-by-force');
    for (const worker of workers) worker.release();
    if (await within(ended, timing.forceMs)) return;
    await within(Promise.allSettled(workers.map((worker) => worker.disconnect())), timing.forceMs);
    // Without connections even a stuck worker ends, and with it the timers that keep a process alive.
    await within(ended, timing.forceMs);
  }

  function startWorkersWith(deps: () => Deps): void {
    if (closing !== undefined || workers.length > 0) return;
    for (const lane of LANES) {
      const worker = engine.work(lane, {
        ...timing,
        concurrency: concurrency[lane],
        perform: (job) => perform(deps, job),
        onGivenUp: (job) => report(job, new NeedsAttentionError('worker-died-repeatedly')),
        onTakenOver: () => log.warn('job-taken-over', { lane }),
        onQuiet: () => {
          if (!activity.busy()) activity.wake();
        },
        onError: (error) => log.warn('queue-error', { lane, error }),
      });
      workers.push(worker);
    }
  }

  return {
    async enqueue(items) {
      for (const lane of LANES) {
        const queued = items.filter(({ job }) => job.lane === lane).map((item) => queuedJob(jobs, item));
        for (let from = 0; from < queued.length; from += CHUNK)
          await engine.add(lane, queued.slice(from, from + CHUNK));
      }
    },
    startWorkers: (deps) => startWorkersWith(() => deps),
    startWorkersWith,
    drain,
    counts,
    check: () => engine.check(),
    mayDropJobs: () => engine.mayDropJobs(),
    close({ graceMs }) {
      closing ??= shutDown(graceMs);
      return closing;
    },
  };
}

/** Of a payload, what a trace may carry. */
function identifiersOf(data: unknown): LogFields {
  const { letterId, referralId, studentId } = (data ?? {}) as Record<string, unknown>;
  return {
    ...(typeof letterId === 'string' && { letterId }),
    ...(typeof referralId === 'string' && { referralId }),
    ...(typeof studentId === 'number' && { studentId: String(studentId) }),
  };
}

const CHUNK = 500;

function queuedJob<Deps>(jobs: JobList<Deps>, { job, payload }: JobItem): QueuedJob {
  if (jobs.jobs.get(job.name) !== job) throw new RangeError(`The job "${job.name}" is not in the job list.`);
  const parsed = job.payload.safeParse(payload);
  if (!parsed.success) throw new RangeError(`The payload of the job "${job.name}" does not fit its schema.`);
  return { id: jobId(job, parsed.data), name: job.name, data: parsed.data };
}

/** Name and key, with what BullMQ does not allow in an id escaped. */
function jobId(job: AnyJob, payload: unknown): string {
  return `${job.name}|${job
    .key(payload as never)
    .replaceAll('%', '%25')
    .replaceAll(':', '%3A')}`;
}

function sooner(fate: Fate, share: number): Fate {
  if (fate.kind === 'later') return { ...fate, delayMs: Math.ceil(fate.delayMs * share) };
  if (fate.kind === 'retry') return { ...fate, waitMs: Math.ceil(fate.waitMs * share) };
  return fate;
}

function logFate(log: Log, job: TakenJob, fate: Exclude<Fate, { kind: 'failed' }>): void {
  const { name, attempt } = job;
  if (fate.kind === 'done')
    log.debug('job-done', { job: name, ...(fate.outcome !== undefined && { outcome: fate.outcome }) });
  if (fate.kind === 'later')
    log.info('job-put-off', { job: name, code: fate.error.code, milliseconds: fate.delayMs });
  if (fate.kind === 'retry')
    log.warn('job-will-be-retried', { job: name, attempt, milliseconds: fate.waitMs, error: fate.error });
}
