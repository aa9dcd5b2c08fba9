import { setTimeout as wait } from 'node:timers/promises';
import type { Keeper } from './server.ts';

export interface KeptConnection {
  /** Stops keeping and returns the last keeper, which may have lost its server. */
  end(): Promise<Keeper>;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;

/**
 * Brings the server back when it goes away under a command that still uses it: a long-running one would
 * otherwise stay without a database until somebody starts it anew.
 * @param reconnect joins the server or starts it again; it may fail, and is then tried again later
 */
export function keepConnected(
  first: Keeper,
  reconnect: () => Promise<Keeper>,
  told: { readonly lost: () => void; readonly back: () => void },
): KeptConnection {
  const ending = new AbortController();
  let keeper = first;
  let recovery: Promise<void> = Promise.resolve();

  const watch = () =>
    keeper.client.once('end', () => {
      if (!ending.signal.aborted) recovery = recover();
    });

  const recover = async () => {
    told.lost();
    for (let delay = FIRST_DELAY_MS; !ending.signal.aborted; delay = Math.min(delay * 2, LONGEST_DELAY_MS)) {
      try {
        keeper = await reconnect();
        watch();
        told.back();
        return;
      } catch {
        await wait(delay, undefined, { signal: ending.signal }).catch(() => {});
      }
    }
  };

  watch();
  return {
    async end() {
      ending.abort();
      await recovery;
      return keeper;
    },
  };
}
