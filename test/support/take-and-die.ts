import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { QueueBackend } from '../../src/queue/connections.ts';
import type { QueueTiming } from '../../src/queue/queue.ts';

export interface Victim {
  readonly backend: QueueBackend;
  readonly prefix: string;
  readonly id: string;
  readonly timing: Partial<QueueTiming>;
}

/** Starts another process that takes the job `evaluate` with this id, and kills it while the job runs. */
export async function takeAndDie(victim: Victim): Promise<void> {
  const script = fileURLToPath(new URL('./take-and-hang.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(victim)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), ended]);
  if (child.exitCode !== null) throw new Error('The other process ended before it took the job.');
  child.kill('SIGKILL');
  await ended;
}
