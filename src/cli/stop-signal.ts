import { constants } from 'node:os';

const STOPPING = ['SIGTERM', 'SIGINT'] as const;

/** The first signal stops in order; a second one would find the default behaviour and end at once. */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of STOPPING) process.once(signal, () => resolve(signal));
  });
}

/** A terminal's Ctrl-C also comes through whatever has started this process, as npm and tsx hand it on. */
const ECHO_MS = 1_000;

/**
 * Signals of the service, from this call on. The first that asks for an end stops in order; one of either kind that
 * comes when its echoes are over ends at once. What asks for the configuration before it can be read anew is answered
 * then: unheard, it would end the process.
 */
export function serviceSignals() {
  let askedAt: number | null = null;
  const stop = new Promise<string>((resolve) => {
    for (const signal of STOPPING) {
      process.on(signal, () => {
        const at = performance.now();
        if (askedAt === null) {
          askedAt = at;
          resolve(signal);
        } else if (at - askedAt > ECHO_MS) process.exit(128 + constants.signals[signal]);
      });
    }
  });
  let askedEarly = false;
  let reload = () => {
    askedEarly = true;
  };
  process.on('SIGHUP', () => reload());
  return {
    stop,
    onReload(ask: () => void) {
      reload = ask;
      if (askedEarly) ask();
    },
  };
}
