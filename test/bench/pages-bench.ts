import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBenchHome } from './bench-home.ts';
import type { Figure, Findings } from './figures.ts';
import { type Asked, askFor, type Load, loadOf } from './http-users.ts';
import type { CpuUsed, PagesServed, ToldByServer } from './pages-server.ts';

/** Of the rate of a static page of the same server in the same run. */
const LEAST = 0.25;
const STUDENTS_PER_SCHOOL = 1_000;
/** The pages are asked for in turns, so that whatever else the machine does falls on all of them. */
const TURN_SECONDS = 2.5;
/** As the program itself is started: package.json, and the first line of src/cli/rollcall.ts. */
const YOUNG_OBJECTS = '--max-semi-space-size=4';

export interface PagesBench {
  readonly students: number;
  readonly users: number;
  /** For each page. */
  readonly seconds: number;
  /** Folder in which the district stays for the next run; null: it is made for this one. */
  readonly keep: string | null;
}

/**
 * Requests per second of a student's file and of a school's list, signed in and on the audit log, against a page of the
 * same server on which nothing changes: for somebody who has signed in, with the same headers and the same frame, but
 * without a look at the database. The style sheet, which nobody has to sign in for, is printed as well.
 */
export async function benchPages(bench: PagesBench): Promise<Findings> {
  const home = bench.keep ?? (await mkdtemp('/tmp/rollcall-bench-'));
  if (!existsSync(join(home, 'config'))) {
    mkdirSync(home, { recursive: true });
    await chmod(home, 0o711);
    await writeBenchHome(home, { schools: Math.max(1, Math.round(bench.students / STUDENTS_PER_SCHOOL)) });
  }
  const work = JSON.stringify({ home, students: bench.students, users: bench.users });
  const execArgv = [...process.execArgv, YOUNG_OBJECTS];
  const server = fork(join(import.meta.dirname, 'pages-server.ts'), [work], { execArgv });
  server.on('message', (told: ToldByServer) => {
    if (told.kind === 'doing') print(told.what);
  });
  const told = async <Kind extends ToldByServer['kind']>(kind: Kind) => {
    for (;;) {
      const [message] = (await once(server, 'message')) as [ToldByServer];
      if (message.kind === kind) return message as Extract<ToldByServer, { kind: Kind }>;
    }
  };
  const cpu = async () => {
    const answer = told('cpu');
    server.send('cpu');
    return await answer;
  };
  try {
    return {
      bench: 'pages',
      setting: `A district of ${bench.students} students, ${bench.users} users at once, signed in and on the audit log, against a page without a look at the database`,
      figures: await measure(await told('served'), cpu, bench),
    };
  } finally {
    const ended = once(server, 'exit');
    if (server.connected) server.disconnect();
    await ended;
    if (bench.keep === null) await rm(home, { recursive: true, force: true });
  }
}

interface Measured {
  readonly name: string;
  readonly path: (user: number, request: number) => string;
  readonly asked: Asked[];
  serverMs: number;
  databaseMs: number | null;
}

async function measure(
  served: PagesServed,
  cpu: () => Promise<CpuUsed>,
  { students, seconds }: PagesBench,
): Promise<Figure[]> {
  const { port, files, schools } = served;
  const users = served.tokens.map((token) => ({ cookie: `${served.cookie}=${token}` }));
  print(
    `\n${students} students, ${files.length} attendance files, ${schools.length} schools, ${users.length} users at once`,
  );
  const aPage = (name: string, path: Measured['path']): Measured => ({
    name,
    path,
    asked: [],
    serverMs: 0,
    databaseMs: 0,
  });
  const help = aPage('static page', () => '/help');
  const others = [
    aPage(
      'student’s file',
      (user, request) => `/files/${files[(user * 7_919 + request * 104_729) % files.length]}`,
    ),
    aPage(
      'school’s list',
      (user, request) => `/files?school=${schools[(user * 31 + request * 17) % schools.length]}`,
    ),
  ];
  const style = aPage('style sheet', () => served.stylePath);
  const all = [style, help, ...others];
  // Once for the connections, the compiler, the plans, and until what is drawn once was drawn; then to be measured.
  for (const { path } of all)
    for (let requests = 0, turn = 0; turn < 8 && requests < 2 * files.length; turn += 1)
      requests += (await askFor(port, Math.min(2, seconds), users, path)).times.length;
  const turns = Math.max(1, Math.round(seconds / TURN_SECONDS));
  for (let turn = 0; turn < turns; turn += 1)
    for (const page of all) {
      const before = await cpu();
      page.asked.push(await askFor(port, seconds / turns, users, page.path));
      const after = await cpu();
      page.serverMs += after.serverMs - before.serverMs;
      page.databaseMs =
        page.databaseMs === null || after.databaseMs === null || before.databaseMs === null
          ? null
          : page.databaseMs + after.databaseMs - before.databaseMs;
    }
  const floor = loadOf(help.asked);
  print(`  ${style.name.padEnd(16)} ${words(style)}`);
  print(`  ${help.name.padEnd(16)} ${words(help)}`);
  const chart = 'Pages per second';
  const figures: Figure[] = [{ what: help.name, value: floor.perSecond, unit: '/s', chart }];
  for (const page of others) {
    const ratio = loadOf(page.asked).perSecond / floor.perSecond;
    const byCpu = cpuEach(help) / cpuEach(page);
    print(
      `  ${page.name.padEnd(16)} ${words(page)}  ${ratio.toFixed(2)} x static (at least ${LEAST}), ${byCpu.toFixed(2)} by the processor time of the server`,
    );
    const load = loadOf(page.asked);
    figures.push(
      {
        what: page.name,
        value: load.perSecond,
        unit: '/s',
        ratio: { value: ratio, to: 'the static page' },
        target: { atLeast: LEAST },
        chart,
      },
      { what: `${page.name}: 99 of 100 within`, value: load.p99, unit: 'ms' },
    );
  }
  return figures;
}

/** Milliseconds of the server for one request: hardly a matter of what else the machine has to do. */
function cpuEach({ asked, serverMs }: Measured): number {
  return serverMs / Math.max(1, loadOf(asked).requests);
}

function words({ asked, serverMs, databaseMs }: Measured): string {
  const load: Load = loadOf(asked);
  const { perSecond, p50, p99, bytes, requests } = load;
  const each = (ms: number) => (ms / Math.max(1, requests)).toFixed(2);
  const cpu = `processor ${each(serverMs)} ms${databaseMs === null ? '' : ` + PostgreSQL ${each(databaseMs)} ms`}`;
  return `${perSecond.toFixed(0).padStart(7)} /s  p50 ${p50.toFixed(1).padStart(6)} ms  p99 ${p99.toFixed(1).padStart(6)} ms  ${(bytes / 1_000).toFixed(1).padStart(5)} kB  ${cpu}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
