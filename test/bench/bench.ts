import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { silentLog } from '../../src/ops/log.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/start.ts';
import { migrateToLatest } from '../../src/store/migrate.ts';
import { type Backend, benchEvaluate } from './evaluate-bench.ts';
import { allMet } from './figures.ts';
import { benchLetters } from './letters-bench.ts';
import { benchNight } from './night-bench.ts';
import { benchPages } from './pages-bench.ts';
import { benchScale } from './scale-bench.ts';
import { benchSend } from './send-bench.ts';
import { type BenchDistrict, type CollectionName, sizeOf } from './sis-rows.ts';
import { benchStart } from './start-bench.ts';
import type { Measured } from './sync-phase.ts';

const STUDENTS_PER_SCHOOL = 1_000;
/** As the program itself is started: package.json, and the first line of src/cli/rollcall.ts. */
const YOUNG_OBJECTS = '--max-semi-space-size=4';
const COLLECTIONS: readonly CollectionName[] = [
  'schools',
  'academicSessions',
  'students',
  'guardians',
  'demographics',
  'attendances',
  'attendanceCodes',
];

await new Command('bench')
  .description('Measures. Ratios are to a floor measured in the same run.')
  .addCommand(
    new Command('sync')
      .description(
        'A full sync and a night of changes, against fetching and storing the same pages untouched.',
      )
      .option('--students <numbers>', 'sizes of the district, by commas', sizes, [10_000, 100_000])
      .option('--changed <number>', 'absence records changed in the night', Number, 8_000)
      .action(async ({ students, changed }: { students: number[]; changed: number }) => {
        const nights: number[] = [];
        for (const size of students) nights.push(await measure(size, changed));
        if (nights.length > 1) {
          const ratio = (nights.at(-1) ?? 0) / (nights[0] ?? 1);
          print(
            `\nThe night of ${changed} changes: ${students.at(-1)} students take ${ratio.toFixed(2)} times as long as ${students[0]}.`,
          );
        }
      }),
  )
  .addCommand(
    new Command('evaluate')
      .description('Students evaluated per second through the queue, against jobs on it that do nothing.')
      .option('--students <number>', 'size of the district', sizeOfOne, 100_000)
      .addOption(
        new Option('--backend <name>', 'what the queue is kept in')
          .choices(['postgres', 'redis'])
          .default('postgres'),
      )
      .action(async ({ students, backend }: { students: number; backend: Backend }) => {
        if (!(await benchEvaluate(students, backend))) process.exitCode = 1;
      }),
  )
  .addCommand(
    new Command('letters')
      .description(
        'Tagged letters per second, against headless Chromium printing the HTML of the same letters.',
      )
      .option('--seconds <number>', 'for each of the two', Number, 12)
      .option('--chromium <path>', 'the browser', '/usr/bin/chromium')
      .action(async ({ seconds, chromium }: { seconds: number; chromium: string }) => {
        if (!(await benchLetters(seconds, chromium))) process.exitCode = 1;
      }),
  )
  .addCommand(
    new Command('send')
      .description('Letters sent per second through the whole protocol, against a bare nodemailer loop.')
      .option('--letters <number>', 'how many', sizeOfOne, 1_000)
      .option('--concurrency <number>', 'how many at a time', Number, 4)
      .action(async ({ letters, concurrency }: { letters: number; concurrency: number }) => {
        if (!(await benchSend(letters, concurrency))) process.exitCode = 1;
      }),
  )
  .addCommand(
    new Command('pages')
      .description(
        'Requests per second of a student’s file and of a school’s list, against a static page of the same server.',
      )
      .option('--students <number>', 'size of the district', sizeOfOne, 100_000)
      .option('--users <number>', 'at once', Number, 20)
      .option('--seconds <number>', 'for each page', Number, 10)
      .option('--keep <folder>', 'leaves the district there for the next run')
      .action(async ({ students, users, seconds, keep }: PagesOptions) => {
        if (!(await benchPages({ students, users, seconds, keep: keep ?? null }))) process.exitCode = 1;
      }),
  )
  .addCommand(
    new Command('scale')
      .description('Letters and evaluations per second of one to four worker processes that share a queue.')
      .option('--letters <number>', 'for each worker', sizeOfOne, 250)
      .option('--students <number>', 'for each worker', sizeOfOne, 5_000)
      .option('--workers <number>', 'at most', Number, 4)
      .option('--keeps <ms>', 'how long the mail server takes for a mail', Number, 120)
      .option('--connections <number>', 'of each worker to the mail server', Number, 3)
      .action(async ({ keeps, ...options }) => {
        if (!allMet([await benchScale({ ...options, keepsInMs: keeps })])) process.exitCode = 1;
      }),
  )
  .addCommand(
    new Command('start')
      .description('From the start of the service to ready, and its memory once it has nothing to do.')
      .option('--idle <seconds>', 'before its memory is looked at', Number, 20)
      .action(async ({ idle }: { idle: number }) => {
        if (!allMet([await benchStart(idle)])) process.exitCode = 1;
      }),
  )
  .addCommand(
    new Command('night')
      .description('How long the process can do nothing else than one thing, on two nights of a district.')
      .option('--students <number>', 'size of the district', sizeOfOne, 100_000)
      .option('--changed <number>', 'absence records changed in the night', Number, 8_000)
      .action(async ({ students, changed }: { students: number; changed: number }) => {
        if (!allMet([await benchNight(students, changed)])) process.exitCode = 1;
      }),
  )
  .parseAsync();

interface PagesOptions {
  readonly students: number;
  readonly users: number;
  readonly seconds: number;
  readonly keep?: string;
}

/** @returns seconds of the night of changes */
async function measure(students: number, changed: number): Promise<number> {
  const district: BenchDistrict = {
    students,
    schools: Math.max(1, Math.round(students / STUDENTS_PER_SCHOOL)),
    changed,
  };
  const collections = COLLECTIONS.map((name) => [name, sizeOf(name, district)] as const);
  print(
    `\n${students} students, ${sizeOf('guardians', district)} guardians, ${sizeOf('attendances', district)} attendance records, ${district.schools} schools`,
  );
  const dataDir = await mkdtemp('/tmp/rollcall-bench-');
  const postgres = await startEmbeddedPostgres({ dataDir, log: silentLog(), settings: {} });
  const server = start('sis-server.ts', district);
  try {
    await migrateToLatest(postgres.url);
    const [port] = (await once(server, 'message')) as [number];
    const common = { databaseUrl: postgres.url, origin: `http://127.0.0.1:${port}`, collections };
    const run = (what: string, now: string) => phase({ ...common, what, now });
    const floor = await run('floor', '');
    report('floor: fetch and copy the same pages', floor, floor);
    report('first full sync', await run('full', '2026-11-18T10:30:00Z'), floor);
    report('full sync, nothing new', await run('full', '2026-11-19T10:30:00Z'), floor);
    server.send('later');
    await once(server, 'message');
    const night = await run('delta', '2026-11-20T10:30:00Z');
    report(`night of ${changed} changes`, night, floor);
    report('full sync after it', await run('full', '2026-11-21T10:30:00Z'), floor);
    return night.seconds;
  } finally {
    server.disconnect();
    await postgres.release();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function phase(work: object): Promise<Measured> {
  const child = start('sync-phase.ts', work);
  const [measured] = (await once(child, 'message')) as [Measured];
  await once(child, 'exit');
  return measured;
}

function start(file: string, argument: object): ChildProcess {
  const execArgv = [...process.execArgv, YOUNG_OBJECTS];
  return fork(join(import.meta.dirname, file), [JSON.stringify(argument)], { execArgv });
}

function report(what: string, measured: Measured, floor: Measured): void {
  const ratio = (measured.seconds / floor.seconds).toFixed(2);
  print(
    `  ${what.padEnd(38)} ${measured.seconds.toFixed(1).padStart(7)} s  ${ratio.padStart(6)} x floor  peak ${measured.peakMb.toFixed(0).padStart(4)} MB  ${measured.outcome}`,
  );
  if (process.env.BENCH_DETAILS !== undefined) print(`    ${JSON.stringify(measured.counts)}`);
}

function sizes(text: string): number[] {
  const numbers = text.split(',').map(Number);
  if (numbers.every((number) => Number.isInteger(number) && number >= 10)) return numbers;
  throw new InvalidArgumentError('expected whole numbers of at least 10, by commas');
}

function sizeOfOne(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && 10 <= number && number <= 100_000) return number;
  throw new InvalidArgumentError('expected a whole number from 10 to 100000');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
