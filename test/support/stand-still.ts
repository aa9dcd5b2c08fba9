import { startWatchdog } from '../../src/ops/watchdog.ts';

/** What a process is told that stands still for a while, again and again. */
export interface StandStill {
  readonly hangsAfterMs: number;
  readonly sliceMs: number;
  readonly standsStillMs: number;
  readonly times: number;
}

const { hangsAfterMs, sliceMs, standsStillMs, times } = JSON.parse(process.argv[2] ?? '') as StandStill;
const watchdog = startWatchdog(hangsAfterMs, sliceMs);
let left = times;
function standStill(): void {
  for (const began = performance.now(); performance.now() - began < standsStillMs; );
  left -= 1;
  if (left > 0) setTimeout(standStill, sliceMs * 2);
  else watchdog.stop();
}
setImmediate(standStill);
