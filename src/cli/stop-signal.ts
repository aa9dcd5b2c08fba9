import { constants } from 'node:os';
import { releaseEmbeddedPostgres } from '../store/embedded/start.ts';

const STOPPING = ['SIGTERM', 'SIGINT'] as const;
type Stopping = (typeof STOPPING)[number];

/** A terminal's Ctrl-C also comes through whatever has started this process, as npm and tsx hand it on. */
const ECHO_MS = 1_000;

/** Longer than a server needs that is asked to stop at once. */
const RELEASE_MS = 15_000;
let interrupted = false;

/** Whether a signal is ending this process: what its work says from then on is of no interest. */
export function isInterrupted(): boolean {
  return interrupted;
}

/**
 * A command that is broken off, and has no end of its own for it, lets go of the embedded PostgreSQL, which runs apart and
 * would stay. A second signal, a second later or more, ends at once.
 */
export function letGoWhenInterrupted(): void {
  const hasEndOfItsOwn = (signal: Stopping) => process.listenerCount(signal) > 1;
  onStopping((signal) => {
    const end = () => process.exit(128 + constants.signals[signal]);
    interrupted = true;
    setTimeout(end, RELEASE_MS).unref();
    void releaseEmbeddedPostgres().finally(end);
  }, hasEndOfItsOwn);
}

/** The first signal stops in order; one of either kind that comes when its echoes are over ends at once. */
export function stopSignal(): Promise<string> {
  return new Promise<string>((resolve) => onStopping(resolve));
}

/** @param first told of the first signal; a later one that is no echo of it ends the process */
function onStopping(
  first: (signal: Stopping) => void,
  isLeftToOthers: (signal: Stopping) => boolean = () => false,
): void {
  let askedAt: number | null = null;
  for (const signal of STOPPING) {
    process.on(signal, () => {
      if (isLeftToOthers(signal)) return;
      const at = performance.now();
      if (askedAt === null) {
        askedAt = at;
        first(signal);
      } else if (at - askedAt > ECHO_MS) process.exit(128 + constants.signals[signal]);
    });
  }
}

/**
 * Signals of the service, from this call on. What asks for the configuration before it can be read anew is answered
 * then: unheard, it would end the process.
 */
export function serviceSignals() {
  let askedEarly = false;
  let reload = () => {
    askedEarly = true;
  };
  process.on('SIGHUP', () => reload());
  return {
    stop: stopSignal(),
    onReload(ask: () => void) {
      reload = ask;
      if (askedEarly) ask();
    },
  };
}
