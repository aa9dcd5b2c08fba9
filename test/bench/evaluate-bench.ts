import { mkdtemp, rm } from 'node:fs/promises';
import { sql } from 'kysely';
import { z } from 'zod';
import { dueJobs } from '../../jobs/due-jobs.ts';
import { evaluateStudent } from '../../jobs/evaluate-student.ts';
import { evaluateStudents } from '../../jobs/evaluate-students.ts';
import { instantInZone, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { silentLog } from '../../src/ops/log.ts';
import { dueAt, type Moment, type Procedure } from '../../src/procedure/procedure.ts';
import { createProcedureBook } from '../../src/procedure/procedure-book.ts';
import { defineJob, type JobItem, jobItem, listJobs } from '../../src/queue/define-job.ts';
import { openQueue } from '../../src/queue/queue.ts';
import { type Db, openDatabase } from '../../src/store/database.ts';
import { findDueEvaluations, NOTHING_DUE } from '../../src/store/due-work.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/start.ts';
import { migrateToLatest } from '../../src/store/migrate.ts';
import { shippedBrakes } from '../support/brakes.ts';
import { aPolicy, CALENDAR, SCHOOL_YEAR } from '../support/domain-builders.ts';
import { startRedis } from '../support/redis.ts';
import { type Figure, type Findings, figureWords } from './figures.ts';
import { fillDistrict } from './fill-district.ts';

export type Backend = 'postgres' | 'redis';

/** Of the rate at which the same queue runs jobs that do nothing. */
const LEAST: Readonly<Record<Backend, number>> = { postgres: 0.5, redis: 0.25 };
const STUDENTS_PER_SCHOOL = 1_000;
const NO_OPS = 5_000;
const ZONE = 'America/Denver';
const TODAY = schoolDate('2026-11-17');

const noOp = defineJob({
  name: 'no-op',
  lane: 'work',
  payload: z.strictObject({ number: z.int() }),
  attempts: 1,
  run: async () => undefined,
});

/**
 * Whether students are evaluated fast enough, measured by the queue itself, and a quiet night looks at nobody without a
 * day that became settled.
 */
export async function benchEvaluate(students: number, backend: Backend): Promise<Findings> {
  const dataDir = await mkdtemp('/tmp/rollcall-bench-');
  const postgres = await startEmbeddedPostgres({ dataDir, log: silentLog(), settings: {} });
  const redis = backend === 'redis' ? await startRedis() : null;
  const database = openDatabase({ url: postgres.url });
  try {
    await migrateToLatest(postgres.url);
    await fillDistrict(database.db, {
      students,
      schools: Math.max(1, Math.round(students / STUDENTS_PER_SCHOOL)),
      dates: CALENDAR.schoolDays(CALENDAR.firstDay, TODAY),
    });
    print(`\n${students} students, the queue on ${backend}`);
    const clock = { today: TODAY };
    const queue = await openQueue({
      jobs: listJobs([noOp, evaluateStudents, evaluateStudent]),
      backend:
        redis === null
          ? { kind: 'postgres', connectionString: postgres.url }
          : { kind: 'redis', url: redis.url },
      log: silentLog(),
    });
    try {
      const bench = await openBench(database.db, clock);
      queue.startWorkers(bench.deps);
      const timed = (items: readonly JobItem[]) =>
        seconds(async () => {
          await queue.enqueue(items);
          await queue.drain();
        });
      return {
        bench: 'evaluate',
        setting: `${students} students through the queue on ${backend}, against jobs on it that do nothing`,
        figures: await measure(students, backend, bench, clock, timed),
      };
    } finally {
      await queue.close({ graceMs: 1_000 });
    }
  } finally {
    await database.close();
    await redis?.stop();
    await postgres.release();
    await rm(dataDir, { recursive: true, force: true });
  }
}

type Bench = Awaited<ReturnType<typeof openBench>>;

async function openBench(db: Db, clock: { today: SchoolDate }) {
  const book = createProcedureBook(db, {
    districtId: 'bench',
    timeZone: ZONE,
    policy: aPolicy(),
    freshHours: 48,
    brakes: shippedBrakes,
    sendingWindow: { from: '08:00', to: '16:00' },
    contactLog: { notePromisedSchoolDays: 5, undoHours: 24 },
    modes: { district: 'live', schools: {} },
    schools: [],
    calendarFor: () => SCHOOL_YEAR,
  });
  const moment = (): Moment => ({ now: instantInZone(clock.today, '05:00', ZONE), today: clock.today });
  const procedure = (): Promise<Procedure> => book.on(clock.today);
  return {
    db,
    deps: { db, procedure, moment, log: silentLog(), enqueue: async () => {} },
    async markAllDue() {
      await sql`insert into evaluation_due (student_id, reason, since) select id, 'bench', now() from student`.execute(
        db,
      );
    },
    /**
     * @returns the jobs of the due students, and the milliseconds it took to find these, beside those of a bare count of
     * the same tables
     */
    async due() {
      const at = dueAt(await procedure(), { now: new Date(0), ...clock });
      const found = await findDueEvaluations(db, at);
      const ms = await least(() => findDueEvaluations(db, at));
      const floorMs = await least(() =>
        sql`select (select count(*) from evaluation_due) + (select count(*) from ladder)`.execute(db),
      );
      return { ms, floorMs, students: found.length, jobs: jobsFor(found.map((one) => one.studentId)) };
    },
    /** Students with a row on a day that is settled for a step of the policy today, and was not yesterday. */
    async studentsWithSettledDay(): Promise<number> {
      const { policy } = await procedure();
      const settled = policy.steps.map(({ settleDays }) => settledToday(clock.today, settleDays));
      const { rows } = await sql<{ students: string }>`
        select count(distinct student_id) as students from absence_record where date = any(${settled}::date[])`.execute(
        db,
      );
      return Number(rows[0]?.students);
    },
  };
}

/** The school day after which, up to and including today, there are so many. */
function settledToday(today: SchoolDate, settleDays: number): SchoolDate {
  return CALENDAR.schoolDays(CALENDAR.firstDay, today).at(-1 - settleDays) ?? CALENDAR.firstDay;
}

/** Of five times, in milliseconds: everything slower has waited for somebody else. */
async function least(work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 5; time += 1) {
    const began = performance.now();
    await work();
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

function jobsFor(evaluations: readonly number[]): JobItem[] {
  return dueJobs({ ...NOTHING_DUE, evaluations });
}

async function measure(
  students: number,
  backend: Backend,
  bench: Bench,
  clock: { today: SchoolDate },
  timed: (items: readonly JobItem[]) => Promise<number>,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  const keep = (figure: Figure) => {
    print(figureWords(figure));
    figures.push({ ...figure, what: `${backend}: ${figure.what}` });
  };
  const chart = `Students evaluated per second, the queue on ${backend}`;
  const noOps = Array.from({ length: NO_OPS }, (_, number) => jobItem(noOp, { number }));
  // Once for the connections and the compiler, once to be measured.
  await timed(noOps);
  const noOpRate = NO_OPS / (await timed(noOps));
  keep({ what: 'jobs that do nothing', value: noOpRate, unit: '/s', chart });
  await bench.markAllDue();
  const first = await bench.due();
  const firstRate = students / (await timed(first.jobs));
  const ofNoOp = (rate: number) => ({ value: rate / noOpRate, to: 'jobs that do nothing' });
  keep({
    what: 'first look, everything stored',
    value: firstRate,
    unit: '/s',
    ratio: ofNoOp(firstRate),
    chart,
  });
  await bench.markAllDue();
  const again = await bench.due();
  printCandidates('all due', again);
  const againRate = students / (await timed(again.jobs));
  const least = { atLeast: LEAST[backend] };
  keep({
    what: 'all due, nothing changed',
    value: againRate,
    unit: '/s',
    ratio: ofNoOp(againRate),
    target: least,
    chart,
  });
  clock.today = schoolDate('2026-11-18');
  const night = await bench.due();
  const settled = await bench.studentsWithSettledDay();
  printCandidates('quiet night', night);
  const nightSeconds = await timed(night.jobs);
  keep({ what: 'quiet night', value: nightSeconds, unit: 's' });
  keep({
    what: 'quiet night, students looked at',
    value: night.students,
    unit: 'students',
    ratio: { value: night.students / Math.max(1, settled), to: 'those with a day that became settled' },
    target: { atMost: 1 },
  });
  return figures;
}

function printCandidates(when: string, found: { ms: number; floorMs: number; students: number }): void {
  const ratio = (found.ms / found.floorMs).toFixed(1);
  print(
    `  ${`candidates, ${when}`.padEnd(30)}${found.ms.toFixed(1).padStart(8)} ms for ${found.students}, ${ratio} x a bare count of the same tables (${found.floorMs.toFixed(1)} ms)`,
  );
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
