import { Worker } from 'node:worker_threads';

export interface Watchdog {
  stop(): void;
}

/**
 * As long as the longest stall that `health.stallSeconds` may call harmless: whoever stands still for longer than ten
 * minutes will not go on. Jobs are cut into pieces of seconds, and what takes long is done by processes of its own.
 */
const HANGS_AFTER_MS = 10 * 60_000;
const SLICE_MS = 5_000;
const STOPPED = -1;

/**
 * Ends this process, by SIGKILL, once its event loop has stood still for too long: nobody restarts what is there and
 * hangs. A thread of its own looks, which needs nothing of what may hang. Time in which the whole machine, or the
 * process, was halted from outside counts as one slice.
 */
export function startWatchdog(hangsAfterMs = HANGS_AFTER_MS, sliceMs = SLICE_MS): Watchdog {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const thread = new Worker(THREAD, {
    eval: true,
    execArgv: [],
    workerData: { beats, sliceMs, slices: Math.ceil(hangsAfterMs / sliceMs), STOPPED },
  });
  thread.unref();
  const timer = setInterval(() => Atomics.add(beats, 0, 1), sliceMs).unref();
  return {
    stop() {
      clearInterval(timer);
      Atomics.store(beats, 0, STOPPED);
      Atomics.notify(beats, 0);
    },
  };
}

/**
 * As text, because a file would have to be loaded, compiled or not, by what may hang. Its last words go by the way
 * that does not wait: a log that nobody reads any more may be what hangs.
 */
const THREAD = `
const { write } = require('node:fs');
const { beats, sliceMs, slices, STOPPED } = require('node:worker_threads').workerData;

let heard = Atomics.load(beats, 0);
for (let silent = 0; silent < slices && heard !== STOPPED; ) {
  silent = Atomics.wait(beats, 0, heard, sliceMs) === 'timed-out' ? silent + 1 : 0;
  heard = Atomics.load(beats, 0);
}
if (heard !== STOPPED) {
  const milliseconds = sliceMs * slices;
  const line = { level: 'error', time: new Date().toISOString(), milliseconds, event: 'hangs-and-is-ended' };
  write(2, JSON.stringify(line) + '\\n', () => undefined);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  process.kill(process.pid, 'SIGKILL');
}
`;
