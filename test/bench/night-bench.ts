import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBenchHome } from './bench-home.ts';
import { type Figure, type Findings, figureWords } from './figures.ts';
import type { NightDone, NightWork } from './night-process.ts';
import { type BenchDistrict, schoolIds } from './sis-rows.ts';

const STUDENTS_PER_SCHOOL = 1_000;
/** Milliseconds for which the process may do nothing else. */
const MOST = 200;
const YOUNG_OBJECTS = '--max-semi-space-size=4';

/**
 * The whole program with its workers on two nights of a district: the first read of everything with a look at every
 * student, and a night of corrections. Told is how long the process could do nothing else than one thing: meanwhile no
 * page, no health and no lock of a job would be answered.
 */
export async function benchNight(students: number, changed: number): Promise<Findings> {
  const home = await mkdtemp('/tmp/rollcall-bench-');
  await chmod(home, 0o711);
  const schools = Math.max(1, Math.round(students / STUDENTS_PER_SCHOOL));
  const district: BenchDistrict = { students, schools, changed };
  const server = fork(join(import.meta.dirname, 'sis-server.ts'), [JSON.stringify(district)]);
  const figures: Figure[] = [];
  try {
    const [port] = (await once(server, 'message')) as [number];
    const origin = `http://127.0.0.1:${port}`;
    await writeBenchHome(home, {
      schools,
      schoolIds: schoolIds(district),
      sis: { baseUrl: origin, tokenUrl: `${origin}/token` },
    });
    const env = { ROLLCALL_SIS_CLIENT_ID: 'bench', ROLLCALL_SIS_CLIENT_SECRET: 'bench' };
    const night = fork(
      join(import.meta.dirname, 'night-process.ts'),
      [JSON.stringify({ home, env } satisfies NightWork)],
      {
        execArgv: [...process.execArgv, YOUNG_OBJECTS],
      },
    );
    try {
      await once(night, 'message');
      const run = async (what: string, time: string) => {
        night.send(time);
        const [done] = (await once(night, 'message')) as [NightDone];
        if (done.outcome !== 'applied') throw new Error(`${what}: the sync was ${done.outcome}`);
        figures.push(...figuresOf(what, done));
      };
      print(`\n${students} students, ${changed} corrections in the night`);
      await run('first night', '2026-11-18T10:30:00Z');
      server.send('later');
      await once(server, 'message');
      await run('night of corrections', '2026-11-20T10:30:00Z');
    } finally {
      const ended = once(night, 'exit');
      if (night.connected) night.disconnect();
      await ended;
    }
  } finally {
    server.disconnect();
    await rm(home, { recursive: true, force: true });
  }
  return {
    bench: 'night',
    setting: `${students} students and ${changed} corrections in the night; schedule, sync and workers in one process`,
    figures,
    notes: [
      'Steps reached at the first read are left to the school, as in a district that begins in November: no letters leave.',
    ],
  };
}

function figuresOf(what: string, { stretches, evaluations, peakMb }: NightDone): Figure[] {
  const seconds = stretches.reduce((sum, stretch) => sum + stretch.seconds, 0);
  const worst = [...stretches].sort((a, b) => b.stalledMs - a.stalledMs)[0];
  for (const { name, ...stretch } of stretches)
    print(
      `    ${name.padEnd(30)} ${stretch.seconds.toFixed(1).padStart(7)} s  longest stall ${stretch.stalledMs.toFixed(0).padStart(5)} ms, of which it worked ${stretch.workedMs.toFixed(0)} ms`,
    );
  const figures: Figure[] = [
    { what: `${what}: all of it`, value: seconds, unit: 's' },
    { what: `${what}: students looked at`, value: evaluations, unit: 'students' },
    { what: `${what}: memory at its highest`, value: peakMb, unit: 'MB' },
    {
      what: `${what}: longest stall (${worst?.name})`,
      value: worst?.stalledMs ?? 0,
      unit: 'ms',
      target: { atMost: MOST },
    },
    { what: `${what}: of which the process worked`, value: worst?.workedMs ?? 0, unit: 'ms' },
  ];
  for (const figure of figures) print(figureWords(figure));
  return figures;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
