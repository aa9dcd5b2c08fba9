import type { Config } from '../config/config-types.ts';
import { errorCode } from '../ops/describe-error.ts';
import type { Log } from '../ops/log.ts';
import type { Db } from '../store/database.ts';
import { keepNight, markPinged, type Night } from '../store/nights.ts';

const ANSWER_MS = 10_000;
const MINUTE_MS = 60_000;
const LONGEST_WAIT_MS = 30 * MINUTE_MS;

export interface NightWatch {
  /** Keeps how a night ended, and says so outside: whoever hears nothing knows that nobody watches any more. */
  tell(night: { readonly due: Date; readonly outcome: Night['outcome'] }, now: Date): Promise<void>;
  /** Something else was said outside meanwhile: the next `tell` says it once more. */
  again(): void;
}

/** Asks for an address after each night: one after a good one, another, where there is one, after a bad one. */
export function createNightWatch(db: Db, log: Log, environment: () => Config['environment']): NightWatch {
  let failures = 0;
  let notBefore = 0;
  let onceMore = false;
  return {
    again() {
      onceMore = true;
    },
    async tell({ due, outcome }, now) {
      const night = await keepNight(db, { slot: due, outcome, now });
      const { pingUrl, pingFailUrl } = environment();
      const url = night.outcome === 'good' ? pingUrl : pingFailUrl;
      if ((night.pingedAt !== null && !onceMore) || url === null || now.getTime() < notBefore) return;
      const code = await ping(url);
      if (code === null) {
        failures = 0;
        notBefore = 0;
        onceMore = false;
        await markPinged(db, due, now);
        log.info('night-told', { outcome: night.outcome });
        return;
      }
      failures += 1;
      notBefore = now.getTime() + Math.min(MINUTE_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
      log.warn('night-not-told', { outcome: night.outcome, code });
    },
  };
}

/** @returns null: it was heard; else why not */
export async function ping(url: string): Promise<string | number | null> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) });
    await response.body?.cancel();
    return response.ok ? null : response.status;
  } catch (error) {
    return errorCode((error as { cause?: unknown }).cause) ?? errorCode(error) ?? 'no-answer';
  }
}
