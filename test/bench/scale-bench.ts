import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { dueJobs } from '../../jobs/due-jobs.ts';
import { sendLetter } from '../../jobs/send-letter.ts';
import { silentLog } from '../../src/ops/log.ts';
import type { QueueBackend } from '../../src/queue/connections.ts';
import { type JobItem, jobItem } from '../../src/queue/define-job.ts';
import { type Db, openDatabase } from '../../src/store/database.ts';
import { unlockWith } from '../../src/store/document-keys.ts';
import { NOTHING_DUE } from '../../src/store/due-work.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/start.ts';
import { migrateToLatest } from '../../src/store/migrate.ts';
import { CALENDAR } from '../support/domain-builders.ts';
import { lettersInLine, TODAY } from '../support/letters-in-line.ts';
import { DOCUMENT_KEY } from '../support/open-test-database.ts';
import { redisAvailable, startRedis } from '../support/redis.ts';
import { type Figure, type Findings, figureWords } from './figures.ts';
import { fillDistrict } from './fill-district.ts';
import { type Line, rateOf } from './scale-processes.ts';
import type { ScaleWork } from './scale-worker.ts';
import type { Delivered } from './send-sink.ts';

export interface ScaleBench {
  /** For each worker: what n of them do is n times as much. */
  readonly letters: number;
  readonly students: number;
  readonly workers: number;
  /** Milliseconds in which the mail server answers for a mail. */
  readonly keepsInMs: number;
  /** Of each worker to the mail server. */
  readonly connections: number;
}

/** Of n times the rate of one worker, where the work waits for the network. */
const LEAST = 0.8;
const ATTACHMENT = 40_000;
/** Done once before, for connections, plans and the compiler. */
const WARM_LETTERS = 24;
const WARM_STUDENTS = 2_000;

/**
 * Letters and evaluations per second of one to four worker processes that share a queue. Each letter has to arrive once
 * and each student to be looked at once.
 */
export async function benchScale(bench: ScaleBench): Promise<Findings> {
  const figures: Figure[] = [];
  const backends = ['postgres', ...(redisAvailable() ? ['redis'] : [])] as const;
  for (const backend of backends) {
    print(`\nThe queue on ${backend}`);
    for (const measure of [measureLetters, measureEvaluations])
      figures.push(...(await measure(bench, backend as Backend)));
  }
  return {
    bench: 'scale',
    setting: `One to ${bench.workers} worker processes on ${availableParallelism()} cores, which they share with PostgreSQL, the queue and the mail server; this answers for a mail after ${bench.keepsInMs} ms, ${bench.connections} connections for each worker`,
    figures,
    notes: [
      'Letters wait for the mail server; evaluations wait for nothing and share the cores that there are.',
      ...(backends.length === 1
        ? ['redis-server is not installed here: PostgreSQL alone was measured.']
        : []),
    ],
  };
}

type Backend = 'postgres' | 'redis';

async function measureLetters(bench: ScaleBench, backend: Backend): Promise<Figure[]> {
  return withServers(bench, backend, async ({ db, run, delivered }) => {
    const counts = timesOf(bench).reduce((sum, workers) => sum + workers * bench.letters, 0);
    const total = counts + WARM_LETTERS * sumOf(timesOf(bench));
    await lettersInLine(db, { students: total, guardians: 1, attachment: ATTACHMENT });
    const ids = (await db.selectFrom('letter').select('id').orderBy('id').execute()).map(({ id }) => id);
    const figures = await run({
      what: 'letters',
      waits: true,
      warm: WARM_LETTERS,
      perWorker: bench.letters,
      take: (count) => ids.splice(0, count).map((letterId) => jobItem(sendLetter, { letterId })),
    });
    const { mails, recipients } = await delivered();
    const unsent = await db.selectFrom('letter').select('id').where('state', '<>', 'sent').execute();
    const attempts = await db.selectFrom('send_attempt').select('id').execute();
    if (mails !== total || recipients !== total || unsent.length > 0 || attempts.length !== total)
      throw new Error(
        `Of ${total} letters ${mails} mails came to ${recipients} recipients in ${attempts.length} attempts; ${unsent.length} are not sent.`,
      );
    print(`  ${total} letters, each delivered once`);
    return figures;
  });
}

async function measureEvaluations(bench: ScaleBench, backend: Backend): Promise<Figure[]> {
  return withServers(bench, backend, async ({ db, run }) => {
    const students = sumOf(timesOf(bench)) * (bench.students + WARM_STUDENTS);
    const dates = CALENDAR.schoolDays(CALENDAR.firstDay, TODAY);
    await fillDistrict(db, { students, schools: Math.max(1, Math.round(students / 1_000)), dates });
    const ids = Array.from({ length: students }, (_, index) => index + 1);
    const figures = await run({
      what: 'evaluations',
      waits: false,
      warm: WARM_STUDENTS,
      perWorker: bench.students,
      take: (count) => evaluationJobs(ids.splice(0, count)),
    });
    const looked = await db.selectFrom('evaluation').select('student_id').execute();
    const distinct = new Set(looked.map(({ student_id }) => student_id)).size;
    if (looked.length !== students || distinct !== students)
      throw new Error(`Of ${students} students ${distinct} were looked at, in ${looked.length} evaluations.`);
    print(`  ${students} students, each evaluated once`);
    return figures;
  });
}

function evaluationJobs(evaluations: readonly number[]): JobItem[] {
  return dueJobs({ ...NOTHING_DUE, evaluations });
}

/** One worker is measured once more at the end, since the machine may change meanwhile. */
function timesOf({ workers }: ScaleBench): number[] {
  return [...Array.from({ length: workers }, (_, index) => index + 1), ...(workers > 1 ? [1] : [])];
}

interface Servers {
  readonly db: Db;
  readonly run: (line: Line) => Promise<Figure[]>;
  readonly delivered: () => Promise<Delivered>;
}

async function withServers(
  bench: ScaleBench,
  backend: Backend,
  use: (servers: Servers) => Promise<Figure[]>,
): Promise<Figure[]> {
  const dataDir = await mkdtemp('/tmp/rollcall-bench-');
  // Each process may hold 30 connections.
  const settings = { max_connections: '250' };
  const postgres = await startEmbeddedPostgres({ dataDir, log: silentLog(), settings });
  const redis = backend === 'redis' ? await startRedis() : null;
  const sink = fork(join(import.meta.dirname, 'send-sink.ts'), [String(bench.keepsInMs)]);
  const database = openDatabase({ url: postgres.url });
  try {
    const [smtp] = (await once(sink, 'message')) as [string];
    await migrateToLatest(postgres.url);
    await unlockWith(database.db, DOCUMENT_KEY);
    const queueBackend: QueueBackend =
      redis === null
        ? { kind: 'postgres', connectionString: postgres.url }
        : { kind: 'redis', url: redis.url };
    const work: ScaleWork = {
      databaseUrl: postgres.url,
      backend: queueBackend,
      smtpUrl: `${smtp}?connections=${bench.connections}`,
    };
    return await use({
      db: database.db,
      run: (line) => measure(bench, backend, work, line),
      async delivered() {
        sink.send('count');
        const [delivered] = (await once(sink, 'message')) as [Delivered];
        return delivered;
      },
    });
  } finally {
    sink.disconnect();
    await database.close();
    await redis?.stop();
    await postgres.release();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure(bench: ScaleBench, backend: Backend, work: ScaleWork, line: Line): Promise<Figure[]> {
  const rates: { workers: number; rate: number }[] = [];
  for (const workers of timesOf(bench)) rates.push({ workers, rate: await rateOf(workers, work, line) });
  const alone = rates.filter(({ workers }) => workers === 1).map(({ rate }) => rate);
  const one = sumOf(alone) / alone.length;
  return rates.slice(0, bench.workers).map(({ workers, rate }) => {
    const efficiency = (workers === 1 ? one : rate) / (workers * one);
    const figure: Figure = {
      what: `${line.what}, ${backend}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
      value: workers === 1 ? one : rate,
      unit: '/s',
      chart: `${line.what} per second, the queue on ${backend}`,
      ...(workers > 1 && { ratio: { value: efficiency, to: `${workers} x one worker` } }),
      ...(workers > 1 && line.waits && { target: { atLeast: LEAST } }),
    };
    print(figureWords(figure));
    return figure;
  });
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
