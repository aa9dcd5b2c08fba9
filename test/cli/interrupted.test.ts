import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startEmbeddedPostgres } from '../../src/store/embedded/start.ts';

test('a command that is broken off lets go of the embedded PostgreSQL, which stops with its last user', async () => {
  const data = await mkdtemp(join(tmpdir(), 'rollcall-broken-off-'));
  const args = ['--import', 'tsx', 'src/cli/rollcall.ts', '--data', data, 'demo'];
  const command = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const hear = (text: Buffer) => {
        said += text;
        // It plays, so that its server runs.
        if (/day \d+ of/.test(said)) resolve();
      };
      command.stdout.on('data', hear);
      command.stderr.on('data', hear);
      command.once('exit', () => reject(new Error(`it ended by itself: ${said}`)));
    });
    command.kill('SIGINT');
    expect(await once(command, 'exit')).toEqual([130, null]);
    // Whoever comes next finds it stopped.
    const events: string[] = [];
    const log = { info: (event: string) => void events.push(event), warn: () => undefined };
    const next = await startEmbeddedPostgres({ dataDir: join(data, 'demo'), log });
    await next.release();
    expect(events).toEqual(['embedded-postgres-started']);
  } finally {
    command.kill('SIGKILL');
    await rm(data, { recursive: true, force: true });
  }
}, 90_000);
