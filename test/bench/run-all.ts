import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { redisAvailable } from '../support/redis.ts';
import { benchEvaluate } from './evaluate-bench.ts';
import { allMet, type Findings } from './figures.ts';
import { benchKeeping } from './keeping-bench.ts';
import { benchLetters } from './letters-bench.ts';
import { describeMachine } from './machine.ts';
import { benchNight } from './night-bench.ts';
import { benchPages } from './pages-bench.ts';
import { type NotMeasured, writeReport } from './report.ts';
import { benchScale } from './scale-bench.ts';
import { benchSend } from './send-bench.ts';
import { benchStart } from './start-bench.ts';
import { benchSync } from './sync-bench.ts';

export interface AllBenches {
  readonly out: string;
  readonly quick: boolean;
  /** By name; null: all of them. */
  readonly only: readonly string[] | null;
  readonly chromium: string;
}

/**
 * Runs every bench, one after the other, and writes one report. One that cannot run is told in the report, and the others
 * go on; the report is written anew after each, so that a run that is interrupted has left what it found.
 * @returns whether everything ran and reached what is asked
 */
export async function benchAll(wanted: AllBenches): Promise<boolean> {
  const benches = benchesOf(wanted).filter(([name]) => wanted.only?.includes(nameOf(name)) ?? true);
  const out = resolve(wanted.out);
  await mkdir(out, { recursive: true });
  const machine = await describeMachine();
  const found: Findings[] = [];
  const notMeasured: NotMeasured[] = [];
  for (const [place, [name, run]] of benches.entries()) {
    print(`\n[${place + 1}/${benches.length}] ${name}`);
    try {
      found.push(await run());
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      print(`  ${name} could not be measured: ${why}`);
      notMeasured.push({ bench: name, why });
    }
    const files = writeReport({ machine, quick: wanted.quick, found, notMeasured });
    for (const [file, text] of files) await writeFile(join(out, file), text);
  }
  print(`\nThe report: ${join(out, 'report.md')}`);
  return notMeasured.length === 0 && allMet(found);
}

function benchesOf({ quick, chromium }: AllBenches): [string, () => Promise<Findings>][] {
  const students = quick ? 5_000 : 100_000;
  const backends = ['postgres', ...(redisAvailable() ? ['redis' as const] : [])] as const;
  return [
    ['start', () => benchStart(quick ? 5 : 20)],
    ['letters', () => benchLetters(quick ? 3 : 12, existingBrowser(chromium))],
    ['send', () => benchSend(quick ? 200 : 1_000, 4)],
    [
      'scale',
      () =>
        benchScale({
          letters: quick ? 60 : 250,
          students: quick ? 1_000 : 5_000,
          workers: 4,
          keepsInMs: 120,
          connections: 3,
        }),
    ],
    ...backends.map((backend): [string, () => Promise<Findings>] => [
      `evaluate ${backend}`,
      () => benchEvaluate(quick ? 5_000 : 100_000, backend),
    ]),
    ['sync', () => benchSync(quick ? [2_000] : [10_000, 100_000], quick ? 400 : 8_000)],
    ['night', () => benchNight(students, quick ? 400 : 8_000)],
    ['keeping', () => benchKeeping(quick ? [2_000] : [10_000, 100_000])],
    ['pages', () => benchPages({ students, users: quick ? 5 : 20, seconds: quick ? 3 : 10, keep: null })],
  ];
}

function nameOf(name: string): string {
  return name.split(' ')[0] ?? name;
}

function existingBrowser(path: string): string {
  if (existsSync(path)) return path;
  throw new Error(`There is no browser at ${path}: name one with --chromium.`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
