import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface EventLoopWatch {
  /** Begins a new stretch; the last few of them count. */
  next(): void;
  /** The longest time for which nothing else could be done, in the stretches that count. */
  longestMs(): number;
  stop(): void;
}

const RESOLUTION_MS = 20;
const STRETCHES = 4;
const NS_PER_MS = 1e6;

/** Watches how long the process can do nothing else than one thing. */
export function watchEventLoop(): EventLoopWatch {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let before: number[] = [];
  const current = () => Math.max(0, Math.round(delay.max / NS_PER_MS) - RESOLUTION_MS);
  return {
    next() {
      before = [...before, current()].slice(1 - STRETCHES);
      delay.reset();
    },
    longestMs: () => Math.max(current(), ...before),
    stop: () => delay.disable(),
  };
}
