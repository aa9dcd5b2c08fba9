import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '../../src/ops/log.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/start.ts';
import { migrateToLatest } from '../../src/store/migrate.ts';
import { type Figure, type Findings, figureWords } from './figures.ts';
import { type BenchDistrict, type CollectionName, sizeOf } from './sis-rows.ts';
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

/** A full sync and a night of changes, against fetching and storing the same pages untouched. */
export async function benchSync(sizes: readonly number[], changed: number): Promise<Findings> {
  const figures: Figure[] = [];
  const nights: number[] = [];
  for (const students of sizes) {
    const found = await measure(students, changed);
    figures.push(...found.figures);
    nights.push(found.nightSeconds);
  }
  if (nights.length > 1) {
    const figure: Figure = {
      what: `night of ${changed} changes, ${sizes.at(-1)} students`,
      value: nights.at(-1) ?? 0,
      unit: 's',
      ratio: { value: (nights.at(-1) ?? 0) / (nights[0] ?? 1), to: `that of ${sizes[0]} students` },
    };
    print(`\n${figureWords(figure)}`);
    figures.push(figure);
  }
  return {
    bench: 'sync',
    setting: `Districts of ${sizes.join(' and ')} students with ten absences each, against fetching the same pages and copying them untouched`,
    figures,
  };
}

async function measure(
  students: number,
  changed: number,
): Promise<{ figures: Figure[]; nightSeconds: number }> {
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
  const figures: Figure[] = [];
  try {
    await migrateToLatest(postgres.url);
    const [port] = (await once(server, 'message')) as [number];
    const common = { databaseUrl: postgres.url, origin: `http://127.0.0.1:${port}`, collections };
    const run = (what: string, now: string) => phase({ ...common, what, now });
    const floor = await run('floor', '');
    const keep = (what: string, measured: Measured) =>
      figures.push(...report(`${students} students: ${what}`, measured, floor));
    keep('fetch and copy the same pages', floor);
    keep('first full sync', await run('full', '2026-11-18T10:30:00Z'));
    keep('full sync, nothing new', await run('full', '2026-11-19T10:30:00Z'));
    server.send('later');
    await once(server, 'message');
    const night = await run('delta', '2026-11-20T10:30:00Z');
    keep(`night of ${changed} changes`, night);
    keep('full sync after it', await run('full', '2026-11-21T10:30:00Z'));
    return { figures, nightSeconds: night.seconds };
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

function report(what: string, measured: Measured, floor: Measured): Figure[] {
  const { seconds, peakMb, outcome } = measured;
  if (measured !== floor && outcome !== 'applied') throw new Error(`${what}: ${outcome}`);
  const [students = ''] = what.split(':');
  const figures: Figure[] = [
    {
      what,
      value: seconds,
      unit: 's',
      chart: `Seconds of a sync, ${students}`,
      ...(measured !== floor && { ratio: { value: seconds / floor.seconds, to: 'the mere copy' } }),
    },
    { what: `${what}, memory at its highest`, value: peakMb, unit: 'MB' },
  ];
  for (const figure of figures) print(figureWords(figure));
  if (process.env.BENCH_DETAILS !== undefined) print(`    ${JSON.stringify(measured.counts)}`);
  return figures;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
