import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { removeEmbeddedPostgres } from '../../src/store/embedded/remove.ts';
import { freePort } from '../support/free-port.ts';

/**
 * What the README tells a district to do is done here, with these very words: only the folder and the two ports are
 * replaced, since a machine may have them in use.
 */
test('a district is connected by the README, from nothing to a service that is live', async () => {
  const [serving = '', ...steps] = await commandsOf('Connect a district');
  const home = await mkdtemp(join(tmpdir(), 'rollcall-readme-'));
  const [sisPort, healthPort] = [String(await freePort()), String(await freePort())];
  const ours = (text: string) =>
    text
      .replaceAll('data/first-try', join(home, 'first-try'))
      .replaceAll('8300', sisPort)
      .replaceAll('8301', healthPort);
  const running: Shell[] = [];
  try {
    // The packages are here already: these tests run with them.
    expect(serving).toMatch(/^npm ci\n/);
    const serve = shell(ours(serving.replace(/^npm ci\n/, '')), { ROLLCALL_DATA_DIR: join(home, 'served') });
    running.push(serve);
    await line(serve, /^Ctrl-C ends it\./m);

    const script = steps.map(ours);
    const [start = '', whileItRuns = ''] = script.splice(-2);
    expect(start).toContain('start --health');
    const before = await shellOutput(script.join('\n'));
    expect(before).toEqual({ code: 0, out: expect.stringContaining('It has the 3 schools of the SIS.') });
    expect(before.out).not.toMatch(/^failed/m);
    expect(before.out.match(/^ok {4} configuration/gm)).toHaveLength(2);
    expect(before.out).toContain('are in shadow: nothing leaves');
    expect((await stat(join(home, 'first-try/secrets/sis-client-secret'))).mode & 0o777).toBe(0o600);

    const environment = script.find((text) => text.includes('rollcall.env')) ?? '';
    const service = shell(`${environment}\n${start}`);
    running.push(service);
    await line(service, /^Health: /m);
    expect((await fetch(`http://127.0.0.1:${healthPort}/live`)).status).toBe(200);
    // In the first minute it may be too early: each process says how it is from time to time.
    const tooLate = performance.now() + 90_000;
    let beside = await shellOutput(whileItRuns);
    while (beside.code === 1 && performance.now() < tooLate) beside = await shellOutput(whileItRuns);
    expect(beside).toEqual({ code: 0, out: expect.stringMatching(/^All is well/m) });
    await stop(service);
    // npm and tsx pass the signal on, so that it may come twice; the second one does not wait for the end.
    expect(service.output()).toContain('"event":"stopping"');
  } finally {
    await Promise.all(running.map(stop));
    // A service that was ended at once leaves its database running, for the next start.
    await removeEmbeddedPostgres({ dataDir: join(home, 'first-try/data') });
    await rm(home, { recursive: true, force: true });
  }
}, 300_000);

/** The fenced commands of a section, block by block. */
async function commandsOf(title: string): Promise<string[]> {
  const readme = await readFile('README.md', 'utf8');
  const section = readme.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].map(([, indent = '', block = '']) =>
    block.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd(),
  );
}

interface Shell {
  readonly child: ChildProcess;
  /** Everything that was said. */
  output(): string;
}

/** A group of its own: npm and a shell stand before the process, which Ctrl-C reaches all the same. */
function shell(script: string, more: Readonly<Record<string, string>> = {}): Shell {
  const { HOME = '', PATH = '' } = process.env;
  const child = spawn('bash', ['-e', '-c', script], {
    env: { HOME, PATH, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  }
  return { child, output: () => output };
}

async function shellOutput(script: string): Promise<{ code: number | null; out: string }> {
  const { child, output } = shell(script);
  const [code] = await once(child, 'close');
  return { code, out: output() };
}

async function line({ child, output }: Shell, wanted: RegExp): Promise<void> {
  while (!wanted.test(output())) {
    if (child.exitCode !== null || child.stdout === null) throw new Error(`no ${wanted} in:\n${output()}`);
    await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
  }
}

async function stop({ child }: Shell): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'close');
  process.kill(-child.pid, 'SIGINT');
  await ended;
}
