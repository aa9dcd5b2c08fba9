import { Command, InvalidArgumentError, Option } from 'commander';
import { type Backend, benchEvaluate } from './evaluate-bench.ts';
import { allMet, type Findings } from './figures.ts';
import { benchKeeping } from './keeping-bench.ts';
import { benchLetters } from './letters-bench.ts';
import { benchNight } from './night-bench.ts';
import { benchPages } from './pages-bench.ts';
import { benchAll } from './run-all.ts';
import { benchScale } from './scale-bench.ts';
import { benchSend } from './send-bench.ts';
import { benchStart } from './start-bench.ts';
import { benchSync } from './sync-bench.ts';

/** Ends with an error where something that is asked is not reached. */
async function judge(found: Promise<Findings>): Promise<void> {
  if (!allMet([await found])) process.exitCode = 1;
}

await new Command('bench')
  .description(
    'Measures. Ratios are to a floor or a peer measured in the same run. Without a name: everything, and one report.',
  )
  .option('--quick', 'a small form of everything, of some minutes')
  .option('--only <names>', 'some of them, by commas', (text) => text.split(','))
  .option('--out <folder>', 'where the report goes', 'bench-report')
  .option('--chromium <path>', 'the browser that letters are compared with', '/usr/bin/chromium')
  .action(async (options: { quick?: boolean; only?: string[]; out: string; chromium: string }) => {
    const { out, chromium, only = null } = options;
    if (!(await benchAll({ out, chromium, only, quick: options.quick === true }))) process.exitCode = 1;
  })
  .addCommand(
    new Command('sync')
      .description(
        'A full sync and a night of changes, against fetching and storing the same pages untouched.',
      )
      .option('--students <numbers>', 'sizes of the district, by commas', sizes, [10_000, 100_000])
      .option('--changed <number>', 'absence records changed in the night', Number, 8_000)
      .action(({ students, changed }: { students: number[]; changed: number }) =>
        judge(benchSync(students, changed)),
      ),
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
      .action(({ students, backend }: { students: number; backend: Backend }) =>
        judge(benchEvaluate(students, backend)),
      ),
  )
  .addCommand(
    new Command('letters')
      .description(
        'Tagged letters per second, against headless Chromium printing the HTML of the same letters.',
      )
      .option('--seconds <number>', 'for each of the two', Number, 12)
      .option('--chromium <path>', 'the browser', '/usr/bin/chromium')
      .action(({ seconds, chromium }: { seconds: number; chromium: string }) =>
        judge(benchLetters(seconds, chromium)),
      ),
  )
  .addCommand(
    new Command('send')
      .description('Letters sent per second through the whole protocol, against a bare nodemailer loop.')
      .option('--letters <number>', 'how many', sizeOfOne, 1_000)
      .option('--concurrency <number>', 'how many at a time', Number, 4)
      .action(({ letters, concurrency }: { letters: number; concurrency: number }) =>
        judge(benchSend(letters, concurrency)),
      ),
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
      .action(({ keep, ...options }: { students: number; users: number; seconds: number; keep?: string }) =>
        judge(benchPages({ ...options, keep: keep ?? null })),
      ),
  )
  .addCommand(
    new Command('scale')
      .description('Letters and evaluations per second of one to four worker processes that share a queue.')
      .option('--letters <number>', 'for each worker', sizeOfOne, 250)
      .option('--students <number>', 'for each worker', sizeOfOne, 5_000)
      .option('--workers <number>', 'at most', Number, 4)
      .option('--keeps <ms>', 'how long the mail server takes for a mail', Number, 120)
      .option('--connections <number>', 'of each worker to the mail server', Number, 3)
      .action(({ keeps, ...options }) => judge(benchScale({ ...options, keepsInMs: keeps }))),
  )
  .addCommand(
    new Command('start')
      .description('From the start of the service to ready, and its memory once it has nothing to do.')
      .option('--idle <seconds>', 'before its memory is looked at', Number, 20)
      .action(({ idle }: { idle: number }) => judge(benchStart(idle))),
  )
  .addCommand(
    new Command('night')
      .description('How long the process can do nothing else than one thing, on two nights of a district.')
      .option('--students <number>', 'size of the district', sizeOfOne, 100_000)
      .option('--changed <number>', 'absence records changed in the night', Number, 8_000)
      .action(({ students, changed }: { students: number; changed: number }) =>
        judge(benchNight(students, changed)),
      ),
  )
  .addCommand(
    new Command('keeping')
      .description('A backup, restoring it and a drill, against the same bytes through gzip and a cipher.')
      .option('--students <numbers>', 'sizes of the district, by commas', sizes, [10_000, 100_000])
      .action(({ students }: { students: number[] }) => judge(benchKeeping(students))),
  )
  .parseAsync();

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
