import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const HERE = spawnSync('systemd-analyze', ['--version']).status === 0;
/** Of 10, as systemd counts; an ordinary service without any of this has 9.6. */
const MOST_EXPOSED = 2.5;

async function unitOfReadme(): Promise<string> {
  const readme = await readFile('README.md', 'utf8');
  return /```ini\n(\[Unit\].*?)```/s.exec(readme)?.[1] ?? '';
}

test('the unit in the README starts the compiled service, and does not repeat what cannot get better', async () => {
  const unit = await unitOfReadme();
  const { bin } = JSON.parse(await readFile('package.json', 'utf8'));
  expect(unit).toMatch(
    new RegExp(`^ExecStart=/usr/bin/node --max-semi-space-size=4 ${bin.rollcall} start `, 'm'),
  );
  expect(unit).toMatch(/^EnvironmentFile=\/etc\/rollcall\/rollcall\.env$/m);
  expect(unit).toMatch(/^RestartPreventExitStatus=2 78$/m);
  const shipped = JSON.parse(await readFile('config/district.schema.json', 'utf8'));
  const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]);
  expect(seconds).toBeGreaterThan(shipped.properties.service.properties.stopSeconds.default + 10);
});

if (HERE) {
  test('systemd understands the unit, every line of it, and finds it hardly exposed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-unit-'));
    try {
      const file = join(folder, 'rollcall.service');
      // This machine has Node elsewhere, and no such account.
      const unit = (await unitOfReadme()).replace('/usr/bin/node', process.execPath);
      await writeFile(file, unit.replace(/^(User|Group)=.*$/gm, '$1=daemon'));
      const { stdout, stderr } = await run('systemd-analyze', ['verify', file]);
      expect(`${stdout}${stderr}`).toBe('');
      const security = await run('systemd-analyze', ['security', '--offline=true', '--no-pager', file]);
      const exposure = /Overall exposure level for \S+: ([\d.]+)/.exec(security.stdout)?.[1];
      expect(Number(exposure)).toBeLessThan(MOST_EXPOSED);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
} else {
  test.skip('systemd understands the unit (systemd-analyze is not installed here)', () => {});
}

test('the command that the README puts on a server gives each word on, with the environment of the service', async () => {
  const readme = await readFile('README.md', 'utf8');
  const script = /\/usr\/local\/bin\/rollcall <<'END'\n(.*?)END\n/s.exec(readme)?.[1] ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-command-'));
  try {
    await writeFile(join(folder, 'rollcall.env'), "ROLLCALL_DATA_DIR='/var/lib/rollcall'\n");
    const shown = join(folder, 'shown.js');
    await writeFile(
      shown,
      'console.log(JSON.stringify([process.env.ROLLCALL_DATA_DIR, ...process.argv.slice(2)]))',
    );
    const here = script
      .replace('exec sudo -u rollcall ', 'exec ')
      .replace('/etc/rollcall/rollcall.env', join(folder, 'rollcall.env'))
      .replace('/opt/rollcall/dist/src/cli/rollcall.js', shown);
    const said = ['holds', 'end', 'H-7F3K-2Q9M', '--why', 'the mother’s "note" came; $HOME is fine'];
    await writeFile(join(folder, 'rollcall'), here, { mode: 0o755 });
    const { stdout } = await run(join(folder, 'rollcall'), said);
    expect(JSON.parse(stdout)).toEqual(['/var/lib/rollcall', ...said]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
