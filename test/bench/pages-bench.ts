import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { writeDemoHome } from '../../src/demo/home.ts';
import { freePort } from '../support/free-port.ts';
import { askFor, type Load } from './http-users.ts';
import type { PagesServed } from './pages-server.ts';

/** Of the rate of a static file from the same server in the same run. */
const LEAST = 0.25;
const STUDENTS_PER_SCHOOL = 1_000;

/**
 * Requests per second of a student's file and of a school's list, signed in and on the audit log, against a static file
 * of the same server.
 * @returns whether both are fast enough
 */
export async function benchPages(students: number, users: number, seconds: number): Promise<boolean> {
  const home = await mkdtemp('/tmp/rollcall-bench-');
  await chmod(home, 0o711);
  await writeHome(home, Math.max(1, Math.round(students / STUDENTS_PER_SCHOOL)));
  const server = fork(join(import.meta.dirname, 'pages-server.ts'), [
    JSON.stringify({ home, students, users }),
  ]);
  try {
    const [served] = (await once(server, 'message')) as [PagesServed];
    return await measure(served, students, seconds);
  } finally {
    const ended = once(server, 'exit');
    if (server.connected) server.disconnect();
    await ended;
    await rm(home, { recursive: true, force: true });
  }
}

async function measure(served: PagesServed, students: number, seconds: number): Promise<boolean> {
  const { port, files, schools } = served;
  const users = served.tokens.map((token) => ({ cookie: `${served.cookie}=${token}` }));
  print(
    `\n${students} students, ${files.length} attendance files, ${schools.length} schools, ${users.length} users at once`,
  );
  const ask = (time: number, path: (user: number, request: number) => string) =>
    askFor(port, time, users, path);
  const paths = {
    file: (user: number, request: number) =>
      `/files/${files[(user * 7_919 + request * 104_729) % files.length]}`,
    list: (user: number, request: number) =>
      `/files?school=${schools[(user * 31 + request * 17) % schools.length]}`,
  };
  // Once for the connections, the compiler and the plans, once to be measured.
  const warm = Math.min(2, seconds);
  for (const path of [() => served.stylePath, paths.file, paths.list]) await ask(warm, path);
  const floor = await ask(seconds, () => served.stylePath);
  print(`  static file      ${words(floor)}`);
  let enough = true;
  for (const [name, path] of [
    ['student’s file', paths.file],
    ['school’s list', paths.list],
  ] as const) {
    const load = await ask(seconds, path);
    const ratio = load.perSecond / floor.perSecond;
    print(`  ${name.padEnd(16)} ${words(load)}  ${ratio.toFixed(2)} x static (at least ${LEAST})`);
    enough &&= ratio >= LEAST;
  }
  return enough;
}

async function writeHome(home: string, schools: number): Promise<void> {
  const district = buildDistrict({
    seed: 1,
    schools,
    students: 0,
    schoolYear: 2027,
    timeZone: 'America/Denver',
  });
  const { configDir } = await writeDemoHome({
    dir: home,
    district,
    sis: {
      baseUrl: 'http://127.0.0.1:9/roster',
      tokenUrl: 'http://127.0.0.1:9/token',
      attendanceBaseUrl: 'http://127.0.0.1:9/attendance',
      scopes: { roster: 'roster', demographics: 'demographics', attendance: 'attendance' } as never,
      clientId: 'nobody',
      clientSecret: 'a secret of nobody',
    },
    shippedPolicyFile: 'config/policy.yaml',
    shippedTemplatesDir: 'templates',
  });
  const port = await freePort();
  const file = join(configDir, 'district.yaml');
  // The demo serves its own at a port that everybody would share.
  const shipped = (await readFile(file, 'utf8')).replace(/^pages:.*\n(?: .*\n)*/m, '');
  const text = shipped.replace(
    /^staff:\n/m,
    'staff:\n  - { name: Sandy Supervisor, email: bench@cedar-valley.example.org, role: supervisor }\n',
  );
  await writeFile(file, `${text}\npages:\n  url: http://127.0.0.1:${port}\n  listen: "127.0.0.1:${port}"\n`);
}

function words({ perSecond, p50, p99, bytes }: Load): string {
  return `${perSecond.toFixed(0).padStart(7)} /s  p50 ${p50.toFixed(1).padStart(6)} ms  p99 ${p99.toFixed(1).padStart(6)} ms  ${(bytes / 1_000).toFixed(1).padStart(5)} kB`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
