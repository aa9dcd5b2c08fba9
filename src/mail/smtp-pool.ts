import { smtpFailure } from './smtp-outcome.ts';
import type { SmtpSession } from './smtp-session.ts';

export interface Lease {
  readonly session: SmtpSession;
  /** The session has served before, so the server may have ended it in the meantime. */
  readonly reused: boolean;
}

export interface SmtpPool {
  /** Waits for a free place, then gives an idle session or opens one. @throws SmtpFailure, also once stopped */
  take(options: { readonly fresh: boolean }): Promise<Lease>;
  /** Gives the session back: to be kept for the next mail, or to be dropped. */
  giveBack(session: SmtpSession, keep: boolean): void;
  /** Gives out no more sessions and ends the idle ones; a session that comes back later is ended, too. */
  stop(): void;
  /** Resolves when the sessions that were told to end have ended. */
  ended(): Promise<void>;
}

/**
 * A few connections that are kept for a moment between mails. Unlike nodemailer's pool it never sends anything by
 * itself and never repeats: what was asked for is tried once.
 */
export function smtpPool(
  limits: { readonly connections: number },
  open: () => Promise<SmtpSession>,
): SmtpPool {
  const served = new WeakMap<SmtpSession, number>();
  const idle = new Map<SmtpSession, NodeJS.Timeout>();
  const waiting: (() => void)[] = [];
  const ending = new Set<Promise<void>>();
  let free = limits.connections;
  let stopped = false;

  async function takePlace(): Promise<void> {
    if (!stopped && free > 0) free -= 1;
    else if (!stopped) await new Promise<void>((resolve) => waiting.push(resolve));
    if (stopped) throw smtpFailure('ECLOSED');
  }

  function leavePlace(): void {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }

  function takeIdle(): SmtpSession | null {
    for (const [session, timer] of idle) {
      clearTimeout(timer);
      idle.delete(session);
      if (session.alive()) return session;
    }
    return null;
  }

  function end(session: SmtpSession): void {
    clearTimeout(idle.get(session));
    idle.delete(session);
    const quit = session.quit().finally(() => ending.delete(quit));
    ending.add(quit);
  }

  return {
    async take({ fresh }) {
      await takePlace();
      const kept = fresh ? null : takeIdle();
      if (kept !== null) return { session: kept, reused: true };
      try {
        return { session: await open(), reused: false };
      } catch (error) {
        leavePlace();
        throw error;
      }
    },
    giveBack(session, keep) {
      const mails = (served.get(session) ?? 0) + 1;
      served.set(session, mails);
      if (!keep) session.drop();
      else if (stopped || mails >= MAILS_PER_SESSION) end(session);
      else
        idle.set(
          session,
          setTimeout(() => end(session), IDLE_MS),
        );
      leavePlace();
    },
    stop() {
      stopped = true;
      for (const wake of waiting.splice(0)) wake();
      for (const session of [...idle.keys()]) end(session);
    },
    async ended() {
      await Promise.all(ending);
    },
  };
}

/** Short, so that servers, which wait for minutes, rarely end a connection first. */
const IDLE_MS = 5_000;
const MAILS_PER_SESSION = 100;
