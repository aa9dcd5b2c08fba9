export interface Stall {
  readonly stalledMs: number;
  readonly workedMs: number;
}

const EVERY_MS = 10;

/**
 * Watches for how long the process can do nothing else than one thing, and how much of that time it has worked: on a
 * machine that others use as well the rest was theirs.
 */
export function watchStalls() {
  let longest: Stall = { stalledMs: 0, workedMs: 0 };
  let last = performance.now();
  let used = process.cpuUsage();
  const timer = setInterval(() => {
    const stalledMs = Math.max(0, performance.now() - last - EVERY_MS);
    const { user, system } = process.cpuUsage(used);
    if (stalledMs > longest.stalledMs)
      longest = { stalledMs, workedMs: Math.min(stalledMs, (user + system) / 1_000) };
    last = performance.now();
    used = process.cpuUsage();
  }, EVERY_MS);
  return {
    /** The longest one since the last call. */
    take(): Stall {
      const found = longest;
      longest = { stalledMs: 0, workedMs: 0 };
      return found;
    },
    stop: () => clearInterval(timer),
  };
}
