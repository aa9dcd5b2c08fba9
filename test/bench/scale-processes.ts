import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { evaluateStudents } from '../../jobs/evaluate-students.ts';
import { sendLetter } from '../../jobs/send-letter.ts';
import { silentLog } from '../../src/ops/log.ts';
import { type JobItem, listJobs } from '../../src/queue/define-job.ts';
import { openQueue } from '../../src/queue/queue.ts';
import type { ScaleWork, ToldByWorker } from './scale-worker.ts';

export interface Line {
  readonly what: string;
  /** Whether it waits for the network, so that more workers have to do more. */
  readonly waits: boolean;
  /** The jobs of so many things, none of which was handed out before. */
  readonly take: (count: number) => JobItem[];
  /** For each worker, before anything is measured. */
  readonly warm: number;
  readonly perWorker: number;
}

/** What so many fresh processes do in a second, from the first of their jobs on the queue to the end of the last. */
export async function rateOf(workers: number, work: ScaleWork, line: Line): Promise<number> {
  const queue = await openQueue({
    jobs: listJobs([sendLetter, evaluateStudents]),
    backend: work.backend,
    log: silentLog(),
  });
  const processes = Array.from({ length: workers }, () =>
    fork(join(import.meta.dirname, 'scale-worker.ts'), [JSON.stringify(work)]),
  );
  try {
    await Promise.all(processes.map((child) => once(child, 'message')));
    const count = workers * line.perWorker;
    await done(processes, line.take(workers * line.warm), queue.enqueue);
    const began = performance.now();
    await done(processes, line.take(count), queue.enqueue);
    return count / ((performance.now() - began) / 1_000);
  } finally {
    await Promise.all(processes.map(ended));
    await queue.close({ graceMs: 1_000 });
  }
}

/** Enqueues jobs and waits until the processes have told of as many that ended well. */
async function done(
  processes: readonly ChildProcess[],
  items: readonly JobItem[],
  enqueue: (items: readonly JobItem[]) => Promise<void>,
): Promise<void> {
  let left = items.length;
  const ending = new Promise<void>((resolve, reject) => {
    for (const child of processes) {
      child.on('exit', () => reject(new Error('A worker ended before its time.')));
      child.on('message', (told: ToldByWorker) => {
        if (told === 'ready') return;
        if (told.fate === 'done') left -= 1;
        if (told.fate === 'failed') reject(new Error(`A job ${told.job} failed.`));
        if (left === 0) resolve();
      });
    }
  });
  try {
    await Promise.all([enqueue(items), ending]);
  } finally {
    for (const child of processes) child.removeAllListeners('message').removeAllListeners('exit');
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  if (child.connected) child.disconnect();
  await exit;
}
