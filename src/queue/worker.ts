import {
  createPostgresBackend,
  createRedisBackend,
  DelayedError,
  type Job,
  type JobsOptions,
  type PgPool,
  runMigrations,
  UnrecoverableError,
  WaitingError,
  withBackend,
} from 'bullmq';
import type { Log } from '../ops/log.ts';
import {
  evictionOf,
  openQueuePool,
  openRedisConsumer,
  openRedisProducer,
  QUEUE_SCHEMA,
  type QueueBackend,
} from './connections.ts';
import type { Engine, EngineWorker, TakenJob, WorkOptions } from './engine.ts';
import { withoutData } from './run-job.ts';

/**
 * BullMQ on PostgreSQL or Redis. The only file that knows it.
 * @throws Error when the backend cannot be reached or may lose jobs
 */
export async function openEngine(backend: QueueBackend, options: EngineOptions): Promise<Engine> {
  return backend.kind === 'postgres'
    ? openOnPostgres(backend.connectionString, options)
    : openOnRedis(backend.url, options);
}

interface EngineOptions {
  readonly prefix: string;
  readonly log: Log;
  /** For how long a server that owes an answer may say nothing. */
  readonly silenceMs: number;
}

async function openOnPostgres(
  connectionString: string,
  { prefix, log, silenceMs }: EngineOptions,
): Promise<Engine> {
  const { Queue, Worker } = withBackend(createPostgresBackend);
  const pool = openQueuePool(connectionString, log, silenceMs);
  try {
    const session = await pool.connect();
    await runMigrations(session, QUEUE_SCHEMA).finally(() => session.release());
  } catch (error) {
    await pool.end();
    throw error;
  }
  // BullMQ describes a pool in its own words, which the types of pg's overloads do not fit.
  const connection = pool as unknown as PgPool;
  return engineOf({
    queue: (name) => new Queue<unknown, null>(`${prefix}-${name}`, { ...QUEUE_OPTIONS, connection }),
    worker: (name, run, options) =>
      new Worker<unknown, null>(`${prefix}-${name}`, run, { ...options, connection }),
    cutOff: (worker) => worker.getBackend().close(true),
    mayDropJobs: async () => false,
    close: () => pool.end(),
  });
}

async function openOnRedis(url: string, { prefix, log, silenceMs }: EngineOptions): Promise<Engine> {
  const { Queue, Worker } = withBackend(createRedisBackend);
  const producer = await openRedisProducer(url, log, silenceMs);
  let consumer: ReturnType<typeof openRedisConsumer> | undefined;
  return engineOf({
    queue: (name) =>
      new Queue<unknown, null>(name, {
        ...QUEUE_OPTIONS,
        prefix,
        connection: producer,
        skipWaitingForReady: true,
      }),
    worker: (name, run, options) => {
      consumer ??= openRedisConsumer(url, log, silenceMs);
      return new Worker<unknown, null>(name, run, { ...options, prefix, connection: consumer.redis });
    },
    // Not through BullMQ, which marks a connection as ended that is still about to reconnect.
    cutOff: async () => consumer?.end(),
    mayDropJobs: async () => (await evictionOf(producer)) !== null,
    close: async () => {
      producer.disconnect();
      consumer?.end();
    },
  });
}

type Run = (job: Job<unknown, null>, token?: string, signal?: AbortSignal) => Promise<null>;

interface Parts {
  readonly queue: (name: string) => BullQueue;
  readonly worker: (name: string, run: Run, options: ReturnType<typeof workerOptions>) => BullWorker;
  /** Ends a worker's connections while it may still use them. */
  readonly cutOff: (worker: BullWorker) => Promise<void>;
  readonly mayDropJobs: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** The little that is used of BullMQ's Queue and Worker, whose types differ between the backends. */
interface BullQueue {
  addBulk(jobs: { name: string; data: unknown; opts: JobsOptions }[]): Promise<unknown>;
  getJobCounts(...states: ('waiting' | 'active' | 'delayed')[]): Promise<Record<string, number>>;
  getJob(id: string): Promise<unknown>;
  remove(id: string): Promise<number>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}
interface BullWorker {
  waitUntilReady(): Promise<unknown>;
  run(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'completed' | 'drained' | 'stalled', listener: () => void): unknown;
  on(event: 'failed', listener: (job?: Job<unknown, null>) => void): unknown;
  cancelAllJobs(reason: string): void;
  close(): Promise<void>;
  getBackend(): { close(force: boolean): Promise<void> };
}

function engineOf(parts: Parts): Engine {
  const queues = new Map<string, BullQueue>();
  const queueOf = (lane: string): BullQueue => {
    const queue = queues.get(lane) ?? parts.queue(lane);
    // Commands reject by themselves; the connection's own errors are logged where it is opened.
    if (!queues.has(lane)) {
      queue.on('error', () => {});
      // BullMQ holds a first look at the backend that has failed against it for good: the next call makes another one.
      queue.waitUntilReady().catch(() => queues.delete(lane));
    }
    queues.set(lane, queue);
    return queue;
  };
  return {
    async add(lane, jobs) {
      const opts = (id: string) => ({ ...JOB_OPTIONS, jobId: id });
      await queueOf(lane).addBulk(jobs.map(({ id, name, data }) => ({ name, data, opts: opts(id) })));
    },
    async counts(lane) {
      const {
        waiting = 0,
        active = 0,
        delayed = 0,
      } = await queueOf(lane).getJobCounts('waiting', 'active', 'delayed');
      return { waiting, active, delayed };
    },
    work: (lane, options) => startWorker(lane, options, parts),
    async check() {
      const queue = queueOf('check');
      const id = `check-${crypto.randomUUID()}`;
      await queue.addBulk([{ name: 'check', data: {}, opts: { ...JOB_OPTIONS, jobId: id } }]);
      const found = await queue.getJob(id);
      await queue.remove(id);
      if (!found) throw new Error('The queue took a job and did not find it again.');
    },
    mayDropJobs: parts.mayDropJobs,
    async close() {
      await parts.close();
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
    },
  };
}

const AGAIN_MS = 1_000;

function startWorker(lane: string, options: WorkOptions, parts: Parts): EngineWorker {
  // BullMQ hands out the signal only to functions that declare three parameters.
  const run: Run = async (job, token, signal) => {
    const fate = await Promise.race([options.perform(taken(job)), aborted(signal)]);
    switch (fate.kind) {
      case 'done':
        return null;
      case 'later':
        await job.moveToDelayed(Date.now() + fate.delayMs, token);
        throw new DelayedError();
      case 'retry':
        throw new AttemptFailed(withoutData(fate.error), fate.waitMs);
      case 'failed':
        throw Object.assign(new UnrecoverableError(withoutData(fate.error)), { stack: '' });
      case 'refused':
      case 'aborted':
        await job.moveToWait(token);
        throw new WaitingError();
    }
  };
  const begin = (): BullWorker => {
    const worker = parts.worker(lane, run, workerOptions(options));
    worker.on('error', options.onError);
    worker.on('stalled', options.onTakenOver);
    worker.on('completed', options.onQuiet);
    worker.on('drained', options.onQuiet);
    worker.on('failed', (job) => {
      if (job?.deferredFailure) options.onGivenUp(taken(job));
      options.onQuiet();
    });
    worker.waitUntilReady().then(
      () => (ending ? undefined : worker.run().catch(options.onError)),
      (error: Error) => {
        if (ending) return;
        options.onError(error);
        again = setTimeout(replace, AGAIN_MS, worker);
      },
    );
    return worker;
  };
  // One whose first look at the backend has failed would fail for ever, without a pause.
  const replace = (failed: BullWorker) => {
    if (ending) return;
    void failed.close().catch(() => undefined);
    current = begin();
  };
  let ending = false;
  let again: NodeJS.Timeout | undefined;
  let current = begin();
  return {
    close() {
      ending = true;
      clearTimeout(again);
      return current.close();
    },
    release: () => current.cancelAllJobs('closing'),
    disconnect: () => parts.cutOff(current),
  };
}

function taken(job: Job<unknown, null>): TakenJob {
  return { id: job.id ?? '', name: job.name, data: job.data, attempt: job.attemptsMade + 1 };
}

function aborted(signal: AbortSignal | undefined): Promise<{ kind: 'aborted' }> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve({ kind: 'aborted' }), { once: true });
  });
}

/** A failed attempt as BullMQ may store it: a code, because messages and stacks quote data. */
class AttemptFailed extends Error {
  readonly waitMs: number;

  constructor(code: string, waitMs: number) {
    super(code);
    this.waitMs = waitMs;
    this.stack = '';
  }
}

/** Nobody reads BullMQ's event stream. */
const QUEUE_OPTIONS = { streams: { events: { maxLen: 100 } } };

/** Attempts and waits follow from the job's definition (run-job.ts), so BullMQ itself never gives up. */
const JOB_OPTIONS: JobsOptions = {
  attempts: 1_000,
  backoff: { type: 'by-definition' },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 0,
};

function workerOptions({ concurrency, lockMs, stalledCheckMs, awayMs }: WorkOptions) {
  return {
    concurrency,
    autorun: false,
    lockDuration: lockMs,
    stalledInterval: stalledCheckMs,
    runRetryDelay: awayMs,
    // With BullMQ's own limit of one, two deploys in a row would fail a job.
    maxStalledCount: 3,
    settings: {
      backoffStrategy: (_attempt: number, _type?: string, error?: Error) =>
        error instanceof AttemptFailed ? error.waitMs : 0,
    },
  };
}
