import { constants } from 'node:os';

const STOPPING = ['SIGTERM', 'SIGINT'] as const;

/** The first signal stops in order; a second one would find the default behaviour and end at once. */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of STOPPING) process.once(signal, () => resolve(signal));
  });
}

/** Signals of the service. The first that asks for an end stops in order, a second one of either kind ends at once. */
export function serviceSignals() {
  let asked = false;
  const stop = new Promise<string>((resolve) => {
    for (const signal of STOPPING) {
      process.on(signal, () => {
        if (asked) process.exit(128 + constants.signals[signal]);
        asked = true;
        resolve(signal);
      });
    }
  });
  return { stop, onReload: (reload: () => void) => void process.on('SIGHUP', reload) };
}
